import IMS
import NIOCore
import NIOPosix
import Octets

/// A UDP socket with one end of a media stream behind it, on one loop.
package final class MediaSocket<Stream: MediaStream>: Sendable {
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

    /// Binds a port of an address. Blocks; not to be called on a loop.
    ///
    /// - Parameters:
    ///   - port: 0 for any that is free.
    ///   - tell: called on the loop with what the stream tells.
    package static func open(
        _ address: IPAddress, port: UInt16 = 0, on loop: any EventLoop,
        tell: @escaping @Sendable ([Stream.Event]) -> Void = { _ in }
    ) throws -> MediaSocket {
        let pump = try loop.submit { NIOLoopBound(MediaPump<Stream>(tell), eventLoop: loop) }.wait()
        let channel = try DatagramBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(pump.value) }
            }
            .bind(host: "\(address)", port: Int(port)).wait()
        guard let port = channel.localAddress?.port.flatMap({ UInt16(exactly: $0) }) else {
            throw StartFailure(key: "media", sentence: "the media socket has no port", hint: "")
        }
        return MediaSocket(local: Endpoint(address, port), loop: loop, channel: channel, pump: pump)
    }

    /// Begins to send and to receive into the stream. Blocks.
    package func start(_ stream: Stream, from source: MediaSource) throws {
        let pump = pump
        try loop.submit { pump.value.start(stream, from: source) }.wait()
    }

    package func start(_ stream: Stream, to remote: Endpoint) throws {
        try start(stream, from: MediaSource(.latched, described: remote))
    }

    /// Goes on with another source; the stream stays. Does not wait.
    package func redirect(_ source: MediaSource) {
        let pump = pump
        loop.execute { pump.value.redirect(source) }
    }

    /// Does not wait.
    package func order(_ order: Stream.Order) {
        let pump = pump
        loop.execute { pump.value.order(order) }
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

    private let tell: @Sendable ([Stream.Event]) -> Void
    private var stream: Stream?
    private var source: MediaSource?
    private var target: SocketAddress?
    private var context: ChannelHandlerContext?
    private var timer: RepeatedTask?

    init(_ tell: @escaping @Sendable ([Stream.Event]) -> Void) { self.tell = tell }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let datagram = unwrapInboundIn(data)
        guard let remote = Endpoint(datagram.remoteAddress), source?.accepts(remote) == true else { return }
        if source?.rule == .latched, target != datagram.remoteAddress { target = datagram.remoteAddress }
        stream?.receive(Array(datagram.data.readableBytesView))
        tellEvents()
    }

    func start(_ stream: Stream, from source: MediaSource) {
        target = source.described.nioAddress
        self.stream = stream
        self.source = source
        guard timer == nil, let context else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        let pause = TimeAmount.nanoseconds(Stream.interval.wholeNanoseconds)
        timer = context.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: pause) { _ in bound.value.send() }
    }

    func redirect(_ source: MediaSource) {
        guard source.described != self.source?.described else { return }
        self.source = source
        target = source.described.nioAddress
    }

    func order(_ order: Stream.Order) {
        stream?.take(order)
        tellEvents()
    }

    func stop() -> Stream? {
        timer?.cancel()
        timer = nil
        defer { stream = nil }
        return stream
    }

    private func send() {
        let packet = stream?.next()
        tellEvents()
        guard let context, let target, let packet else { return }
        let envelope = AddressedEnvelope(remoteAddress: target, data: context.channel.allocator.buffer(bytes: packet))
        context.writeAndFlush(wrapOutboundOut(envelope), promise: nil)
    }

    private func tellEvents() {
        guard let events = stream?.takeEvents(), !events.isEmpty else { return }
        tell(events)
    }
}
