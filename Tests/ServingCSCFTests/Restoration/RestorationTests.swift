import Cx
import Diameter
import IMS
import Octets
import SIP
import ServingCSCF
import Testing

@MainActor
@Suite("TS 23.380: what an S-CSCF leaves with the HSS, and what another takes up")
struct RestorationTests {
    static let path = OctetSlice("<sip:token@pcscf.ims.example:5060;lr>")
    static let features = [SupportedFeatures(featureList: .restoration)]
    static let profile = Profile.profile(
        [(Exchange.alice, false), ("sip:+15550001@\(Exchange.domain)", false), (Exchange.number, false)])
    static let left = ServingCSCFRestoration(
        userName: Laboratory.privateIdentity,
        registrations: [
            RestorationInformation(
                path: path,
                contact: OctetSlice("<\(Exchange.contact)>;+sip.instance=\"<urn:gsma:imei:35-1>\";q=0.5;expires=600"),
                initialCSeqSequenceNumber: 2, callID: "call-1@10.0.0.1",
                subscription: SubscriptionInformation(
                    callID: "watch-1", from: OctetSlice("<\(Exchange.alice)>;tag=phone"),
                    to: OctetSlice("<\(Exchange.alice)>;tag=notifier"),
                    recordRoute: "<sip:pcscf.ims.example;lr>", contact: OctetSlice("<\(Exchange.contact)>")))
        ])

    /// The HSS's answer to the question among `actions`.
    private func answer(
        _ exchange: inout Exchange, _ actions: [ServingCSCF.Order], _ result: CxResult = .success,
        profile: String? = profile, restorations: [ServingCSCFRestoration] = [left]
    ) throws -> [ServingCSCF.Order] {
        let (question, id) = try #require(actions.question)
        let answer = ServerAssignmentAnswer(
            result, userData: profile.map { OctetSlice($0) }, restorations: restorations,
            supportedFeatures: Self.features)
        return exchange.laboratory.handle(.answer(answer.message(answering: question, origin: Laboratory.hss), id))
    }

    private func assignment(_ actions: [ServingCSCF.Order]) throws -> ServerAssignmentRequest {
        try ServerAssignmentRequest(decoding: try #require(actions.question).0)
    }

    // MARK: Left behind

    @Test(
        "the SAR of a registration carries path, contact with what is granted, Call-ID and CSeq, and says that we can")
    func leftWithRegistration() throws {
        var exchange = Exchange()
        var first = Message()
        first.authorization = .initial
        _ = try exchange.laboratory.answer(try exchange.laboratory.send(first), .one)
        var second = Message()
        second.cseq = 2
        second.authorization = .response(.one)
        let request = try assignment(try exchange.laboratory.send(second))
        #expect(request.supportedFeatures == Self.features)
        let left = try #require(request.restoration)
        #expect(left.userName == Laboratory.privateIdentity)
        #expect(left.registrations.count == 1)
        let info = try #require(left.registrations.first)
        #expect(info.path == Self.path)
        #expect(info.contact.string == "<\(Exchange.contact)>;+sip.instance=\"<urn:gsma:imei:35-1>\";expires=600")
        #expect(info.callID == "call-1@10.0.0.1")
        #expect(info.initialCSeqSequenceNumber == 2)
        #expect(info.subscription == nil)
    }

    /// Registered at an HSS that keeps such things.
    private func registered() throws -> Exchange {
        var exchange = Exchange()
        var first = Message()
        first.authorization = .initial
        _ = try exchange.laboratory.answer(try exchange.laboratory.send(first), .one)
        var second = Message()
        second.cseq = 2
        second.authorization = .response(.one)
        _ = try answer(&exchange, try exchange.laboratory.send(second), restorations: [])
        return exchange
    }

    @Test("a refresh that nobody challenged is told only when another S-CSCF would have to know")
    func refreshed() throws {
        var exchange = try registered()
        var refresh = Message()
        refresh.cseq = 3
        refresh.authorization = .response(.one)
        refresh.protection = "yes"
        #expect(try exchange.laboratory.send(refresh).question == nil)
        refresh.cseq = 4
        refresh.path = "<sip:other@pcscf.ims.example:5060;lr>"
        let told = try exchange.laboratory.send(refresh)
        #expect(told.response?.status == .ok)
        let request = try assignment(told)
        #expect(request.serverAssignmentType == .reRegistration)
        #expect(request.userDataAlreadyAvailable == .alreadyAvailable)
        #expect(request.restoration?.registrations.first?.path == "<sip:other@pcscf.ims.example:5060;lr>")
    }

    @Test("the phone's subscription to its registration state is told; an HSS that keeps nothing is not bothered")
    func subscribed() throws {
        var exchange = try registered()
        var subscribe = Subscribe()
        subscribe.contact = "<\(Exchange.contact)>"
        let told = try exchange.laboratory.deliver(subscribe.text)
        #expect(told.response?.status == .ok)
        let subscription = try #require(try assignment(told).restoration?.registrations.first?.subscription)
        #expect(subscription.callID.string == subscribe.callID)
        #expect(subscription.to.string.hasSuffix(";tag=\(try #require(told.response?.toTag).string)"))
        #expect(subscription.contact.string == "<\(Exchange.contact)>")
        var other = try Exchange.registered()
        #expect(try other.laboratory.deliver(subscribe.text).question == nil)
    }

    @Test("switched off, nothing is left and nobody taken over")
    func off() throws {
        var exchange = Exchange { $0.restoresUsers = false }
        var first = Message()
        first.authorization = .initial
        _ = try exchange.laboratory.answer(try exchange.laboratory.send(first), .one)
        var second = Message()
        second.cseq = 2
        second.authorization = .response(.one)
        let request = try assignment(try exchange.laboratory.send(second))
        #expect(request.restoration == nil && request.supportedFeatures.isEmpty)
        var unknown = Exchange { $0.restoresUsers = false }
        #expect(try unknown.send(.originating()).refusal?.code == "NOT_REGISTERED")
    }

    // MARK: Taken up

    @Test("a request of a user who is not known here: NO_ASSIGNMENT, and it goes on as if he had always been here")
    func originating() throws {
        var exchange = Exchange()
        let asked = try exchange.send(.originating(to: "sip:bob@\(Exchange.domain)"))
        #expect(asked.shape == ["ask SAR noAssignment"])
        let request = try assignment(asked)
        #expect(request.publicIdentities == [Exchange.alice] && request.userName == nil)
        #expect(request.userDataAlreadyAvailable == .notAvailable)
        let actions = try answer(&exchange, asked)
        #expect(actions.question == nil)
        #expect(actions.sent.filter { $0.message.method == .invite }.map(\.port) == [5071])
        #expect(try exchange.laboratory.stat("registrations") == 1)
        let report = try exchange.laboratory.command("registration", ["identity": Exchange.number])
        #expect(report["contacts"]?.list?.first?["expires"]?.integer == 600)
        #expect(report["contacts"]?.list?.first?["path"]?.text == Self.path.string)
        #expect(
            report["contacts"]?.list?.first?["contact"]?.text
                == "<\(Exchange.contact)>;+sip.instance=\"<urn:gsma:imei:35-1>\";q=0.5")
        #expect(try exchange.send(.originating(to: "sip:bob@\(Exchange.domain)")).sent.map(\.port) == [5071])
    }

