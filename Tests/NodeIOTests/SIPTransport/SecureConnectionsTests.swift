import Glibc
import NIOCore
import NodeIO
import Octets
import SIP
import Testing

@Suite("SIP over TLS: RFC 5922 domain certificates, RFC 5923 connection reuse", .timeLimit(.minutes(1)))
struct SecureConnectionsTests {
    let fixture = LoopFixture<SIPTransportEvent>()
    let listener = ListenerID(rawValue: 0)
    let caller = ListenerID(rawValue: 1)

    /// One table with a listener that shows `server`, and one that calls with `client`.
    func pair(
        server: String, client: String?, asking: ClientCertificates = .none, clientTrust: String = "root",
        serverTrust: String = "root", _ transport: Transport = .tls, address: IPAddress = .loopback
    ) async throws -> (server: NIOLoopBound<StreamConnections>, client: NIOLoopBound<StreamConnections>, Endpoint) {
        let local = Endpoint(address, try await FreePort.tcp(address))
        let sink = fixture.sink
        let loop = fixture.loop
        let (listener, caller) = (listener, caller)
        let accepting = try await fixture.make {
            StreamConnections(
                on: loop, limits: SIPTransportLimits(),
                tls: try TLSCredentials(TestCertificates.settings(server, trust: serverTrust))
            ) { sink.yield($0) }
        }
        try await loop.flatSubmit {
            var options = SIPSocketOptions()
            options.clientCertificates = asking
            return accepting.value.listen(listener, at: SIPSocket(transport, local, options))
        }.get()
        let calling = try await fixture.make {
            StreamConnections(
                on: loop, limits: SIPTransportLimits(),
                tls: try TLSCredentials(TestCertificates.settings(client, trust: clientTrust))
            ) { sink.yield($0) }
        }
        try await loop.flatSubmit {
            var options = SIPSocketOptions()
            options.isForCalling = true
            return calling.value.listen(caller, at: SIPSocket(transport, Endpoint(address, 0), options))
        }.get()
        return (accepting, calling, local)
    }

    func transmit(_ text: String, _ hop: Hop, by table: NIOLoopBound<StreamConnections>) async throws {
        try await fixture.run {
            table.value.transmit(Array(text: text), to: hop)
            table.value.flush()
        }
    }

    func arrival() async -> (text: String, hop: Hop)? {
        while let event = await fixture.next() {
            switch event {
            case .stream(let octets, let hop), .datagram(let octets, let hop): return (octets.text, hop)
            case .sendFailed: return nil
            default: continue
            }
        }
        return nil
    }

    @Test(
        "A server authenticated for the domain of the URI gets the message, and its answer comes back",
        arguments: [
            ("host", "p.home.example", Transport.tls, IPAddress.loopback),
            ("domain", "home.example", .tls, .loopback), ("name", "CN.example", .tls, .loopback),
            ("host", "127.0.0.1", .tls, .loopback), ("host", "[::1]", .tls, .v6(0, 1)),
            ("host", "p.home.example", .wss, .loopback), ("host", "p.home.example", .wss, .v6(0, 1)),
        ])
    func authentic(server: String, host: String, transport: Transport, address: IPAddress) async throws {
        let (accepting, calling, remote) = try await pair(server: server, client: nil, transport, address: address)
        try await transmit("hello", Hop(transport, caller, remote, domain: OctetSlice(host)), by: calling)
        let (text, hop) = try #require(await arrival())
        #expect(text == "hello")
        #expect(hop.transport == transport)
        try await transmit("answer", hop, by: accepting)
        #expect(await arrival()?.text == "answer")
        try await fixture.run {
            accepting.value.shutDown()
            calling.value.shutDown()
        }
    }

    @Test(
        "RFC 5922 §7.3: a server that is not authenticated gets nothing, and the log says why",
        arguments: [
            ("domain", "host.example", "the server's certificate is for home.example, not for host.example"),
            ("host", "x.home.example", "is for p.home.example, *.home.example, 127.0.0.1, ::1, not for x.home.example"),
            ("user", "home.example", "the server's certificate is for no domain, not for home.example"),
            ("domain", "127.0.0.1", "the server's certificate is for home.example, not for 127.0.0.1"),
            ("stranger", "home.example", "CERTIFICATE_VERIFY_FAILED"),
            ("expired", "p.home.example", "CERTIFICATE_VERIFY_FAILED"),
        ])
    func strangers(server: String, host: String, reason: String) async throws {
        let (accepting, calling, remote) = try await pair(server: server, client: nil)
        let hop = Hop(.tls, caller, remote, domain: OctetSlice(host))
        try await transmit("secret", hop, by: calling)
        var told = ""
        var isFailed = false
        while !isFailed, let event = await fixture.next() {
            switch event {
            case .noticed(let text, _): told += text
            case .sendFailed(let failed): isFailed = failed == hop
            case .stream, .datagram: Issue.record("the message has left")
            default: break
            }
        }
        #expect(isFailed)
        #expect(told.contains(reason), "\(told)")
        try await fixture.run {
            accepting.value.shutDown()
            calling.value.shutDown()
        }
    }

