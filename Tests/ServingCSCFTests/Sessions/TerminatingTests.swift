import Cx
import Diameter
import IMS
import Octets
import SIP
import ServingCSCF
import Testing

@Suite("TS 24.229 §5.4.3.3: initial requests for a served user")
struct TerminatingTests {
    @Test(
        "the contact becomes the Request-URI, the Path the Route; P-Called-Party-ID says whom it was for",
        arguments: [
            Exchange.alice, Exchange.number, "sip:+15550001@\(Exchange.domain)",
            "sip:+15550001@\(Exchange.domain);user=phone", "sip:+1-555-0001@\(Exchange.domain);user=phone",
        ])
    func delivery(uri: String) throws {
        var exchange = try Exchange.registered()
        let sent = try #require(try exchange.send(.terminating(to: uri)).sent.first)
        #expect(sent.port == 5060)
        #expect(sent.message.requestURI.string == Exchange.contact)
        #expect(sent.routes == [Exchange.path])
        #expect(sent.text(.pCalledPartyID) == "<\(uri)>")
        #expect(sent.text(.pAssertedIdentity) == "<sip:bob@other.example>")
        #expect(try #require(sent.text(.recordRoute)).contains(";seal=s"))
        #expect(sent.text(.pServedUser) == nil)
        #expect(try exchange.answer(sent, 180).responses == [180])
        #expect(try exchange.answer(sent, 200).responses == [200])
    }

    @Test(
        "every method goes the same way",
        arguments: [
            "INVITE", "MESSAGE", "SUBSCRIBE", "PUBLISH", "REFER", "OPTIONS", "INFO", "NOTIFY",
        ])
    func methods(method: String) throws {
        var exchange = try Exchange.registered()
        let request = Request.terminating(method).with { $0.more.append("Event: presence") }
        let sent = try #require(try exchange.send(request).sent.first)
        #expect(sent.message.requestURI.string == Exchange.contact)
        #expect(try exchange.answer(sent, 202).responses == [202])
    }

    @Test("a Route that the caller has left is not followed: the Path alone leads to the phone")
    func leftRoute() throws {
        var exchange = try Exchange.registered()
        let request = Request.terminating().with { $0.routes.append("<sip:attacker.example;lr>") }
        #expect(try #require(try exchange.send(request).sent.first).routes == [Exchange.path])
    }

    @Test("the called user's number is asserted beside the SIP URI in the answer")
    func connectedIdentity() throws {
        var exchange = try Exchange.registered()
        let sent = try #require(try exchange.send(.terminating()).sent.first)
        let actions = try exchange.answer(sent, 200, tag: "c", ["P-Asserted-Identity: <\(Exchange.alice)>"])
        #expect(
            try #require(actions.response).texts(.pAssertedIdentity) == ["<\(Exchange.alice)>", "<\(Exchange.number)>"])
    }

    @Test("RFC 7315 §4.6: the charging vector goes back, with our network as the terminating one")
    func charging() throws {
        var exchange = try Exchange.registered()
        let sent = try #require(try exchange.send(.terminating()).sent.first)
        let answered = try #require(try exchange.answer(sent, 180).response)
        let vector = try #require(try answered.first(PChargingVector.self))
        #expect(vector.icid == "abc")
        #expect(vector.originatingOperator == "other.example")
        #expect(vector.terminatingOperator?.string == Exchange.domain)
        // What the phone's side has said itself stays.
        let own = try exchange.answer(sent, 200, tag: "c", ["P-Charging-Vector: icid-value=own"])
        #expect(try #require(own.response).texts(.pChargingVector) == ["icid-value=own"])
    }

    @Test("a copy of a 2xx passes, though nothing is known of its request any more")
    func repeatedAnswer() throws {
        let contact = ["Contact: <\(Exchange.contact)>"]
        var exchange = try Exchange.registered()
        let sent = try #require(try exchange.send(.terminating()).sent.first)
        #expect(try exchange.answer(sent, 200, tag: "c", contact).responses == [200])
        #expect(try exchange.laboratory.stat("requests") == 0)
        #expect(try exchange.answer(sent, 200, tag: "c", contact).responses == [200])
        #expect(try exchange.laboratory.stat("sessions") == 1)
    }

