import Octets
import SIP
import Testing

@Suite("RFC 3515, RFC 4488: REFER")
struct ReferralTests {
    static func refer(_ extra: String = "Refer-To: <sip:carol@example.com>\n", cseq: Int = 93_809_823) throws
        -> SIPMessage
    {
        try SIPMessage(
            parsing: wire(
                """
                REFER sip:b@atlanta.example.com SIP/2.0
                Via: SIP/2.0/UDP agenta.atlanta.example.com;branch=z9hG4bK2293940223
                To: <sip:b@atlanta.example.com>
                From: <sip:a@atlanta.example.com>;tag=193402342
                Call-ID: 898234234@agenta.atlanta.example.com
                CSeq: \(cseq) REFER
                Contact: sip:a@atlanta.example.com
                \(extra)Content-Length: 0


                """))
    }

    static func run(_ referral: inout Referral, _ actions: [Notifier.Action], at now: Instant) -> [SIPMessage] {
        actions.compactMap {
            switch $0 {
            case .respond(let response): response
            case .compose(let composition): referral.notify(composition, at: now)
            case .ended: nil
            }
        }
    }

    @Test("RFC 3515 §2.4: 202, NOTIFY 100, progress, the outcome with terminated and noresource")
    func flow() throws {
        var (referral, actions) = try Referral.accept(
            try Self.refer(), toTag: "4992881234", contact: "<sip:b@atlanta.example.com>", at: matrixNow)
        #expect(referral.target.uri.string == "sip:carol@example.com")
        var sent = Self.run(&referral, actions, at: matrixNow)
        _ = referral.receive(response: .response(.ok, to: sent[1], toTag: nil), at: matrixNow)
        sent += Self.run(&referral, referral.progress(SIPMessage(status: .ringing), at: matrixNow), at: matrixNow)
        sent += Self.run(
            &referral, referral.progress(SIPMessage(status: .busyHere, reason: "Not now"), at: matrixNow), at: matrixNow
        )
        sent += Self.run(&referral, referral.progress(SIPMessage(status: .ok), at: matrixNow), at: matrixNow)
        #expect(sent.first?.status == .accepted)
        let notifies = Array(sent.dropFirst())
        #expect(
            notifies.map(\.body.string) == [
                "SIP/2.0 100 Trying\r\n", "SIP/2.0 180 Ringing\r\n", "SIP/2.0 486 Not now\r\n",
            ])
        #expect(notifies.allSatisfy { $0.firstValue(.contentType)?.string == "message/sipfrag" })
        #expect(notifies.allSatisfy { $0.firstValue(.event)?.string == "refer" })
        #expect(notifies.map { $0.firstValue(.subscriptionState)?.string.hasPrefix("active") } == [true, true, false])
        #expect(notifies.last?.firstValue(.subscriptionState)?.string == "terminated;reason=noresource")
        #expect(notifies.map { Referral.status(in: $0.body)?.rawValue } == [100, 180, 486])
    }

    @Test("RFC 3515 §2.4.6: the second REFER of a dialog has its number as id")
    func secondREFER() throws {
        var (referral, actions) = try Referral.accept(
            try Self.refer(), toTag: "t", contact: "<sip:b@192.0.2.1>", isFirst: false, at: matrixNow)
        let sent = Self.run(&referral, actions, at: matrixNow)
        #expect(sent.last?.firstValue(.event)?.string == "refer;id=93809823")
    }

    @Test(
        "RFC 3515 §2.4.4: a REFER within a call: both ends of the subscription share its dialog and numbers",
        arguments: [
            true, false,
        ])
    func withinCall(isFirst: Bool) throws {
        let invite = try CallText.invite()
        let success = try CallText.response(200, to: invite)
        var alice = try Dialog(asClientOf: invite, response: success)
        var bob = try Dialog(asServerOf: invite, response: success)
        var refer = alice.request(.refer)
        refer.append(.referTo, "<sip:carol@example.com>")
        var entropy = Entropy(number: 1)
        var subscriber = Subscriber(
            implicitBy: refer, within: alice, timing: ReliableProvisionalTests.timing, at: matrixNow)
        let isNext = bob.takeSequence(of: refer)
        #expect(isNext)
        _ = bob.request(.info)
        var (referral, actions) = try Referral.accept(
            refer, toTag: "unused", contact: "<sip:bob@192.0.2.4>", isFirst: isFirst, within: bob, at: matrixNow)
        actions += referral.progress(SIPMessage(status: .ok), at: matrixNow)
        var told: [String] = []
        for action in actions {
            switch action {
            case .respond(let response):
                _ = subscriber.receive(response, at: matrixNow, entropy: &entropy)
            case .compose(let composition):
                let made = referral.notify(composition, in: &bob, at: matrixNow)
                let notify = try #require(made)
                told.append("\(notify.cseq?.number ?? 0)")
                let isInOrder = alice.takeSequence(of: notify)
                #expect(isInOrder)
                for answer in subscriber.receive(notify: notify, at: matrixNow, entropy: &entropy) {
                    switch answer {
                    case .notified(let notify): told.append("\(Referral.status(in: notify.body)?.rawValue ?? 0)")
                    case .ended(let ending, let retryAt): told.append("\(ending) \(retryAt == nil)")
                    case .respond(let response): #expect(response.status == .ok)
                    case .send, .challenged, .fork: Issue.record("\(answer)")
                    }
                }
            case .ended: Issue.record("ended")
            }
        }
        // The status of the first NOTIFY is the newest too: it is made when it goes out.
        #expect(told == ["2", "200", "3", "200", "noResource true"])
        #expect(subscriber.state == .terminated)
        #expect(alice.state == .confirmed)
        #expect(bob.state == .confirmed)
    }

    @Test("RFC 4488 §4: Refer-Sub false: no subscription, and the 2xx says so")
    func noSubscription() throws {
        var (referral, actions) = try Referral.accept(
            try Self.refer("Refer-To: <sip:c@example.com>\nRefer-Sub: false\n"), toTag: "t",
            contact: "<sip:b@192.0.2.1>",
            at: matrixNow)
        let sent = Self.run(&referral, actions, at: matrixNow)
        #expect(sent.count == 1)
        #expect(sent.first?.status?.isSuccess == true)
        #expect(sent.first?.firstValue(.referSub)?.string == "false")
        #expect(referral.progress(SIPMessage(status: .ok), at: matrixNow) == [])
        #expect(referral.nextDeadline == nil)
    }

    @Test(
        "RFC 3515 §2.4.2: exactly one Refer-To",
        arguments: [
            "", "Refer-To: <sip:a@b>\nRefer-To: <sip:c@d>\n", "Refer-To: <<>\n",
        ])
    func badREFER(extra: String) throws {
        guard case .refuse(let response) = Referral.screen(try Self.refer(extra), toTag: "t") else {
            Issue.record("accepted")
            return
        }
        #expect(response.status == .badRequest)
        #expect(Referral.screen(try Self.refer(), toTag: "t") == .accept)
    }

    @Test(
        "RFC 3515 §2.4.5: a body that begins with no status line says nothing",
        arguments: [
            "", "SIP/2.0 ", "SIP/2.0 99", "SIP/2.0 1000 x", "SIP/2.0 abc Bad", "HTTP/1.1 200 OK", "SIP/2.0 700 x",
        ])
    func badFragment(text: String) { #expect(Referral.status(in: OctetSlice(text)) == nil) }
}