    @Test(
        "a request for a user who is not known here: the HSS refuses UNREGISTERED_USER and gives all; it is told whose he is"
    )
    func terminating() throws {
        var exchange = Exchange()
        let asked = try exchange.send(.terminating())
        #expect(asked.shape == ["ask SAR unregisteredUser"])
        let actions = try answer(&exchange, asked, .inAssignmentType)
        let sent = try #require(actions.sent.first { $0.message.method == .invite })
        #expect(sent.port == 5060 && sent.routes == [Self.path.string])
        #expect(sent.message.requestURI.string == Exchange.contact)
        let told = try assignment(actions)
        #expect(told.serverAssignmentType == .noAssignment)
        #expect(told.userName == Laboratory.privateIdentity)
        #expect(told.userDataAlreadyAvailable == .alreadyAvailable)
    }

    @Test("his subscription goes on in its dialog, with numbers beyond those of the S-CSCF that is gone")
    func subscription() throws {
        var exchange = Exchange()
        let actions = try answer(&exchange, try exchange.send(.originating(to: "sip:bob@\(Exchange.domain)")))
        #expect(try exchange.laboratory.stat("watchers") == 1)
        let notify = try #require(actions.sent.first { $0.message.method == .notify })
        #expect(notify.port == 5060)
        #expect(notify.text(.callID) == "watch-1")
        #expect(notify.text(.from) == "<\(Exchange.alice)>;tag=notifier")
        #expect(notify.text(.to) == "<\(Exchange.alice)>;tag=phone")
        #expect(notify.message.requestURI.string == Exchange.contact)
        #expect(try #require(notify.message.cseq).number > 1000)
        #expect(try RegistrationInformation(notify.message).state == "full")
    }

    @Test("two requests wait for one answer, one of the user and one for him")
    func together() throws {
        var exchange = Exchange()
        let asked = try exchange.send(.originating(to: "sip:bob@\(Exchange.domain)"))
        #expect(try exchange.send(.terminating().with { $0.callID = "other" }).isEmpty)
        let actions = try answer(&exchange, asked)
        #expect(Set(actions.sent.map(\.port)) == [5071, 5060])
    }

    @Test("a subscription to registration state that waits becomes ours")
    func watcher() throws {
        var exchange = Exchange()
        var subscribe = Subscribe()
        subscribe.more = ["Route: <sip:orig@\(Request.scscf);lr>"]
        let asked = try exchange.laboratory.deliver(subscribe.text)
        #expect(asked.shape == ["ask SAR noAssignment"])
        let actions = try answer(&exchange, asked)
        #expect(actions.response?.status == .ok)
        #expect(actions.sent.contains { $0.message.method == .notify })
    }