    @Test("not registered: the profile is fetched, and without a service for it 480 says so")
    func unregistered() throws {
        var exchange = Exchange()
        let asked = try exchange.send(.terminating())
        #expect(asked.shape == ["ask SAR unregisteredUser"])
        let refused = try exchange.giveProfile(asked, of: Exchange.alice)
        #expect(refused.responses == [480])
        #expect(refused.refusal?.code == "USER_NOT_REGISTERED")
        // The profile is kept for a while.
        #expect(try exchange.send(.terminating().with { $0.callID = "2" }).refusal?.code == "USER_NOT_REGISTERED")
        // Then the HSS hears of it, and is asked anew.
        #expect(exchange.laboratory.wait(.seconds(300)).shape == ["ask SAR timeoutDeregistration"])
        #expect(try exchange.send(.terminating().with { $0.callID = "3" }).shape == ["ask SAR unregisteredUser"])
    }

    @Test("several requests for one user wait for one answer")
    func oneQuestion() throws {
        var exchange = Exchange()
        let asked = try exchange.send(.terminating())
        #expect(try exchange.send(.terminating("MESSAGE").with { $0.callID = "2" }).shape == [])
        #expect(try exchange.giveProfile(asked, of: Exchange.alice).responses == [480, 480])
    }

    @Test("a caller who gives up meanwhile gets his 487")
    func cancelledWhileAsking() throws {
        var exchange = Exchange()
        let asked = try exchange.send(.terminating())
        #expect(exchange.laboratory.handle(.cancelled(ServerTransactionID(rawValue: 1))).responses == [487])
        #expect(try exchange.giveProfile(asked, of: Exchange.alice).responses == [])
    }

    @Test(
        "what the HSS says, or does not say",
        arguments: [
            (CxResult.experimental(.userUnknown), "USER_UNKNOWN", 404),
            (.experimental(.identityAlreadyRegistered), "HSS_REFUSED", 480), (.base(.tooBusy), "HSS_REFUSED", 480),
        ])
    func refused(result: CxResult, code: String, status: Int) throws {
        var exchange = Exchange()
        let actions = try exchange.laboratory.answer(try exchange.send(.terminating()), result: result)
        #expect(actions.refusal?.code == code)
        #expect(actions.responses == [status])
    }

    @Test(
        "an HSS that is not there, or silent",
        arguments: [
            (AskFailure.unableToDeliver, 480), (.timeout, 504), (.tooBusy, 503),
        ])
    func silent(failure: AskFailure, status: Int) throws {
        var exchange = Exchange()
        #expect(try exchange.laboratory.fail(try exchange.send(.terminating()), failure).responses == [status])
        // It is asked again for the next one.
        #expect(try exchange.send(.terminating().with { $0.callID = "2" }).question != nil)
    }

    @Test(
        "users of others, schemes of others, barred ones",
        arguments: [
            ("sip:bob@other.example", "DOMAIN_NOT_SERVED", 404),
            ("mailto:alice@\(Exchange.domain)", "SCHEME_NOT_SUPPORTED", 416),
            ("sip:\(Exchange.domain)", "DOMAIN_NOT_SERVED", 404),
        ])
    func notOurs(uri: String, code: String, status: Int) throws {
        var exchange = try Exchange.registered()
        let actions = try exchange.send(.terminating(to: uri))
        #expect(actions.refusal?.code == code)
        #expect(actions.responses == [status])
    }

    @Test("a barred identity is called as if it did not exist")
    func barred() throws {
        var exchange = try Exchange.registered(barred: true)
        let actions = try exchange.send(.terminating())
        #expect(actions.refusal?.code == "IDENTITY_BARRED")
        #expect(actions.responses == [404])
    }

    @Test("a phone whose registration has run out is not called")
    func expired() throws {
        var exchange = try Exchange.registered()
        exchange.laboratory.now += .seconds(601)
        #expect(try exchange.send(.terminating()).refusal?.code == "USER_NOT_REGISTERED")
    }

