import Diameter
import Octets
import Testing

@Suite("RFC 6733 §6.1.6, §7.1.3 and RFC 3539 §3.4: which of several peers")
struct PeerChoiceTests {
    /// cscf with peers hss1, hss2 … of these priorities and weights.
    static func world(
        _ servers: [(priority: Int, weight: Int)],
        settings: DiameterSettings = DiameterSettings(watchdog: .seconds(6))
    ) -> DiameterWorld {
        var world = DiameterWorld()
        let peers = servers.enumerated().map { number, server in
            var peer = Sample.peer("hss\(number + 1)", port: 3869 + UInt16(number), priority: server.priority)
            peer.weight = server.weight
            return peer
        }
        _ = world.add(Sample.stack("cscf", peers: peers, settings: settings), port: 1000)
        for number in servers.indices {
            _ = world.add(
                Sample.stack("hss\(number + 1)", peers: [Sample.peer("cscf", port: 1000, initiates: false)]),
                port: 3869 + UInt16(number))
        }
        world.start()
        world.run(for: .seconds(1))
        return world
    }

    static func ask(_ world: inout DiameterWorld, _ numbers: ClosedRange<UInt64>, wait: Duration = .milliseconds(10)) {
        for number in numbers {
            world.perform(0) { $0.ask(Sample.request(), as: AskID(rawValue: number), at: $1, into: &$2) }
            if wait > .zero { world.run(for: wait) }
        }
    }

    static func refusing(_ code: ResultCode) -> @Sendable (DiameterMessage, DiameterOrigin) -> DiameterMessage {
        { $0.answer(resultCode: code, origin: $1) }
    }

    @Test("load sharing: 3 : 1 by weight, whether requests wait or not", arguments: [true, false])
    func weights(oneByOne: Bool) {
        var world = Self.world([(0, 3), (0, 1)])
        Self.ask(&world, 1...40, wait: oneByOne ? .milliseconds(10) : .zero)
        world.run(for: .seconds(1))
        #expect(world.nodes[1].requests.count == 30)
        #expect(world.nodes[2].requests.count == 10)
    }

    @Test("active and standby: the standby gets nothing until the active one is lost; then back again")
    func failback() {
        var world = Self.world([(1, 1), (2, 9)])
        Self.ask(&world, 1...5)
        #expect(world.nodes[1].requests.count == 5 && world.nodes[2].requests.isEmpty)
        world.cut(0, 1)
        world.run(for: .milliseconds(5))
        Self.ask(&world, 6...10)
        #expect(world.nodes[2].requests.count == 5)
        world.run(for: .seconds(40))
        #expect(world.nodes[0].stack.peers[0].watchdog == "OKAY")
        Self.ask(&world, 11...15)
        #expect(world.nodes[1].requests.count == 10, "RFC 3539 Failback, after three DWAs")
        #expect(world.nodes[0].failures.isEmpty)
    }

    @Test("a peer that is much slower than its equals gets less")
    func lagging() {
        var world = Self.world([(0, 1), (0, 1)])
        world.nodes[1].holdsAnswers = true
        Self.ask(&world, 1...200, wait: .milliseconds(5))
        #expect(world.nodes[1].requests.count < 30)
        #expect(world.nodes[2].requests.count > 170)
    }

