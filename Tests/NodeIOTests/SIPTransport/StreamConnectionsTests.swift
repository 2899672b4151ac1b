import Glibc
import NIOCore
import NodeIO
import Octets
import SIP
import Testing

@Suite("TCP connections of SIP", .timeLimit(.minutes(1)))
struct StreamConnectionsTests {
    let fixture = LoopFixture<SIPTransportEvent>()
    let listener = ListenerID(rawValue: 0)

    func table(_ limits: SIPTransportLimits = SIPTransportLimits()) async throws
        -> (NIOLoopBound<StreamConnections>, UInt16)
    {
        let port = try await FreePort.tcp()
        let sink = fixture.sink
        let loop = fixture.loop
        let listener = listener
        let table = try await fixture.make { StreamConnections(on: loop, limits: limits) { sink.yield($0) } }
        _ = try await loop.flatSubmit { table.value.listen(listener, at: SIPSocket(.tcp, Endpoint(.loopback, port))) }
            .get()
        return (table, port)
    }

    func transmit(_ text: String, _ hop: Hop, by table: NIOLoopBound<StreamConnections>) async throws {
        try await fixture.run {
            table.value.transmit(Array(text: text), to: hop)
            table.value.flush()
        }
    }

    @Test("RFC 3261 §18.2.2: an answer goes back over the connection of its request")
    func echo() async throws {
        let (table, port) = try await table()
        let client = try PlainSocket(SOCK_STREAM, to: port)
        client.send("hello")
        guard case .stream(let octets, let hop)? = await fixture.next() else {
            Issue.record("no stream event")
            return
        }
        #expect(octets.text == "hello")
        #expect(hop.connection != nil)
        try await transmit("answer", hop, by: table)
        #expect(client.receive() == "answer")
        try await fixture.run { table.value.shutDown() }
    }

    @Test("RFC 3261 §18.1.1: what goes to one place shares a connection, also while it is being opened")
    func reuse() async throws {
        let (table, port) = try await table()
        let remote = Hop(.tcp, listener, Endpoint(.loopback, port))
        try await fixture.run {
            table.value.transmit(Array(text: "one,"), to: remote)
            table.value.transmit(Array(text: "two,"), to: remote)
            table.value.flush()
        }
        var text = ""
        while text != "one,two,", case .stream(let octets, _)? = await fixture.next({ $0 != .burstEnded }) {
            text += octets.text
        }
        try await transmit("three", remote, by: table)
        guard case .stream(let octets, _)? = await fixture.next({ $0 != .burstEnded }) else { return }
        #expect(octets.text == "three")
        #expect(try await fixture.run { table.value.count } == 2)  // both ends are in this table
        try await fixture.run { table.value.shutDown() }
    }

    @Test("TS 33.203 §7.1: a connection leaves from the port of its socket, which goes on accepting others")
    func fromPort() async throws {
        let (table, port) = try await table()
        let local = Endpoint(.loopback, try await FreePort.tcp())
        let protected = ListenerID(rawValue: 1)
        var options = SIPSocketOptions()
        options.callsFromPort = true
        let socket = SIPSocket(.tcp, local, options)
        _ = try await fixture.loop.flatSubmit { table.value.listen(protected, at: socket) }.get()
        let client = try PlainSocket(SOCK_STREAM, to: local.port)
        try await transmit("out", Hop(.tcp, protected, Endpoint(.loopback, port)), by: table)
        client.send("in")
        var seen: [ListenerID: (text: String, from: Endpoint)] = [:]
        while seen.count < 2, let event = await fixture.next() {
            if case .stream(let octets, let hop) = event { seen[hop.listener] = (octets.text, hop.remote) }
        }
        #expect(seen[listener]?.text == "out" && seen[listener]?.from == local)
        #expect(seen[protected]?.text == "in")
        try await fixture.run { table.value.shutDown() }
    }

    @Test("A refused connection is reported for what was to be sent")
    func refusedConnect() async throws {
        let (table, _) = try await table()
        let hop = Hop(.tcp, listener, Endpoint(.loopback, try await FreePort.tcp()))
        try await transmit("x", hop, by: table)
        #expect(await fixture.next() == .sendFailed(hop))
        #expect(try await fixture.run { table.value.count } == 0)
        try await fixture.run { table.value.shutDown() }
    }

