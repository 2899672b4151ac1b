import HomeSubscriberServer
import IMS
import InterrogatingCSCF
import Octets
import SIP
import Simulation
import Testing

@Suite("F4, F5, F23: an S-CSCF that is killed, in a whole network")
struct ServingCSCFLossTests {
    private static let imsi = SimulatedLab.imsi

    @Test("F5: killed between calls: the next call, either way, needs no new REGISTER")
    func betweenCalls() throws {
        let scene = try CallScene(bob: ["answer-after": "100"])
        let registers = scene.lab.proxy.core.counters[.registerReceived]
        scene.lab.network.crash(scene.lab.serving)
        scene.lab.pass(.seconds(1))
        scene.lab.restartServing(keepsState: true)
        scene.lab.pass(.seconds(3))
        try scene.talk()
        #expect(scene.ask(CallScene.alice, "hang-up")?["ending"]?.text == "hung up")
        scene.expectEnd("hung up", "hung up by the peer")
        #expect(scene.lab.proxy.core.counters[.registerReceived] == registers)
    }

    @Test("killed in the middle of a call: it can be held, resumed and ended, and is seen all the time")
    func inACall() throws {
        let scene = try CallScene(bob: ["answer-after": "100"])
        try scene.talk()
        scene.lab.pass(.seconds(1))
        #expect(scene.lab.sessions == 2)
        scene.lab.network.crash(scene.lab.serving)
        scene.lab.pass(.seconds(1))
        scene.lab.restartServing(keepsState: true)
        #expect(scene.lab.sessions == 2)
        #expect(scene.ask(CallScene.bob, "hold")?["media"]?["direction"]?.text == "sendonly")
        scene.lab.pass(.milliseconds(100))
        #expect(scene.ask(CallScene.bob, "resume")?["media"]?["direction"]?.text == "sendrecv")
        #expect(scene.ask(CallScene.bob, "hang-up")?["ending"]?.text == "hung up")
        scene.expectEnd("hung up by the peer", "hung up")
        #expect(scene.lab.sessions == 0)
        #expect(scene.lab.servingDisk.count(UInt8(ascii: "d")) == 0)
    }

    @Test("network de-registration in a call, before and after a crash: a BYE to both", arguments: [false, true])
    func kickedInACall(afterCrash: Bool) throws {
        let scene = try CallScene(bob: ["answer-after": "100"])
        try scene.talk()
        scene.lab.pass(.seconds(1))
        if afterCrash {
            scene.lab.network.crash(scene.lab.serving)
            scene.lab.restartServing(keepsState: true)
            scene.lab.pass(.seconds(5))
        }
        let user = "\(CallScene.bob)@\(SimulatedLab.domain)"
        scene.lab.network.command(Command("kick", ["identity": user]), to: scene.lab.subscribers)
        scene.lab.pass(.seconds(5))
        #expect(scene.lab.sessions == 0)
        scene.expectEnd("hung up by the peer", "hung up by the peer")
    }

    @Test("killed while it rings: the caller hears of it, the callee's phone stops, the next call succeeds")
    func whileRinging() throws {
        let scene = try CallScene()
        #expect(scene.call(until: "ringing")?["state"]?.text == "ringing")
        scene.lab.network.crash(scene.lab.serving)
        scene.lab.pass(.seconds(1))
        scene.lab.restartServing(keepsState: true)
        scene.lab.pass(.seconds(1))
        _ = scene.ask(CallScene.alice, "hang-up", within: .seconds(300))
        scene.lab.pass(.seconds(300))
        #expect(scene.call(CallScene.alice)?["state"]?.text == "ended")
        #expect(scene.call(CallScene.bob)?["state"]?.text == "ended")
        _ = scene.ask(CallScene.bob, "manner", ["answer-after": "100"])
        try scene.talk()
    }

