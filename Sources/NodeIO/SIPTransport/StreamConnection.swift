import NIOCore
import NIOTLS
import Octets
import SIP

/// One connection of SIP over TCP, TLS or WebSocket, opened by either side; the last handler of its channel.
///
///     connecting ─ handshakes complete ─▶ open ─ closed ─▶ closed
///
/// Over WebSocket it joins the channel when the upgrade is done and sees whole messages.
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
    let transport: Transport
    let listener: ListenerID
    let remote: Endpoint
    let isAccepted: Bool
    /// Whom we mean to reach, when we have opened it over TLS.
    let expected: TLSPeerName?
    private let table: StreamConnections
    weak var channel: (any Channel)?

    private(set) var state = State.connecting([])
    private var queuedOctets = 0
    private var context: ChannelHandlerContext?
    private(set) var needsFlush = false
    /// Why it ends, once something is known.
    var reason: String?

    /// Whom the peer's certificate names, once TLS has found it good; nil without one.
    var identities: CertificateIdentities?
    /// RFC 5923: where requests may take this connection instead of a new one.
    var alias: Endpoint?

    /// When the last octet arrived, or the connection came to be.
    private(set) var lastRead = NIODeadline.now()
    private(set) var opened = NIODeadline.now()
    /// Since when octets have arrived that made no whole record or message yet; TLS and WebSocket only.
    var arrivingSince: NIODeadline?
    private var headerEnd = HeaderEnd()
    var hasHeader: Bool { headerEnd.isFound }
    var flow = FlowKeepAlive()

    init(
        id: ConnectionID, transport: Transport, listener: ListenerID, remote: Endpoint, isAccepted: Bool,
        expected: TLSPeerName?, table: StreamConnections
    ) {
        self.id = id
        self.transport = transport
        self.listener = listener
        self.remote = remote
        self.isAccepted = isAccepted
        self.expected = expected
        self.table = table
    }

    var hop: Hop { Hop(transport, listener, remote, connection: id) }

    /// RFC 5923 §8: a connection serves other requests when its peer is authenticated for their domain.
    func serves(_ name: TLSPeerName) -> Bool {
        guard transport.isSecure, expected != name else { return true }
        switch name {
        case .domain(let domain): return identities?.authenticate(domain: domain) == true
        case .address(let address): return identities?.authenticate(address: address) == true
        }
    }

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

    /// The keep-alive of RFC 5626 §4.4.1, of RFC 6455 §5.5.2 over WebSocket.
    func ping() {
        guard case .open = state, let context else { return }
        if transport.isWebSocket {
            context.triggerUserOutboundEvent(WebSocketPing(), promise: nil)
        } else {
            let ping: StaticString = "\r\n\r\n"
            context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(staticString: ping)), promise: nil)
        }
    }

    func flush() {
        guard needsFlush else { return }
        needsFlush = false
        context?.flush()
    }

    func close() {
        flush()
        if let channel { channel.close(promise: nil) } else { ended() }
    }

    /// Gone, or never come to be.
    func ended() {
        switch state {
        case .connecting(let queue):
            state = .closed
            table.failed(self, unsent: queue.map(\.hop))
        case .open:
            state = .closed
            table.closed(self)
        case .closed: break
        }
    }

    // MARK: ChannelInboundHandler

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive, transport != .tls { becameOpen() }
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        if transport != .tls { becameOpen() }
        context.fireChannelActive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case TLSUserEvent.handshakeCompleted: becameOpen()
        case is WebSocketSignOfLife:
            lastRead = .now()
            arrivingSince = nil
        default: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func becameOpen() {
        guard case .connecting(let queue) = state else { return }
        state = .open
        lastRead = .now()
        opened = lastRead
        arrivingSince = nil
        for (octets, hop) in queue { _ = send(octets, to: hop) }
        flush()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        lastRead = .now()
        arrivingSince = nil
        let octets = Array(buffer.readableBytesView)
        if transport.isStream {
            headerEnd.look(at: octets)
            table.deliver(.stream(octets, from: hop))
        } else {
            headerEnd.found()
            table.deliver(.datagram(octets, from: hop))
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) { table.deliver(.burstEnded) }

    /// The high water mark is `SIPTransportLimits.unreadOctets`.
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard !context.channel.isWritable else { return }
        table.deliver(.noticed("connection closed: the peer does not read what we send", peer: remote))
        context.close(mode: .all, promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { ended() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        reason = reason ?? SystemError.sentence(error)
        context.close(promise: nil)
    }
}

/// Looks for the first empty line of a stream, which ends the first header.
struct HeaderEnd {
    private(set) var isFound = false
    private var matched = 0

    mutating func found() { isFound = true }

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
