import CSCTP
import Glibc
import Octets

/// One one-to-one SCTP socket of the kernel (RFC 6458 §4), never blocking: the calls and nothing else.
struct KernelSCTPSocket {
    typealias Failure = SCTPSocketFailure
    typealias Reception = SCTPReception
    typealias Sending = SCTPSending

    let descriptor: Int32

    init(adopting descriptor: Int32) { self.descriptor = descriptor }

    /// AF_INET6 sockets carry IPv4 as well.
    init(isV6: Bool) throws(Failure) {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        descriptor = socket(isV6 ? AF_INET6 : AF_INET, type, sctpProtocol)
        guard descriptor >= 0 else { throw Failure(call: "socket", code: errno) }
    }

    /// Set before `listen` or `connect`; accepted sockets inherit all of it.
    func configure(
        _ settings: SCTPSettings, _ timing: SCTPTiming, messageOctets: Int
    ) throws(Failure) {
        var start = sctp_initmsg()
        start.sinit_num_ostreams = settings.streams
        start.sinit_max_instreams = settings.streams
        start.sinit_max_init_timeo = UInt16(clamping: timing.retransmissionMaximum.socketMilliseconds)
        try set(SCTP_INITMSG, "SCTP_INITMSG", start)

        var retransmission = sctp_rtoinfo()
        retransmission.srto_initial = timing.retransmissionInitial.socketMilliseconds
        retransmission.srto_min = timing.retransmissionMinimum.socketMilliseconds
        retransmission.srto_max = timing.retransmissionMaximum.socketMilliseconds
        try set(SCTP_RTOINFO, "SCTP_RTOINFO", retransmission)

        var association = sctp_assocparams()
        association.sasoc_asocmaxrxt = timing.associationRetransmissions
        try set(SCTP_ASSOCINFO, "SCTP_ASSOCINFO", association)

        var path = sctp_paddrparams()
        path.spp_hbinterval = timing.heartbeat.socketMilliseconds
        path.spp_pathmaxrxt = timing.pathRetransmissions
        path.spp_flags = UInt32(SPP_HB_ENABLE.rawValue)
        try set(SCTP_PEER_ADDR_PARAMS, "SCTP_PEER_ADDR_PARAMS", path)

        var events = sctp_event_subscribe()
        events.sctp_association_event = 1
        events.sctp_address_event = 1
        events.sctp_send_failure_event = 1
        events.sctp_shutdown_event = 1
        events.sctp_partial_delivery_event = 1
        try set(SCTP_EVENTS, "SCTP_EVENTS", events)

        try set(SCTP_NODELAY, "SCTP_NODELAY", Int32(1))
        // The kernel takes a message only if the whole of it fits; it caps this at net.core.wmem_max without complaint.
        var room = Int32(clamping: 2 * messageOctets)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &room, socklen_t(MemoryLayout<Int32>.size))
    }

    /// RFC 6951 §6.1: packets to this peer go in UDP, to this port.
    func encapsulate(remotePort: UInt16) throws(Failure) {
        var encapsulation = sctp_udpencaps()
        encapsulation.sue_port = remotePort.bigEndian
        try set(SCTP_REMOTE_UDP_ENCAPS_PORT, "SCTP_REMOTE_UDP_ENCAPS_PORT", encapsulation)
    }

    func bind(to local: [Endpoint]) throws(Failure) {
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        guard let first = local.first else { return }
        guard first.withSocketAddress({ Glibc.bind(descriptor, $0, $1) }) == 0 else {
            throw Failure(call: "bind", code: errno)
        }
        guard local.count > 1 else { return }
        var port = first.port
        if port == 0 { port = try localEndpoint().port }
        let rest = local.dropFirst().map { Endpoint($0.address, port) }
        guard Self.withPacked(rest, { sctp_bindx(descriptor, $0, $1, Int32(SCTP_BINDX_ADD_ADDR)) }) == 0 else {
            throw Failure(call: "sctp_bindx", code: errno)
        }
    }

    func listen(backlog: Int32) throws(Failure) {
        guard Glibc.listen(descriptor, backlog) == 0 else { throw Failure(call: "listen", code: errno) }
    }

    /// Begins to associate; the socket becomes writable when that is done, one way or the other.
    func connect(to remote: [Endpoint]) throws(Failure) {
        let result =
            if remote.count == 1 {
                remote[0].withSocketAddress { Glibc.connect(descriptor, $0, $1) }
            } else {
                Self.withPacked(remote) { sctp_connectx(descriptor, $0, $1, nil) }
            }
        guard result == 0 || errno == EINPROGRESS else { throw Failure(call: "connect", code: errno) }
    }

    /// nil when none waits.
    func accept() throws(Failure) -> (socket: KernelSCTPSocket, remote: Endpoint?)? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        // accept(2) takes a sockaddr for every family and writes no more than `length`; the pointer stays inside.
        let accepted = withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.accept(descriptor, $0, &length) }
        }
        guard accepted >= 0 else {
            if errno == EAGAIN || errno == EWOULDBLOCK { return nil }
            throw Failure(call: "accept", code: errno)
        }
        _ = fcntl(accepted, F_SETFL, O_NONBLOCK)
        _ = fcntl(accepted, F_SETFD, FD_CLOEXEC)
        return (KernelSCTPSocket(adopting: accepted), Endpoint(storage))
    }

    /// What has gone wrong since it was last asked; 0 for nothing.
    func takeError() -> Int32 {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length) == 0 else { return errno }
        return code
    }

    /// Outgoing streams that were agreed; 1 while there is no association.
    var outgoingStreams: UInt16 {
        var status = sctp_status()
        var length = socklen_t(MemoryLayout<sctp_status>.size)
        guard getsockopt(descriptor, sctpProtocol, SCTP_STATUS, &status, &length) == 0 else { return 1 }
        return max(1, status.sstat_outstrms)
    }

    func localEndpoint() throws(Failure) -> Endpoint {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        // getsockname(2) likewise.
        let result = withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard result == 0, let endpoint = Endpoint(storage) else { throw Failure(call: "getsockname", code: errno) }
        return endpoint
    }

    /// One SCTP message.
    func send(_ message: [UInt8], stream: UInt16, as delivery: SCTPDelivery) -> Sending {
        var information = sctp_sndinfo()
        information.snd_sid = stream
        information.snd_ppid = delivery.networkPayloadProtocol
        if !delivery.isOrdered { information.snd_flags = UInt16(SCTP_UNORDERED.rawValue) }
        let sent = message.withUnsafeBytes { octets in
            // sendmsg(2) only reads through iov_base; the C structure has no const.
            var vector = iovec(iov_base: UnsafeMutableRawPointer(mutating: octets.baseAddress), iov_len: octets.count)
            return sctp_sendv(
                descriptor, &vector, 1, nil, 0, &information, socklen_t(MemoryLayout<sctp_sndinfo>.size),
                UInt32(SCTP_SENDV_SNDINFO), Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
        }
        if sent >= 0 { return .sent }
        return errno == EAGAIN || errno == EWOULDBLOCK ? .wouldBlock : .failed(errno)
    }

    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Reception {
        var vector = iovec(iov_base: buffer.baseAddress, iov_len: buffer.count)
        var flags: Int32 = 0
        // msghdr holds a pointer to the vector, good for this one call; the kernel writes within the buffer's count.
        let count = withUnsafeMutablePointer(to: &vector) { vector in
            var header = msghdr()
            header.msg_iov = vector
            header.msg_iovlen = 1
            let count = recvmsg(descriptor, &header, Int32(MSG_DONTWAIT))
            flags = header.msg_flags
            return count
        }
        guard count > 0 else {
            if count == 0 { return .end }
            return errno == EAGAIN || errno == EWOULDBLOCK ? .wouldBlock : .failed(errno)
        }
        guard flags & Int32(MSG_NOTIFICATION.rawValue) == 0 else {
            return .notice(SCTPNotice(kernel: UnsafeRawBufferPointer(rebasing: buffer[..<count])))
        }
        return .part(count: count, isEnd: flags & Int32(MSG_EOR) != 0)
    }

    /// Begins SHUTDOWN, RFC 9260 §9.2: what was sent still arrives.
    func shutDown() { Glibc.shutdown(descriptor, endOfWriting) }

    func close() { Glibc.close(descriptor) }

    /// RFC 9260 §9.1.
    func abort() {
        var now = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    private func set<Value: BitwiseCopyable>(_ option: Int32, _ name: String, _ value: Value) throws(Failure) {
        let result = withUnsafeBytes(of: value) {
            setsockopt(descriptor, sctpProtocol, option, $0.baseAddress, socklen_t($0.count))
        }
        guard result == 0 else { throw Failure(call: name, code: errno) }
    }

    /// sctp_bindx and sctp_connectx want their addresses one behind the other, each as long as its family says: a pointer
    /// to the first, which `body` must not keep.
    private static func withPacked(
        _ endpoints: [Endpoint], _ body: (UnsafeMutablePointer<sockaddr>, Int32) -> Int32
    ) -> Int32 {
        var packed: [UInt8] = []
        for endpoint in endpoints {
            endpoint.withSocketAddress { address, length in
                packed.append(contentsOf: UnsafeRawBufferPointer(start: address, count: Int(length)))
            }
        }
        return packed.withUnsafeMutableBytes { octets in
            // The array's storage is aligned to 16 octets and holds at least one sockaddr of either family.
            guard let first = octets.assumingMemoryBound(to: sockaddr.self).baseAddress else { return -1 }
            return body(first, Int32(endpoints.count))
        }
    }
}

extension SCTPNotice {
    /// Reads `union sctp_notification` of the kernel.
    init(kernel octets: UnsafeRawBufferPointer) {
        guard octets.count >= 8 else {
            self = .other
            return
        }
        let type = Int32(octets.loadUnaligned(as: UInt16.self))
        switch type {
        case Int32(SCTP_ASSOC_CHANGE.rawValue) where octets.count >= MemoryLayout<sctp_assoc_change>.size:
            let change = octets.loadUnaligned(as: sctp_assoc_change.self)
            switch UInt32(change.sac_state) {
            case SCTP_COMM_UP.rawValue:
                self = .up(outgoing: change.sac_outbound_streams, incoming: change.sac_inbound_streams)
            case SCTP_COMM_LOST.rawValue: self = .lost
            case SCTP_RESTART.rawValue: self = .restarted
            case SCTP_SHUTDOWN_COMP.rawValue: self = .shutDown
            case SCTP_CANT_STR_ASSOC.rawValue: self = .cannotStart
            default: self = .other
            }
        case Int32(SCTP_PEER_ADDR_CHANGE.rawValue) where octets.count >= MemoryLayout<sctp_paddr_change>.size:
            let change = octets.loadUnaligned(as: sctp_paddr_change.self)
            let state: SCTPPathState =
                switch UInt32(bitPattern: change.spc_state) {
                case SCTP_ADDR_AVAILABLE.rawValue: .available
                case SCTP_ADDR_UNREACHABLE.rawValue: .unreachable
                case SCTP_ADDR_CONFIRMED.rawValue: .confirmed
                default: .other
                }
            self = .path(Endpoint(change.spc_aaddr)?.address, state)
        case Int32(SCTP_SHUTDOWN_EVENT.rawValue): self = .peerShutsDown
        case Int32(SCTP_SEND_FAILED.rawValue): self = .sendFailed
        case Int32(SCTP_PARTIAL_DELIVERY_EVENT.rawValue): self = .partialDeliveryAborted
        default: self = .other
        }
    }
}
