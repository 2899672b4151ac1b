import IMS
import InterrogatingCSCF
import Octets
import SIP
import Simulation
import Testing

@Suite("What happens to a call while it goes on")
struct MidCallTests {
    private static func states(_ scene: CallScene, _ imsi: String) -> [String] {
        scene.ask(imsi, "events")?["documents"]?.list?.compactMap(\.text) ?? []
    }

    @Test("RFC 3680: both watch their registrations: the call changes nothing; a refresh in it is told; so is the end")
    func watched() throws {
        let scene = try CallScene(bob: ["answer-after": "100"])
        for imsi in [CallScene.alice, CallScene.bob] {
            let first = scene.ask(imsi, "subscribe")
            #expect(first?["documents"]?.list?.first?.text?.contains("version=\"0\"") == true)
        }
        scene.lab.pass(.seconds(10))
        let before = Self.states(scene, CallScene.bob).count
        try scene.talk()
        scene.lab.pass(.seconds(10))
        #expect(Self.states(scene, CallScene.bob).count == before)
        #expect(scene.lab.perform("register", CallScene.bob)?["outcome"]?.text == "registered")
        scene.lab.pass(.seconds(10))
        #expect(Self.states(scene, CallScene.bob).last?.contains("event=\"refreshed\"") == true)
        #expect(scene.call(CallScene.alice)?["state"]?.text == "talking")
        #expect(scene.ask(CallScene.alice, "hang-up")?["ending"]?.text == "hung up")
        scene.expectEnd("hung up", "hung up by the peer")
        #expect(scene.lab.perform("deregister", CallScene.bob)?["outcome"]?.text == "deregistered")
        scene.lab.pass(.seconds(10))
        let last = try #require(Self.states(scene, CallScene.bob).last)
        #expect(last.contains("state=\"terminated\"") && last.contains("event=\"unregistered\""), "\(last)")
        #expect(scene.ask(CallScene.bob, "events")?["state"]?.text == "terminated")
        for imsi in [CallScene.alice, CallScene.bob] { #expect(scene.ask(imsi, "events")?["findings"]?.list == []) }
    }

    @Test("TS 24.229 §5.4.1.5: the HSS ends a registration in a call: the watcher is told, both ends get a BYE")
    func kicked() throws {
        for seed in UInt64(1)...3 {
            let scene = try CallScene(seed: seed, bob: ["answer-after": "100"])
            _ = scene.ask(CallScene.bob, "subscribe")
            scene.lab.pass(.seconds(10))
            scene.lab.network.conditions = seed == 1 ? .perfect : .bad
            try scene.talk()
            let user = "\(CallScene.bob)@\(SimulatedLab.domain)"
            scene.lab.network.command(Command("kick", ["identity": user]), to: scene.lab.subscribers)
            scene.lab.pass(.seconds(120))
            #expect(scene.lab.sessions == 0)
            #expect(scene.lab.registered == 1)
            scene.expectEnd("hung up by the peer", "hung up by the peer", "seed \(seed)")
            let last = try #require(Self.states(scene, CallScene.bob).last)
            #expect(last.contains("state=\"terminated\""), "seed \(seed): \(last)")
            // He may come back, and be called.
            #expect(scene.ask(CallScene.bob, "register", within: .seconds(300))?["outcome"]?.text == "registered")
            try scene.talk()
        }
    }

    @Test("a phone leaves in the middle of a call: §5.4.1.4, the session goes with the registration")
    func left() throws {
        let scene = try CallScene(bob: ["answer-after": "100"])
        try scene.talk()
        #expect(scene.lab.perform("deregister", CallScene.bob)?["outcome"]?.text == "deregistered")
        scene.lab.pass(.seconds(40))
        #expect(scene.lab.sessions == 0)
        #expect(scene.call(CallScene.alice)?["state"]?.text == "ended")
        #expect(scene.call(CallScene.bob)?["state"]?.text == "ended")
    }

    @Test(
        "the machine of the S-CSCF is lost in a call: who hangs up is done, the other ends with the session timer (RFC 4028 §10); then both are called again, by the other S-CSCF"
    )
    func machineLost() throws {
        let pool = ["scscf", "scscf2"].enumerated().map { index, name in
            ServingCSCFCandidate("sip:\(name).\(SimulatedLab.domain):\(5080 + index)")
        }
        let scene = try CallScene(
            bob: ["answer-after": "100"], in: SimulatedLab(seed: 1, pool: pool, hasSecond: true))
        try scene.talk()
        let registers = scene.lab.proxy.core.counters[.registerReceived]
        scene.lab.network.crash(scene.lab.serving)
        scene.lab.pass(.seconds(1))
        #expect(scene.ask(CallScene.alice, "hang-up", within: .seconds(300))?["state"]?.text == "ended")
        #expect(scene.call(CallScene.bob)?["state"]?.text == "talking", "nobody could tell him")
        scene.lab.pass(.seconds(1_900))
        #expect(scene.call(CallScene.bob)?["state"]?.text == "ended")
        let report = scene.call(within: .seconds(300))
        #expect(report?["state"]?.text == "talking", "\(report?.json ?? "none") \(scene.lab.refusals)")
        #expect(scene.lab.proxy.core.counters[.registerReceived] == registers)
        _ = scene.ask(CallScene.alice, "hang-up")
        scene.expectEnd("hung up", "hung up by the peer")
    }
}
