import NIOCore
import Octets
import SIP

/// One TCP connection of SIP, opened by either side.
final class StreamConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum State {
        /// What was to be sent, in order, with where it was to go.
        case connecting([(octets: [UInt8], hop: Hop)])
        case open
        case closed
    }

    let id: ConnectionID
    let listener: ListenerID
    let remote: Endpoint
    let isAccepted: Bool
    private let table: StreamConnections

    private(set) var state = State.connecting([])
    private var queuedOctets = 0
    private var context: ChannelHandlerContext?
    private(set) var needsFlush = false

    /// When the last octet arrived, or the connection came to be.
    private(set) var lastRead = NIODeadline.now()
    private(set) var opened = NIODeadline.now()
    private var headerEnd = HeaderEnd()
    var hasHeader: Bool { headerEnd.isFound }

    init(
        id: ConnectionID, listener: ListenerID, remote: Endpoint, isAccepted: Bool, table: StreamConnections
    ) {
        self.id = id
        self.listener = listener
        self.remote = remote
        self.isAccepted = isAccepted
        self.table = table
    }

    var hop: Hop { Hop(.tcp, listener, remote, connection: id) }

    /// False when the octets cannot leave.
    func send(_ octets: [UInt8], to hop: Hop) -> Bool {
        switch state {
        case .connecting(var queue):
            guard queuedOctets + octets.count <= table.limits.queuedOctets else { return false }
            queuedOctets += octets.count
            state = .connecting([])  // the queue has one owner while it grows
            queue.append((octets, hop))
            state = .connecting(queue)
            return true
        case .open:
            guard let context else { return false }
            context.write(wrapOutboundOut(context.channel.allocator.buffer(bytes: octets)), promise: nil)
            needsFlush = true
            return true
        case .closed:
            return false
        }
    }

    func flush() {
        guard needsFlush else { return }
        needsFlush = false
        context?.flush()
    }

    func close() {
        if let context {
            flush()
            context.close(promise: nil)
        } else {
            fail()
        }
    }

    /// Connecting came to nothing.
    func fail() {
        guard case .connecting(let queue) = state else { return }
        state = .closed
        table.failed(self, unsent: queue.map(\.hop))
    }

    // MARK: ChannelInboundHandler

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { becameActive() }
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        becameActive()
        context.fireChannelActive()
    }

    private func becameActive() {
        guard case .connecting(let queue) = state else { return }
        state = .open
        lastRead = .now()
        for (octets, hop) in queue { _ = send(octets, to: hop) }
        flush()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        lastRead = .now()
        let octets = Array(buffer.readableBytesView)
        headerEnd.look(at: octets)
        table.deliver(.stream(octets, from: hop))
    }

    func channelReadComplete(context: ChannelHandlerContext) { table.deliver(.burstEnded) }

    /// The high water mark is `SIPTransportLimits.unreadOctets`.
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard !context.channel.isWritable else { return }
        table.deliver(.noticed("connection closed: the peer does not read what we send", peer: remote))
        context.close(promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelInactive(context: ChannelHandlerContext) {
        if case .open = state {
            state = .closed
            table.closed(self)
        } else {
            fail()
        }
    }
}

/// Looks for the first empty line of a stream, which ends the first header.
struct HeaderEnd {
    private(set) var isFound = false
    private var matched = 0

    mutating func look(at octets: [UInt8]) {
        guard !isFound else { return }
        for octet in octets {
            switch (octet, matched) {
            case (ASCII.carriageReturn, 0), (ASCII.carriageReturn, 2), (ASCII.lineFeed, 1), (ASCII.lineFeed, 3):
                matched += 1
            case (ASCII.carriageReturn, _): matched = 1
            default: matched = 0
            }
            if matched == 4 {
                isFound = true
                return
            }
        }
    }
}
