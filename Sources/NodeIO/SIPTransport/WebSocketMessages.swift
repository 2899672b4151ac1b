import NIOCore
import NIOWebSocket

/// Asks the channel to send a ping frame, RFC 6455 §5.5.2.
struct WebSocketPing {}

/// A ping or pong frame has arrived: the peer lives, and no message is on its way.
struct WebSocketSignOfLife {}

/// WebSocket frames to whole messages and back: RFC 6455 §5, RFC 7118 §4.2 and §5.
///
/// One SIP message is one WebSocket message, text or binary on arrival; on departure text when it is UTF-8.
final class WebSocketMessages: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = WebSocketFrame

    enum Side { case server, client }

    private let side: Side
    private let longest: Int
    /// The fragments so far, and whether they are text.
    private var begun: (octets: ByteBuffer, isText: Bool)?
    private var isClosing = false

    init(_ side: Side, longest: Int) {
        self.side = side
        self.longest = longest
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        guard !isClosing else { return }
        // §5.1: a client masks, a server does not. §5.2: no extension was agreed that would use the reserved bits.
        guard (frame.maskKey != nil) == (side == .server), !frame.rsv1, !frame.rsv2, !frame.rsv3 else {
            return close(context, .protocolError)
        }
        switch frame.opcode {
        case .text, .binary:
            guard begun == nil else { return close(context, .protocolError) }
            take(frame.unmaskedData, isText: frame.opcode == .text, isLast: frame.fin, context)
        case .continuation:
            guard var message = begun else { return close(context, .protocolError) }
            begun = nil  // one owner while it grows
            var more = frame.unmaskedData
            guard message.octets.readableBytes + more.readableBytes <= longest else {
                return close(context, .messageTooLarge)
            }
            message.octets.writeBuffer(&more)
            take(message.octets, isText: message.isText, isLast: frame.fin, context)
        case .ping:
            send(frame.unmaskedData, as: .pong, context)
            if begun == nil { context.fireUserInboundEventTriggered(WebSocketSignOfLife()) }
        case .pong: if begun == nil { context.fireUserInboundEventTriggered(WebSocketSignOfLife()) }
        case .connectionClose:
            var reason = frame.unmaskedData
            close(context, reason.readWebSocketErrorCode() ?? .normalClosure)
        default: close(context, .protocolError)
        }
    }

    private func take(_ octets: ByteBuffer, isText: Bool, isLast: Bool, _ context: ChannelHandlerContext) {
        guard isLast else {
            begun = (octets, isText)
            return
        }
        // §8.1: text is UTF-8.
        guard !isText || Self.isUTF8(octets) else { return close(context, .dataInconsistentWithMessage) }
        context.fireChannelRead(wrapInboundOut(octets))
    }

    private static func isUTF8(_ octets: ByteBuffer) -> Bool {
        octets.readableBytesView.allSatisfy { $0 < 0x80 }
            || String(validating: octets.readableBytesView, as: UTF8.self) != nil
    }

    // MARK: Sending

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let octets = unwrapOutboundIn(data)
        let frame = WebSocketFrame(
            fin: true, opcode: Self.isUTF8(octets) ? .text : .binary, maskKey: mask, data: octets)
        context.write(wrapOutboundOut(frame), promise: promise)
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is WebSocketPing else { return context.triggerUserOutboundEvent(event, promise: promise) }
        send(ByteBuffer(), as: .ping, context)
        promise?.succeed()
    }

    /// §7.1.1: our side of the closing handshake goes out before the connection ends.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if !isClosing, context.channel.isActive {
            isClosing = true
            sendClose(.goingAway, context)
        }
        context.close(mode: mode, promise: promise)
    }

    private func close(_ context: ChannelHandlerContext, _ code: WebSocketErrorCode) {
        isClosing = true
        sendClose(code, context)
        context.close(promise: nil)
    }

    private func sendClose(_ code: WebSocketErrorCode, _ context: ChannelHandlerContext) {
        var octets = context.channel.allocator.buffer(capacity: 2)
        octets.write(webSocketErrorCode: code)
        send(octets, as: .connectionClose, context)
    }

    private func send(_ octets: ByteBuffer, as opcode: WebSocketOpcode, _ context: ChannelHandlerContext) {
        let frame = WebSocketFrame(fin: true, opcode: opcode, maskKey: mask, data: octets)
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    }

    private var mask: WebSocketMaskingKey? { side == .client ? .random() : nil }
}
