import Glibc
import IMS
import NIOCore
import NodeIO
import Testing

@Suite("Admin socket", .timeLimit(.minutes(1)))
struct AdminSocketTests {
    let fixture = LoopFixture<Command>()
    let path = "/tmp/ims-admin-\(getpid())-\(UInt32.random(in: 0 ... .max)).sock"

    func server(_ handler: @escaping @Sendable (Command, (Report) -> Void) -> Void) async throws
        -> NIOLoopBound<AdminServer>
    {
        let loop = fixture.loop
        let path = path
        let server = try await fixture.make { AdminServer(on: loop) { handler($0, $1) } }
        try await loop.flatSubmit { server.value.listen(at: path) }.get()
        return server
    }

    /// The client blocks, so it must not sit on the loop or wait in a task's thread for long.
    func ask(_ command: Command, timeout: Duration = .seconds(5)) async throws -> Report {
        let client = AdminClient(path: path, timeout: timeout)
        return try await Task.detached { try client.ask(command) }.value
    }

    @Test("A command comes with its arguments, its report comes back, and the file is the owner's only")
    func roundTrip() async throws {
        let server = try await server { command, reply in
            reply(["command": .text(command.name), "limit": command.arguments["limit"].map { .text($0) } ?? .null])
        }
        #expect(
            try await ask(Command("registrations", ["limit": "10\n"])) == [
                "command": "registrations", "limit": "10\n",
            ])
        var status = stat()
        #expect(lstat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        try await fixture.run { server.value.shutDown() }
        #expect(lstat(path, &status) != 0)
    }

    @Test("Large reports and many clients")
    func large() async throws {
        let server = try await server { command, reply in
            reply(.list((0..<20_000).map { ["number": .integer($0), "name": "sip:user@example.org"] }))
        }
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 { group.addTask { try await ask(Command("all")).list?.count ?? 0 } }
            for try await count in group { #expect(count == 20_000) }
        }
        try await fixture.run { server.value.shutDown() }
    }

    @Test("A node that is not there, does not answer, or may not be asked is one sentence each")
    func failures() async throws {
        await #expect(throws: AdminFailure(.notRunning, path: path)) { try await ask(Command("x")) }
        let server = try await server { _, _ in }
        await #expect(throws: AdminFailure(.timeout(.milliseconds(50)), path: path)) {
            try await ask(Command("x"), timeout: .milliseconds(50))
        }
        try await fixture.run { server.value.shutDown() }
        #expect(AdminFailure(.notRunning, path: "/a").description.contains("/a"))
    }

    @Test("What is no request is answered with an error; the connection lives on")
    func badRequests() async throws {
        let server = try await server { _, reply in reply("fine") }
        let path = path
        let answers = try await Task.detached {
            let socket = try LineSocket(path)
            socket.send("nonsense\n{\"command\":1}\n{\"command\":\"a\",\"arguments\":[]}\n{\"command\":\"a\"}\n")
            return socket.lines(4)
        }.value
        #expect(answers.count == 4)
        #expect(answers.prefix(3).allSatisfy { $0.hasPrefix("{\"error\":\"not a request") })
        #expect(answers.last == "\"fine\"")
        let refused = try await Task.detached {
            let socket = try LineSocket(path)
            socket.send(String(repeating: "x", count: 100_000))
            return socket.lines(1)
        }.value
        #expect(refused.first == "{\"error\":\"the request has more than 65536 octets\"}")
        try await fixture.run { server.value.shutDown() }
    }

    @Test("A dead node's file is replaced, a living node's is not, another file neither")
    func takenPath() async throws {
        let first = try await server { _, reply in reply("first") }
        await #expect(throws: StartFailure.self) { try await server { _, _ in } }
        #expect(try await ask(Command("x")) == "first")
        try await fixture.run { first.value.shutDown() }

        let stale = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(stale, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        #expect(bound == 0)
        close(stale)
        let second = try await server { _, reply in reply("second") }
        #expect(try await ask(Command("x")) == "second")
        try await fixture.run { second.value.shutDown() }

        close(open(path, O_CREAT | O_WRONLY, 0o600))
        await #expect(
            throws: StartFailure(
                key: "admin.socket", sentence: "cannot listen on \(path): this file exists and is no socket",
                hint: "remove it or choose another path")
        ) { try await server { _, _ in } }
        unlink(path)
    }
}

/// A client that sends what it likes.
private struct LineSocket: ~Copyable {
    private let descriptor: Int32

    init(_ path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(code == 0)
    }

    deinit { close(descriptor) }

    func send(_ text: String) {
        let octets = Array(text.utf8)
        _ = Glibc.send(descriptor, octets, octets.count, Int32(MSG_NOSIGNAL))
    }

    func lines(_ count: Int) -> [String] {
        var text = ""
        var room = [UInt8](repeating: 0, count: 65_536)
        while text.utf8.count(where: { $0 == 0x0A }) < count {
            let length = recv(descriptor, &room, room.count, 0)
            guard length > 0 else { break }
            text += String(decoding: room[..<length], as: UTF8.self)
        }
        return text.split(separator: "\n").map(String.init)
    }
}