    @Test("More than may wait for a connection is refused")
    func queueBound() async throws {
        var limits = SIPTransportLimits()
        limits.queuedOctets = 10
        let (table, port) = try await table(limits)
        let hop = Hop(.tcp, listener, Endpoint(.loopback, port))
        try await fixture.run {
            table.value.transmit(Array(text: "12345678"), to: hop)
            table.value.transmit(Array(text: "12345678"), to: hop)
        }
        #expect(await fixture.next() == .sendFailed(hop))
        try await fixture.run { table.value.shutDown() }
    }

    @Test("A connection's end is told, and a hop that named it is answered over a new one or fails")
    func closing() async throws {
        let (table, port) = try await table()
        var hop: Hop?
        do {
            let client = try PlainSocket(SOCK_STREAM, to: port)
            client.send("x")
            guard case .stream(_, let from)? = await fixture.next() else { return }
            hop = from
        }
        let gone = try #require(hop)
        #expect(await fixture.next { $0 != .burstEnded } == .closed(try #require(gone.connection)))
        try await transmit("late", gone, by: table)
        #expect(await fixture.next { $0 != .burstEnded } == .sendFailed(gone))
        try await fixture.run { table.value.shutDown() }
    }

    @Test("A18: one address may open so many connections and no more; when one ends, the next may come")
    func capPerAddress() async throws {
        var limits = SIPTransportLimits()
        limits.connectionsPerAddress = 2
        let (table, port) = try await table(limits)
        let first = try PlainSocket(SOCK_STREAM, to: port)
        let third: String?
        do {
            let second = try PlainSocket(SOCK_STREAM, to: port)
            first.send("1")
            second.send("2")
            _ = await fixture.next { if case .stream = $0 { true } else { false } }
            _ = await fixture.next { if case .stream = $0 { true } else { false } }
            let refused = try PlainSocket(SOCK_STREAM, to: port)
            third = refused.receive()
        }
        #expect(third == nil)
        #expect(try await fixture.run { table.value.refused } == 1)
        _ = await fixture.next { if case .closed = $0 { true } else { false } }
        let next = try PlainSocket(SOCK_STREAM, to: port)
        next.send("again")
        guard case .stream(let octets, _)? = await fixture.next({ if case .stream = $0 { true } else { false } }) else {
            return
        }
        #expect(octets.text == "again")
        try await fixture.run { table.value.shutDown() }
    }

    @Test("A18: a header that does not end in time ends the connection; one that ends does not")
    func headerTimeout() async throws {
        var limits = SIPTransportLimits()
        limits.headerTimeout = .milliseconds(200)
        let (table, port) = try await table(limits)
        let slow = try PlainSocket(SOCK_STREAM, to: port)
        let quick = try PlainSocket(SOCK_STREAM, to: port)
        quick.send("OPTIONS sip:x SIP/2.0\r")
        quick.send("\n\r\n")
        slow.send("OPTIONS sip:")
        #expect(slow.receive() == nil)
        guard case .stream(_, let hop)? = await fixture.next({ if case .stream = $0 { true } else { false } }) else {
            return
        }
        #expect(try await fixture.run { table.value.count } == 1)
        _ = hop
        try await fixture.run { table.value.shutDown() }
    }

    @Test("A connection over which nothing comes is closed in the end")
    func idleTimeout() async throws {
        var limits = SIPTransportLimits()
        limits.headerTimeout = .milliseconds(100)
        limits.idleTimeout = .milliseconds(200)
        let (table, port) = try await table(limits)
        let client = try PlainSocket(SOCK_STREAM, to: port)
        client.send("\r\n\r\n")
        #expect(client.receive() == nil)
        try await fixture.run { table.value.shutDown() }
    }

    @Test("A peer that does not read is cut off at a bound")
    func unread() async throws {
        var limits = SIPTransportLimits()
        limits.unreadOctets = 64 << 10
        let (table, port) = try await table(limits)
        let client = try PlainSocket(SOCK_STREAM, to: port, receiveBuffer: 4096)
        client.send("x")
        guard case .stream(_, let hop)? = await fixture.next() else { return }
        let text = String(repeating: "y", count: 60_000)
        for _ in 0..<200 { try await transmit(text, hop, by: table) }
        let told = SIPTransportEvent.noticed(
            "connection closed: the peer does not read what we send", peer: hop.remote)
        #expect(await fixture.next { $0 == told } != nil)
        #expect(await fixture.next { $0 == hop.connection.map { .closed($0) } } != nil)
        try await fixture.run { table.value.shutDown() }
        _ = client.receive()
    }
}