    @Test("F5: its store is lost as well: the HSS has what it needs, whoever calls first", arguments: [true, false])
    func storeLost(callsFirst: Bool) throws {
        let scene = try CallScene(bob: ["answer-after": "100"])
        let registers = scene.lab.proxy.core.counters[.registerReceived]
        scene.lab.network.crash(scene.lab.serving)
        scene.lab.pass(.seconds(1))
        scene.lab.restartServing()
        scene.lab.pass(.seconds(3))
        if !callsFirst {
            let report = scene.ask(CallScene.bob, "message", ["to": CallScene.aliceURI, "text": "hello"])
            #expect(report?["outcome"]?.text == "accepted", "\(report?.json ?? "") \(scene.lab.refusals)")
        }
        try scene.talk()
        #expect(scene.ask(CallScene.alice, "hang-up")?["ending"]?.text == "hung up")
        scene.expectEnd("hung up", "hung up by the peer")
        #expect(scene.lab.proxy.core.counters[.registerReceived] == registers)
        #expect(scene.lab.count(.registrationRestored) == 2)
        #expect(scene.lab.registered == 2)
    }

    @Test("F4: killed at any moment of a registration: the next one succeeds; one S-CSCF, one contact")
    func inARegistration() throws {
        for delay in stride(from: Int64(1), through: 31, by: 3) {
            let lab = SimulatedLab(seed: UInt64(delay))
            try lab.subscribe(Self.imsi)
            lab.network.command(Command("register", ["phone": Self.imsi]), to: lab.phones)
            lab.pass(.milliseconds(delay))
            lab.network.crash(lab.serving)
            lab.pass(.seconds(1))
            lab.restartServing(keepsState: true)
            lab.pass(.seconds(200))
            #expect(lab.perform("register", Self.imsi)?["outcome"]?.text == "registered", "after \(delay) ms")
            #expect(lab.registered == 1)
            #expect(lab.contacts == 1)
            #expect(lab.subscriber()?.json.contains("sip:scscf.") == true)
            expectNoSequenceNumberTwice(lab.home)
        }
    }

    @Test("F23: the HSS has forgotten the registration that the S-CSCF has: the next REGISTER heals it")
    func homeForgot() throws {
        let scene = try CallScene(bob: ["answer-after": "100"])
        try scene.lab.change(CallScene.bob) { subscription in
            for index in subscription.registrations.indices { subscription.registrations[index].state = .notRegistered }
            subscription.servingCSCF = nil
        }
        #expect(scene.call()?["status"]?.integer == 480)
        #expect(scene.lab.perform("register", CallScene.bob)?["outcome"]?.text == "registered")
        try scene.talk()
        #expect(scene.lab.registered == 2)
    }

    @Test("F23: the S-CSCF has forgotten and the HSS kept nothing: 504 tells the phone, the next REGISTER heals it")
    func servingForgot() throws {
        let scene = try CallScene(bob: ["answer-after": "100"])
        try scene.lab.change(CallScene.alice) { subscription in
            for index in subscription.registrations.indices { subscription.registrations[index].restoration = nil }
        }
        scene.lab.network.crash(scene.lab.serving)
        scene.lab.restartServing()
        scene.lab.pass(.seconds(3))
        #expect(scene.call()?["status"]?.integer == 504)
        #expect(scene.lab.serving.refusals.map(\.code) == ["REGISTRATION_LOST"])
        #expect(scene.lab.perform("register", CallScene.alice)?["outcome"]?.text == "registered")
        try scene.talk()
    }
}

@Suite("TS 23.380: the machine of an S-CSCF is lost for good")
struct ServingCSCFMachineTests {
    private static let pool = ["scscf", "scscf2"].enumerated().map { index, name in
        ServingCSCFCandidate("sip:\(name).\(SimulatedLab.domain):\(5080 + index)")
    }

    /// Two users of `scscf`, which is gone.
    private func scene(seed: UInt64 = 1) throws -> CallScene {
        let lab = SimulatedLab(seed: seed, pool: Self.pool, hasSecond: true)
        let scene = try CallScene(bob: ["answer-after": "100"], in: lab)
        for imsi in [CallScene.alice, CallScene.bob] {
            #expect(lab.subscriber(imsi)?.json.contains("sip:scscf.") == true)
        }
        lab.network.crash(lab.serving)
        lab.pass(.seconds(1))
        return scene
    }

