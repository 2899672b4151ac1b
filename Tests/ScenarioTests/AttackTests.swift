import IMS
import Octets
import SIP
import Simulation
import Testing

@Suite("Attacks on calls through the whole core: A2, A3, A4, A13")
struct CallAttackTests {
    private static let stranger = Endpoint(IPAddress.v4(0xC000_0263), 5060)
    private static let elsewhere = Hop(.udp, ListenerID(rawValue: 0), stranger)

    /// What a node received of a kind, the oldest first.
    private func received(_ trace: Trace, _ method: Method) -> [SIPMessage] {
        trace.entries(from: 0).compactMap { entry in
            guard case .sip(let octets, .received, _) = entry.content, let message = try? SIPMessage(parsing: octets),
                message.isRequest, message.method == method
            else { return nil }
            return message
        }
    }

    @Test(
        "A2: a registered user calls and writes as another: he is asserted as himself, whatever he prefers and From says"
    )
    func impersonation() throws {
        let scene = try CallScene(bob: ["answer-after": "100"])
        try scene.lab.subscribe("001010000000003")
        let victim = "sip:+0000000003@\(SimulatedLab.domain)"
        let call = scene.ask(CallScene.alice, "call", ["to": CallScene.bobURI, "as": victim])
        #expect(call?["state"]?.text == "talking", "\(call?.json ?? "")")
        #expect(scene.call(CallScene.bob)?["asserted"]?.text?.contains(CallScene.aliceURI) == true)
        #expect(scene.call(CallScene.bob)?["asserted"]?.text?.contains(victim) == false)
        // All phones of the lab share one socket: a MESSAGE, which has no Contact, is of whom it names, or of nobody.
        let sent = scene.ask(CallScene.alice, "message", ["to": CallScene.bobURI, "as": victim, "text": "me"])
        #expect(sent?["status"]?.integer == 403, "\(sent?.json ?? "")")
        #expect(scene.ask(CallScene.bob, "messages")?["messages"]?.list?.isEmpty == true)
    }

    @Test(
        "A3, A4: a request past the P-CSCF, at the S-CSCF and the I-CSCF, from an address of nobody's: 403, nothing rings"
    )
    func bypass() throws {
        let scene = try CallScene()
        #expect(scene.call(until: "ringing")?["state"]?.text == "ringing")
        let invite = try #require(received(scene.lab.serving.core.trace, .invite).first)
        _ = scene.ask(CallScene.alice, "hang-up")
        scene.lab.pass(.seconds(1))
        let calls = scene.ask(CallScene.bob, "calls")?["calls"]?.list?.count
        for (node, name) in [(scene.lab.serving as any SimulatedNode, "serving"), (scene.lab.interrogating, "icscf")] {
            var forged = invite
            forged.set(.callID, "forged-\(name)")
            forged.prepend(.via, "SIP/2.0/UDP 192.0.2.99:5060;branch=z9hG4bKforged\(name)")
            scene.lab.network.inject(forged.serialized(), from: Self.elsewhere, to: node)
            scene.lab.pass(.seconds(2))
        }
        #expect(scene.ask(CallScene.bob, "calls")?["calls"]?.list?.count == calls)
        #expect(scene.lab.serving.refusals.map(\.code).contains("UNTRUSTED_PEER"))
        #expect(scene.lab.interrogating.refusals.map(\.code).contains("NOT_TRUSTED"))
    }

    @Test(
        "A13: ghost requests of a stranger who has seen the call: CANCEL, BYE, UPDATE, PRACK, re-INVITE, INFO change nothing"
    )
    func ghosts() throws {
        let scene = try CallScene()
        #expect(scene.call(until: "ringing")?["state"]?.text == "ringing")
        let invite = try #require(received(scene.lab.proxy.core.trace, .invite).first)
        for node in [scene.lab.proxy as any SimulatedNode, scene.lab.serving, scene.lab.interrogating] {
            for (index, method) in [Method.cancel, .bye, .update, .prack, .info, .invite].enumerated() {
                for toTag in ["", ";tag=guess"] where method == .cancel || !toTag.isEmpty {
                    var ghost = SIPMessage(method, uri: invite.requestURI.string)
                    let branch =
                        method == .cancel
                        ? (try invite.first(Via.self)?.branch?.string ?? "") : "z9hG4bKghost\(index)"
                    ghost.append(.via, "SIP/2.0/UDP 192.0.2.99:5060;branch=\(branch)")
                    ghost.append(.maxForwards, "70")
                    ghost.append(.from, invite.firstValue(.from) ?? OctetSlice())
                    ghost.append(.to, "\(invite.firstValue(.to)?.string ?? "")\(toTag)")
                    ghost.append(.callID, invite.callID ?? OctetSlice())
                    ghost.append(.cseq, "\(method == .cancel ? 1 : 2) \(method.text)")
                    ghost.append(.contentLength, "0")
                    scene.lab.network.inject(ghost.serialized(), from: Self.elsewhere, to: node)
                }
            }
        }
        scene.lab.pass(.seconds(3))
        #expect(scene.call(CallScene.alice)?["state"]?.text == "ringing")
        #expect(scene.call(CallScene.bob)?["state"]?.text == "ringing")
        let answered = scene.ask(CallScene.bob, "answer")
        #expect(answered?["state"]?.text == "talking", "\(answered?.json ?? "")")
        #expect(scene.ask(CallScene.alice, "hang-up")?["ending"]?.text == "hung up")
        scene.expectEnd("hung up", "hung up by the peer")
    }
}
