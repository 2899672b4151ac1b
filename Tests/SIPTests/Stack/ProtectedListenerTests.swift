import Octets
import SIP
import Testing

/// A phone with security associations: its client port 6001 and server port 6000, ours 5101 and 5100.
@Suite("TS 33.203 §7.1: ports inside security associations")
struct ProtectedListenerTests {
    private static let address = IPAddress.v4(0xC633_6401)  // 198.51.100.1
    private static let phone = IPAddress.v4(0xC000_0201)
    private static let core = ListenerID(rawValue: 0)
    private static let serverDatagrams = ListenerID(rawValue: 1)
    private static let serverStreams = ListenerID(rawValue: 2)
    private static let clientDatagrams = ListenerID(rawValue: 3)
    private static let clientStreams = ListenerID(rawValue: 4)
    private static let fromPhone = Hop(.udp, serverDatagrams, Endpoint(phone, 6001))
    private static let toPhone = Hop(.udp, clientDatagrams, Endpoint(phone, 6000))
    private static let connection = Hop(
        .tcp, serverStreams, Endpoint(phone, 6001), connection: ConnectionID(rawValue: 9))

    private var bench = StackBench()

    init() {
        func protected(_ transport: Transport, _ port: UInt16) -> SIPListener {
            var listener = SIPListener(transport, Endpoint(Self.address, port), sentBy: "proxy.example.com", port: 5100)
            listener.isProtected = true
            return listener
        }
        bench.stack = SIPStack(
            listeners: [
                Self.core: SIPListener(.udp, Endpoint(Self.address, 5060), sentBy: "proxy.example.com"),
                Self.serverDatagrams: protected(.udp, 5100), Self.serverStreams: protected(.tcp, 5100),
                Self.clientDatagrams: protected(.udp, 5101), Self.clientStreams: protected(.tcp, 5101),
            ], entropy: Entropy(number: 1))
    }

    private func message(_ branch: String, _ parameters: String = "", method: String = "MESSAGE") -> String {
        """
        \(method) sip:b@example.com SIP/2.0
        Via: SIP/2.0/UDP 192.0.2.1:6000;branch=z9hG4bK\(branch)\(parameters)
        Max-Forwards: 70
        To: <sip:b@example.com>
        From: <sip:a@example.com>;tag=1
        Call-ID: c\(branch)
        CSeq: 1 \(method)
        Content-Length: 0
        """
    }

    private mutating func route() {
        bench.stack.routeResponses(from: Self.fromPhone, by: Self.toPhone)
        bench.stack.routeResponses(
            from: Hop(.tcp, Self.serverStreams, Endpoint(Self.phone, 6001)),
            by: Hop(.tcp, Self.clientStreams, Endpoint(Self.phone, 6000)))
    }

    @Test(
        "over UDP a request from port_uc is answered from port_pc to port_us, whatever its Via asks for",
        arguments: ["", ";rport"])
    mutating func datagrams(parameters: String) throws {
        route()
        let (request, id) = try #require(bench.receive(message("1", parameters), from: Self.fromPhone).requests.first)
        #expect(bench.respond(.ok, to: request, id).transmitted.map(\.hop) == [Self.toPhone])
        // And so are our 100 and what is answered without a transaction.
        let invite = bench.receive(message("2", parameters, method: "INVITE"), from: Self.fromPhone)
        #expect(invite.transmitted.isEmpty)
        #expect(bench.advance(.milliseconds(200)).transmitted.map(\.hop) == [Self.toPhone])
        let stray = bench.receive(message("3", parameters, method: "CANCEL"), from: Self.fromPhone)
        #expect(stray.transmitted.map(\.hop) == [Self.toPhone])
    }

    @Test("over TCP the answer takes the connection; when that is gone, one from port_pc to port_us")
    mutating func streams() throws {
        route()
        let (request, id) = try #require(bench.receive(message("1"), from: Self.connection).requests.first)
        var other = bench
        #expect(other.respond(.ok, to: request, id).transmitted.map(\.hop) == [Self.connection])
        _ = bench.closed(ConnectionID(rawValue: 9))
        #expect(
            bench.respond(.ok, to: request, id).transmitted.map(\.hop) == [
                Hop(.tcp, Self.clientStreams, Endpoint(Self.phone, 6000))
            ])
    }

    @Test("without the route, and for other phones, the answer goes where RFC 3261 §18.2.2 says")
    mutating func others() throws {
        route()
        let neighbour = Hop(.udp, Self.serverDatagrams, Endpoint(Self.phone, 6011))
        let (request, id) = try #require(bench.receive(message("1"), from: neighbour).requests.first)
        let sent = Endpoint(Self.phone, 6000)
        #expect(
            bench.respond(.ok, to: request, id).transmitted.map(\.hop) == [Hop(.udp, Self.serverDatagrams, sent)])
        bench.stack.routeResponses(from: Self.fromPhone, by: nil)
        let (again, other) = try #require(bench.receive(message("2"), from: Self.fromPhone).requests.first)
        #expect(
            bench.respond(.ok, to: again, other).transmitted.map(\.hop) == [Hop(.udp, Self.serverDatagrams, sent)])
    }

    @Test("our Via names port_ps and asks for no other port")
    mutating func via() throws {
        let sent = try #require(bench.send(outgoing(.message), to: Self.toPhone).transmitted.first)
        let via = try #require(sent.message.firstValue(.via)).string
        #expect(sent.hop == Self.toPhone)
        #expect(via.hasPrefix("SIP/2.0/UDP proxy.example.com:5100;branch="))
        #expect(!via.contains("rport"))
        // The answer comes from port_uc to port_ps.
        let answered = bench.receive(reply(.ok, to: sent.message), from: Self.fromPhone)
        #expect(answered.responses.first?.message.status == .ok)
    }

    @Test("a request too long for a datagram leaves over TCP from the same port; nothing else takes these sockets")
    mutating func large() throws {
        var long = outgoing(.message)
        long.append(.subject, String(repeating: "x", count: 3_000))
        let sent = try #require(bench.send(long, to: Self.toPhone).transmitted.first)
        #expect(sent.hop == Hop(.tcp, Self.clientStreams, Endpoint(Self.phone, 6000)))
        #expect(try #require(sent.message.firstValue(.via)).string.hasPrefix("SIP/2.0/TCP proxy.example.com:5100;"))
        // The core's socket has no TCP beside it and takes no protected one.
        let core = Hop(.udp, Self.core, Endpoint(Self.phone, 5070))
        #expect(bench.send(long, as: 2, to: core).transmitted.first?.hop == core)
    }
}
