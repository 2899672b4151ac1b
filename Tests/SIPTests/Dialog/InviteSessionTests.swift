import Octets
import SIP
import Testing

@Suite("RFC 3261 §12.2, §14, RFC 3311 §5.2, RFC 4028: requests within a session")
struct InviteSessionTests {
    /// Bob's end of a call that Alice began, confirmed and acknowledged; Alice's tag is the remote one.
    struct Bench {
        var session: InviteSession
        var entropy = Entropy(number: 4)

        init(confirmed: Bool = true, policy: SessionTimerPolicy? = nil) throws {
            let invite = try CallText.invite("Content-Type: application/sdp\n", cseq: 10, body: "v=0")
            let ringing = try CallText.response(180, to: invite)
            session = try InviteSession(asServerOf: invite, response: ringing, policy: policy)
            guard confirmed else { return }
            var success = try CallText.response(200, to: invite)
            success.setBody(Phone.description, contentType: "application/sdp")
            _ = try session.answer(invite, with: success, at: matrixNow)
            _ = session.receive(
                acknowledgement: try CallText.request("ACK", cseq: 10, localTag: "a6c85cf", remoteTag: "1928301774"))
        }

        mutating func receive(
            _ method: String, cseq: Int, offer: Bool = false, contact: String? = nil, extra: String = ""
        ) throws -> (SIPMessage, InviteSession.Verdict) {
            let request = try CallText.request(
                method, cseq: cseq, localTag: "a6c85cf", remoteTag: "1928301774", contact: contact,
                body: offer ? "v=0" : "", extra: extra)
            return (request, session.receive(request, entropy: &entropy))
        }

        /// The status and, if it has one, the Retry-After or Min-SE of a refusal; what a description means otherwise.
        static func text(_ verdict: InviteSession.Verdict) -> String {
            switch verdict {
            case .process(let meaning): return "\(meaning)"
            case .refuse(let response):
                var text = "\(response.status?.rawValue ?? 0)"
                if response.contains(.retryAfter) { text += " later" }
                if let least = response.firstValue(.minSE) { text += " \(least)" }
                return text
            }
        }
    }

    @Test(
        "RFC 3261 §14.2, RFC 3311 §5.2: what a second request gets while the first is open",
        arguments: [
            ("INVITE", "INVITE", "500 later"), ("UPDATE", "UPDATE", "500 later"), ("INVITE", "UPDATE", "500 later"),
            ("UPDATE", "INVITE", "500 later"), ("INVITE", "BYE", "nothing"), ("INVITE", "INFO", "nothing"),
        ])
    func overlapping(first: String, second: String, verdict: String) throws {
        var bench = try Bench()
        #expect(Bench.text(try bench.receive(first, cseq: 11, offer: true).1) == "offer")
        let isOffer = second == "INVITE" || second == "UPDATE"
        #expect(Bench.text(try bench.receive(second, cseq: 12, offer: isOffer).1) == verdict)
    }

    @Test(
        "RFC 3261 §14.2, RFC 3311 §5.2: what crosses ours gets 491 and changes nothing",
        arguments: [
            (Method.invite, "INVITE", "491"), (.update, "UPDATE", "491"), (.invite, "UPDATE", "491"),
            (.update, "INVITE", "491"),
        ])
    func crossing(own: Method, peer: String, verdict: String) throws {
        var bench = try Bench()
        _ = try bench.session.request(own, description: Phone.description)
        #expect(Bench.text(try bench.receive(peer, cseq: 11, offer: true).1) == verdict)
        #expect(bench.session.modification.serverInvite == .none)
        #expect(!bench.session.modification.serverUpdate)
    }

    @Test("RFC 3261 §12.2.2: out of order 500, after the end 481")
    func order() throws {
        var bench = try Bench()
        #expect(Bench.text(try bench.receive("INFO", cseq: 12).1) == "nothing")
        #expect(Bench.text(try bench.receive("INFO", cseq: 11).1) == "500")
        #expect(Bench.text(try bench.receive("BYE", cseq: 13).1) == "nothing")
        #expect(bench.session.dialog.state == .terminated)
        #expect(Bench.text(try bench.receive("INFO", cseq: 14).1) == "481")
    }

    @Test("RFC 4028 §9: too short an interval gets 422 and leaves the way free for the next")
    func tooShort() throws {
        var bench = try Bench(policy: SessionTimerPolicy(minimum: 300))
        let short = "Supported: timer\nSession-Expires: 100\n"
        #expect(Bench.text(try bench.receive("UPDATE", cseq: 11, extra: short).1) == "422 300")
        let (update, verdict) = try bench.receive(
            "UPDATE", cseq: 12, extra: "Supported: timer\nSession-Expires: 300;refresher=uac\nMin-SE: 300\n")
        #expect(Bench.text(verdict) == "nothing")
        let response = try bench.session.answer(
            update, with: .response(.ok, to: update, toTag: nil), at: matrixNow)
        #expect(response.firstValue(.sessionExpires)?.string == "300;refresher=uac")
        #expect(response.contains(.contact), "§12.1.1: the answer to a target refresh says where we are")
        #expect(bench.session.nextDeadline == matrixNow + .seconds(268))
    }

