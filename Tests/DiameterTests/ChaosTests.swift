import Diameter
import Octets
import Testing

/// Stacks over connections that are cut, fall silent and reorder, with processes that crash: from one seed each.
@Suite("RFC 6733 §5.5.4, §6.1 and RFC 3539: properties under failures")
struct ChaosTests {
    static let seeds = 0..<60

    struct Run {
        var world: DiameterWorld
        var asked: UInt64 = 0
        /// How often each node has started.
        var starts: [Int: UInt32] = [:]

        mutating func ask() {
            asked += 1
            let number = asked
            world.perform(0) { $0.ask(Sample.request(), as: AskID(rawValue: number), at: $1, into: &$2) }
        }

        /// Each ask has ended once: with an answer or a failure.
        func expectAllEnded(_ seed: Int) {
            var ends: [UInt64: Int] = [:]
            for (ask, _) in world.nodes[0].answers { ends[ask.rawValue, default: 0] += 1 }
            for (ask, _) in world.nodes[0].failures { ends[ask.rawValue, default: 0] += 1 }
            #expect(ends.count == Int(asked), "seed \(seed)")
            #expect(ends.values.allSatisfy { $0 == 1 }, "seed \(seed)")
            #expect(world.nodes[0].stack.inFlight == 0, "seed \(seed)")
        }
    }

    static func settings() -> DiameterSettings {
        var settings = DiameterSettings(watchdog: .seconds(6), answerTimeout: .seconds(20))
        settings.longestReconnect = .seconds(2)
        settings.duplicates.window = .seconds(60)
        return settings
    }

    static func agent(_ name: String, port: UInt16, initiates: Bool) -> PeerConfiguration {
        var peer = Sample.peer(name, port: port, initiates: initiates)
        peer.isAgent = true
        return peer
    }

    static func makeServer(_ name: String, start: UInt32) -> DiameterStack {
        Sample.stack(
            name,
            peers: [
                Sample.peer("cscf", port: 1, initiates: false), agent("drl1", port: 11, initiates: false),
                agent("drl2", port: 12, initiates: false),
            ], settings: settings(), stateID: start)
    }

    static func makeRelay(_ name: String, start: UInt32) -> DiameterStack {
        var settings = settings()
        settings.routes = RealmRoutingTable([.init(realm: Sample.realm, .relay([Sample.host("hss1")]))])
        return Sample.stack(
            name, peers: [Sample.peer("cscf", port: 1, initiates: false), Sample.peer("hss1", port: 21)],
            settings: settings, stateID: start, application: .relay)
    }

    /// cscf asks hss1 and hss2, which share the load.
    static func twoServers(_ seed: Int) -> Run {
        var world = DiameterWorld()
        let peers = [Sample.peer("hss1", port: 21), Sample.peer("hss2", port: 22)]
        _ = world.add(Sample.stack("cscf", peers: peers, settings: settings()), port: 1)
        _ = world.add(makeServer("hss1", start: 1), port: 21)
        _ = world.add(makeServer("hss2", start: 1), port: 22)
        world.dice = Entropy(number: UInt64(seed))
        return Run(world: world)
    }

    /// cscf reaches hss1 by two relays.
    static func twoRelays(_ seed: Int) -> Run {
        var world = DiameterWorld()
        let peers = [agent("drl1", port: 11, initiates: true), agent("drl2", port: 12, initiates: true)]
        _ = world.add(Sample.stack("cscf", peers: peers, settings: settings()), port: 1)
        _ = world.add(makeServer("hss1", start: 1), port: 21)
        _ = world.add(makeRelay("drl1", start: 1), port: 11)
        _ = world.add(makeRelay("drl2", start: 1), port: 12)
        world.dice = Entropy(number: UInt64(seed))
        return Run(world: world)
    }

