import Glibc
import NIOCore
import NIOPosix
import Octets
import SIP

/// One UDP socket, RFC 3261 §18: many datagrams per read and per write.
///
/// NIO reads. It does not write: its channel closes on errors of a single datagram (a destination without a route, a
/// broadcast address, a packet filter), and destinations come from the network. Here such an error concerns its datagram
/// alone and is reported by `.sendFailed`; of ICMP errors an unconnected socket learns nothing.
package final class DatagramSocket: ChannelInboundHandler {
    package typealias InboundIn = AddressedEnvelope<ByteBuffer>

    package let listener: ListenerID
    package let local: Endpoint
    private let deliver: (SIPTransportEvent) -> Void
    private var context: ChannelHandlerContext?
    /// The channel's; good while `context` is there.
    private var descriptor: Int32 = -1
    private var outgoing = OutgoingDatagrams()
    private var retry: Scheduled<Void>?
    private var backlog = DatagramBacklog()
    private var delay = Duration.zero
    private var isShutDown = false

    /// RFC 768 with IPv4: what fits into one datagram.
    package static let largestPayload = 65_507

    package init(listener: ListenerID, local: Endpoint, deliver: @escaping (SIPTransportEvent) -> Void) {
        self.listener = listener
        self.local = local
        self.deliver = deliver
    }

    package func bind(on loop: any EventLoop, limits: SIPTransportLimits) -> EventLoopFuture<any Channel> {
        let handler = NIOLoopBound(self, eventLoop: loop)
        // Every slot can take the largest datagram; memory is touched only where datagrams arrive.
        let allocator = FixedSizeRecvByteBufferAllocator(capacity: limits.vectorReads * 65_536)
        do throws(BindFailure) {
            descriptor = try Self.boundSocket(local)
        } catch {
            return loop.makeFailedFuture(error)
        }
        return DatagramBootstrap(group: loop)
            .channelOption(.socketOption(.so_rcvbuf), value: limits.receiveBuffer)
            .channelOption(.datagramVectorReadMessageCount, value: limits.vectorReads)
            .channelOption(.recvAllocator, value: allocator)
            .channelOption(.maxMessagesPerRead, value: 4)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(handler.value) }
            }
            .withBoundSocket(descriptor)
    }

    private static func boundSocket(_ local: Endpoint) throws(BindFailure) -> Int32 {
        let family = local.address.isV6 ? AF_INET6 : AF_INET
        let descriptor = OutgoingDatagrams.openSocket(family: family)
        guard descriptor >= 0 else { throw failure(local) }
        // IPv4 has sockets of its own; without this [::] would take their port.
        var only: Int32 = 1
        if local.address.isV6 { setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &only, 4) }
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
        guard context != nil, octets.count <= Self.largestPayload, remote.port != 0,
            remote.address.isV6 == local.address.isV6
        else { return false }
        return outgoing.append(octets, to: remote)
    }

    package func flush() {
        guard context != nil, retry == nil, !outgoing.isEmpty else { return }
        let unsent = outgoing.send(by: descriptor)
        if !outgoing.isEmpty { sendLater() }
        for remote in unsent { deliver(.sendFailed(Hop(.udp, listener, remote))) }
    }

    /// The kernel's buffer is full: it empties at the speed of the line, sooner than a transaction would try again.
    private func sendLater() {
        retry = context?.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(1)) { [weak self] in
            self?.retry = nil
            self?.flush()
        }
    }

    package func shutDown() {
        isShutDown = true
        context?.close(promise: nil)
    }

    // MARK: ChannelInboundHandler

    package func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    package func handlerRemoved(context: ChannelHandlerContext) { gone() }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        guard let remote = Endpoint(envelope.remoteAddress) else { return }
        let octets = Array(envelope.data.readableBytesView)  // the one copy
        backlog.took(payload: octets.count)
        if STUNBinding.isSTUN(octets) {
            if let answer = STUNBinding.answer(to: octets, from: remote), transmit(answer, to: remote) { flush() }
            return
        }
        deliver(.datagram(octets, from: Hop(.udp, listener, remote)))
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        let waited = backlog.ended(queued: queuedMemory, at: .now)
        if waited != delay {
            delay = waited
            deliver(.waited(waited))
        }
        deliver(.burstEnded)
    }

    /// What waits in the kernel's receive queue, in octets of its memory.
    private var queuedMemory: Int {
        // SO_MEMINFO of Linux gives numbers of 32 bits, the first of them SK_MEMINFO_RMEM_ALLOC.
        var memory: InlineArray<9, UInt32> = InlineArray(repeating: 0)
        var length = socklen_t(MemoryLayout.size(ofValue: memory))
        guard descriptor >= 0, getsockopt(descriptor, SOL_SOCKET, 55, &memory, &length) == 0 else { return 0 }
        return Int(memory[0])
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        deliver(.noticed("UDP socket \(local): \(error)", peer: local))
    }

    package func channelInactive(context: ChannelHandlerContext) {
        gone()
        guard !isShutDown else { return }
        deliver(.noticed("UDP socket \(local) is closed; no more SIP over it until restart", peer: local))
    }

    /// The channel closes the descriptor, whose number may soon be another's.
    private func gone() {
        context = nil
        descriptor = -1
        retry?.cancel()
    }
}
