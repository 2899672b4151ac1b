import Glibc
import IMS
import NIOCore
import NodeIO
import Octets
import SIP
import Testing

@Suite("Node: a core on one loop with real sockets", .timeLimit(.minutes(1)))
struct NodeTests {
    @Test("A request over UDP is answered to where it came from")
    func udp() async throws {
        let echo = try await EchoNode()
        try await echo.start()
        let client = try PlainSocket(SOCK_DGRAM, to: echo.udp)
        for number in 0..<50 {
            client.send(Options.text("UDP", branch: "u\(number)"))
            #expect(client.receive()?.hasPrefix("SIP/2.0 200 ") == true)
        }
        try await echo.stop()
    }

    @Test("A request over TCP is answered over its connection, however it is cut up")
    func tcp() async throws {
        let echo = try await EchoNode()
        try await echo.start()
        let client = try PlainSocket(SOCK_STREAM, to: echo.tcp)
        client.send(Options.text("TCP", branch: "t1"))
        #expect(client.receive()?.hasPrefix("SIP/2.0 200 ") == true)
        let text = Options.text("TCP", branch: "t2")
        client.send(String(text.prefix(70)))
        client.send(String(text.dropFirst(70)))
        #expect(client.receive()?.hasPrefix("SIP/2.0 200 ") == true)
        try await echo.stop()
    }

    @Test("The core's deadline comes back as an input")
    func deadline() async throws {
        let echo = try await EchoNode()
        try await echo.start()
        #expect(try await echo.ask(Command("fired")) == 0)
        #expect(try await echo.ask(Command("wake")) == true)
        while try await echo.ask(Command("fired")) != 1 { try await Task.sleep(for: .milliseconds(5)) }
        try await echo.stop()
    }

    @Test("Work is done on its thread and its result comes back")
    func work() async throws {
        let echo = try await EchoNode()
        try await echo.start()
        try await withThrowingTaskGroup(of: Report.self) { group in
            for _ in 0..<20 { group.addTask { try await echo.ask(Command("perform", ["text": "abc"])) } }
            for try await report in group { #expect(report == "ABC") }
        }
        try await echo.stop()
    }

    @Test("An address in use is one clear sentence, and nothing stays bound")
    func portInUse() async throws {
        let first = try await EchoNode()
        try await first.start()
        let taken = first.udp
        let second = try await EchoNode {
            $0.listeners[ListenerID(rawValue: 2)] = SIPListener(.udp, Endpoint(.loopback, taken))
        }
        do {
            try await second.start()
            Issue.record("started on a port in use")
        } catch {
            #expect(
                "\(error)"
                    == "sip.listen: cannot listen on UDP 127.0.0.1:\(taken): EADDRINUSE (the address is in use by "
                    + "another program; \"ss -lunp 'sport = :\(taken)'\" shows which, or choose another port)")
        }
        let ports = (second.udp, second.tcp)
        try await Task.sleep(for: .milliseconds(50))
        let third = try await EchoNode {
            $0.listeners = [
                ListenerID(rawValue: 0): SIPListener(.udp, Endpoint(.loopback, ports.0)),
                ListenerID(rawValue: 1): SIPListener(.tcp, Endpoint(.loopback, ports.1)),
            ]
        }
        try await third.start()
        try await third.stop()
        try await first.stop()
    }

    @Test("The admin socket reaches the core; after a stop it is gone")
    func admin() async throws {
        let path = "/tmp/ims-node-\(getpid())-\(UInt32.random(in: 0 ... .max)).sock"
        let echo = try await EchoNode { $0.adminSocket = path }
        try await echo.start()
        let client = AdminClient(path: path)
        #expect(try await Task.detached { try client.ask(Command("fired")) }.value == 0)
        #expect(try await Task.detached { try client.ask(Command("nonsense")) }.value["error"] == "unknown command")
        try await echo.stop()
        await #expect(throws: AdminFailure(.notRunning, path: path)) {
            try await Task.detached { try client.ask(Command("fired")) }.value
        }
    }

    @Test("Garbage is no reason to fall over")
    func garbage() async throws {
        let echo = try await EchoNode()
        try await echo.start()
        let datagrams = try PlainSocket(SOCK_DGRAM, to: echo.udp)
        var random = Entropy(number: 7)
        for length in 0..<200 {
            datagrams.send(String(decoding: random.octets(length), as: UTF8.self))
        }
        do {
            let stream = try PlainSocket(SOCK_STREAM, to: echo.tcp)
            stream.send(String(decoding: random.octets(5000), as: UTF8.self))
        }
        let client = try PlainSocket(SOCK_DGRAM, to: echo.udp)
        client.send(Options.text("UDP", branch: "after"))
        #expect(client.receive()?.hasPrefix("SIP/2.0 200 ") == true)
        try await echo.stop()
    }
}
