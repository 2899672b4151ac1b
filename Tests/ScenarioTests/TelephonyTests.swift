import IMS
import Octets
import SIP
import Simulation
import Testing

@Suite("An application server in the path, TS 24.229 §5.4.3 and §5.7: diversion, codes, messages")
struct TelephonyTests {
    /// TS 24.604: each condition, what brings it about at the called phone, and what the phone has of the call.
    static let diversions = [
        ("unconditional", "never"), ("busy", "486"), ("no-reply", "never"), ("not-reachable", "503"),
        ("not-logged-in", "never"),
    ]

    /// The call of a phone whose user diverts; it is heard where it has gone, and ended.
    private func divert(_ scene: TelephonyScene, _ rule: String, _ refusal: String) {
        scene.set(1, "forward.\(rule) \(scene.identity(2))", "no-reply-time 5")
        scene.behave(1, ["refuse": refusal])
        scene.behave(2, ["answer-after": "500"])
        if rule == "not-logged-in" {
            #expect(scene.ask(1, "deregister")?["outcome"]?.text == "deregistered")
        }
        scene.expectTalking(scene.call(0, 1))
        scene.expectAnswered(2)
        switch rule {
        case "unconditional", "not-logged-in": #expect(scene.calls(1).isEmpty, "the phone hears nothing of it")
        case "no-reply": #expect(scene.lastCall(1)?["ending"]?.text == "cancelled")
        default: #expect(scene.lastCall(1)?["ending"]?.text == "declined")
        }
        scene.hangUp(0, 2)
    }

    @Test("TS 24.604: every diversion, by the server that the criteria name", arguments: diversions)
    func diverted(rule: String, refusal: String) throws {
        divert(try TelephonyScene(registered: 3), rule, refusal)
    }

    @Test("the same with loss, duplicates and disorder", arguments: [UInt64(21), 23], diversions)
    func divertedOverBadNetwork(seed: UInt64, diversion: (rule: String, refusal: String)) throws {
        divert(try TelephonyScene(seed: seed, .bad, registered: 3), diversion.rule, diversion.refusal)
    }

    @Test("the same seed, the same octets; another seed, others")
    func sameSeed() throws {
        func run(_ seed: UInt64) throws -> UInt64 {
            let scene = try TelephonyScene(seed: seed, .bad, registered: 3)
            divert(scene, "busy", "486")
            return scene.lab.network.digest
        }
        let first = try run(5)
        #expect(try run(5) == first)
        #expect(try run(6) != first)
    }

    @Test("without a rule the callee's answer is the caller's: busy, declined, no reply", arguments: [486, 603, 480])
    func undiverted(status: Int) throws {
        let scene = try TelephonyScene(registered: 2)
        scene.behave(1, ["refuse": "\(status)"])
        #expect(scene.call(0, 1)?["status"]?.integer == status)
    }

    @Test("nobody is registered and nothing is provided for: 480")
    func unregistered() throws {
        let scene = try TelephonyScene(registered: 1)
        try scene.subscribe(1)
        #expect(scene.call(0, 1)?["status"]?.integer == 480)
    }

    @Test("a code that is dialled on a phone changes what happens to its calls")
    func dialled() throws {
        let scene = try TelephonyScene(registered: 3)
        let target = "sip:*21*+15550003%23@\(SimulatedLab.domain);user=phone"
        let code = scene.ask(1, "call", ["to": target, "until": "ended"])
        #expect(code?["state"]?.text == "ended", "\(code?.json ?? "no answer")")
        #expect(code?["answered-ms"]?.integer != nil || code?["answered-ms"] != .null, "\(code?.json ?? "no answer")")
        scene.behave(2, ["answer-after": "500"])
        scene.expectTalking(scene.call(0, 1))
    }

    @Test("a text for a user who is not there comes when he registers: third-party REGISTER, TS 24.229 §5.4.1.7")
    func textKept() throws {
        let scene = try TelephonyScene(registered: 1)
        try scene.subscribe(1)
        let sent = scene.ask(0, "message", ["to": scene.identity(1), "text": "are you there?"])
        #expect(sent?["status"]?.integer == 202, "\(sent?.json ?? "no answer")")
        try scene.register(1)
        scene.lab.pass(.seconds(2))
        let inbox = scene.ask(1, "messages")?["messages"]?.list
        #expect(inbox?.map { $0["text"]?.text } == ["are you there?"])
        #expect(inbox?.first?["from"]?.text?.contains("+15550001") == true)
    }

