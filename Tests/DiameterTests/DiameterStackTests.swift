import Diameter
import Octets
import Testing

/// Two and three stacks talking to each other in virtual time.
@Suite("Diameter stacks, RFC 6733 §5 and RFC 3539")
struct DiameterStackTests {
    @Test("§5.3: CER, CEA, then both are open with the common application")
    func capabilities() {
        var world = Sample.world()
        world.start()
        world.run(for: .seconds(1))
        #expect(world.nodes[0].up == [Sample.host("hss1")])
        #expect(world.nodes[1].up == [Sample.host("cscf")])
        let peer = world.nodes[0].stack.peers[0]
        #expect(peer.state == "I-Open")
        #expect(peer.watchdog == "OKAY")
        #expect(peer.applications == [Sample.application])
        #expect(peer.transport == .tcp)
        #expect(peer.originStateID == 1)
        #expect(world.nodes[1].stack.peers[0].state == "R-Open")
        #expect(world.nodes[0].sent == ["257R"])
        #expect(world.nodes[1].sent == ["257A"])
    }

    @Test("§6.1, §6.2: a request reaches the role of the peer, its answer comes back to the ask")
    func ask() {
        var world = Sample.world()
        world.start()
        world.run(for: .seconds(1))
        world.perform(0) { $0.ask(Sample.request(), as: AskID(rawValue: 7), at: $1, into: &$2) }
        #expect(world.nodes[0].stack.peers[0].inFlight == 1)
        world.run(for: .seconds(1))
        #expect(world.nodes[1].requests.count == 1)
        #expect(world.nodes[1].requests.first?.isRetransmitted == false)
        #expect(world.nodes[0].answers.map(\.0) == [AskID(rawValue: 7)])
        #expect(world.nodes[0].answers.first?.1[.resultCode] == .success)
        #expect(world.nodes[0].stack.peers[0].inFlight == 0)
    }

    @Test("RFC 3539: an idle connection is watched, both ways, and its round trip measured")
    func watchdog() {
        var world = Sample.world()
        world.start()
        world.run(for: .seconds(60))
        #expect(world.nodes[0].sent.filter { $0 == "280R" }.count >= 7)
        #expect(world.nodes[1].sent.filter { $0 == "280A" }.count == world.nodes[0].sent.filter { $0 == "280R" }.count)
        #expect(world.nodes[0].stack.peers[0].roundTrip == .milliseconds(2))
        #expect(world.nodes[0].down.isEmpty && world.nodes[1].down.isEmpty)
    }

    @Test("RFC 3539: a silent peer is suspect within 2 Tw, down within 3 Tw, and comes back through REOPEN")
    func silence() {
        var world = Sample.world()
        world.start()
        world.run(for: .seconds(1))
        world.nodes[1].isSilent = true
        let start = world.now
        while world.nodes[0].stack.peers[0].watchdog == "OKAY" { world.run(for: .milliseconds(100)) }
        #expect(world.nodes[0].stack.peers[0].watchdog == "SUSPECT")
        #expect(world.now - start <= .seconds(16), "2 Tw, each with its jitter of 2 s")
        world.run(for: .seconds(9))
        #expect(world.nodes[0].down == [.silent])
        #expect(world.nodes[0].stack.peers[0].watchdog == "DOWN")
        #expect(world.nodes[0].attempts.count >= 2, "it tries again")
        world.nodes[1].isSilent = false
        world.run(for: .seconds(60))
        #expect(world.nodes[0].stack.peers[0].isOpen)
        world.run(for: .seconds(30))
        #expect(world.nodes[0].stack.peers[0].watchdog == "OKAY")
    }

    @Test("a second connection of an open peer is rejected, and hurries the watchdog of the first")
    func halfOpen() {
        var world = Sample.world()
        world.start()
        world.run(for: .seconds(1))
        // The server's Tw is 30 s: alone it would need 90 s to see that its connection is dead.
        world.nodes[1].isSilent = true
        world.run(for: .seconds(26))
        #expect(world.nodes[0].down == [.silent])
        world.nodes[1].isSilent = false
        world.run(for: .seconds(25))
        #expect(world.nodes[1].refusals.contains { $0.reason == .duplicateConnection })
        #expect(world.nodes[1].down == [.silent])
        #expect(world.nodes[0].stack.peers[0].isOpen)
    }

