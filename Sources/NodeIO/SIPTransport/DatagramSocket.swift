import Glibc
import NIOCore
import Octets
import SIP

/// One UDP socket, RFC 3261 §18: many datagrams per read and per write.
///
/// NIO only says when it is time (`ReadinessPoll`). Its channel closes on errors of a single datagram (a destination
/// without a route, a packet filter, an ICMP message), and destinations come from the network. Here such an error concerns
/// its datagram alone and is reported by `.sendFailed`, at once where the kernel knows it, or when ICMP brings it (§18.4).
package final class DatagramSocket {
    package let listener: ListenerID
    package let local: Endpoint
    private let deliver: (SIPTransportEvent) -> Void
    private var loop: (any EventLoop)?
    private var poll: ReadinessPoll?
    /// -1 while there is none.
    private var descriptor: Int32 = -1
    private var incoming = IncomingDatagrams(count: 1)
    private var outgoing = OutgoingDatagrams()
    private var retry: Scheduled<Void>?
    private var backlog = DatagramBacklog()
    private var delay = Duration.zero

    /// RFC 768 with IPv4: what fits into one datagram.
    package static let largestPayload = 65_507
    /// Calls before the loop does something else.
    private static let readsAtOnce = 4

    package init(listener: ListenerID, local: Endpoint, deliver: @escaping (SIPTransportEvent) -> Void) {
        self.listener = listener
        self.local = local
        self.deliver = deliver
    }

    deinit { if descriptor >= 0 { Glibc.close(descriptor) } }

    /// Begins to receive. Fails with `BindFailure`.
    package func bind(on loop: any EventLoop, limits: SIPTransportLimits) -> EventLoopFuture<Void> {
        do throws(BindFailure) {
            try open(on: loop, limits: limits)
            return loop.makeSucceededVoidFuture()
        } catch {
            shutDown()
            return loop.makeFailedFuture(error)
        }
    }

    private func open(on loop: any EventLoop, limits: SIPTransportLimits) throws(BindFailure) {
        self.loop = loop
        descriptor = try Self.boundSocket(local, receiveBuffer: limits.receiveBuffer)
        incoming = IncomingDatagrams(count: limits.vectorReads)
        do throws(ReadinessPoll.Failure) {
            // Asked about reading only: what counts as writable besides is an error that waits.
            poll = try ReadinessPoll(on: loop, interval: limits.pollInterval) { [weak self] _, _, hasError in
                self?.ready(hasError: hasError)
            }
        } catch {
            throw BindFailure("UDP", local, code: error.code, reason: "\(error.call): \(errorSentence(error.code))")
        }
        guard poll?.add(descriptor, token: 0, .read) == true else { throw Self.failure(local) }
    }

    private static func boundSocket(_ local: Endpoint, receiveBuffer: Int) throws(BindFailure) -> Int32 {
        let descriptor = OutgoingDatagrams.openSocket(family: local.address.family)
        guard descriptor >= 0 else { throw failure(local) }
        var only: Int32 = 1
        // IPv4 has sockets of its own; without this [::] would take their port.
        if local.address.isV6 { setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &only, 4) }
        var room = Int32(clamping: receiveBuffer)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &room, 4)
        DatagramError.areWanted(on: descriptor, isV6: local.address.isV6)
        guard local.withSocketAddress({ Glibc.bind(descriptor, $0, $1) }) == 0 else {
            let failure = failure(local)
            Glibc.close(descriptor)
            throw failure
        }
        return descriptor
    }

    private static func failure(_ local: Endpoint) -> BindFailure {
        BindFailure("UDP", local, code: errno, reason: SystemError.name(errno))
    }

    /// Takes a datagram; `flush()` lets it go. False when it cannot leave.
    package func transmit(_ octets: [UInt8], to remote: Endpoint) -> Bool {
        guard descriptor >= 0, octets.count <= Self.largestPayload, remote.port != 0,
            remote.address.isV6 == local.address.isV6
        else { return false }
        return outgoing.append(octets, to: remote)
    }

    package func flush() {
        guard descriptor >= 0, retry == nil, !outgoing.isEmpty else { return }
        let unsent = outgoing.send(by: descriptor)
        if !outgoing.isEmpty { sendLater() }
        for remote in unsent { deliver(.sendFailed(Hop(.udp, listener, remote))) }
    }

    /// The kernel's buffer is full: it empties at the speed of the line, sooner than a transaction would try again.
    private func sendLater() {
        retry = loop?.assumeIsolated().scheduleTask(in: .milliseconds(1)) { [weak self] in
            self?.retry = nil
            self?.flush()
        }
    }

    package func shutDown() {
        retry?.cancel()
        if descriptor >= 0 {
            poll?.remove(descriptor)
            Glibc.close(descriptor)
            descriptor = -1
        }
        poll?.close()
        poll = nil
    }

    // MARK: What arrives

    private func ready(hasError: Bool) {
        if hasError { takeErrors() }
        for _ in 0..<Self.readsAtOnce {
            guard descriptor >= 0 else { return }  // closed in answer to what was delivered
            let count = incoming.receive(by: descriptor)
            if count < 0 {
                if errno == EAGAIN || errno == EWOULDBLOCK { break }
                if errno != EINTR { takeErrors() }
                continue
            }
            for index in 0..<count { take(index) }
            if count < incoming.count { break }
        }
        burstEnded()
    }

    private func take(_ index: Int) {
        guard let (octets, remote) = incoming.datagram(index) else { return }
        backlog.took(payload: octets.count)
        if STUNBinding.isSTUN(octets) {
            if let answer = STUNBinding.answer(to: octets, from: remote), transmit(answer, to: remote) { flush() }
            return
        }
        deliver(.datagram(octets, from: Hop(.udp, listener, remote)))
    }

    private func burstEnded() {
        let waited = backlog.ended(queued: queuedMemory, at: .now)
        if waited != delay {
            delay = waited
            deliver(.waited(waited))
        }
        deliver(.burstEnded)
    }

    /// What ICMP has brought: nothing that was sent there and awaits an answer will have one.
    private func takeErrors() {
        guard descriptor >= 0 else { return }
        for error in DatagramError.taken(from: descriptor) where error.isFailure {
            deliver(.sendFailed(Hop(.udp, listener, error.remote)))
        }
    }

    /// What waits in the kernel's receive queue, in octets of its memory.
    private var queuedMemory: Int {
        // SO_MEMINFO of Linux gives numbers of 32 bits, the first of them SK_MEMINFO_RMEM_ALLOC.
        var memory: InlineArray<9, UInt32> = InlineArray(repeating: 0)
        var length = socklen_t(MemoryLayout.size(ofValue: memory))
        guard descriptor >= 0, getsockopt(descriptor, SOL_SOCKET, 55, &memory, &length) == 0 else { return 0 }
        return Int(memory[0])
    }
}
