import IMS
import NIOCore
import NIOPosix
import Octets

/// A UDP socket with one end of a media stream behind it, on one loop.
package final class MediaSocket<Stream: MediaStream> {
    package let local: Endpoint
    private let loop: any EventLoop
    private let channel: any Channel
    private let pump: NIOLoopBound<MediaPump<Stream>>

    private init(local: Endpoint, loop: any EventLoop, channel: any Channel, pump: NIOLoopBound<MediaPump<Stream>>) {
        self.local = local
        self.loop = loop
        self.channel = channel
        self.pump = pump
    }

    /// Binds a free port of an address. Blocks; not to be called on a loop.
    package static func open(_ address: IPAddress, on loop: any EventLoop) throws -> MediaSocket {
        let pump = try loop.submit { NIOLoopBound(MediaPump<Stream>(), eventLoop: loop) }.wait()
        let channel = try DatagramBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(pump.value) }
            }
            .bind(host: "\(address)", port: 0).wait()
        guard let port = channel.localAddress?.port.flatMap({ UInt16(exactly: $0) }) else {
            throw StartFailure(key: "media", sentence: "the media socket has no port", hint: "")
        }
        return MediaSocket(local: Endpoint(address, port), loop: loop, channel: channel, pump: pump)
    }

    /// Begins to send to `remote`, and to receive into the stream. Blocks.
    package func start(_ stream: Stream, to remote: Endpoint) throws {
        let target = try SocketAddress(ipAddress: "\(remote.address)", port: Int(remote.port))
        let pump = pump
        try loop.submit { pump.value.start(stream, to: target) }.wait()
    }

    /// Ends what `start` began. Blocks.
    ///
    /// - Returns: the stream as it stands; nil when there is none.
    package func stop() throws -> Stream? {
        let pump = pump
        return try loop.submit { pump.value.stop() }.wait()
    }

    /// Blocks.
    package func close() {
        let pump = pump
        _ = try? loop.submit { pump.value.stop() }.wait()
        try? channel.close().wait()
    }
}

/// Sends what a stream has at its pace and hands it what comes.
private final class MediaPump<Stream: MediaStream>: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private var stream: Stream?
    private var remote: SocketAddress?
    private var context: ChannelHandlerContext?
    private var timer: RepeatedTask?

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let datagram = unwrapInboundIn(data)
        stream?.receive(Array(datagram.data.readableBytesView))
    }

    func start(_ stream: Stream, to remote: SocketAddress) {
        self.stream = stream
        self.remote = remote
        guard timer == nil, let context else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        let pause = TimeAmount.nanoseconds(Stream.interval.wholeNanoseconds)
        timer = context.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: pause) { _ in bound.value.send() }
    }

    func stop() -> Stream? {
        timer?.cancel()
        timer = nil
        defer { stream = nil }
        return stream
    }

    private func send() {
        guard let context, let remote, let packet = stream?.next() else { return }
        let envelope = AddressedEnvelope(remoteAddress: remote, data: context.channel.allocator.buffer(bytes: packet))
        context.writeAndFlush(wrapOutboundOut(envelope), promise: nil)
    }
}
