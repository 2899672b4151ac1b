import Dispatch
import Glibc
import IMS
import NIOCore
import NodeIO
import Octets
import SIP
import Testing

@Suite("A function's program", .serialized, .timeLimit(.minutes(1)))
struct RunNodeTests {
    let directory = "/tmp/ims-run-\(getpid())-\(UInt32.random(in: 0 ... .max))"

    init() { mkdir(directory, 0o700) }

    static let program = NodeProgram<EchoFunction>(
        name: "echo",
        keys: SharedKeys.node(name: "echo") + SharedKeys.sip(listen: "[]") + SharedKeys.operation(admin: "/tmp/none"),
        build: { configuration, surroundings in
            let core = EchoFunction.core(surroundings.settings.listeners)
            return .init(core: core, settings: surroundings.settings, perform: EchoFunction.perform)
        })

    /// Blocks a thread of its own, as a program does.
    func run(_ options: NodeOptions) async -> NodeIO.ExitStatus {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: runNode(Self.program, options: options)) }
        }
    }

    func write(_ text: String) throws -> String {
        let path = directory + "/node.yaml"
        let descriptor = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0o600)
        try #require(descriptor >= 0)
        let octets = Array(text.utf8)
        #expect(Glibc.write(descriptor, octets, octets.count) == octets.count)
        close(descriptor)
        return path
    }

    @Test("--check-config says whether the file is right: 0 or 78")
    func check() async throws {
        var options = NodeOptions(config: try write("node: {name: x}"))
        options.checkConfig = true
        #expect(await run(options) == .ok)
        options.config = try write("node: {nam: x}")
        #expect(await run(options) == .configuration)
        options.config = directory + "/missing.yaml"
        #expect(await run(options) == .configuration)
        #expect(NodeIO.ExitStatus.configuration.rawValue == 78)
    }

    @Test("A port in use ends the program with 69")
    func portInUse() async throws {
        let echo = try await EchoNode()
        try await echo.start()
        let path = try write("sip: {listen: [\"udp:127.0.0.1:\(echo.udp)\"]}\nadmin: {socket: \(directory)/a.sock}")
        #expect(await run(NodeOptions(config: path)) == .unavailable)
        #expect(NodeIO.ExitStatus.unavailable.rawValue == 69)
        try await echo.stop()
    }

    @Test("SIGTERM ends a running program with 0")
    func terminate() async throws {
        let port = try await FreePort.udp()
        let socket = directory + "/a.sock"
        let path = try write(
            "sip: {listen: [\"udp:127.0.0.1:\(port)\"]}\nadmin: {socket: \(socket)}\nlog: {level: error}")
        async let status = run(NodeOptions(config: path))
        let client = AdminClient(path: socket)
        while (try? client.ask(Command("fired"))) == nil { try await Task.sleep(for: .milliseconds(10)) }
        kill(getpid(), SIGTERM)
        #expect(await status == .ok)
    }
}
