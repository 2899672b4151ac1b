import Glibc
import IMS
import NIOCore
import NIOPosix

/// The operator's socket: a Unix domain socket of mode 0600; a JSON object per line in, a report per line out.
///
/// `{"command": "registrations", "arguments": {"limit": "10"}}` → `{"registrations": […]}`. Who may open the file may
/// command the node; that is all the authorisation there is.
package final class AdminServer {
    /// Answers a command; the closure is called once, on the loop.
    package typealias Handler = (Command, @escaping (Report) -> Void) -> Void

    package static let clientLimit = 64
    package static let longestRequest = 64 << 10
    /// A sockaddr_un holds 107 octets and a zero.
    package static let longestPath = 107

    private let loop: any EventLoop
    fileprivate let handler: Handler
    private var channel: (any Channel)?
    fileprivate var clients: [ObjectIdentifier: AdminSession] = [:]
    private var path: String?

    package init(on loop: any EventLoop, handler: @escaping Handler) {
        self.loop = loop
        self.handler = handler
    }

    package func listen(at path: String) -> EventLoopFuture<Void> {
        let descriptor: CInt
        do {
            descriptor = try Self.bind(path)
        } catch {
            return loop.makeFailedFuture(error)
        }
        self.path = path
        let server = NIOLoopBound(self, eventLoop: loop)
        return ServerBootstrap(group: loop, childGroup: loop)
            .childChannelOption(.writeBufferWaterMark, value: .init(low: 32 << 20, high: 64 << 20))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard server.value.clients.count < Self.clientLimit else { throw ChannelError.eof }
                    let session = AdminSession(server: server.value)
                    server.value.clients[ObjectIdentifier(session)] = session
                    try channel.pipeline.syncOperations.addHandler(session)
                }
            }
            .withBoundSocket(descriptor)
            .map { server.value.channel = $0 }
            .flatMapErrorThrowing { throw Self.failure(path, SystemError.sentence($0), hint: "") }
    }

    package func shutDown() {
        channel?.close(promise: nil)
        for session in Array(clients.values) { session.close() }
        if let path { unlink(path) }
    }

    // MARK: The file

    /// A bound socket, mode 0600 from its first moment. A file that nobody listens on any more is replaced.
    private static func bind(_ path: String) throws(StartFailure) -> CInt {
        guard path.utf8.count <= longestPath else {
            throw failure(path, "the path has more than \(longestPath) octets", hint: "choose a shorter one")
        }
        var status = stat()
        if lstat(path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFSOCK else {
                throw failure(path, "this file exists and is no socket", hint: "remove it or choose another path")
            }
            if let other = UnixSocket.connect(path) {
                Glibc.close(other)
                throw failure(
                    path, "another node answers there: EADDRINUSE", hint: "stop it first, or choose another path")
            }
            unlink(path)
        }
        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw failure(path, SystemError.sentence(code: errno), hint: "") }
        let mask = umask(0o177)
        let code = UnixSocket.withAddress(path) { Glibc.bind(descriptor, $0, $1) == 0 ? 0 : errno }
        umask(mask)
        guard code == 0 else {
            Glibc.close(descriptor)
            let hint =
                code == ENOENT ? "its directory does not exist" : code == EACCES ? "its directory is not writable" : ""
            throw failure(path, SystemError.sentence(code: code), hint: hint)
        }
        return descriptor
    }

    private static func failure(_ path: String, _ reason: String, hint: String) -> StartFailure {
        StartFailure(key: "admin.socket", sentence: "cannot listen on \(path): \(reason)", hint: hint)
    }
}

/// One operator's connection: requests are answered one after the other.
private final class AdminSession: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let server: AdminServer
    private var context: ChannelHandlerContext?
    private var input: [UInt8] = []
    private var isBusy = false
    private var isEnding = false

    init(server: AdminServer) { self.server = server }

    func close() { context?.close(promise: nil) }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        server.clients[ObjectIdentifier(self)] = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        input.append(contentsOf: unwrapInboundIn(data).readableBytesView)
        answerNext()
        guard input.count > AdminServer.longestRequest, !isEnding else { return }
        isEnding = true
        input.removeAll()
        reply(.error("the request has more than \(AdminServer.longestRequest) octets"))
        context.close(promise: nil)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if !context.channel.isWritable { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func answerNext() {
        while !isBusy, let end = input.firstIndex(of: 0x0A) {
            let line = Array(input[..<end])
            input.removeFirst(end + 1)
            guard let command = Command(request: line) else {
                reply(.error("not a request: expected {\"command\": name, \"arguments\": {name: text}} on one line"))
                continue
            }
            isBusy = true
            server.handler(command) { [self] report in
                isBusy = false
                reply(report)
                answerNext()
            }
        }
    }

    private func reply(_ report: Report) {
        guard let context else { return }
        var buffer = context.channel.allocator.buffer(string: report.json)
        buffer.writeInteger(UInt8(0x0A))
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }
}

extension Command {
    /// Reads a line of the admin socket; numbers and truth values among the arguments become text.
    package init?(request line: [UInt8]) {
        guard let request = Report(json: line), let name = request["command"]?.text else { return nil }
        var arguments: [String: String] = [:]
        switch request["arguments"] {
        case nil, .null?: break
        case .record(let members)?:
            for member in members {
                switch member.value {
                case .text(let text): arguments[member.name] = text
                case .integer, .number, .boolean: arguments[member.name] = member.value.json
                case .null: break
                case .list, .record: return nil
                }
            }
        default: return nil
        }
        self.init(name, arguments)
    }

    /// The line that asks for this command.
    package var request: String {
        let members = arguments.sorted { $0.key < $1.key }.map { Report.Member($0.key, .text($0.value)) }
        return (["command": .text(name), "arguments": .record(members)] as Report).json
    }
}