    @Test("a connection that lives survives such doubts")
    func doubted() {
        var world = Sample.world()
        world.start()
        world.run(for: .seconds(1))
        for _ in 0..<20 {
            let association = world.connectRaw(to: 1, from: Endpoint(.loopback, 1000))
            let request = CapabilitiesExchangeRequest(Sample.local("cscf").capabilities).message()
            let outputs = world.sendRaw(request.octets, to: 1, on: association)
            #expect(outputs.contains(.close(association)))
            world.run(for: .milliseconds(700))
        }
        #expect(world.nodes[1].down.isEmpty && world.nodes[0].down.isEmpty)
    }

    @Test("a peer that falls silent in REOPEN is suspect within 2 Tw, and what it had goes to another")
    func silentInReopen() {
        var world = Sample.world(servers: 2)
        world.start()
        world.run(for: .seconds(1))
        // The other is away, so that the one in REOPEN is asked.
        world.nodes[2].isSilent = true
        world.run(for: .seconds(26))
        #expect(world.nodes[0].down == [.silent])
        world.cut(0, 1)
        world.run(for: .seconds(3))
        #expect(world.nodes[0].stack.peers[0].watchdog == "REOPEN")
        world.nodes[2].isSilent = false
        world.run(for: .seconds(2))
        world.nodes[1].isSilent = true
        world.nodes[0].notices = []
        let start = world.now
        while world.nodes[0].notices.isEmpty, world.now - start < .seconds(60) { world.run(for: .milliseconds(100)) }
        #expect(world.nodes[0].notices == [.suspect])
        #expect(world.now - start <= .seconds(16), "2 Tw, each with its jitter of 2 s")
        #expect(world.nodes[0].stack.peers[0].watchdog == "REOPEN")
        world.nodes[1].isSilent = false
        world.run(for: .milliseconds(10))
        world.nodes[1].isSilent = true
        world.run(for: .seconds(9))
        #expect(world.nodes[0].down.count == 3, "and given up within 3 Tw")
    }

    @Test("RFC 3539: while no other peer is there, one in REOPEN is asked all the same")
    func reopened() {
        var world = Sample.world()
        world.start()
        world.run(for: .seconds(1))
        world.cut(0, 1)
        world.run(for: .seconds(3))
        #expect(world.nodes[0].stack.peers[0].watchdog == "REOPEN")
        world.perform(0) { $0.ask(Sample.request(), as: AskID(rawValue: 1), at: $1, into: &$2) }
        world.run(for: .seconds(1))
        #expect(world.nodes[0].answers.count == 1)
    }

    @Test("connection attempts: after 1 s, then doubled up to 30 s, a quarter more or less")
    func backOff() {
        var world = Sample.world()
        world.nodes[1].refusesConnections = true
        world.start()
        world.run(for: .seconds(200))
        let attempts = world.nodes[0].attempts
        let pauses = zip(attempts.dropFirst(), attempts).map { ($0 - $1).milliseconds / 1000 }
        #expect(pauses.count >= 8)
        for (pause, expected) in zip(pauses, [1, 2, 4, 8, 16, 30, 30, 30] as [Double]) {
            #expect(pause >= expected * 0.75 && pause <= min(expected * 1.25, 30) + 0.01, "\(pauses)")
        }
        #expect(world.nodes[0].stack.peers[0].lastError == "connection refused")
        world.nodes[1].refusesConnections = false
        world.run(for: .seconds(40))
        #expect(world.nodes[0].stack.peers[0].isOpen)
    }

    @Test("§5.4: DPR is answered, the connection ends, the node is drained")
    func disconnect() {
        var world = Sample.world()
        world.start()
        world.run(for: .seconds(1))
        world.perform(1) { $0.disconnect(cause: .rebooting, at: $1, into: &$2) }
        #expect(world.nodes[1].down == [.stopped])
        #expect(!world.nodes[1].stack.isDrained)
        world.run(for: .milliseconds(500))
        #expect(world.nodes[1].stack.isDrained)
        #expect(world.nodes[0].down == [.peerDisconnected(.rebooting)])
        #expect(world.nodes[0].sent.suffix(1) == ["282A"])
        // A stopping node lets nobody in; the other goes on trying.
        world.run(for: .seconds(10))
        #expect(world.nodes[0].attempts.count > 1)
        #expect(world.nodes[1].refusals.contains { $0.reason == .stopping })
    }

    @Test("§5.4.3: who does not want to talk is left alone", arguments: [DisconnectCause.busy, .doNotWantToTalkToYou])
    func unwanted(cause: DisconnectCause) {
        var world = Sample.world()
        world.start()
        world.run(for: .seconds(1))
        world.perform(1) { $0.disconnect(cause: cause, at: $1, into: &$2) }
        world.run(for: .seconds(290))
        #expect(world.nodes[0].attempts.count == 1)
        world.run(for: .seconds(20))
        #expect(world.nodes[0].attempts.count >= 2)
    }