    // MARK: Several phones

    private func twoPhones(_ first: String, _ second: String) throws -> Exchange {
        var message = Message()
        message.contacts = [
            "<sip:one@10.0.0.1>;+sip.instance=\"<urn:gsma:imei:35-1>\"\(first)",
            "<sip:two@10.0.0.2>;+sip.instance=\"<urn:gsma:imei:35-2>\"\(second)",
        ]
        return try Exchange.registered(message: message)
    }

    @Test("RFC 3261 §16.6: phones of equal q ring together, those of lower q when these have failed")
    func forking() throws {
        var exchange = try twoPhones(";q=0.5", ";q=0.5")
        let both = try exchange.send(.terminating()).sent
        #expect(both.map { $0.message.requestURI.string } == ["sip:one@10.0.0.1", "sip:two@10.0.0.2"])
        let answered = try exchange.answer(both[1], 200)
        #expect(answered.responses == [200])
        #expect(answered.cancelled == [both[0].client])

        exchange = try twoPhones(";q=0.5", ";q=0.9")
        let first = try exchange.send(.terminating()).sent
        #expect(first.map { $0.message.requestURI.string } == ["sip:two@10.0.0.2"])
        let next = try exchange.answer(first[0], 486)
        #expect(next.responses == [])
        #expect(next.sent.map { $0.message.requestURI.string } == ["sip:one@10.0.0.1"])
        #expect(try exchange.answer(next.sent[0], 480).responses.count == 1)
    }

    @Test("RFC 7044 §10: each contact stands below the called identity, where somebody wants to know")
    func history() throws {
        func entries(_ headers: [String]) throws -> [[String]] {
            var exchange = try twoPhones("", "")
            let sent = try exchange.send(.terminating().with { $0.more += headers }).sent
            return sent.map { $0.message.texts(.historyInfo) }
        }
        let called = "<\(Exchange.alice)>;index=1"
        #expect(
            try entries(["Supported: histinfo"]) == [
                [called, "<sip:one@10.0.0.1>;index=1.1;rc=1"], [called, "<sip:two@10.0.0.2>;index=1.2;rc=1"],
            ])
        let diverted = ["<sip:carol@other.example>;index=1", "<\(Exchange.alice)>;index=1.1;mp=1"]
        #expect(
            try entries(["History-Info: \(diverted[0]), \(diverted[1])"]).first
                == diverted + ["<sip:one@10.0.0.1>;index=1.1.1;rc=1.1"])
        #expect(try entries([]) == [[], []])
        #expect(try entries(["History-Info: <sip:carol@other.example>"]).first == ["<sip:carol@other.example>"])
    }

    @Test("RFC 3841 §7.2: the caller's preferences choose, order and forbid")
    func preferences() throws {
        func targets(_ headers: [String]) throws -> [String] {
            var exchange = try twoPhones(";+g.3gpp.smsip", ";video")
            let actions = try exchange.send(.terminating("MESSAGE").with { $0.more += headers })
            if let refusal = actions.refusal { return [refusal.code] }
            return actions.sent.map { $0.message.requestURI.string }
        }
        #expect(try targets(["Accept-Contact: *;+g.3gpp.smsip;require;explicit"]) == ["sip:one@10.0.0.1"])
        #expect(try targets(["Accept-Contact: *;video"]) == ["sip:two@10.0.0.2"])
        #expect(try targets(["Reject-Contact: *;video"]) == ["sip:one@10.0.0.1"])
        #expect(try targets(["Accept-Contact: *;automata;require;explicit"]) == ["NO_SUITABLE_CONTACT"])
        #expect(try targets(["Request-Disposition: no-fork"]).count == 1)
        #expect(try targets([]).count == 2)
    }

    @Test("RFC 5627 §5.4: a public GRUU means one phone")
    func gruu() throws {
        var exchange = try twoPhones("", "")
        let sent = try exchange.send(.terminating(to: "\(Exchange.alice);gr=urn:gsma:imei:35-2")).sent
        #expect(sent.map { $0.message.requestURI.string } == ["sip:two@10.0.0.2"])
    }
}