    @Test(
        "RFC 6141 §4.6: the peer's new target counts with our 2xx, not with a refusal",
        arguments: [
            (200, "sip:alice@192.0.2.50"), (488, "sip:alice@pc33.atlanta.com"),
        ])
    func target(status: Int, target: String) throws {
        var bench = try Bench()
        let (update, _) = try bench.receive("UPDATE", cseq: 11, contact: "<sip:alice@192.0.2.50>")
        let code = try #require(Status(rawValue: UInt16(status)))
        _ = try bench.session.answer(update, with: .response(code, to: update, toTag: nil), at: matrixNow)
        #expect(bench.session.dialog.remoteTarget.string == target)
        #expect(!bench.session.modification.serverUpdate)
    }

    @Test(
        "RFC 3261 §12.2.1.2: 408, 481 and silence end the session with a BYE; other refusals do not",
        arguments: [
            (nil, true), (408, true), (481, true), (488, false), (500, false), (403, false),
        ] as [(UInt16?, Bool)])
    func lost(code: UInt16?, ends: Bool) throws {
        var bench = try Bench()
        let invite = try bench.session.request(.invite, description: Phone.description)
        let outcome: InviteSession.Outcome
        if let status = code.flatMap(Status.init(rawValue:)) {
            outcome = bench.session.receive(
                .response(status, to: invite, toTag: nil), at: matrixNow, entropy: &bench.entropy)
        } else {
            outcome = bench.session.failed(.invite)
        }
        #expect(bench.session.offers.state == .stable, "§14.1: the session is as it was")
        guard ends else {
            #expect(outcome == .done(.nothing))
            #expect(bench.session.dialog.state == .confirmed)
            return
        }
        guard case .lost(let bye) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(bye?.method == .bye)
        #expect(bench.session.dialog.state == .terminated)
    }

    @Test("RFC 4028 §7.3: after a 422 the request again, with Min-SE")
    func retryWithMinimum() throws {
        var bench = try Bench(policy: SessionTimerPolicy(interval: 120))
        let update = try bench.session.request(.update)
        #expect(update.firstValue(.sessionExpires)?.string == "120")
        var refusal = SIPMessage.response(.sessionIntervalTooSmall, to: update, toTag: nil)
        refusal.append(.minSE, "900")
        let outcome = bench.session.receive(refusal, at: matrixNow, entropy: &bench.entropy)
        #expect(outcome == .retryWithMinimum)
        let again = try bench.session.request(.update)
        #expect(again.firstValue(.sessionExpires)?.string == "900")
        #expect(again.firstValue(.minSE)?.string == "900")
        #expect(again.cseq?.number == (update.cseq?.number ?? 0) + 1)
    }

    @Test("RFC 3261 §13.2.2.4: a repeated 2xx to a re-INVITE gets the same ACK")
    func repeatedSuccess() throws {
        var bench = try Bench()
        let invite = try bench.session.request(.invite, description: Phone.description)
        var success = SIPMessage.response(.ok, to: invite, toTag: nil)
        success.setBody(Phone.description, contentType: "application/sdp")
        let first = bench.session.receive(success, at: matrixNow, entropy: &bench.entropy)
        #expect(first == .acknowledge(.answer))
        let ack = bench.session.acknowledge(reInvite: invite)
        #expect(ack.cseq == CSeq(invite.cseq?.number ?? 0, .ack))
        let again = bench.session.receive(success, at: matrixNow, entropy: &bench.entropy)
        #expect(again == .sendAcknowledgement(ack))
    }

    @Test("RFC 3261 §14.1, §15: what may not be sent yet")
    func obstacles() throws {
        var early = try Bench(confirmed: false)
        #expect(throws: InviteSession.Obstacle.noDialog) { try early.session.request(.invite) }
        #expect(throws: InviteSession.Obstacle.description(.notAllowed)) {
            try early.session.request(.update, description: Phone.description)
        }
        let earlyBye = early.session.bye()
        #expect(earlyBye == nil)
        var bench = try Bench()
        _ = try bench.session.request(.invite, description: Phone.description)
        #expect(throws: InviteSession.Obstacle.pending) { try bench.session.request(.invite) }
        let bye = bench.session.bye()
        #expect(bye?.method == .bye)
        #expect(throws: InviteSession.Obstacle.noDialog) { try bench.session.request(.info) }
    }
}
