import Glibc
import NIOCore
import NodeIO
import Octets
import SIP
import Testing

@Suite("RFC 5626 §4.4.1: keep-alives of connections that we open", .timeLimit(.minutes(1)))
struct FlowKeepAliveTests {
    let fixture = LoopFixture<SIPTransportEvent>()
    let listener = ListenerID(rawValue: 0)

    @Test("A ping goes out on an idle connection, over TCP as CRLFCRLF", arguments: [Transport.tcp, .ws])
    func ping(transport: Transport) async throws {
        var limits = SIPTransportLimits()
        limits.keepAlive = .seconds(1)
        limits.headerTimeout = .milliseconds(400)
        let final = limits
        let remote = Endpoint(.loopback, try await FreePort.tcp())
        let sink = fixture.sink
        let loop = fixture.loop
        let listener = listener
        let table = try await fixture.make { StreamConnections(on: loop, limits: final) { sink.yield($0) } }
        try await loop.flatSubmit { table.value.listen(listener, at: SIPSocket(transport, remote)) }.get()
        try await fixture.run {
            table.value.transmit(Array(text: "x\r\n\r\n"), to: Hop(transport, listener, remote))
            table.value.flush()
        }
        if transport == .tcp {
            #expect(
                await fixture.next {
                    if case .stream(let octets, _) = $0 { octets == [13, 10, 13, 10] } else { false }
                } != nil)
        } else {
            // The other end answers the ping frame by itself; the connection outlives several of them.
            try await Task.sleep(for: .seconds(3))
            #expect(try await fixture.run { table.value.count } == 2)
        }
        try await fixture.run { table.value.shutDown() }
    }
}

@Suite("Reliability A18: many idle connections", .timeLimit(.minutes(1)))
struct IdleConnectionsTests {
    @Test("1,000 idle connections leave the next one served")
    func thousand() async throws {
        let echo = try await EchoNode { $0.sipLimits.connectionsPerAddress = 2000 }
        try await echo.start()
        var idle: [Int32] = []
        defer { for descriptor in idle { close(descriptor) } }
        for _ in 0..<1000 {
            let descriptor = try PlainSocket.connected(to: echo.tcp)
            idle.append(descriptor)
        }
        let client = try PlainSocket(SOCK_STREAM, to: echo.tcp)
        client.send(Options.text("TCP", branch: "idle"))
        #expect(client.receive()?.hasPrefix("SIP/2.0 200 ") == true)
        try await echo.stop()
    }

    @Test("A18: however many connections are configured, descriptors stay free for database, log and operator")
    func reserve() {
        var open = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &open)
        var limits = SIPTransportLimits()
        limits.connections = .max
        let most = Int(clamping: open.rlim_cur) - ProcessLimits.reservedDescriptors
        #expect(limits.withinProcessLimits.connections == max(16, most))
        #expect(ProcessLimits.reservedDescriptors >= 64)
        limits.connections = 10
        #expect(limits.withinProcessLimits.connections == 10)
    }

    @Test("A18: a header at one octet a time ends the connection, and others are served meanwhile")
    func slow() async throws {
        let echo = try await EchoNode { $0.sipLimits.headerTimeout = .milliseconds(400) }
        try await echo.start()
        let slow = try PlainSocket(SOCK_STREAM, to: echo.tcp)
        var sent = 0
        for octet in Array(text: Options.text("TCP", branch: "slow")).prefix(60) {
            slow.send(octets: [octet])
            sent += 1
            try await Task.sleep(for: .milliseconds(50))
        }
        let client = try PlainSocket(SOCK_STREAM, to: echo.tcp)
        client.send(Options.text("TCP", branch: "quick"))
        #expect(client.receive()?.hasPrefix("SIP/2.0 200 ") == true)
        #expect(slow.receive() == nil)
        try await echo.stop()
    }
}
