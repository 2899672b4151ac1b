import Diameter
import Octets
import Testing

@Suite("RFC 6733 §6.1: relaying, loops, redirects sent")
struct RelayTests {
    static let edge = 0
    static let relay = 1
    static let server = 2
    static let home = DiameterIdentity("home.example")

    /// cscf — drl — hss; the HSS is of another realm, the way there is in the relay's table.
    static func world(action: RealmRoutingTable.LocalAction = .relay([Sample.host("hss")])) -> DiameterWorld {
        var world = DiameterWorld()
        let up = PeerConfiguration(
            identity: Sample.host("drl"), realm: Sample.realm, remote: Endpoint(.loopback, 2), transport: .tcp)
        _ = world.add(Sample.stack("cscf", peers: [up]), port: 1)
        var settings = DiameterSettings(watchdog: .seconds(6))
        settings.routes = RealmRoutingTable([.init(realm: home, action)])
        let down = PeerConfiguration(
            identity: Sample.host("hss"), realm: home, remote: Endpoint(.loopback, 3), transport: .tcp)
        _ = world.add(
            Sample.stack(
                "drl", peers: [Sample.peer("cscf", port: 1, initiates: false), down], settings: settings,
                application: .relay), port: 2)
        var agent = Sample.peer("drl", port: 2, initiates: false)
        agent.isAgent = true
        var local = Sample.local("hss")
        local.originRealm = home
        _ = world.add(
            DiameterStack(
                local: local, peers: [agent], settings: DiameterSettings(watchdog: .seconds(6)),
                entropy: Entropy(number: 3)), port: 3)
        world.start()
        world.run(for: .seconds(1))
        return world
    }

    static func ask(_ world: inout DiameterWorld, _ number: UInt64 = 1) {
        world.perform(edge) {
            $0.ask(Sample.request(realm: home), as: AskID(rawValue: number), at: $1, into: &$2)
        }
    }

    @Test("§2.4, §6.1.9: Route-Record of the peer is appended, Hop-by-Hop replaced and restored, the rest untouched")
    func relayed() throws {
        var world = Self.world()
        Self.ask(&world)
        world.run(for: .seconds(1))
        let request = try #require(world.nodes[Self.server].requests.first)
        #expect(request.all(.routeRecord) == [Sample.host("cscf")])
        #expect(request[.originHost] == Sample.host("cscf"))
        #expect(!request.isRetransmitted)
        let (ask, answer) = try #require(world.nodes[Self.edge].answers.first)
        #expect(ask == AskID(rawValue: 1))
        #expect(answer[.originHost] == Sample.host("hss"))
        #expect(answer.endToEnd == request.endToEnd)
        #expect(answer.hopByHop != request.hopByHop)
        #expect(world.nodes[Self.relay].requests.isEmpty, "no role saw it")
        #expect(world.nodes[Self.relay].stack.statistics.relayed == 1)
        var whole = Sample.request(realm: Self.home)
        whole.append(.routeRecord, Sample.host("cscf"))
        #expect(request.octets.dropFirst(20) == whole.octets.dropFirst(20))
    }

    @Test("§6.2: Proxy-Info goes through both ways")
    func proxyInfo() throws {
        var world = Self.world()
        var request = Sample.request(realm: Self.home)
        let mark = request.begin(.proxyInfo)
        request.append(.proxyHost, DiameterIdentity("p.example"))
        request.append(.proxyState, OctetSlice([1, 2, 3]))
        request.end(mark)
        world.perform(Self.edge) { $0.ask(request, as: AskID(rawValue: 1), at: $1, into: &$2) }
        world.run(for: .seconds(1))
        #expect(world.nodes[Self.edge].answers.first?.1.group(.proxyInfo)?[.proxyState]?.array == [1, 2, 3])
    }

