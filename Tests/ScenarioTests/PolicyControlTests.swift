import IMS
import Octets
import ProxyCSCF
import Rx
import SIP
import Simulation
import Testing
import UserEquipment

@Suite("TS 29.214: calls through a network with a PCRF")
struct PolicyControlTests {
    private func scene(
        seed: UInt64 = 1, _ policy: SimulatedPolicy = SimulatedPolicy(), conditions: LinkConditions = .perfect
    ) throws -> (CallScene, SimulatedCore<PolicyServer>) {
        let lab = SimulatedLab(seed: seed, conditions: conditions, policy: policy)
        let scene = try CallScene(seed: seed, bob: ["answer-after": "500"], in: lab)
        return (scene, try #require(lab.policyServer))
    }

    @Test("a call between two phones is two sessions, with the same ICID; both end with it")
    func call() throws {
        let (scene, server) = try scene()
        try scene.talk()
        let sessions = server.core.function.sessions.values
        #expect(sessions.count == 2)
        #expect(Set(sessions.map(\.afChargingIdentifier)).count == 1)
        for session in sessions {
            #expect(session.serviceInfoStatus == .final)
            #expect(session.mediaComponents.first?.mediaType == .audio)
            #expect(session.mediaComponents.first?.codecData.count == 2)
        }
        _ = scene.ask(CallScene.alice, "hang-up")
        scene.expectEnd("hung up", "hung up by the peer")
        #expect(server.core.function.sessions.isEmpty)
        #expect(server.core.function.ends.count == 2)
    }

    @Test("ASR and RAR end the call at both ends, and the other phone's session with it", arguments: ["abort", "lose"])
    func ended(_ how: String) throws {
        let (scene, server) = try scene()
        try scene.talk()
        let session = try #require(server.core.function.sessions.keys.min())
        scene.lab.network.command(Command(how, ["session": session]), to: server)
        scene.lab.pass(.seconds(2))
        #expect(server.core.function.answers == [.success])
        scene.expectEnd("hung up by the peer", "hung up by the peer")
        #expect(server.core.function.sessions.isEmpty)
    }

    @Test("deny: a call that the PCRF refuses does not come about, and rings nowhere")
    func denied() throws {
        let (scene, server) = try scene(SimulatedPolicy(failure: .deny))
        scene.lab.network.command(Command("refuse", ["code": "5063"]), to: server)
        let report = try #require(scene.call())
        #expect(report["state"]?.text == "ended", "\(report.json)")
        #expect(report["status"]?.integer == 403, "\(report.json)")
        #expect(scene.lab.refusals.contains("POLICY_DENIED"))
        #expect(scene.call(CallScene.bob) == nil)
    }

    @Test("allow: without a PCRF calls go on, with a warning each time it is not there")
    func away() throws {
        let (scene, server) = try scene()
        scene.lab.network.crash(server)
        scene.lab.pass(.milliseconds(100))
        try scene.talk()
        #expect(
            scene.lab.proxy.observations.contains {
                $0.level == .warning && $0.message.contains("the PCRF cannot be reached")
            })
        _ = scene.ask(CallScene.alice, "hang-up")
        scene.expectEnd("hung up", "hung up by the peer")
    }

    @Test("loss, copies and jitter leave no session behind", arguments: [UInt64(1), 2, 3, 4, 5])
    func lossy(_ seed: UInt64) throws {
        let (scene, server) = try scene(
            seed: seed, conditions: LinkConditions(jitter: .milliseconds(40), loss: 100, duplication: 100))
        try scene.talk()
        #expect(server.core.function.sessions.count == 2)
        _ = scene.ask(CallScene.alice, "hang-up", within: .seconds(90))
        scene.lab.pass(.seconds(90))
        #expect(server.core.function.sessions.isEmpty)
    }

    @Test("a phone whose signalling is lost: its call ends, the next one does not reach it")
    func signalling() throws {
        let (scene, server) = try scene(SimulatedPolicy(watchesSignalling: true))
        let watched = server.core.function.sessions.filter { $0.value.mediaComponents.first?.number == 0 }
        // All phones of the lab are at one address and port.
        #expect(watched.count == 1)
        try scene.talk()
        scene.lab.network.command(Command("abort", ["session": try #require(watched.keys.first)]), to: server)
        scene.lab.pass(.seconds(2))
        #expect(server.core.function.sessions.isEmpty)
        #expect(scene.lab.proxy.observations.contains { $0.message.contains("out of reach until it registers again") })
        #expect(scene.ask(CallScene.alice, "register")?["outcome"]?.text == "registered")
        #expect(server.core.function.sessions.count == 1)
    }
}