    @Test("other phones of a user who registers here first are taken up with him")
    func otherPhones() throws {
        var exchange = Exchange()
        var first = Message()
        first.authorization = .initial
        _ = try exchange.laboratory.answer(try exchange.laboratory.send(first), .one)
        var second = Message()
        second.cseq = 2
        second.authorization = .response(.one)
        var other = Self.left
        other.userName = "tablet@\(Exchange.domain)"
        other.registrations[0].contact = "<sip:tablet@10.0.0.2:5060>;expires=600"
        _ = try answer(&exchange, try exchange.laboratory.send(second), restorations: [Self.left, other])
        #expect(try exchange.laboratory.stat("contacts") == 2)
    }

    @Test("§5.4.3.2: nothing was left: 504, with which the phone knows that it has to register; a stranger gets 403")
    func lost() throws {
        var exchange = Exchange()
        let asked = try exchange.send(.originating())
        let refused = try answer(&exchange, asked, restorations: [])
        #expect(refused.refusal?.code == "REGISTRATION_LOST")
        let response = try #require(refused.response)
        #expect(response.status == .serverTimeout)
        #expect(response.firstValue(.pAssertedIdentity)?.string == "<sip:orig@\(Request.scscf);lr>")
        #expect(response.firstValue(.contentType) == "application/3gpp-ims+xml")
        #expect(response.body.string.contains("<type>restoration</type>"))
        #expect(response.body.string.contains("<action>initial-registration</action>"))
        let stranger = try answer(
            &exchange, try exchange.send(.originating()), .userUnknown, profile: nil, restorations: [])
        #expect(stranger.refusal?.code == "NOT_REGISTERED")
        #expect(stranger.responses == [403])
    }

    @Test("a request for him that waited beside one of his goes on as for one who is not registered")
    func lostTogether() throws {
        var exchange = Exchange()
        let asked = try exchange.send(.originating())
        _ = try exchange.send(.terminating().with { $0.callID = "other" })
        let refused = try answer(
            &exchange, asked, .experimental(.identityAlreadyRegistered), profile: nil, restorations: [])
        #expect(refused.responses == [504])
        #expect(try assignment(refused).serverAssignmentType == .unregisteredUser)
    }

    @Test(
        "what cannot be used is left out: no contact, line ends, wrong texts",
        arguments: [
            "nonsense", "<sip:a@b", "<sip:a@10.0.0.1>\r\nRoute: <sip:mallory>", "<tel:+1>", "",
        ])
    func unusable(_ contact: String) throws {
        var exchange = Exchange()
        var bad = Self.left
        bad.registrations[0].contact = OctetSlice(contact)
        let asked = try exchange.send(.originating())
        #expect(try answer(&exchange, asked, restorations: [bad]).responses == [504])
        #expect(try exchange.laboratory.stat("registrations") == 0)
        bad = Self.left
        bad.registrations[0].subscription?.from = OctetSlice("<sip:a@b>\r\nX: y")
        _ = try answer(
            &exchange, try exchange.send(.originating(to: "sip:bob@\(Exchange.domain)")), restorations: [bad])
        #expect(try exchange.laboratory.stat("registrations") == 1)
        #expect(try exchange.laboratory.stat("watchers") == 0)
    }

    @Test("the HSS is silent: 504, and nothing is left behind")
    func silent() throws {
        var exchange = Exchange()
        let asked = try exchange.send(.originating())
        #expect(try exchange.laboratory.fail(asked, .timeout).responses == [504])
        #expect(try exchange.laboratory.stat("requests") == 0)
    }
}

@Suite("TS 29.228 §6.2.2: PPR")
struct UnregisteredProfileTests {
    @Test("for a user who is not registered, but whose services are in use")
    func unregistered() throws {
        var exchange = Exchange()
        let criteria = { Criteria.one(1, $0, sessionCase: 2) }
        let asked = try exchange.send(.terminating())
        #expect(
            try exchange.giveProfile(asked, of: Exchange.alice, criteria: criteria("sip:as1.example.org:6001")).sent
                .map(\.port) == [6001])
        let push = PushProfileRequest(
            userName: Laboratory.privateIdentity,
            userData: OctetSlice(
                Profile.profile([(Exchange.alice, false)], services: criteria("sip:as2.example.org:6002"))))
        let message = push.message(
            session: "s", origin: Laboratory.hss, destinationRealm: DiameterIdentity(Laboratory.domain),
            destinationHost: DiameterIdentity("scscf.\(Laboratory.domain)"))
        let answered = exchange.laboratory.handle(
            .asked(message, RequestToken(rawValue: 1), from: Laboratory.hss.host))
        #expect(try PushProfileAnswer(decoding: try #require(answered.diameterAnswer)).result == .success)
        #expect(try exchange.send(.terminating().with { $0.callID = "2" }).sent.map(\.port) == [6002])
    }
}