    /// Ten minutes of asking while things break.
    static func disturb(_ run: inout Run, victims: [(node: Int, neighbour: Int)], crashing: [Int]) {
        run.world.disorder = .milliseconds(20)
        for node in run.world.nodes.indices { run.world.nodes[node].workingTime = .milliseconds(300) }
        run.world.start()
        run.world.run(for: .seconds(1))
        for _ in 0..<300 {
            for _ in 0..<Int(run.world.dice.next32() % 5) { run.ask() }
            let victim = victims[Int(run.world.dice.next32()) % victims.count]
            switch run.world.dice.next32() % 40 {
            case 0: run.world.cut(victim.neighbour, victim.node)
            case 1: run.world.nodes[victim.node].isSilent = true
            case 2...8: run.world.nodes[victim.node].isSilent = false
            case 9:
                let node = crashing[Int(run.world.dice.next32()) % crashing.count]
                run.starts[node, default: 1] += 1
                let name = String(run.world.nodes[node].stack.local.originHost.name.prefix { $0 != "." })
                let start = run.starts[node] ?? 1
                run.world.crash(
                    node,
                    restartingAs: name.hasPrefix("drl")
                        ? makeRelay(name, start: start) : makeServer(name, start: start),
                    isSilent: run.world.dice.next32() % 2 == 0)
            default: break
            }
            run.world.run(for: run.world.some(of: .seconds(4)))
        }
        for victim in victims { run.world.nodes[victim.node].isSilent = false }
        run.world.run(for: .seconds(120))
    }

    @Test("two servers: every ask ends exactly once, no server works on a request twice", arguments: seeds)
    func servers(seed: Int) {
        var run = Self.twoServers(seed)
        Self.disturb(&run, victims: [(1, 0), (2, 0)], crashing: [1, 2])
        run.expectAllEnded(seed)
        for node in [1, 2] {
            #expect(run.world.nodes[node].worked.values.allSatisfy { $0 == 1 }, "seed \(seed)")
        }
        #expect(run.world.nodes[0].answers.count > Int(run.asked) / 2, "seed \(seed)")
        // All is well again.
        let before = run.world.nodes[0].answers.count
        for _ in 0..<20 { run.ask() }
        run.world.run(for: .seconds(2))
        #expect(run.world.nodes[0].answers.count == before + 20, "seed \(seed)")
    }

    @Test("two relays before one server: copies by both ways are worked on once", arguments: seeds)
    func relays(seed: Int) {
        var run = Self.twoRelays(seed)
        Self.disturb(&run, victims: [(2, 0), (3, 0), (2, 1), (3, 1)], crashing: [2, 3])
        run.expectAllEnded(seed)
        #expect(run.world.nodes[1].worked.values.allSatisfy { $0 == 1 }, "seed \(seed)")
        #expect(run.world.nodes[0].answers.count > Int(run.asked) / 2, "seed \(seed)")
        for node in [2, 3] {
            #expect(run.world.nodes[node].stack.inFlight == 0, "seed \(seed)")
        }
    }

    @Test("the chaos has copies in it: without duplicate detection work would be done twice")
    func meaningful() {
        var duplicates: UInt64 = 0
        var failovers: UInt64 = 0
        for seed in 0..<10 {
            var run = Self.twoRelays(seed)
            Self.disturb(&run, victims: [(2, 0), (3, 0), (2, 1), (3, 1)], crashing: [2, 3])
            duplicates += run.world.nodes[1].stack.statistics.duplicates
            failovers += run.world.nodes[0].stack.statistics.failovers
        }
        #expect(duplicates > 0)
        #expect(failovers > 0)
    }

    @Test("F10: one of two servers falls silent: what it had is answered by the other within 2 Tw", arguments: seeds)
    func silence(seed: Int) {
        var run = Self.twoServers(seed)
        run.world.start()
        run.world.run(for: .seconds(1))
        for _ in 0..<30 {
            run.ask()
            run.world.run(for: run.world.some(of: .seconds(1)))
        }
        run.world.nodes[1].isSilent = true
        let began = run.world.now
        for _ in 0..<10 { run.ask() }
        let waiting = run.world.nodes[0].stack.inFlight
        #expect(waiting == 10)
        // Tw is 6 s, each time with a jitter of 2 s at most.
        run.world.run(for: .seconds(16) + .milliseconds(10))
        #expect(run.world.now - began <= .seconds(16) + .milliseconds(10))
        run.expectAllEnded(seed)
        #expect(run.world.nodes[0].failures.isEmpty, "seed \(seed)")
        #expect(run.world.nodes[2].requests.filter(\.isRetransmitted).count == 5, "half of them were at the other")
    }
}
