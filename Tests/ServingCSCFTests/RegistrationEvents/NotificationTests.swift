import Cx
import Diameter
import IMS
import Octets
import SIP
import ServingCSCF
import Testing

@MainActor
@Suite("RFC 3680 §4.7, §5: notifications of registration state (TS 24.229 §5.4.2.1.2)")
struct NotificationTests {
    private static let sip = "sip:+15550001@\(Laboratory.domain)"

    /// A registered phone whose first notification is answered.
    private func watched() throws -> Laboratory {
        var laboratory = Laboratory()
        try laboratory.register()
        try laboratory.acknowledge(try laboratory.send(Subscribe()))
        _ = laboratory.wait(.seconds(10))
        return laboratory
    }

    private func message(_ contacts: [String] = Message().contacts, expires: Int = 600, cseq: Int = 3) -> Message {
        var message = Message()
        message.cseq = cseq
        message.contacts = contacts
        message.expires = expires
        message.authorization = .response(.one)
        message.protection = "yes"
        return message
    }

    @Test("A refreshed contact: the part that has changed, event refreshed, the next version")
    func refreshed() throws {
        var laboratory = try watched()
        let actions = try laboratory.send(message())
        #expect(
            actions.shape == ["count registerReceived", "respond 200", "count registerSucceeded", "forward NOTIFY"])
        let news = try #require(try Laboratory.news(actions).first)
        #expect(news.version == "1")
        #expect(news.state == "partial")
        #expect(news.summary == ["\(Self.sip) active refreshed", "tel:+15550001 active refreshed"])
        let contact = try #require(news.registrations.first?.contacts.first)
        #expect(contact["duration-registered"] == "10")
        #expect(contact["expires"] == "600")
        #expect(contact["cseq"] == "3")
    }

    @Test("A second phone's contact alone is told, with an id of its own and its preference")
    func another() throws {
        var laboratory = try watched()
        let refreshed = try laboratory.send(message())
        let first = try Laboratory.news(refreshed)
        _ = laboratory.wait(.seconds(10))
        var second = message(["<sip:b@10.0.0.2>;q=0.25;+g.3gpp.smsip;+g.3gpp.icsi-ref=\"urn%3Aurn-7%3A<&;\""], cseq: 1)
        second.callID = "call-2@10.0.0.2"
        let actions = try laboratory.send(second)
        // The last NOTIFY has no answer yet.
        #expect(actions.requests.isEmpty)
        let news = try #require(try Laboratory.news(laboratory.acknowledge(refreshed)).first)
        #expect(news.state == "partial")
        #expect(news.summary == ["\(Self.sip) active created", "tel:+15550001 active created"])
        let contact = try #require(news.registrations.first?.contacts.first)
        #expect(contact.uri == "sip:b@10.0.0.2")
        #expect(contact["q"] == "0.250")
        #expect(contact.parameters == ["+g.3gpp.smsip": "", "+g.3gpp.icsi-ref": "\"urn%3Aurn-7%3A<&;\""])
        #expect(contact["id"] != first.first?.registrations.first?.contacts.first?["id"])
        #expect(news.registrations.map(\.id) == first.first?.registrations.map(\.id))
        #expect(Set(news.registrations.flatMap(\.contacts).compactMap { $0["id"] }).count == 2)
    }

    @Test("§4.10: not more often than every five seconds; what happens meanwhile is told together")
    func rate() throws {
        var laboratory = try watched()
        try laboratory.acknowledge(try laboratory.send(message()))
        laboratory.now += .seconds(1)
        #expect(try laboratory.send(message(cseq: 4)).requests.isEmpty)
        #expect(try laboratory.send(message(["<sip:b@10.0.0.2>"], cseq: 5)).requests.isEmpty)
        #expect(laboratory.wait(.milliseconds(3999)).isEmpty)
        let news = try Laboratory.news(laboratory.wait(.milliseconds(1)))
        #expect(
            news.map(\.summary) == [
                ["\(Self.sip) active refreshed created", "tel:+15550001 active refreshed created"]
            ])
        #expect(news.first?.version == "2")
    }

    @Test("§5.4.1.4: the user leaves: terminated, unregistered, and the subscription ends")
    func left() throws {
        var laboratory = try watched()
        let asked = try laboratory.send(message(expires: 0))
        #expect(asked.requests.isEmpty, "not before the HSS knows")
        let actions = try laboratory.answer(asked, result: .success)
        #expect(
            actions.shape == ["respond 200", "count registerSucceeded", "count deregistered", "forward NOTIFY"])
        #expect(actions.requests.first?.message.texts(.subscriptionState) == ["terminated;reason=noresource"])
        let news = try #require(try Laboratory.news(actions).first)
        #expect(news.state == "full")
        #expect(news.summary == ["\(Self.sip) terminated unregistered", "tel:+15550001 terminated unregistered"])
        #expect(news.registrations.first?.contacts.first?["state"] == "terminated")
        #expect(news.registrations.first?.contacts.first?["expires"] == nil)
        #expect(try laboratory.stat("watchers") == 0)
    }

    @Test("A registration that runs out: expired")
    func expired() throws {
        var laboratory = try watched()
        let news = try Laboratory.news(laboratory.wait(.seconds(590)))
        #expect(news.map(\.summary) == [["\(Self.sip) terminated expired", "tel:+15550001 terminated expired"]])
    }

    @Test("One of two contacts leaves: terminated beside the registration that stays active")
    func oneOfTwo() throws {
        var laboratory = try watched()
        try laboratory.acknowledge(try laboratory.send(message(["<sip:b@10.0.0.2>"])))
        _ = laboratory.wait(.seconds(10))
        let actions = try laboratory.send(message(["<sip:b@10.0.0.2>;expires=0"], cseq: 4))
        let news = try #require(try Laboratory.news(actions).first)
        #expect(news.state == "partial")
        #expect(news.summary == ["\(Self.sip) active unregistered", "tel:+15550001 active unregistered"])
        #expect(actions.requests.first?.message.texts(.subscriptionState).first?.hasPrefix("active") == true)
    }

    @Test("The contact that had to make room for another: rejected")
    func crowdedOut() throws {
        var laboratory = Laboratory { $0.maximumContacts = 1 }
        try laboratory.register()
        try laboratory.acknowledge(try laboratory.send(Subscribe()))
        _ = laboratory.wait(.seconds(10))
        let news = try Laboratory.news(laboratory.send(message(["<sip:b@10.0.0.2>"])))
        #expect(
            news.map(\.summary) == [
                ["\(Self.sip) active rejected created", "tel:+15550001 active rejected created"]
            ])
    }

    @Test(
        "§5.4.1.5: the HSS ends the registration; the event says whether to come back",
        arguments: [
            (DeregistrationReasonCode.permanentTermination, "rejected"), (.newServerAssigned, "deactivated"),
            (.serverChange, "deactivated"), (.removeServingCSCF, "deactivated"),
        ])
    func byHSS(reason: DeregistrationReasonCode, event: String) throws {
        var laboratory = try watched()
        let request = RegistrationTerminationRequest(
            userName: Laboratory.privateIdentity, deregistrationReason: DeregistrationReason(reason))
        let message = request.message(
            session: "s", origin: Laboratory.hss, destinationRealm: DiameterIdentity(Laboratory.domain),
            destinationHost: DiameterIdentity("scscf.\(Laboratory.domain)"))
        let actions = laboratory.handle(.asked(message, RequestToken(rawValue: 1), from: Laboratory.hss.host))
        #expect(
            try Laboratory.news(actions).map(\.summary)
                == [["\(Self.sip) terminated \(event)", "tel:+15550001 terminated \(event)"]])
        #expect(try laboratory.stat("watchers") == 0)
    }

    @Test("TS 29.228 §6.2.2: another profile: identities that come and go, in the whole state")
    func profile() throws {
        var laboratory = try watched()
        let profile = Profile.profile([
            (Laboratory.publicIdentity, true), (Self.sip, false), ("sip:new@\(Laboratory.domain)", false),
        ])
        let message = PushProfileRequest(userName: Laboratory.privateIdentity, userData: OctetSlice(profile)).message(
            session: "s", origin: Laboratory.hss, destinationRealm: DiameterIdentity(Laboratory.domain),
            destinationHost: DiameterIdentity("scscf.\(Laboratory.domain)"))
        let actions = laboratory.handle(.asked(message, RequestToken(rawValue: 1), from: Laboratory.hss.host))
        let news = try #require(try Laboratory.news(actions).first)
        #expect(news.state == "full")
        #expect(
            news.summary == [
                "\(Self.sip) active created", "sip:new@\(Laboratory.domain) active created",
                "tel:+15550001 terminated rejected",
            ])
    }

    @Test("A NOTIFY that was refused is made good by the whole state")
    func missedOne() throws {
        var laboratory = try watched()
        try laboratory.acknowledge(try laboratory.send(message()), .serverInternalError)
        let news = try Laboratory.news(laboratory.wait(.seconds(10)))
        #expect(news.map(\.state) == ["full"])
    }

    @Test("The user watches, his proxy watches, a server watches: all are told")
    func several() throws {
        var laboratory = Laboratory()
        try laboratory.register(profile: Profile.withServer)
        for (index, identity) in ["<tel:+15550001>", "<sip:pcscf.ims.example>", "<sip:as.ims.example>"].enumerated() {
            var subscribe = Subscribe()
            subscribe.callID = "sub-\(index)"
            subscribe.contact = "<sip:watcher\(index)@10.0.0.1>"
            subscribe.asserted = [identity]
            try laboratory.acknowledge(try laboratory.send(subscribe))
        }
        _ = laboratory.wait(.seconds(10))
        #expect(try Laboratory.news(laboratory.send(message())).map(\.version) == ["1", "1", "1"])
    }
}