    @Test("§7.1.3: 3002, 3004 and 3005 are tried at the next peer, without the T bit, others are not")
    func retry() {
        for (code, isRetried) in [
            (ResultCode.unableToDeliver, true), (.tooBusy, true), (.loopDetected, true), (.realmNotServed, false),
            (.commandUnsupported, false), (.unableToComply, false),
        ] {
            var world = Self.world([(1, 1), (2, 1)])
            world.nodes[1].answering = Self.refusing(code)
            Self.ask(&world, 1...1)
            #expect(world.nodes[0].answers.first?.1[.resultCode] == (isRetried ? .success : code), "\(code)")
            #expect(world.nodes[2].requests.count == (isRetried ? 1 : 0))
            #expect(world.nodes[2].requests.allSatisfy { !$0.isRetransmitted }, "§3: an answer has come")
            #expect(
                world.nodes[2].requests.map(\.endToEnd) == (isRetried ? world.nodes[1].requests.map(\.endToEnd) : []))
            #expect(world.nodes[0].stack.statistics.retries == (isRetried ? 1 : 0))
        }
    }

    @Test("when every peer refuses, the last refusal is the answer")
    func allRefuse() {
        var world = Self.world([(1, 1), (2, 1)])
        world.nodes[1].answering = Self.refusing(.tooBusy)
        world.nodes[2].answering = Self.refusing(.unableToDeliver)
        Self.ask(&world, 1...1)
        #expect(world.nodes[0].answers.map { $0.1[.resultCode] } == [.unableToDeliver])
        #expect(world.nodes[0].failures.isEmpty)
    }

    @Test("3004 TOO_BUSY: the peer is left alone for 500 ms, then 1 s; with nobody else requests fail at once")
    func busy() {
        var world = Self.world([(1, 1)])
        world.nodes[1].answering = Self.refusing(.tooBusy)
        Self.ask(&world, 1...3)
        #expect(world.nodes[1].requests.count == 1)
        #expect(world.nodes[0].answers.count == 1)
        #expect(world.nodes[0].failures.map(\.1) == [.tooBusy, .tooBusy])
        world.run(for: .milliseconds(500))
        Self.ask(&world, 4...5)
        #expect(world.nodes[1].requests.count == 2)
        world.run(for: .milliseconds(500))
        Self.ask(&world, 6...6)
        #expect(world.nodes[1].requests.count == 2, "the second pause is 1 s")
        world.run(for: .milliseconds(600))
        world.nodes[1].answering = nil
        Self.ask(&world, 7...9)
        #expect(world.nodes[1].requests.count == 5, "it takes requests again")
    }

    @Test("F9: a peer that answers its watchdog and nothing else opens its circuit; nobody waits for it any more")
    func circuit() {
        var world = Self.world([(1, 1)])
        world.nodes[1].holdsAnswers = true
        Self.ask(&world, 1...6, wait: .zero)
        world.run(for: .seconds(5))
        #expect(world.nodes[0].failures.map(\.1) == Array(repeating: .timeout, count: 6))
        #expect(world.nodes[0].notices == [.doesNotAnswer(timeouts: 5)])
        #expect(world.nodes[0].stack.peers[0].circuit == .open)
        #expect(world.nodes[0].stack.peers[0].isOpen, "its connection stays")
        Self.ask(&world, 7...20)
        #expect(world.nodes[1].requests.count == 6)
        #expect(world.nodes[0].failures.suffix(14).allSatisfy { $0.1 == .tooBusy })
        world.run(for: .seconds(1))
        Self.ask(&world, 21...25)
        #expect(world.nodes[1].requests.count == 7, "one probe")
        #expect(world.nodes[0].stack.peers[0].circuit == .halfOpen)
        world.nodes[1].holdsAnswers = false
        world.run(for: .seconds(7))
        Self.ask(&world, 26...26)
        #expect(world.nodes[0].notices.last == .answersAgain)
        Self.ask(&world, 27...30)
        #expect(world.nodes[0].answers.count == 5)
        #expect(world.nodes[0].stack.statistics.circuitsOpened == 1)
    }

    @Test("F9: with a second peer an open circuit moves all requests there")
    func circuitWithStandby() {
        var world = Self.world([(1, 1), (2, 1)])
        world.nodes[1].holdsAnswers = true
        Self.ask(&world, 1...5, wait: .zero)
        // Half the time-out at the first, then at the second.
        world.run(for: .milliseconds(2_400))
        #expect(world.nodes[0].answers.isEmpty && world.nodes[2].requests.isEmpty)
        world.run(for: .milliseconds(200))
        #expect(world.nodes[0].answers.count == 5)
        #expect(world.nodes[2].requests.allSatisfy { $0.isRetransmitted })
        Self.ask(&world, 6...25)
        #expect(world.nodes[0].answers.count == 25)
        #expect(world.nodes[0].failures.isEmpty)
    }

    @Test("in flight is bounded at each peer; more go to the next one, then fail at once")
    func bounded() {
        var world = Self.world([(1, 1), (2, 1)], settings: DiameterSettings(watchdog: .seconds(6), inFlightPerPeer: 3))
        world.nodes[1].holdsAnswers = true
        world.nodes[2].holdsAnswers = true
        Self.ask(&world, 1...7, wait: .zero)
        world.run(for: .milliseconds(10))
        #expect(world.nodes[1].requests.count == 3 && world.nodes[2].requests.count == 3)
        #expect(world.nodes[0].failures.map(\.1) == [.tooBusy])
    }

    @Test("a time-out of its own for an application")
    func applicationTimeout() {
        var settings = DiameterSettings(watchdog: .seconds(6), answerTimeout: .seconds(30))
        settings.applicationTimeouts[Sample.application] = .milliseconds(200)
        var world = Self.world([(1, 1)], settings: settings)
        world.nodes[1].holdsAnswers = true
        Self.ask(&world, 1...1, wait: .milliseconds(199))
        #expect(world.nodes[0].failures.isEmpty)
        world.run(for: .milliseconds(1))
        #expect(world.nodes[0].failures.map(\.1) == [.timeout])
        #expect(world.nodes[0].stack.peers[0].counters.timeouts == 1)
    }

    @Test("§8.16: a peer that comes back with a higher Origin-State-Id has restarted, and that is told")
    func restart() {
        var world = Self.world([(1, 1)])
        world.crash(
            1, restartingAs: Sample.stack("hss1", peers: [Sample.peer("cscf", port: 1, initiates: false)], stateID: 2))
        world.run(for: .seconds(10))
        #expect(world.nodes[0].notices == [.restarted])
        #expect(world.nodes[0].stack.statistics.restarts == 1)
        world.cut(0, 1)
        world.run(for: .seconds(10))
        #expect(world.nodes[0].notices == [.restarted], "the same state again says nothing")
    }
}
