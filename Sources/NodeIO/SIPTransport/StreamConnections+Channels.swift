import NIOCore
import NIOHTTP1
import NIOSSL
import NIOWebSocket
import SIP

/// What stands in the channels of the four stream transports:
///
///     TCP                                                               StreamConnection
///     TLS   ArrivalWatch  NIOSSLHandler  TLSPeerCheck                   StreamConnection
///     WS    ArrivalWatch                               WebSocketMessages StreamConnection
///     WSS   ArrivalWatch  NIOSSLHandler  TLSPeerCheck  WebSocketMessages StreamConnection
///
/// Until the upgrade HTTP and a WebSocket handshake handler stand in the place of the last two.
extension StreamConnections {
    /// - Parameter options: of the listener, for a connection that is accepted.
    func furnish(_ channel: any Channel, for connection: StreamConnection, accepting options: SIPSocketOptions? = nil)
        throws
    {
        connection.channel = channel
        channel.closeFuture.assumeIsolated().whenComplete { _ in connection.ended() }
        let pipeline = channel.pipeline.syncOperations
        if connection.transport != .tcp { try pipeline.addHandler(ArrivalWatch(connection)) }
        if connection.transport.isSecure {
            guard let tls else { throw TLSRefusal("TLS is not set up: there are no keys \"tls\" for this node") }
            if let options {
                try pipeline.addHandler(tls.serverHandler(options.clientCertificates))
            } else {
                try pipeline.addHandler(tls.clientHandler(serverName: connection.expected?.serverName))
            }
            try pipeline.addHandler(peerCheck(connection))
        }
        switch (connection.transport.isWebSocket, options) {
        case (false, _): try pipeline.addHandler(connection)
        case (true, let options?): try acceptWebSocket(pipeline, connection, options.webSocket)
        case (true, nil): try openWebSocket(pipeline, connection)
        }
    }

    private func peerCheck(_ connection: StreamConnection) -> TLSPeerCheck {
        TLSPeerCheck { identities in
            if let expected = connection.expected,
                let refusal = TLSRefusal.ofServer(identities, expected: expected)
            {
                connection.reason = refusal.description
                return refusal
            }
            connection.identities = identities
            return nil
        }
    }

    /// RFC 7118 §4.1, RFC 6455 §4.2.
    private func acceptWebSocket(
        _ pipeline: ChannelPipeline.SynchronousOperations, _ connection: StreamConnection, _ policy: WebSocketPolicy
    ) throws {
        let bound = NIOLoopBound(connection, eventLoop: loop)
        let limit = limits.messageOctets
        let refusal = NIOLoopBound(WebSocketRefusals(policy, connection), eventLoop: loop)
        let upgrader = NIOWebSocketServerUpgrader(
            maxFrameSize: limit,
            shouldUpgrade: { channel, head in
                let isWelcome = policy.refusal(of: head) == nil
                return channel.eventLoop.makeSucceededFuture(
                    isWelcome ? ["Sec-WebSocket-Protocol": WebSocketPolicy.subprotocol] : nil)
            },
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(WebSocketMessages(.server, longest: limit))
                    try pipeline.addHandler(bound.value)
                }
            })
        try pipeline.configureHTTPServerPipeline(
            withPipeliningAssistance: false,
            withServerUpgrade: (
                [upgrader], { _ in refusal.value.removeSelf() }
            ), withErrorHandling: true, withOutboundHeaderValidation: true, withEncoderConfiguration: .init(),
            withDecoderLimitConfiguration: WebSocketPolicy.headerLimits)
        try pipeline.addHandler(refusal.value)
    }

    /// RFC 7118 §4.1, RFC 6455 §4.1.
    private func openWebSocket(
        _ pipeline: ChannelPipeline.SynchronousOperations, _ connection: StreamConnection
    ) throws {
        let bound = NIOLoopBound(connection, eventLoop: loop)
        let limit = limits.messageOctets
        let host = connection.expected?.serverName ?? "\(connection.remote)"
        let request = NIOLoopBound(WebSocketRequest(host: host, connection), eventLoop: loop)
        let upgrader = NIOWebSocketClientUpgrader(maxFrameSize: limit) { channel, head in
            channel.eventLoop.makeCompletedFuture {
                guard head.headers["Sec-WebSocket-Protocol"] == [WebSocketPolicy.subprotocol] else {
                    throw TLSRefusal("the server does not speak SIP over WebSocket")
                }
                let pipeline = channel.pipeline.syncOperations
                try pipeline.addHandler(WebSocketMessages(.client, longest: limit))
                try pipeline.addHandler(bound.value)
            }
        }
        try pipeline.addHTTPClientHandlers(
            leftOverBytesStrategy: .forwardBytes,
            withClientUpgrade: ([upgrader], { _ in request.value.removeSelf() }))
        try pipeline.addHandler(request.value)
    }
}

/// First in the channel: sees octets before TLS and WebSocket put them together, so that a message that never ends is
/// found out.
final class ArrivalWatch: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let connection: StreamConnection

    init(_ connection: StreamConnection) { self.connection = connection }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if connection.arrivingSince == nil { connection.arrivingSince = .now() }
        context.fireChannelRead(data)
    }
}
