import NIOCore
import NIOPosix
import Octets
import SIP

/// One UDP socket, RFC 3261 §18: many datagrams per read, one flush per burst.
///
/// Errors of single datagrams do not come back: UDP promises nothing, and the transaction timers notice.
package final class DatagramSocket: ChannelInboundHandler {
    package typealias InboundIn = AddressedEnvelope<ByteBuffer>
    package typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    package let listener: ListenerID
    package let local: Endpoint
    private let deliver: (SIPTransportEvent) -> Void
    private var context: ChannelHandlerContext?
    package private(set) var needsFlush = false
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
        return DatagramBootstrap(group: loop)
            .channelOption(.socketOption(.so_rcvbuf), value: limits.receiveBuffer)
            .channelOption(.datagramVectorReadMessageCount, value: limits.vectorReads)
            .channelOption(.recvAllocator, value: allocator)
            .channelOption(.maxMessagesPerRead, value: 4)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(handler.value) }
            }
            .bind(to: local.nioAddress)
    }

    /// Writes without flushing; `flush()` follows at the end of the burst. False when it cannot leave.
    package func transmit(_ octets: [UInt8], to remote: Endpoint) -> Bool {
        guard let context, octets.count <= Self.largestPayload, remote.port != 0,
            remote.address.isV6 == local.address.isV6
        else { return false }
        let payload = context.channel.allocator.buffer(bytes: octets)
        context.write(
            wrapOutboundOut(AddressedEnvelope(remoteAddress: remote.nioAddress, data: payload)), promise: nil)
        needsFlush = true
        return true
    }

    package func flush() {
        guard needsFlush else { return }
        needsFlush = false
        context?.flush()
    }

    package func shutDown() {
        isShutDown = true
        context?.close(promise: nil)
    }

    // MARK: ChannelInboundHandler

    package func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    package func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        guard let remote = Endpoint(envelope.remoteAddress) else { return }
        let octets = Array(envelope.data.readableBytesView)  // the one copy
        deliver(.datagram(octets, from: Hop(.udp, listener, remote)))
    }

    package func channelReadComplete(context: ChannelHandlerContext) { deliver(.burstEnded) }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        deliver(.noticed("UDP socket \(local): \(error)", peer: local))
    }

    package func channelInactive(context: ChannelHandlerContext) {
        guard !isShutDown else { return }
        deliver(.noticed("UDP socket \(local) is closed; no more SIP over it until restart", peer: local))
    }
}
