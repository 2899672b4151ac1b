import Diameter
import Octets
import Testing

@Suite("RFC 6733 §6.1.8, §6.12 to §6.14: redirects followed")
struct RedirectTests {
    static func redirecting(
        to hosts: [String], usage: RedirectHostUsage? = nil, cached seconds: UInt32 = 60
    ) -> @Sendable (DiameterMessage, DiameterOrigin) -> DiameterMessage {
        { request, origin in
            var answer = request.answer(resultCode: .redirectIndication, origin: origin)
            for host in hosts { answer.append(.redirectHost, DiameterURI(host: Sample.host(host))) }
            if let usage {
                answer.append(.redirectHostUsage, usage)
                answer.append(.redirectMaxCacheTime, seconds)
            }
            return answer
        }
    }

    @Test("the request goes to the first host that is an open peer, under the same End-to-End Identifier")
    func followed() {
        var world = PeerChoiceTests.world([(1, 1), (2, 1), (3, 1)])
        world.nodes[1].answering = Self.redirecting(to: ["stranger", "hss3", "hss2"])
        PeerChoiceTests.ask(&world, 1...2)
        #expect(world.nodes[0].answers.map { $0.1[.originHost] } == [Sample.host("hss3"), Sample.host("hss3")])
        #expect(world.nodes[3].requests.map(\.endToEnd) == world.nodes[1].requests.map(\.endToEnd))
        #expect(world.nodes[1].requests.count == 2, "DONT_CACHE is the default")
        #expect(world.nodes[0].stack.statistics.redirects == 2)
    }

    @Test(
        "Redirect-Host-Usage: what it covers goes there at once, until Redirect-Max-Cache-Time is over",
        arguments: [
            RedirectHostUsage.allSession, .allRealm, .realmAndApplication, .allApplication, .allHost,
        ])
    func cached(usage: RedirectHostUsage) {
        var world = PeerChoiceTests.world([(1, 1), (2, 1)])
        world.nodes[1].answering = Self.redirecting(to: ["hss2"], usage: usage, cached: 2)
        PeerChoiceTests.ask(&world, 1...5)
        #expect(world.nodes[1].requests.count == 1)
        #expect(world.nodes[2].requests.count == 5)
        world.run(for: .seconds(2))
        PeerChoiceTests.ask(&world, 6...6)
        #expect(world.nodes[1].requests.count == 2)
    }

    @Test("ALL_USER covers that user only, ALL_SESSION that session only")
    func covered() throws {
        func request(_ session: String, _ user: String) throws -> DiameterMessage {
            var request = DiameterMessage(Sample.command, application: Sample.application)
            request.append(.sessionID, session)
            request.append(.userName, user)
            request.append(.destinationRealm, Sample.realm)
            return request
        }
        var cache = RedirectCache()
        let agent = Sample.host("agent")
        cache.insert(
            .allUser, to: Sample.host("u"), for: try request("1", "a"), by: agent, lasting: .seconds(9), at: .zero)
        #expect(cache.host(for: try request("2", "a"), at: .zero) == Sample.host("u"))
        #expect(cache.host(for: try request("1", "b"), at: .zero) == nil)
        // §6.13: ALL_SESSION comes before ALL_USER, which comes before the realm.
        cache.insert(
            .allRealm, to: Sample.host("r"), for: try request("1", "a"), by: agent, lasting: .seconds(9), at: .zero)
        #expect(cache.host(for: try request("2", "a"), at: .zero) == Sample.host("u"))
        cache.insert(
            .allSession, to: Sample.host("s"), for: try request("1", "a"), by: agent, lasting: .seconds(9), at: .zero)
        #expect(cache.host(for: try request("1", "a"), at: .zero) == Sample.host("s"))
        #expect(cache.host(for: try request("1", "b"), at: .zero) == Sample.host("s"))
        #expect(cache.host(for: try request("2", "b"), at: .zero) == Sample.host("r"))
        #expect(cache.host(for: try request("2", "b"), at: .zero + .seconds(9)) == nil)
        cache.remove(Sample.host("s"))
        #expect(cache.host(for: try request("1", "a"), at: .zero) == Sample.host("u"), "§6.14: s is unreachable")
    }