    @Test("§5.6.4: both connect at once; one connection survives, accepted by the node of the higher name")
    func election() {
        var world = DiameterWorld()
        _ = world.add(Sample.stack("alpha", peers: [Sample.peer("beta", port: 2)]), port: 1)
        _ = world.add(Sample.stack("beta", peers: [Sample.peer("alpha", port: 1)]), port: 2)
        world.start()
        world.run(for: .seconds(5))
        #expect(world.nodes[0].stack.peers[0].state == "I-Open")
        #expect(world.nodes[1].stack.peers[0].state == "R-Open")
        #expect(world.nodes[0].up.count == 1 && world.nodes[1].up.count == 1)
        #expect(world.nodes[0].down.isEmpty && world.nodes[1].down.isEmpty)
        var request = Sample.request(from: "beta", to: Sample.host("alpha"))
        request.isRetransmitted = false
        world.perform(1) { $0.ask(request, as: AskID(rawValue: 1), at: $1, into: &$2) }
        world.run(for: .seconds(1))
        #expect(world.nodes[1].answers.count == 1)
    }

    @Test("elections come out alike whatever the delays", arguments: 0..<40)
    func elections(step: Int) {
        var world = DiameterWorld()
        _ = world.add(Sample.stack("alpha", peers: [Sample.peer("beta", port: 2)]), port: 1)
        _ = world.add(Sample.stack("beta", peers: [Sample.peer("alpha", port: 1)]), port: 2)
        world.delay = .milliseconds(10)
        world.perform(0) { $0.start(at: $1, into: &$2) }
        world.run(for: .milliseconds(step))
        world.perform(1) { $0.start(at: $1, into: &$2) }
        world.run(for: .seconds(60))
        #expect(world.nodes[0].stack.peers[0].isOpen)
        #expect(world.nodes[1].stack.peers[0].isOpen)
        #expect(world.nodes[0].stack.peers[0].state != world.nodes[1].stack.peers[0].state)
    }

    @Test("a request without an answer times out; the answer that comes later is dropped and counted")
    func timeout() {
        var world = Sample.world()
        world.start()
        world.run(for: .seconds(1))
        world.nodes[1].holdsAnswers = true
        world.perform(0) { $0.ask(Sample.request(), as: AskID(rawValue: 1), at: $1, into: &$2) }
        world.run(for: .milliseconds(4990))
        #expect(world.nodes[0].failures.isEmpty)
        world.run(for: .milliseconds(10))
        #expect(world.nodes[0].failures.map(\.1) == [.timeout])
        for (message, token) in world.nodes[1].held {
            let answer = message.answer(resultCode: .success, origin: world.nodes[1].stack.local.origin)
            world.perform(1) { $0.answer(answer, to: token, at: $1, into: &$2) }
        }
        world.run(for: .seconds(1))
        #expect(world.nodes[0].answers.isEmpty)
        #expect(world.nodes[0].stack.statistics.lateAnswers == 1)
        #expect(world.nodes[0].stack.statistics.timeouts == 1)
    }

    @Test("in flight is bounded: one more is too busy")
    func bounded() {
        var world = Sample.world(settings: DiameterSettings(inFlightPerPeer: 3))
        world.start()
        world.run(for: .seconds(1))
        world.nodes[1].holdsAnswers = true
        for number in 1...4 {
            world.perform(0) { $0.ask(Sample.request(), as: AskID(rawValue: UInt64(number)), at: $1, into: &$2) }
        }
        #expect(world.nodes[0].failures.map(\.0) == [AskID(rawValue: 4)])
        #expect(world.nodes[0].failures.map(\.1) == [.tooBusy])
    }

    @Test("without an open peer a request fails at once")
    func undeliverable() {
        var world = Sample.world()
        world.perform(0) { $0.ask(Sample.request(), as: AskID(rawValue: 1), at: $1, into: &$2) }
        #expect(world.nodes[0].failures.map(\.1) == [.unableToDeliver])
    }

