import Octets
import SIP
import Testing

@Suite("RFC 3263: locating SIP servers")
struct LocatorTests {
    /// The records of §4.1's example, with addresses.
    private static func example(_ transports: [Transport]) throws -> NameServer {
        var server = NameServer(transports)
        try server.naptr(
            "example.com",
            [
                (50, 50, "s", "SIPS+D2T", "_sips._tcp.example.com"), (90, 50, "s", "SIP+D2T", "_sip._tcp.example.com"),
                (100, 50, "s", "SIP+D2U", "_sip._udp.example.com"),
            ])
        try server.srv("_sips._tcp.example.com", [(0, 1, 5061, "server3.example.com")])
        try server.srv(
            "_sip._tcp.example.com", [(0, 1, 5060, "server1.example.com"), (1, 2, 5060, "server2.example.com")])
        try server.address("server1.example.com", "192.0.2.1")
        try server.address("server2.example.com", "192.0.2.2")
        try server.address("server3.example.com", "192.0.2.3")
        return server
    }

    @Test("§4.1: the example; a client of TCP and UDP takes TCP, and the servers of its SRV records")
    func example() throws {
        var server = try Self.example([.udp, .tcp])
        #expect(try server.targets("sip:user@example.com") == ["tcp/192.0.2.1:5060", "tcp/192.0.2.2:5060"])
        #expect(
            server.asked == [
                "NAPTR example.com", "SRV _sip._tcp.example.com", "A server1.example.com", "A server2.example.com",
            ])
    }

    @Test("§4.1: a client of TLS keeps SIPS records for a sip URI too; a sips URI has no other")
    func secureRecords() throws {
        var server = try Self.example([.udp, .tcp, .tls])
        #expect(try server.targets("sip:user@example.com") == ["tls/192.0.2.3:5061"])
        #expect(try server.targets("sips:user@example.com") == ["tls/192.0.2.3:5061"])
        var plain = try Self.example([.udp, .tcp])
        #expect(try plain.locate("sips:user@example.com") == .failed(LocationID(rawValue: 1), .noListener(.tls)))
    }

    @Test(
        "§4.1, §4.2: what the URI says keeps queries away",
        arguments: [
            ("sip:192.0.2.9", ["udp/192.0.2.9:5060"], []), ("sip:192.0.2.9;transport=tcp", ["tcp/192.0.2.9:5060"], []),
            ("sips:192.0.2.9", ["tls/192.0.2.9:5061"], []), ("sip:192.0.2.9:5070", ["udp/192.0.2.9:5070"], []),
            ("sip:h.example.com;maddr=192.0.2.8", ["udp/192.0.2.8:5060"], []),
            ("sip:h.example.com:5080", ["udp/192.0.2.4:5080"], ["A h.example.com"]),
            ("sips:h.example.com:5080", ["tls/192.0.2.4:5080"], ["A h.example.com"]),
            (
                "sip:h.example.com;transport=tcp", ["tcp/192.0.2.4:5060"],
                ["SRV _sip._tcp.h.example.com", "A h.example.com"]
            ),
            (
                "sips:h.example.com;transport=tcp", ["tls/192.0.2.4:5061"],
                ["SRV _sips._tcp.h.example.com", "A h.example.com"]
            ),
            (
                "sip:h.example.com", ["udp/192.0.2.4:5060"],
                [
                    "NAPTR h.example.com", "SRV _sip._udp.h.example.com", "SRV _sip._tcp.h.example.com",
                    "A h.example.com",
                ]
            ),
            (
                "sips:h.example.com", ["tls/192.0.2.4:5061"],
                ["NAPTR h.example.com", "SRV _sips._tcp.h.example.com", "A h.example.com"]
            ),
        ] as [(String, [String], [String])])
    func whatIsAsked(uri: String, targets: [String], asked: [String]) throws {
        var server = NameServer()
        try server.address("h.example.com", "192.0.2.4")
        #expect(try server.targets(uri) == targets)
        #expect(server.asked == asked)
    }

    @Test(
        "A name of the table of hosts is never asked for, with or without a URI round it",
        arguments: [
            (LocationQuestion(host: "Home.example.com"), "tcp/192.0.2.7:5070"),
            (LocationQuestion(host: "home.example.com.", port: 5099), "tcp/192.0.2.7:5099"),
            (LocationQuestion(host: "home.example.com", transport: .udp), "udp/192.0.2.7:5070"),
            (LocationQuestion(host: "home.example.com", isSecure: true), "tls/192.0.2.7:5070"),
        ])
    func table(question: LocationQuestion, hop: String) throws {
        let target = StaticLocator.Target(Endpoint(.v4(0xC000_0207), 5070), transport: .tcp)
        var server = NameServer(hosts: ["home.example.com": target])
        try server.address("home.example.com", "192.0.2.4")
        guard case .located(_, let hops) = try server.locate(question) else { throw NameServer.NothingFound() }
        #expect(hops.map(\.description) == [hop])
        #expect(server.asked == [])
    }

    @Test("Without the domain name system the table and numbers are all, and other names are known at once not to be")
    func tableOnly() throws {
        var settings = LocatorSettings()
        settings.usesDNS = false
        let target = StaticLocator.Target(Endpoint(.v4(0xC000_0207), 5070))
        var server = NameServer(hosts: ["home.example.com": target], settings: settings)
        #expect(try server.targets("sip:home.example.com") == ["udp/192.0.2.7:5070"])
        #expect(try server.targets("sip:192.0.2.9;transport=tcp") == ["tcp/192.0.2.9:5060"])
        #expect(
            try server.locate("sip:other.example.com")
                == .failed(LocationID(rawValue: 3), .unknownHost("other.example.com")))
        #expect(server.asked == [])
        #expect(server.locator.openLocations == 0)
    }

    @Test("§4.1: no NAPTR, then SRV of each transport of ours, in our order")
    func servicesWithoutPointers() throws {
        var server = NameServer()
        try server.srv("_sip._tcp.example.com", [(0, 0, 5070, "a.example.com")])
        try server.address("a.example.com", "192.0.2.1")
        #expect(try server.targets("sip:example.com") == ["tcp/192.0.2.1:5070"])
        try server.srv("_sip._udp.example.org", [(0, 0, 5090, "a.example.com")])
        try server.srv("_sip._tcp.example.org", [(0, 0, 5070, "a.example.com")])
        #expect(try server.targets("sip:example.org") == ["udp/192.0.2.1:5090", "tcp/192.0.2.1:5070"])
    }

    @Test("§4.1: NAPTR records that are not for us: other services, other flags, a regular expression, no replacement")
    func uselessPointers() throws {
        var server = NameServer([.udp])
        try server.naptr(
            "example.com",
            [
                (1, 1, "u", "SIP+D2U", "_sip._udp.wrong.example.com"), (1, 2, "s", "E2U+sip", "_sip._udp.example.com"),
                (1, 3, "s", "SIP+D2U", "."), (1, 4, "s", "SIPS+D2S", "_sips._sctp.example.com"),
                (2, 9, "S", "sip+d2u", "_sip._udp.right.example.com"),
                (3, 1, "s", "SIP+D2U", "_sip._udp.wrong.example.com"),
            ])
        try server.srv("_sip._udp.right.example.com", [(0, 0, 5066, "a.example.com")])
        try server.address("a.example.com", "192.0.2.1")
        #expect(try server.targets("sip:example.com") == ["udp/192.0.2.1:5066"])
        #expect(server.asked.contains("SRV _sip._udp.wrong.example.com") == false)
    }

    @Test("RFC 3403 §4.1: of the least order, by preference; RFC 4168 §6, RFC 7118 §5.5: their service fields")
    func orders() throws {
        var server = NameServer([.udp, .sctp, .ws, .wss])
        try server.naptr(
            "example.com",
            [
                (10, 30, "s", "SIP+D2W", "_sip._ws.example.com"), (10, 20, "s", "SIP+D2S", "_sip._sctp.example.com"),
                (10, 10, "s", "SIPS+D2W", "_sips._ws.example.com"), (20, 1, "s", "SIP+D2U", "_sip._udp.example.com"),
            ])
        try server.srv("_sip._ws.example.com", [(0, 0, 80, "a.example.com")])
        try server.srv("_sip._sctp.example.com", [(0, 0, 5060, "a.example.com")])
        try server.srv("_sips._ws.example.com", [(0, 0, 443, "a.example.com")])
        try server.address("a.example.com", "192.0.2.1")
        #expect(
            try server.targets("sip:example.com") == ["wss/192.0.2.1:443", "sctp/192.0.2.1:5060", "ws/192.0.2.1:80"])
    }

    @Test("RFC 2782: a target of \".\" means that the service is not there; no address is tried instead")
    func decidedlyNot() throws {
        var server = NameServer([.udp])
        try server.srv("_sip._udp.example.com", [(0, 0, 0, ".")])
        try server.address("example.com", "192.0.2.1")
        #expect(
            try server.locate("sip:example.com") == .failed(LocationID(rawValue: 1), .unknownHost("example.com")))
        #expect(!server.asked.contains("A example.com"))
    }

    @Test("addresses of the families we have sockets for")
    func families() throws {
        var one = NameServer([.udp])
        try one.address("h.example.com", "2001:db8::1", "192.0.2.1")
        #expect(try one.targets("sip:h.example.com:5060") == ["udp/192.0.2.1:5060"])
        #expect(one.asked == ["A h.example.com"])
        var both = NameServer([.udp], v6: true)
        try both.address("h.example.com", "2001:db8::1", "192.0.2.1", "192.0.2.2")
        #expect(
            try both.targets("sip:h.example.com:5060") == [
                "udp/192.0.2.1:5060", "udp/192.0.2.2:5060", "udp/[2001:db8::1]:5060",
            ])
    }

    @Test("the table of hosts goes first, and without a question")
    func fixedHosts() throws {
        var server = NameServer(hosts: ["scscf.ims.example": .init(Endpoint(.loopback, 5080))])
        #expect(try server.targets("sip:SCSCF.ims.example;lr") == ["udp/127.0.0.1:5080"])
        #expect(server.asked.isEmpty)
    }

    @Test(
        "what cannot be located says why",
        arguments: [
            ("tel:+15551234", LocationFailure.notRoutable),
            ("sip:h.example.com;transport=dccp", .unknownTransport("dccp")),
            ("sips:h.example.com;transport=udp", .insecureTransport),
            ("sip:nowhere.example.com", .unknownHost("nowhere.example.com")),
            ("sip:h.example.com;transport=sctp", .noListener(.sctp)),
            ("sip:192.0.2.1;transport=sctp", .noListener(.sctp)),
            ("sip:dead.example.com:5060", .resolution("dead.example.com", .server)),
        ])
    func failures(uri: String, failure: LocationFailure) throws {
        var server = NameServer()
        server.zone[DNSQuery(.a, try #require(DNSName("dead.example.com")))] = .failed(.server)
        try server.address("h.example.com", "192.0.2.1")
        #expect(try server.locate(uri) == .failed(LocationID(rawValue: 1), failure))
    }

    @Test(
        "§5: a response whose connection is gone goes by the Via's sent-by",
        arguments: [
            ("SIP/2.0/TCP 192.0.2.7;branch=z9hG4bKa", ["tcp/192.0.2.7:5060"], []),
            ("SIP/2.0/TLS p.example.com:5071;branch=z9hG4bKa", ["tls/192.0.2.4:5071"], ["A p.example.com"]),
            (
                "SIP/2.0/TLS p.example.com;branch=z9hG4bKa", ["tls/192.0.2.4:5999"],
                ["SRV _sips._tcp.p.example.com", "A p.example.com"]
            ),
            (
                "SIP/2.0/UDP p.example.com;branch=z9hG4bKa", ["udp/192.0.2.4:5060"],
                ["SRV _sip._udp.p.example.com", "A p.example.com"]
            ),
        ] as [(String, [String], [String])])
    func responses(via: String, targets: [String], asked: [String]) throws {
        var server = NameServer()
        try server.srv("_sips._tcp.p.example.com", [(0, 0, 5999, "p.example.com")])
        try server.address("p.example.com", "192.0.2.4")
        let question = try LocationQuestion(respondingTo: Via(parsing: OctetSlice(via)))
        guard case .located(_, let hops) = try server.locate(question) else {
            Issue.record("not located")
            return
        }
        #expect(hops.map(\.description) == targets)
        #expect(server.asked == asked)
    }

    @Test(
        "RFC 1035: names that cannot be asked for",
        arguments: [
            "", ".", "a..b", ".a", "a b", String(repeating: "a", count: 64), String(repeating: "a.", count: 128),
        ])
    func names(text: String) { #expect(DNSName(text) == nil) }
}

@Suite("RFC 6116 §3: a record asked for its own sake")
struct LookUpTests {
    @Test("one query for all who want it, the cache for who comes later, and an end to waiting")
    func lookUp() throws {
        var locator = Locator(
            fixed: StaticLocator(hosts: [:], listeners: [:]), listeners: [:], entropy: Entropy(number: 1))
        let query = DNSQuery(.naptr, try #require(DNSName("1.0.0.0.5.5.5.1.e164.arpa")))
        let answer = DNSAnswer.absent(ttl: .seconds(10))
        var output: [Locator.Output] = []
        locator.lookUp(query, as: LookupID(rawValue: 1), at: .zero, into: &output)
        locator.lookUp(query, as: LookupID(rawValue: 2), at: .zero, into: &output)
        #expect(output == [.ask(query)])
        locator.answer(query, answer, at: .zero, into: &output)
        #expect(
            output[1...] == [.answered(LookupID(rawValue: 1), answer), .answered(LookupID(rawValue: 2), answer)])
        output = []
        locator.lookUp(query, as: LookupID(rawValue: 3), at: .zero + .seconds(9), into: &output)
        #expect(output == [.answered(LookupID(rawValue: 3), answer)])
        output = []
        locator.lookUp(query, as: LookupID(rawValue: 4), at: .zero + .seconds(11), into: &output)
        while output.count < 2, let deadline = locator.nextDeadline { locator.fire(at: deadline, into: &output) }
        #expect(output == [.ask(query), .answered(LookupID(rawValue: 4), .failed(.timeout))])
    }
}
