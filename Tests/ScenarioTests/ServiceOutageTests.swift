import IMS
import Octets
import SIP
import Simulation
import Testing

@Suite("F18: the application server is down, frozen or dies in a call; both default handlings (TS 29.228 Annex B.2.2)")
struct ServiceOutageTests {
    /// What has become of the server.
    enum Outage: CaseIterable { case crashed, frozen, silent }

    private func fail(_ scene: TelephonyScene, _ outage: Outage) {
        switch outage {
        case .crashed: scene.telephony.crash()
        case .frozen: scene.lab.network.freeze(scene.telephony.node)
        case .silent: scene.lab.network.silence(scene.telephony.node)
        }
    }

    private func recover(_ scene: TelephonyScene, _ outage: Outage) {
        switch outage {
        case .crashed: scene.telephony.restart()
        case .frozen: scene.lab.network.thaw(scene.telephony.node)
        case .silent: scene.lab.network.unsilence(scene.telephony.node)
        }
    }

    @Test(
        "SESSION_CONTINUED: calls and messages go on without it; when it is back its services are",
        arguments: Outage.allCases)
    func continued(outage: Outage) throws {
        let scene = try TelephonyScene(registered: 3, handling: .sessionContinued)
        scene.set(1, "forward.unconditional \(scene.identity(2))")
        for phone in [1, 2] { scene.behave(phone, ["answer-after": "100"]) }
        fail(scene, outage)
        // Two servers of silence: that of the caller's criteria and that of the callee's; the second is passed over.
        for limit in [Duration.seconds(5), .seconds(1)] {
            let began = scene.lab.network.now
            scene.expectTalking(scene.call(0, 1))
            #expect(scene.lab.network.now - began < limit)
            scene.hangUp(0, 1, after: .seconds(2))
        }
        let sent = scene.ask(0, "message", ["to": scene.identity(1), "text": "hello"])
        #expect(sent?["outcome"]?.text == "accepted", "\(sent?.json ?? "")")
        #expect(scene.calls(2).isEmpty)
        recover(scene, outage)
        scene.lab.pass(.seconds(30))
        scene.expectTalking(scene.call(0, 1))
        scene.hangUp(0, 2)
    }

    @Test("SESSION_TERMINATED: the call fails, soon the first time and at once the next", arguments: Outage.allCases)
    func terminated(outage: Outage) throws {
        let scene = try TelephonyScene(registered: 2, handling: .sessionTerminated)
        scene.behave(1, ["answer-after": "100"])
        fail(scene, outage)
        for (status, limit) in [(408, Duration.seconds(3)), (504, .seconds(1))] {
            let began = scene.lab.network.now
            #expect(scene.call(0, 1)?["status"]?.integer == status)
            #expect(scene.lab.network.now - began < limit)
        }
        #expect(scene.calls(1).isEmpty)
        recover(scene, outage)
        scene.lab.pass(.seconds(30))
        scene.expectTalking(scene.call(0, 1))
        scene.hangUp(0, 1)
    }

    @Test("on a bad network the default handling is the same", arguments: [UInt64(1), 2, 3])
    func lossy(seed: UInt64) throws {
        let scene = try TelephonyScene(seed: seed, .bad, registered: 2, handling: .sessionContinued)
        scene.behave(1, ["answer-after": "500"])
        scene.telephony.crash()
        scene.expectTalking(scene.call(0, 1))
        scene.hangUp(0, 1)
    }

    @Test("§5.4.1.7: it is down when a user registers: continued he stays registered, terminated he is de-registered")
    func registration() throws {
        for handling in [false, true] {
            let scene = try TelephonyScene(registered: 1, handling: handling ? .sessionTerminated : .sessionContinued)
            try scene.subscribe(1)
            scene.telephony.crash()
            try scene.register(1)
            scene.lab.pass(.seconds(60))
            #expect(scene.lab.registered == (handling ? 1 : 2))
        }
    }

    @Test("it dies while a phone rings: the call goes on, for the server is no longer needed; kill -9 in a call too")
    func dies() throws {
        let scene = try TelephonyScene(registered: 2)
        scene.behave(1, ["answer-after": "3000"])
        let call = scene.order(0, "call", ["to": scene.identity(1)])
        scene.expectTalking(scene.answer(call))
        scene.telephony.crash()
        #expect(scene.ask(0, "hold")?["media"]?["direction"]?.text == "sendonly")
        scene.lab.pass(.seconds(1))
        #expect(scene.ask(0, "resume")?["media"]?["direction"]?.text == "sendrecv")
        scene.hangUp(0, 1)
        #expect(scene.lab.sessions == 0)
    }

    @Test("killed while a phone rings that it would divert from: caller and phone both hear the end")
    func diesWhileRinging() throws {
        let scene = try TelephonyScene(registered: 3)
        scene.set(1, "forward.no-reply \(scene.identity(2))", "no-reply-time 10")
        #expect(scene.call(0, 1, until: "ringing")?["state"]?.text == "ringing")
        scene.telephony.crash()
        scene.lab.pass(.seconds(1))
        scene.telephony.restart()
        scene.lab.pass(.seconds(1))
        #expect(scene.ask(0, "hang-up", within: .seconds(300))?["state"]?.text == "ended")
        scene.lab.pass(.seconds(300))
        #expect(scene.lastCall(0)?["state"]?.text == "ended")
        #expect(scene.lastCall(1)?["state"]?.text == "ended")
    }
}