    @Test("§5.5.4: a lost connection moves its requests to the next peer with the T bit and the same End-to-End id")
    func failover() {
        var world = Sample.world(servers: 2)
        world.start()
        world.run(for: .seconds(1))
        world.nodes[1].holdsAnswers = true
        for number in 1...5 {
            world.perform(0) { $0.ask(Sample.request(), as: AskID(rawValue: UInt64(number)), at: $1, into: &$2) }
        }
        world.run(for: .milliseconds(10))
        #expect(world.nodes[1].requests.count == 5 && world.nodes[2].requests.isEmpty)
        world.cut(0, 1)
        world.run(for: .seconds(1))
        #expect(world.nodes[2].requests.map(\.isRetransmitted) == [true, true, true, true, true])
        #expect(world.nodes[2].requests.map(\.endToEnd) == world.nodes[1].requests.map(\.endToEnd))
        #expect(world.nodes[0].answers.map(\.0.rawValue) == [1, 2, 3, 4, 5])
        #expect(world.nodes[0].failures.isEmpty)
        #expect(world.nodes[0].stack.statistics.failovers == 5)
    }

    @Test("RFC 3539: requests of a suspect peer move within 2 Tw, before its connection is given up")
    func failoverWhenSuspect() {
        var world = Sample.world(
            servers: 2, settings: DiameterSettings(watchdog: .seconds(6), answerTimeout: .seconds(30)))
        world.start()
        world.run(for: .seconds(1))
        world.nodes[1].isSilent = true
        world.perform(0) { $0.ask(Sample.request(), as: AskID(rawValue: 1), at: $1, into: &$2) }
        while world.nodes[0].stack.peers[0].watchdog == "OKAY" { world.run(for: .milliseconds(100)) }
        world.run(for: .milliseconds(100))
        #expect(world.nodes[0].answers.count == 1)
        #expect(world.nodes[0].down.isEmpty)
        #expect(world.nodes[0].stack.peers[0].watchdog == "SUSPECT")
        world.perform(0) { $0.ask(Sample.request(), as: AskID(rawValue: 2), at: $1, into: &$2) }
        world.run(for: .seconds(1))
        #expect(world.nodes[0].answers.count == 2, "new requests go to the other one")
    }

    @Test("without another peer the requests of a suspect one go on waiting, of a lost one fail")
    func nowhereToGo() {
        var world = Sample.world(settings: DiameterSettings(watchdog: .seconds(6), answerTimeout: .seconds(60)))
        world.start()
        world.run(for: .seconds(1))
        world.nodes[1].isSilent = true
        world.perform(0) { $0.ask(Sample.request(), as: AskID(rawValue: 1), at: $1, into: &$2) }
        while world.nodes[0].stack.peers[0].watchdog == "OKAY" { world.run(for: .milliseconds(100)) }
        #expect(world.nodes[0].failures.isEmpty)
        world.run(for: .seconds(10))
        #expect(world.nodes[0].failures.map(\.1) == [.unableToDeliver])
    }

    @Test("§6.1.6: Destination-Host names the peer, whatever its priority; without it priority decides")
    func routing() {
        var world = Sample.world(servers: 2)
        world.start()
        world.run(for: .seconds(1))
        let second = Sample.request(to: Sample.host("HSS2"))
        world.perform(0) { $0.ask(second, as: AskID(rawValue: 1), at: $1, into: &$2) }
        world.perform(0) { $0.ask(Sample.request(), as: AskID(rawValue: 2), at: $1, into: &$2) }
        let elsewhere = Sample.request(realm: DiameterIdentity("elsewhere.org"))
        world.perform(0) { $0.ask(elsewhere, as: AskID(rawValue: 3), at: $1, into: &$2) }
        world.run(for: .seconds(1))
        #expect(world.nodes[2].requests.count == 1)
        #expect(world.nodes[1].requests.count == 1)
        #expect(world.nodes[0].failures.map(\.0) == [AskID(rawValue: 3)])
    }

    @Test("§8.16: a peer that restarted unnoticed takes the place of its dead connection")
    func restarted() {
        var world = Sample.world()
        world.start()
        world.run(for: .seconds(1))
        // The HSS has not heard that cscf went down.
        var again = Sample.local("cscf", stateID: 2).capabilities
        again.firmwareRevision = 1
        let association = world.connectRaw(to: 1, from: Endpoint(.loopback, 1000))
        let outputs = world.sendRaw(
            CapabilitiesExchangeRequest(again).message().octets, to: 1, on: association)
        #expect(world.nodes[1].down == [.restarted])
        #expect(world.nodes[1].stack.peers[0].state == "R-Open")
        #expect(world.nodes[1].stack.peers[0].originStateID == 2)
        #expect(outputs.contains(.peerUp(Sample.host("cscf"))))
    }
}
