import CUSRSCTP
import Glibc
import Octets

/// One one-to-one socket of usrsctp over AF_CONN addresses, never blocking: the calls and nothing else.
struct UsrsctpSocket {
    typealias Failure = SCTPSocketFailure
    typealias Reception = SCTPReception
    typealias Sending = SCTPSending

    /// `struct socket` of usrsctp, known to C as a pointer only.
    let raw: OpaquePointer

    init(adopting raw: OpaquePointer) { self.raw = raw }

    init() throws(Failure) {
        guard
            let raw = usrsctp_socket(
                Int32(USRSCTP_FAMILY), Int32(USRSCTP_ONE_TO_ONE), Int32(USRSCTP_PROTOCOL), nil, nil, 0,
                nil)
        else { throw Failure(call: "usrsctp_socket", code: errno) }
        self.raw = raw
    }

    /// Set before `listen` or `connect`; accepted sockets inherit all of it.
    func configure(_ settings: SCTPSettings, _ timing: SCTPTiming) throws(Failure) {
        guard usrsctp_set_non_blocking(raw, 1) == 0 else {
            throw Failure(call: "usrsctp_set_non_blocking", code: errno)
        }

        var start = ussctp_initmsg()
        start.sinit_num_ostreams = settings.streams
        start.sinit_max_instreams = settings.streams
        start.sinit_max_init_timeo = UInt16(clamping: timing.retransmissionMaximum.socketMilliseconds)
        try set(USRSCTP_OPTION_INIT, "SCTP_INITMSG", start)

        var retransmission = ussctp_rtoinfo()
        retransmission.srto_initial = timing.retransmissionInitial.socketMilliseconds
        retransmission.srto_min = timing.retransmissionMinimum.socketMilliseconds
        retransmission.srto_max = timing.retransmissionMaximum.socketMilliseconds
        try set(USRSCTP_OPTION_RTO, "SCTP_RTOINFO", retransmission)

        var association = ussctp_assocparams()
        association.sasoc_asocmaxrxt = timing.associationRetransmissions
        try set(USRSCTP_OPTION_ASSOCIATION, "SCTP_ASSOCINFO", association)

        var path = ussctp_paddrparams()
        path.spp_hbinterval = timing.heartbeat.socketMilliseconds
        path.spp_pathmaxrxt = timing.pathRetransmissions
        path.spp_flags = UInt32(USRSCTP_HEARTBEAT_ENABLE)
        try set(USRSCTP_OPTION_PATH, "SCTP_PEER_ADDR_PARAMS", path)

        let wanted = [
            USRSCTP_NOTICE_ASSOCIATION, USRSCTP_NOTICE_PATH, USRSCTP_NOTICE_SHUTDOWN, USRSCTP_NOTICE_PARTIAL,
            USRSCTP_NOTICE_SEND_FAILED,
        ]
        for type in wanted {
            var event = ussctp_event()
            event.se_type = UInt16(type)
            event.se_on = 1
            try set(USRSCTP_OPTION_EVENT, "SCTP_EVENT", event)
        }
        try set(USRSCTP_OPTION_NODELAY, "SCTP_NODELAY", Int32(1))
    }

    /// `peer` nil is the wildcard: every remote UDP endpoint may associate.
    func bind(port: UInt16) throws(Failure) {
        let result = Self.withAddress(0, port) { usrsctp_bind(raw, $0, $1) }
        guard result == 0 else { throw Failure(call: "usrsctp_bind", code: errno) }
    }

    func listen(backlog: Int32) throws(Failure) {
        guard usrsctp_listen(raw, backlog) == 0 else { throw Failure(call: "usrsctp_listen", code: errno) }
    }

    func connect(to peer: EncapsulationPeers.Address, port: UInt16) throws(Failure) {
        let result = Self.withAddress(peer, port) { usrsctp_connect(raw, $0, $1) }
        guard result == 0 || errno == EINPROGRESS else { throw Failure(call: "usrsctp_connect", code: errno) }
    }

    /// nil when none waits or the next one is gone already.
    func accept() -> (socket: UsrsctpSocket, peer: EncapsulationPeers.Address, port: UInt16)? {
        var address = sockaddr_conn()
        var length = socklen_t(MemoryLayout<sockaddr_conn>.size)
        // usrsctp_accept takes a sockaddr for its addresses too, and writes no more than `length`; the pointer stays inside.
        let accepted = withUnsafeMutablePointer(to: &address) {
            // usrsctp's calls take any of its addresses as a sockaddr.
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { usrsctp_accept(raw, $0, &length) }
        }
        guard let accepted else { return nil }
        usrsctp_set_non_blocking(accepted, 1)
        return (
            UsrsctpSocket(adopting: accepted), UInt(bitPattern: address.sconn_addr),
            UInt16(bigEndian: address.sconn_port)
        )
    }

