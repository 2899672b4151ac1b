import Foundation
import IMS
import NIOCore
import NIOHTTP1
import NIOPosix
import NodeIO
import Octets
import Provisioning

/// The provisioning API of a running HSS. Blocks its thread; a connection for each request.
package struct RunningHSS: ProvisioningPort {
    private let endpoint: Endpoint
    private let token: String
    /// Of the core, for words.
    private let state: String

    /// A long import is one request.
    private static let timeout = TimeAmount.minutes(10)
    private static let patience: Duration = .seconds(5)

    init(_ endpoint: Endpoint, token: String, state: String) {
        self.endpoint = endpoint
        self.token = token
        self.state = state
    }

    package func perform(_ request: ProvisioningRequest) throws(OperationFailure) -> ProvisioningAnswer {
        let reply = try exchange(head(of: request), request.body.map { ByteBuffer(string: $0.json) })
        let octets = Array(reply.body.readableBytesView)
        let body = octets.isEmpty ? nil : Report(json: octets)
        guard octets.isEmpty || body != nil else {
            throw OperationFailure(.unavailable, "what answers at http://\(endpoint) is no provisioning API of an HSS")
        }
        if reply.head.status == .unauthorized {
            throw OperationFailure(
                .configuration,
                "the HSS that answers at http://\(endpoint) has another token: it is not that of \(state); "
                    + "give each HSS its own hss.api.listen")
        }
        var answer = ProvisioningAnswer(Int(reply.head.status.code), body)
        answer.entityTag = reply.head.headers.first(name: "ETag")
        return answer
    }

    private func head(of request: ProvisioningRequest) -> HTTPRequestHead {
        var headers: HTTPHeaders = [
            "Host": "\(endpoint)", "Authorization": "Bearer \(token)", "Accept": "application/json",
            "IMS-Operator": "imsctl, user \(getuid())", "Connection": "close",
        ]
        if let tag = request.ifMatch { headers.add(name: "If-Match", value: tag) }
        if let tag = request.ifNoneMatch { headers.add(name: "If-None-Match", value: tag) }
        if let body = request.body {
            headers.add(name: "Content-Type", value: "application/json")
            headers.add(name: "Content-Length", value: String(body.json.utf8.count))
        }
        return HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: request.method.rawValue),
            uri: RequestTarget.write(request.path, request.query), headers: headers)
    }

    /// An HSS that has just started opens its API a moment after it speaks to its peers.
    private func connect(_ bootstrap: ClientBootstrap) throws -> any Channel {
        let end = Instant.now + Self.patience
        while true {
            do {
                return try bootstrap.connect(host: endpoint.address.description, port: Int(endpoint.port)).wait()
            } catch {
                guard Instant.now < end else { throw error }
                usleep(100_000)
            }
        }
    }

    private func exchange(
        _ head: HTTPRequestHead, _ body: ByteBuffer?
    ) throws(OperationFailure) -> HTTPReply {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let promise = loop.makePromise(of: HTTPReply.self)
        let deadline = loop.scheduleTask(in: Self.timeout) { promise.fail(ChannelError.connectTimeout(Self.timeout)) }
        let bootstrap = ClientBootstrap(group: loop).connectTimeout(.seconds(5)).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHTTPClientHandlers()
                try channel.pipeline.syncOperations.addHandler(HTTPReplyHandler(promise))
            }
        }
        do {
            let channel: any Channel
            do {
                channel = try connect(bootstrap)
            } catch {
                promise.fail(error)
                throw error
            }
            // A server that answers before it has read everything is listened to, not interrupted.
            channel.write(HTTPClientRequestPart.head(head), promise: nil)
            if let body { channel.write(HTTPClientRequestPart.body(.byteBuffer(body)), promise: nil) }
            channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
            defer {
                deadline.cancel()
                channel.close(promise: nil)
            }
            return try promise.futureResult.wait()
        } catch {
            deadline.cancel()
            throw OperationFailure(
                .unavailable,
                "the HSS of \(state) runs, but its provisioning API does not answer at http://\(endpoint): "
                    + "\(SystemError.sentence(error)); see hss.api of its configuration and its log")
        }
    }
}

private struct HTTPReply: Sendable {
    var head: HTTPResponseHead
    var body: ByteBuffer
}

/// Gathers one response.
private final class HTTPReplyHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let promise: EventLoopPromise<HTTPReply>
    private var reply: HTTPReply?

    init(_ promise: EventLoopPromise<HTTPReply>) { self.promise = promise }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): reply = HTTPReply(head: head, body: ByteBuffer())
        case .body(var part): reply?.body.writeBuffer(&part)
        case .end: if let reply { promise.succeed(reply) }
        }
    }

    func channelInactive(context: ChannelHandlerContext) { promise.fail(ChannelError.eof) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(error)
        context.close(promise: nil)
    }
}