    @Test("a short message from phone to phone, and the sender's RP-ACK, TS 24.341")
    func shortMessage() throws {
        let scene = try TelephonyScene(registered: 2)
        // RP-DATA, reference 7, without a centre; SMS-SUBMIT of "hellohello" to +15550002.
        let tpdu = "0100" + "089151550020" + "0000" + "0ae8329bfd4697d9ec37"
        let octets = "0007" + "0000" + "14" + tpdu
        let sent = scene.ask(
            0, "message", ["to": "tel:+15550000", "type": "application/vnd.3gpp.sms", "hex": octets])
        #expect(sent?["status"]?.integer == 202, "\(sent?.json ?? "no answer")")
        scene.lab.pass(.seconds(2))
        #expect(scene.ask(0, "messages")?["messages"]?.list?.map { $0["hex"]?.text } == ["0307"])
        let delivered = scene.ask(1, "messages")?["messages"]?.list?.compactMap { $0["hex"]?.text }
        #expect(delivered?.count == 1)
        // From +15550001, the text as it was.
        #expect(delivered?.first?.contains("0891515500100000") == true, "\(delivered ?? [])")
        #expect(delivered?.first?.hasSuffix("0ae8329bfd4697d9ec37") == true)
    }
}

@Suite("TS 24.607, TS 24.608, TS 24.611: identities and barring through the whole core")
struct IdentityServiceTests {
    @Test("outgoing calls are barred: 603 at once, the callee hears nothing; others still reach the user")
    func outgoing() throws {
        let scene = try TelephonyScene(registered: 2)
        scene.set(0, "bar-outgoing all")
        for phone in [0, 1] { scene.behave(phone, ["answer-after": "100"]) }
        #expect(scene.call(0, 1)?["status"]?.integer == 603)
        #expect(scene.calls(1).isEmpty)
        scene.expectTalking(scene.call(1, 0))
        scene.hangUp(1, 0)
    }

    @Test("incoming calls are barred, from everybody or from one")
    func incoming() throws {
        let scene = try TelephonyScene(registered: 3)
        scene.behave(1, ["answer-after": "100"])
        scene.set(1, "bar-incoming \(scene.identity(0))")
        #expect(scene.call(0, 1)?["status"]?.integer == 603)
        scene.expectTalking(scene.call(2, 1))
        scene.hangUp(2, 1)
        scene.set(1, "bar-incoming all")
        #expect(scene.call(2, 1)?["status"]?.integer == 603)
        #expect(scene.calls(1).count == 1)
    }

    @Test("OIR: the callee is not told who calls; ACR: and may refuse such calls with 433 (RFC 5079)")
    func restricted() throws {
        let scene = try TelephonyScene(registered: 2)
        scene.behave(1, ["answer-after": "100"])
        scene.expectTalking(scene.call(0, 1))
        #expect(scene.lastCall(1)?["asserted"]?.text?.contains("+15550001") == true)
        scene.hangUp(0, 1)
        scene.set(0, "hide-identity default")
        scene.expectTalking(scene.call(0, 1))
        #expect(scene.lastCall(1)?["asserted"] == .null, "\(scene.lastCall(1)?.json ?? "")")
        scene.hangUp(0, 1)
        scene.set(1, "reject-anonymous yes")
        #expect(scene.call(0, 1)?["status"]?.integer == 433)
        // *31# before the number shows it for this call.
        let shown = scene.ask(
            0, "call", ["to": "sip:*31%23+15550002@\(SimulatedLab.domain);user=phone"], within: .seconds(100))
        scene.expectTalking(shown)
        #expect(scene.lastCall(1)?["asserted"]?.text?.contains("+15550001") == true)
        scene.hangUp(0, 1)
    }

    @Test("TIR: the caller is not told who has answered; TIP: otherwise he is")
    func connected() throws {
        let scene = try TelephonyScene(registered: 2)
        scene.behave(1, ["answer-after": "100"])
        scene.expectTalking(scene.call(0, 1))
        #expect(connectedIdentities(scene).contains { $0.contains("+15550002") })
        scene.hangUp(0, 1)
        scene.set(1, "hide-connected yes")
        scene.expectTalking(scene.call(0, 1))
        #expect(connectedIdentities(scene) == [])
        scene.hangUp(0, 1)
        scene.set(1, "hide-connected no")
        scene.set(0, "see-connected no")
        scene.expectTalking(scene.call(0, 1))
        #expect(connectedIdentities(scene) == [])
        scene.hangUp(0, 1)
    }

    @Test("a user who may not see callers does not", arguments: [("yes", true), ("no", false)])
    func presentation(value: String, isSeen: Bool) throws {
        let scene = try TelephonyScene(registered: 2)
        scene.behave(1, ["answer-after": "100"])
        scene.set(1, "see-callers \(value)")
        scene.expectTalking(scene.call(0, 1))
        #expect((scene.lastCall(1)?["asserted"] != .null) == isSeen)
    }

    /// P-Asserted-Identity of the last 200 to an INVITE that came to a phone.
    private func connectedIdentities(_ scene: TelephonyScene) -> [String] {
        let answers = scene.lab.phones.core.trace.entries(from: 0).compactMap { entry -> SIPMessage? in
            guard case .sip(let octets, .received, _) = entry.content, let message = try? SIPMessage(parsing: octets),
                message.status == .ok, message.cseq?.method == .invite
            else { return nil }
            return message
        }
        return answers.last?.values(.pAssertedIdentity).map(\.string) ?? []
    }
}