    /// `token` comes back in `UsrsctpStack`'s upcall; it is a number in a pointer's clothes and never followed.
    func setUpcall(token: UInt, _ upcall: @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?, Int32) -> Void) {
        usrsctp_set_upcall(raw, upcall, UnsafeMutableRawPointer(bitPattern: token))
    }

    func send(_ message: [UInt8], stream: UInt16, as delivery: SCTPDelivery) -> Sending {
        var information = ussctp_sndinfo()
        information.snd_sid = stream
        information.snd_ppid = delivery.networkPayloadProtocol
        if !delivery.isOrdered { information.snd_flags = UInt16(SCTP_UNORDERED) }
        let sent = message.withUnsafeBytes {
            usrsctp_sendv(
                raw, $0.baseAddress, $0.count, nil, 0, &information, socklen_t(MemoryLayout<ussctp_sndinfo>.size),
                UInt32(USRSCTP_SEND_INFO), 0)
        }
        if sent >= 0 { return .sent }
        return errno == EAGAIN || errno == EWOULDBLOCK ? .wouldBlock : .failed(errno)
    }

    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Reception {
        var information = ussctp_rcvinfo()
        var length = socklen_t(MemoryLayout<ussctp_rcvinfo>.size)
        var kind: UInt32 = 0
        var flags: Int32 = 0
        let count = usrsctp_recvv(raw, buffer.baseAddress, buffer.count, nil, nil, &information, &length, &kind, &flags)
        guard count > 0 else {
            if count == 0 { return .end }
            return errno == EAGAIN || errno == EWOULDBLOCK ? .wouldBlock : .failed(errno)
        }
        guard flags & Int32(USRSCTP_MESSAGE_NOTIFICATION) == 0 else {
            return .notice(SCTPNotice(usrsctp: UnsafeRawBufferPointer(rebasing: buffer[..<count])))
        }
        return .part(count: count, isEnd: flags & Int32(USRSCTP_MESSAGE_END) != 0)
    }

    /// Outgoing streams that were agreed; 1 while there is no association.
    var outgoingStreams: UInt16 {
        var status = ussctp_status()
        var length = socklen_t(MemoryLayout<ussctp_status>.size)
        let result = usrsctp_getsockopt(raw, Int32(USRSCTP_PROTOCOL), Int32(USRSCTP_OPTION_STATUS), &status, &length)
        return result == 0 ? max(1, status.sstat_outstrms) : 1
    }

    func shutDown() { usrsctp_shutdown(raw, endOfWriting) }

    func close() { usrsctp_close(raw) }

    /// RFC 9260 §9.1.
    func abort() {
        var now = linger(l_onoff: 1, l_linger: 0)
        usrsctp_setsockopt(raw, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    private func set<Value: BitwiseCopyable>(_ option: Int, _ name: String, _ value: Value) throws(Failure) {
        let result = withUnsafeBytes(of: value) {
            usrsctp_setsockopt(
                raw, Int32(USRSCTP_PROTOCOL), Int32(option), $0.baseAddress, socklen_t($0.count))
        }
        guard result == 0 else { throw Failure(call: name, code: errno) }
    }

    /// usrsctp's calls take any of its addresses as a sockaddr; `body` must not keep the pointer.
    private static func withAddress(
        _ peer: EncapsulationPeers.Address, _ port: UInt16, _ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_conn()
        address.sconn_family = UInt16(USRSCTP_FAMILY)
        address.sconn_port = port.bigEndian
        // A number in a pointer's clothes, never followed.
        address.sconn_addr = UnsafeMutableRawPointer(bitPattern: peer)
        return withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_conn>.size))
            }
        }
    }
}

extension SCTPNotice {
    /// Reads `union sctp_notification` of usrsctp; its layout is not the kernel's.
    init(usrsctp octets: UnsafeRawBufferPointer) {
        guard octets.count >= 8 else {
            self = .other
            return
        }
        switch Int(octets.loadUnaligned(as: UInt16.self)) {
        case USRSCTP_NOTICE_ASSOCIATION where octets.count >= MemoryLayout<ussctp_assoc_change>.size:
            let change = octets.loadUnaligned(as: ussctp_assoc_change.self)
            switch Int(change.sac_state) {
            case USRSCTP_STATE_UP:
                self = .up(outgoing: change.sac_outbound_streams, incoming: change.sac_inbound_streams)
            case USRSCTP_STATE_LOST: self = .lost
            case USRSCTP_STATE_RESTART: self = .restarted
            case USRSCTP_STATE_SHUTDOWN_COMPLETE: self = .shutDown
            case USRSCTP_STATE_CANNOT_START: self = .cannotStart
            default: self = .other
            }
        case USRSCTP_NOTICE_PATH where octets.count >= MemoryLayout<ussctp_paddr_change>.size:
            let state: SCTPPathState =
                switch Int(octets.loadUnaligned(as: ussctp_paddr_change.self).spc_state) {
                case USRSCTP_PATH_AVAILABLE: .available
                case USRSCTP_PATH_UNREACHABLE: .unreachable
                case USRSCTP_PATH_CONFIRMED: .confirmed
                default: .other
                }
            self = .path(nil, state)
        case USRSCTP_NOTICE_SHUTDOWN: self = .peerShutsDown
        case USRSCTP_NOTICE_SEND_FAILED: self = .sendFailed
        case USRSCTP_NOTICE_PARTIAL: self = .partialDeliveryAborted
        default: self = .other
        }
    }
}
