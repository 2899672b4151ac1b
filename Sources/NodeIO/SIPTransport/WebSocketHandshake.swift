import NIOCore
import NIOHTTP1
import NIOWebSocket

/// Answers what comes to a WebSocket listener and is no welcome handshake; leaves the channel when one has succeeded.
final class WebSocketRefusals: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let policy: WebSocketPolicy
    private let connection: StreamConnection
    private var context: ChannelHandlerContext?
    private var hasAnswered = false

    init(_ policy: WebSocketPolicy, _ connection: StreamConnection) {
        self.policy = policy
        self.connection = connection
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func removeSelf() {
        guard let context else { return }
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let head) = unwrapInboundIn(data), !hasAnswered else { return }
        hasAnswered = true
        // A head that the policy likes and that was not upgraded lacks what RFC 6455 §4.2.1 asks: the key, mostly.
        let refusal =
            policy.refusal(of: head) ?? .init(status: .badRequest, sentence: "not a WebSocket handshake of RFC 6455")
        connection.reason = "WebSocket handshake refused: \(refusal.sentence)"
        var headers = HTTPHeaders(refusal.headers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        let body = context.channel.allocator.buffer(string: refusal.sentence + "\n")
        headers.add(name: "Content-Type", value: "text/plain")
        headers.add(name: "Content-Length", value: "\(body.readableBytes)")
        if !headers.contains(name: "Connection") { headers.add(name: "Connection", value: "close") }
        let response = HTTPResponseHead(version: .http1_1, status: refusal.status, headers: headers)
        context.write(wrapOutboundOut(.head(response)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(.end(nil))).assumeIsolated().whenComplete { _ in
            channel.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The upgrade's own refusal: the request follows and is answered above.
        guard !(error is NIOWebSocketUpgradeError) else { return }
        connection.reason = connection.reason ?? SystemError.sentence(error)
        context.close(promise: nil)
    }
}

/// Asks a server for the upgrade, RFC 6455 §4.1, RFC 7118 §4.1; leaves the channel when it is granted.
final class WebSocketRequest: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let host: String
    private let connection: StreamConnection
    private var context: ChannelHandlerContext?

    init(host: String, _ connection: StreamConnection) {
        self.host = host
        self.connection = connection
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { ask(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func removeSelf() {
        guard let context else { return }
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    func channelActive(context: ChannelHandlerContext) {
        ask(context)
        context.fireChannelActive()
    }

    private func ask(_ context: ChannelHandlerContext) {
        let headers: HTTPHeaders = [
            "Host": host, "Sec-WebSocket-Protocol": WebSocketPolicy.subprotocol, "Content-Length": "0",
        ]
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/", headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head(let head) = unwrapInboundIn(data) {
            connection.reason = "the server refuses the WebSocket: \(head.status)"
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        connection.reason = connection.reason ?? "WebSocket handshake: \(SystemError.sentence(error))"
        context.close(promise: nil)
    }
}
