import Octets
import SIP
import Testing

@Suite("Static location, RFC 3263 §4, RFC 3261 §19.1.2")
struct StaticLocatorTests {
    private static let udp = ListenerID(rawValue: 0)
    private static let tcp = ListenerID(rawValue: 1)
    private static let tls = ListenerID(rawValue: 2)
    private static let udp6 = ListenerID(rawValue: 3)

    private let locator: StaticLocator = {
        let v4 = IPAddress.loopback
        return StaticLocator(
            hosts: [
                "scscf.ims.example": .init(Endpoint(v4, 5080)),
                "AS.ims.example": .init(Endpoint(v4, 5090), transport: .tcp),
                "six.ims.example": .init(Endpoint(.v6(0, 1), 5060)),
            ],
            listeners: [
                Self.udp: SIPListener(.udp, Endpoint(v4, 5060)), Self.tcp: SIPListener(.tcp, Endpoint(v4, 5060)),
                Self.tls: SIPListener(.tls, Endpoint(v4, 5061)),
                Self.udp6: SIPListener(.udp, Endpoint(.v6(0, 1), 5060)),
            ])
    }()

    @Test(
        "URI to hop",
        arguments: [
            ("sip:scscf.ims.example", "udp", "127.0.0.1:5080", 0),
            ("sip:SCSCF.ims.example.", "udp", "127.0.0.1:5080", 0),
            ("sip:scscf.ims.example:5099", "udp", "127.0.0.1:5099", 0),
            ("sip:scscf.ims.example;transport=TCP", "tcp", "127.0.0.1:5080", 1),
            ("sip:as.ims.example", "tcp", "127.0.0.1:5090", 1),
            ("sip:as.ims.example;transport=udp", "udp", "127.0.0.1:5090", 0),
            ("sip:six.ims.example;lr", "udp", "[::1]:5060", 3), ("sip:user@192.0.2.9", "udp", "192.0.2.9:5060", 0),
            ("sip:user@192.0.2.9:5070;transport=tcp", "tcp", "192.0.2.9:5070", 1),
            ("sip:user@[2001:db8::1]:5070", "udp", "[2001:db8::1]:5070", 3),
            ("sips:user@192.0.2.9", "tls", "192.0.2.9:5061", 2),
            ("sips:user@192.0.2.9;transport=tcp", "tls", "192.0.2.9:5061", 2),
            ("sip:user@example.net;maddr=192.0.2.7", "udp", "192.0.2.7:5060", 0),
        ])
    func found(text: String, transport: String, remote: String, listener: Int) throws {
        let hop = try locator.locate(try URI(parsing: OctetSlice(text)))
        let token = try #require(Transport(token: OctetSlice(transport)))
        #expect(
            hop
                == Hop(
                    token, ListenerID(rawValue: UInt16(listener)), try #require(Endpoint(remote)),
                    domain: token.isSecure ? "192.0.2.9" : nil))  // RFC 5922 §7.3: over TLS only
    }

    @Test(
        "What cannot be reached says why",
        arguments: [
            ("sip:user@unknown.example", LocationFailure.unknownHost("unknown.example")),
            ("tel:+15551234", .notRoutable),
            ("mailto:a@b", .notRoutable),
            ("sip:192.0.2.9;transport=carrier-pigeon", .unknownTransport("carrier-pigeon")),
            ("sips:192.0.2.9;transport=udp", .insecureTransport), ("sip:192.0.2.9;transport=sctp", .noListener(.sctp)),
            ("sip:[2001:db8::1];transport=tcp", .noListener(.tcp)),
        ])
    func notFound(text: String, failure: LocationFailure) throws {
        let uri = try URI(parsing: OctetSlice(text))
        #expect(throws: failure) { try locator.locate(uri) }
    }

    @Test("A configured name")
    func names() throws {
        #expect(
            try locator.locate(host: "as.ims.example")
                == Hop(.tcp, Self.tcp, Endpoint(.loopback, 5090)))
        #expect(
            try locator.locate(host: "192.0.2.1", port: 5070) == Hop(.udp, Self.udp, Endpoint(.v4(0xC000_0201), 5070)))
        #expect(throws: LocationFailure.unknownHost("x")) { try locator.locate(host: "x") }
    }
}