    @Test("the cache is bounded")
    func bounded() {
        var cache = RedirectCache()
        for number in 0..<1000 {
            var request = DiameterMessage(Sample.command, application: Sample.application)
            request.append(.sessionID, "\(number)")
            cache.insert(
                .allSession, to: Sample.realm, for: request, by: Sample.realm, lasting: .seconds(60), at: .zero)
        }
        #expect(cache.count == RedirectCache.capacity)
    }

    @Test("two that redirect to each other: tried once each, then the redirect is the answer")
    func loop() {
        var world = PeerChoiceTests.world([(1, 1), (2, 1)])
        world.nodes[1].answering = Self.redirecting(to: ["hss2"], usage: .allHost)
        world.nodes[2].answering = Self.redirecting(to: ["hss1"], usage: .allHost)
        PeerChoiceTests.ask(&world, 1...1)
        #expect(world.nodes[0].answers.map { $0.1[.resultCode] } == [.redirectIndication])
        #expect(world.nodes[1].requests.count == 1 && world.nodes[2].requests.count == 1)
    }

    @Test("a redirect without a host that we may talk to, or with hosts that are none, is the answer")
    func strangers() {
        var world = PeerChoiceTests.world([(1, 1)])
        world.nodes[1].answering = Self.redirecting(to: ["stranger"])
        PeerChoiceTests.ask(&world, 1...1)
        world.nodes[1].answering = Self.redirecting(to: [])
        PeerChoiceTests.ask(&world, 2...2)
        #expect(world.nodes[0].answers.map { $0.1[.resultCode] } == [.redirectIndication, .redirectIndication])
        #expect(world.nodes[0].refusals.map(\.reason) == [.redirectNotFollowed, .redirectNotFollowed])
        #expect(world.nodes[0].attempts.count == 1, "nobody else is called")
    }

    @Test(
        "§4.3.1: DiameterURI",
        arguments: [
            ("aaa://host.example.com", "host.example.com", nil, false, nil),
            ("aaa://host.example.com:6666;transport=tcp", "host.example.com", 6666, false, "tcp"),
            ("aaa://host.example.com;protocol=diameter", "host.example.com", nil, false, nil),
            (
                "aaa://host.example.com:6666;transport=sctp;protocol=diameter", "host.example.com", 6666, false, "sctp"
            ),
            ("AAAS://Host.Example.com", "host.example.com", nil, true, nil),
        ] as [(String, String, UInt16?, Bool, String?)])
    func uri(text: String, host: String, port: UInt16?, isSecure: Bool, transport: String?) throws {
        let uri = try #require(DiameterURI(OctetSlice(text)))
        #expect(
            uri
                == DiameterURI(
                    host: DiameterIdentity(host), port: port, isSecure: isSecure, transport: transport))
    }

    @Test(
        "§4.3.1: what is no DiameterURI",
        arguments: [
            "", "aaa:", "aaa://", "http://host", "aaa://host:", "aaa://host:0", "aaa://host:65536", "aaa://ho st",
            "aaa://host;protocol=radius", "aaa://host;transport", "aaa://host:99999999999999999999",
        ])
    func notURI(text: String) { #expect(DiameterURI(OctetSlice(text)) == nil) }

    @Test("§2.7: realm first, then application, the default entry last")
    func table() {
        func servers(_ name: String) -> RealmRoutingTable.LocalAction { .relay([Sample.host(name)]) }
        let home = DiameterIdentity("home.example")
        let table = RealmRoutingTable([
            .init(realm: nil, servers("default")), .init(realm: home, servers("home")),
            .init(realm: home, application: Sample.application, .local),
            .init(realm: nil, application: ApplicationID(rawValue: 4), .proxy([Sample.host("charging")])),
        ])
        func action(_ realm: String, _ application: UInt32) -> RealmRoutingTable.LocalAction? {
            table.action(realm: OctetSlice(realm), application: ApplicationID(rawValue: application))
        }
        #expect(action("Home.example", 16_777_216) == .local)
        #expect(action("home.example", 4) == servers("home"))
        #expect(action("away.example", 4) == .proxy([Sample.host("charging")]))
        #expect(action("away.example", 5) == servers("default"))
        #expect(RealmRoutingTable().action(realm: OctetSlice("a"), application: .common) == nil)
    }
}