    private func expectTakenOver(_ scene: CallScene, _ imsis: [String]) throws {
        for imsi in imsis { #expect(scene.lab.subscriber(imsi)?.json.contains("sip:scscf2.") == true) }
        let second = try #require(scene.lab.secondServing)
        #expect(second.core.counters[.registrationRestored] == UInt64(imsis.count))
    }

    @Test("both users call on without a new registration: slowly once, then as ever")
    func takenOver() throws {
        let scene = try scene()
        let registers = scene.lab.proxy.core.counters[.registerReceived]
        for round in 0..<3 {
            let began = scene.lab.network.now
            try scene.talk()
            let took = scene.lab.network.now - began
            if round == 0 {
                #expect(took > .seconds(4) && took < .seconds(16), "\(took)")
            } else {
                #expect(took < .seconds(2), "\(took)")
            }
            #expect(scene.ask(CallScene.alice, "hang-up")?["ending"]?.text == "hung up")
            scene.expectEnd("hung up", "hung up by the peer")
        }
        #expect(scene.lab.proxy.core.counters[.registerReceived] == registers)
        try expectTakenOver(scene, [CallScene.alice, CallScene.bob])
    }

    @Test("a message first; and the phone's subscription to its state goes on at the other S-CSCF")
    func message() throws {
        let scene = try scene()
        let sent = scene.ask(
            CallScene.alice, "message", ["to": CallScene.bobURI, "text": "hello"], within: .seconds(100))
        #expect(sent?["outcome"]?.text == "accepted", "\(sent?.json ?? "") \(scene.lab.refusals)")
        #expect(scene.ask(CallScene.bob, "messages")?["messages"]?.list?.count == 1)
        try expectTakenOver(scene, [CallScene.alice, CallScene.bob])
    }

    @Test("the next REGISTER goes to the other S-CSCF, before or after a call", arguments: [true, false])
    func refreshed(callsFirst: Bool) throws {
        let scene = try scene()
        if callsFirst {
            try scene.talk()
            _ = scene.ask(CallScene.alice, "hang-up")
        }
        #expect(scene.lab.perform("register", CallScene.alice)?["outcome"]?.text == "registered")
        #expect(scene.lab.subscriber(CallScene.alice)?.json.contains("sip:scscf2.") == true)
        try scene.talk()
    }

    @Test("it comes back empty after another has taken over: calls go on, whichever is asked")
    func back() throws {
        let scene = try scene()
        try scene.talk()
        _ = scene.ask(CallScene.alice, "hang-up")
        scene.lab.restartServing()
        scene.lab.pass(.seconds(70))
        try scene.talk()
        _ = scene.ask(CallScene.alice, "hang-up")
        scene.expectEnd("hung up", "hung up by the peer")
        #expect(scene.lab.perform("register", CallScene.alice)?["outcome"]?.text == "registered")
        try scene.talk()
    }

    @Test("a bad network does not change that", arguments: [UInt64(1), 2, 3, 4, 5])
    func lossy(seed: UInt64) throws {
        let scene = try scene(seed: seed)
        scene.lab.network.conditions = LinkConditions(
            latency: .milliseconds(10), jitter: .milliseconds(30), loss: 100, duplication: 100)
        let report = scene.call(within: .seconds(300))
        #expect(report?["state"]?.text == "talking", "seed \(seed): \(report?.json ?? "none")")
        try expectTakenOver(scene, [CallScene.alice, CallScene.bob])
    }

    @Test("there is no other: 504 that sends the phone to register")
    func alone() throws {
        let scene = try CallScene()
        scene.lab.network.crash(scene.lab.serving)
        let report = scene.call(within: .seconds(200))
        #expect(report?["status"]?.integer == 504, "\(report?.json ?? "none")")
    }
}
