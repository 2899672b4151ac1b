import NIOCore
import NIOPosix
import Octets
import Synchronization

/// The UDP socket of a media relay's control protocol, with a loop of its own: datagrams go out from any thread, and come
/// in on the loop.
package final class MediaRelaySocket: Sendable {
    private let group: MultiThreadedEventLoopGroup
    private let channel: any Channel
    private let remote: SocketAddress
    private let hear: MediaRelayListener

    private init(
        _ group: MultiThreadedEventLoopGroup, _ channel: any Channel, _ remote: SocketAddress,
        _ hear: MediaRelayListener
    ) {
        self.group = group
        self.channel = channel
        self.remote = remote
        self.hear = hear
    }

    /// Nobody is asked yet, so that a relay that is away is no failure. Blocks; not to be called on a loop.
    package static func open(to remote: Endpoint) throws -> MediaRelaySocket {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let hear = MediaRelayListener()
        let address = remote.nioAddress
        let channel = try DatagramBootstrap(group: group)
            // A description may be longer than what NIO makes room for by itself.
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 65_536))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(MediaRelayReader(from: address, hear))
                }
            }
            .bind(host: remote.address.isV6 ? "::" : "0.0.0.0", port: 0).wait()
        return MediaRelaySocket(group, channel, address, hear)
    }

    package func listen(_ hear: @escaping @Sendable ([UInt8]) -> Void) {
        self.hear.replace(with: hear)
    }

    /// Does not wait, and does not say whether it arrives.
    package func send(_ octets: [UInt8]) {
        channel.writeAndFlush(
            AddressedEnvelope(remoteAddress: remote, data: channel.allocator.buffer(bytes: octets)), promise: nil)
    }

    package func close() {
        channel.close(promise: nil)
        group.shutdownGracefully { _ in }
    }
}

/// Hands on what comes from the relay; others are not heard.
private final class MediaRelayReader: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let relay: SocketAddress
    private let hear: MediaRelayListener

    init(from relay: SocketAddress, _ hear: MediaRelayListener) {
        self.relay = relay
        self.hear = hear
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let datagram = unwrapInboundIn(data)
        guard datagram.remoteAddress == relay else { return }
        hear.call(Array(datagram.data.readableBytesView))
    }

    /// An ICMP error: the relay is away. Those who wait for it hear of it by their timers.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}

/// Who hears the relay: nobody at first.
private final class MediaRelayListener: Sendable {
    private let hear = Mutex<@Sendable ([UInt8]) -> Void>({ _ in })

    func replace(with hear: @escaping @Sendable ([UInt8]) -> Void) { self.hear.withLock { $0 = hear } }

    func call(_ datagram: [UInt8]) { hear.withLock { $0 }(datagram) }
}