    @Test(
        "RFC 5922 §7.4: a listener takes whom it is told to take",
        arguments: [
            (ClientCertificates.none, nil, true), (.optional, nil, true), (.optional, "peer", true),
            (.optional, "stranger", false), (.required, "peer", true), (.required, nil, false),
            (.required, "stranger", false), (.required, "expired", false),
        ] as [(ClientCertificates, String?, Bool)])
    func clients(asking: ClientCertificates, client: String?, isWelcome: Bool) async throws {
        let (accepting, calling, remote) = try await pair(server: "host", client: client, asking: asking)
        try await transmit("hello", Hop(.tls, caller, remote, domain: OctetSlice("p.home.example")), by: calling)
        // TLS 1.3: the client learns of a refusal after it has sent; the server must not have read it.
        let event = await fixture.next {
            switch $0 {
            case .stream, .noticed, .sendFailed: true
            default: false
            }
        }
        if case .stream? = event { #expect(isWelcome) } else { #expect(!isWelcome) }
        try await fixture.run {
            accepting.value.shutDown()
            calling.value.shutDown()
        }
    }

    @Test(
        "RFC 5923 §8.1: another domain at the same address has a connection of its own unless the server speaks for it")
    func otherDomain() async throws {
        let (accepting, calling, remote) = try await pair(server: "host", client: nil)
        let first = Hop(.tls, caller, remote, domain: OctetSlice("p.home.example"))
        try await transmit("1", first, by: calling)
        #expect(await arrival()?.text == "1")
        try await transmit("2", first, by: calling)
        #expect(await arrival()?.text == "2")
        #expect(try await fixture.run { calling.value.count } == 1)
        try await transmit("3", Hop(.tls, caller, remote), by: calling)  // the address is in the certificate too
        #expect(await arrival()?.text == "3")
        #expect(try await fixture.run { calling.value.count } == 1)
        let other = Hop(.tls, caller, remote, domain: OctetSlice("other.example"))
        try await transmit("4", other, by: calling)
        #expect(await fixture.next { $0 == .sendFailed(other) } != nil)
        #expect(try await fixture.run { calling.value.count } == 1)
        try await fixture.run {
            accepting.value.shutDown()
            calling.value.shutDown()
        }
    }

    @Test(
        "RFC 5923 §8.2: with alias, requests to an authenticated client take its connection",
        arguments: [("peer", "peer.example", true), ("peer", "home.example", false), (nil, "peer.example", false)]
            as [(String?, String, Bool)])
    func aliases(client: String?, domain: String, isReused: Bool) async throws {
        let (accepting, calling, remote) = try await pair(server: "host", client: client, asking: .optional)
        try await transmit("1", Hop(.tls, caller, remote, domain: OctetSlice("p.home.example")), by: calling)
        let connection = try #require(await arrival()?.hop.connection)
        let unused = try await FreePort.tcp()
        let listener = listener
        try await fixture.run {
            accepting.value.alias(connection, port: unused)
            let hop = Hop(.tls, listener, Endpoint(.loopback, unused), domain: OctetSlice(domain))
            accepting.value.transmit(Array(text: "back"), to: hop)
            accepting.value.flush()
        }
        let back = await arrival()
        #expect((back?.text == "back") == isReused)
        try await fixture.run {
            accepting.value.shutDown()
            calling.value.shutDown()
        }
    }

    @Test(
        "A handshake that does not go on ends in time, over TLS and WebSocket", arguments: [Transport.tls, .ws, .wss])
    func handshakeTimeout(transport: Transport) async throws {
        var limits = SIPTransportLimits()
        limits.handshakeTimeout = .milliseconds(200)
        let final = limits
        let port = try await FreePort.tcp()
        let sink = fixture.sink
        let loop = fixture.loop
        let listener = listener
        let table = try await fixture.make {
            StreamConnections(
                on: loop, limits: final, tls: try TLSCredentials(TestCertificates.settings("host"))
            ) { sink.yield($0) }
        }
        try await loop.flatSubmit {
            table.value.listen(listener, at: SIPSocket(transport, Endpoint(.loopback, port)))
        }.get()
        let silent = try PlainSocket(SOCK_STREAM, to: port)
        #expect(silent.receive() == nil)
        #expect(
            await fixture.next {
                if case .noticed(let text, _) = $0 { text.contains("no complete handshake") } else { false }
            } != nil)
        while try await fixture.run({ table.value.count }) != 0 { try await Task.sleep(for: .milliseconds(5)) }
        try await fixture.run { table.value.shutDown() }
    }

    @Test("A secure listener without certificate says what is missing")
    func noCertificate() async throws {
        let echo = try await EchoNode {
            $0.listeners[ListenerID(rawValue: 2)] = SIPListener(.tls, Endpoint(.loopback, 0))
        }
        do {
            try await echo.start()
            Issue.record("started without a certificate")
        } catch {
            #expect("\(error)".hasPrefix("tls.certificate: TLS on 127.0.0.1:0 needs a certificate"), "\(error)")
        }
    }
}