    @Test("§6.1.3: a request that has been here is answered with 3005")
    func loop() throws {
        var world = Self.world()
        var request = Sample.request(realm: Self.home)
        request.append(.routeRecord, Sample.host("DRL"))
        world.perform(Self.edge) { $0.ask(request, as: AskID(rawValue: 1), at: $1, into: &$2) }
        world.run(for: .seconds(1))
        #expect(world.nodes[Self.edge].answers.first?.1[.resultCode] == .loopDetected)
        #expect(world.nodes[Self.edge].answers.first?.1.isError == true)
        #expect(world.nodes[Self.server].requests.isEmpty)
    }

    @Test("§6.1.7: a peer that Route-Record names is no candidate: 3002")
    func predicted() {
        var world = Self.world()
        var request = Sample.request(realm: Self.home)
        request.append(.routeRecord, Sample.host("hss"))
        world.perform(Self.edge) { $0.ask(request, as: AskID(rawValue: 1), at: $1, into: &$2) }
        world.run(for: .seconds(1))
        #expect(world.nodes[Self.edge].answers.first?.1[.resultCode] == .unableToDeliver)
        #expect(world.nodes[Self.server].requests.isEmpty)
    }

    @Test("§5.5.4: the server lost, the relay answers 3002; silent, it does so when the time is over")
    func unable() {
        var world = Self.world()
        world.nodes[Self.server].holdsAnswers = true
        Self.ask(&world)
        world.run(for: .milliseconds(100))
        world.cut(Self.relay, Self.server)
        world.run(for: .milliseconds(100))
        #expect(world.nodes[Self.edge].answers.first?.1[.resultCode] == .unableToDeliver)
        #expect(world.nodes[Self.edge].answers.first?.1[.originHost] == Sample.host("drl"))
        #expect(world.nodes[Self.edge].failures.isEmpty)
    }

    @Test("§3: a request without the P bit is not forwarded; §3: the T bit is kept")
    func bits() {
        var world = Self.world()
        var request = Sample.request(realm: Self.home)
        request.flags = .request
        world.perform(Self.edge) { $0.ask(request, as: AskID(rawValue: 1), at: $1, into: &$2) }
        request.flags = [.request, .proxiable, .retransmitted]
        world.perform(Self.edge) { $0.ask(request, as: AskID(rawValue: 2), at: $1, into: &$2) }
        world.run(for: .seconds(1))
        #expect(world.nodes[Self.edge].answers.map { $0.1[.resultCode] } == [.unableToDeliver, .success])
        #expect(world.nodes[Self.server].requests.map(\.isRetransmitted) == [true])
    }

    @Test("§4.1: a relay does not mind AVPs, commands and applications that it does not know")
    func unknown() {
        var world = Self.world()
        var request = Sample.request(realm: Self.home)
        request.append(AVPKey<UInt32>(99_999), 1)
        world.perform(Self.edge) { $0.ask(request, as: AskID(rawValue: 1), at: $1, into: &$2) }
        world.run(for: .seconds(1))
        #expect(world.nodes[Self.server].requests.count == 1)
    }

    @Test("§6.1.8: an entry with REDIRECT is answered with 3006, E bit and the hosts")
    func redirecting() {
        var world = Self.world(action: .redirect([DiameterURI(host: Sample.host("hss"), port: 3868)]))
        Self.ask(&world)
        world.run(for: .seconds(1))
        let answer = world.nodes[Self.edge].answers.first?.1
        #expect(answer?[.resultCode] == .redirectIndication)
        #expect(answer?.isError == true)
        #expect(answer?.avp(.redirectHost)?.data.string == "aaa://hss.example.org:3868")
        #expect(world.nodes[Self.edge].refusals.map(\.reason) == [.redirectNotFollowed], "hss is no peer of cscf")
    }

    @Test("what the server never answers does not stay with the relay")
    func forgets() {
        var world = Self.world()
        world.nodes[Self.server].holdsAnswers = true
        for number in 1...3 as ClosedRange<UInt64> { Self.ask(&world, number) }
        world.run(for: .milliseconds(100))
        #expect(world.nodes[Self.relay].stack.inFlight == 3)
        world.run(for: .seconds(6))
        #expect(world.nodes[Self.relay].stack.inFlight == 0)
        #expect(world.nodes[Self.relay].stack.statistics.timeouts == 3)
    }
}
