import IMS
import Octets
import SIP
import Simulation
import Testing

@Suite("TS 24.229 §5.4.3.3, RFC 3261 §16.6 and §16.7: a user with several phones")
struct ForkingTests {
    private static let caller = 0
    private static let user = 1
    /// Beside the first, phone 1.
    private static let second = 2

    /// User 1 has phones 1 and 2. - Parameter q: of each, thousandths.
    private func scene(
        seed: UInt64 = 1, _ conditions: LinkConditions = .perfect, q: (Int?, Int?) = (nil, nil)
    ) throws -> TelephonyScene {
        let scene = try TelephonyScene(seed: seed, conditions, registered: 2)
        if let first = q.0 {
            scene.preferPhone(Self.user, of: Self.user, q: first)
            try scene.register(Self.user)
        }
        try scene.addPhone(Self.second, of: Self.user, q: q.1)
        #expect(scene.lab.contacts == 3)
        return scene
    }

    /// The two phones' words on how the last call ended.
    private func endings(_ scene: TelephonyScene) -> [String?] {
        [Self.user, Self.second].map { scene.lastCall($0)?["ending"]?.text }
    }

    @Test("equal q: both ring; who answers has the call, the other is cancelled", arguments: [UInt64(1), 2, 3])
    func parallel(seed: UInt64) throws {
        for (conditions, answering) in [(LinkConditions.perfect, 1), (.bad, 2)] {
            let scene = try scene(seed: seed, conditions)
            scene.behave(answering, ["answer-after": "2000"])
            scene.expectTalking(scene.call(Self.caller, Self.user))
            scene.lab.pass(.seconds(40))
            let other = 3 - answering
            #expect(scene.lastCall(answering)?["state"]?.text == "talking")
            #expect(scene.lastCall(other)?["rang-ms"] != .null)
            #expect(scene.lastCall(other)?["ending"]?.text == "cancelled")
            scene.hangUp(Self.caller, answering)
            #expect(scene.lab.sessions == 0)
        }
    }

    @Test("different q: the better first, alone; the next when that one will not")
    func sequential() throws {
        let scene = try scene(q: (300, 800))
        scene.behave(Self.second, ["refuse": "486", "refuse-after": "3000"])
        scene.behave(Self.user, ["answer-after": "500"])
        let call = scene.order(Self.caller, "call", ["to": scene.identity(Self.user)])
        scene.lab.pass(.seconds(2))
        #expect(scene.lastCall(Self.second)?["state"]?.text == "ringing")
        #expect(scene.calls(Self.user).isEmpty)
        scene.expectTalking(scene.answer(call))
        #expect(endings(scene) == [nil, "declined"])
        scene.hangUp(Self.caller, Self.user)
    }

    @Test("different q: when the better one answers, the other never hears of it")
    func preferred() throws {
        let scene = try scene(q: (1_000, 100))
        scene.behave(Self.user, ["answer-after": "500"])
        scene.expectTalking(scene.call(Self.caller, Self.user))
        #expect(scene.calls(Self.second).isEmpty)
        scene.hangUp(Self.caller, Self.user)
    }

    @Test("§16.7 step 6: a 6xx of one phone ends it for all; of two 4xx the caller gets one")
    func refused() throws {
        let scene = try scene()
        scene.behave(Self.user, ["refuse": "603", "refuse-after": "500"])
        #expect(scene.call(Self.caller, Self.user)?["status"]?.integer == 603)
        scene.lab.pass(.seconds(1))
        #expect(endings(scene) == ["declined", "cancelled"])
        scene.behave(Self.user, ["refuse": "486", "refuse-after": "500"])
        scene.behave(Self.second, ["refuse": "480"])
        let status = scene.call(Self.caller, Self.user)?["status"]?.integer
        #expect(status == 486 || status == 480)
    }

    @Test("§16.7 step 5: both answer at once: one has the call, the other 200 is acknowledged and ended by a BYE")
    func bothAnswer() throws {
        for seed in UInt64(1)...4 {
            let conditions = seed == 1 ? LinkConditions(latency: .milliseconds(20)) : .bad
            let scene = try scene(seed: seed, conditions)
            for phone in [Self.user, Self.second] { scene.behave(phone, ["answer-after": "1000"]) }
            scene.expectTalking(scene.call(Self.caller, Self.user))
            scene.lab.pass(.seconds(60))
            let states = [Self.user, Self.second].map { scene.lastCall($0)?["state"]?.text }
            #expect(states.filter { $0 == "talking" }.count == 1, "seed \(seed): \(states)")
            #expect(states.filter { $0 == "ended" }.count == 1, "seed \(seed): \(states)")
            let talking = states[0] == "talking" ? Self.user : Self.second
            #expect(
                ["hung up by the peer", "cancelled"].contains(scene.lastCall(3 - talking)?["ending"]?.text ?? ""),
                "seed \(seed): \(scene.lastCall(3 - talking)?.json ?? "")")
            scene.hangUp(Self.caller, talking)
            #expect(scene.lab.sessions == 0, "seed \(seed)")
        }
    }

    @Test("the caller gives up: all phones stop ringing", arguments: [UInt64(1), 2])
    func givenUp(seed: UInt64) throws {
        let scene = try scene(seed: seed, .bad)
        #expect(scene.call(Self.caller, Self.user, until: "ringing")?["state"]?.text == "ringing")
        scene.lab.pass(.seconds(5))
        #expect(scene.ask(Self.caller, "hang-up")?["ending"]?.text == "cancelled")
        scene.lab.pass(.seconds(40))
        #expect(endings(scene) == ["cancelled", "cancelled"])
    }

    @Test("TS 24.604: nobody answers: no reply holds for all phones together")
    func noReply() throws {
        let scene = try scene()
        try scene.subscribe(3)
        try scene.register(3)
        scene.set(Self.user, "forward.no-reply \(scene.identity(3))", "no-reply-time 5")
        scene.behave(3, ["answer-after": "500"])
        scene.expectTalking(scene.call(Self.caller, Self.user))
        scene.lab.pass(.seconds(1))
        #expect(endings(scene) == ["cancelled", "cancelled"])
        scene.hangUp(Self.caller, 3)
    }

    @Test("one of the phones is gone without a word: the other takes the call all the same")
    func oneGone() throws {
        let scene = try scene()
        // What it was called is nobody's any more: its phone knows no such user and says 404.
        scene.lab.phone(
            TelephonyScene.name(Self.second),
            ["k": SimulatedLab.key, "opc": SimulatedLab.opc, "imsi": "001010000000009"])
        scene.behave(Self.user, ["answer-after": "1000"])
        scene.expectTalking(scene.call(Self.caller, Self.user))
        scene.hangUp(Self.caller, Self.user)
    }
}
