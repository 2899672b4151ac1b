import Cx
import Diameter
import IMS
import Octets
import SIP
import ServingCSCF
import Testing

@Suite("TS 24.229 §5.4.1.4, §5.4.1.5: the end of registrations")
struct DeregistrationTests {
    private func leave(_ contacts: [String] = Message().contacts, expires: Int = 0) -> Message {
        var message = Message()
        message.cseq = 3
        message.contacts = contacts
        message.expires = expires
        message.authorization = .response(.one)
        message.protection = "yes"
        return message
    }

    @Test("Expires: 0 and Contact: * end the registration once the HSS knows", arguments: [Message().contacts, ["*"]])
    func byUser(contacts: [String]) throws {
        var laboratory = Laboratory()
        try laboratory.register()
        let asked = try laboratory.send(leave(contacts))
        #expect(asked.shape == ["count registerReceived", "ask SAR userDeregistration"])
        #expect(try laboratory.stat("contacts") == 1)
        let done = try laboratory.answer(asked, result: .success)
        #expect(done.shape == ["respond 200", "count registerSucceeded", "count deregistered"])
        let response = try #require(done.response)
        #expect(response.texts(.contact).isEmpty)
        #expect(response.texts(.serviceRoute).isEmpty)
        #expect(try laboratory.stat("registrations") == 0)
        #expect(try laboratory.stat("identities") == 0)
    }

    @Test("The last other contact runs out while the HSS is asked: nothing stays behind that nothing would end")
    func lastContactRunsOutMeanwhile() throws {
        var laboratory = Laboratory()
        let lasting = "<sip:001010000000001@10.0.0.1:5060>"
        let brief = "<sip:001010000000001@10.0.0.2:5060>"
        var message = Message()
        message.contacts = [lasting, brief + ";expires=60"]
        try laboratory.register(message)
        #expect(try laboratory.stat("contacts") == 2)
        message = Message()
        message.callID = "call-2@10.0.0.1"
        message.contacts = [lasting + ";expires=0"]
        message.authorization = .initial
        _ = try laboratory.answer(try laboratory.send(message), .two)
        message.cseq = 2
        message.authorization = .response(.two)
        let asked = try laboratory.send(message)
        #expect(asked.shape == ["count registerReceived", "ask SAR reRegistration"])
        _ = laboratory.wait(.seconds(61))
        let again = try laboratory.answer(asked, profile: Profile.standard)
        #expect(again.shape == ["ask SAR userDeregistration"])
        let done = try laboratory.answer(again, result: .success)
        #expect(done.shape == ["respond 200", "count registerSucceeded", "count deregistered"])
        for number in ["registrations", "identities", "contacts", "waiting"] {
            #expect(try laboratory.stat(number) == 0)
        }
    }

    @Test("An unprotected de-registration is challenged first")
    func challenged() throws {
        var laboratory = Laboratory()
        try laboratory.register()
        var message = leave()
        message.authorization = .none
        #expect(try laboratory.send(message).shape == ["count registerReceived", "ask MAR"])
    }

    @Test("The phone leaves even when the HSS does not answer, or refuses", arguments: [true, false])
    func withoutHSS(isRefused: Bool) throws {
        var laboratory = Laboratory()
        try laboratory.register()
        let asked = try laboratory.send(leave())
        let done =
            isRefused
            ? try laboratory.answer(asked, result: .base(.unableToComply))
            : try laboratory.fail(asked, .unableToDeliver)
        #expect(done.shape == ["observe warning", "respond 200", "count registerSucceeded", "count deregistered"])
        #expect(try laboratory.stat("registrations") == 0)
    }

    @Test("De-registration of a user we do not know is told to the HSS all the same")
    func unknown() throws {
        var laboratory = Laboratory()
        var message = leave()
        message.authorization = .none
        _ = try laboratory.answer(try laboratory.send(message), .one)
        message.cseq = 4
        message.authorization = .response(.one)
        let asked = try laboratory.send(message)
        #expect(asked.shape == ["count registerReceived", "ask SAR userDeregistration"])
        #expect(
            try laboratory.answer(asked, result: .inAssignmentType).shape
                == ["respond 200", "count registerSucceeded", "count deregistered"])
    }

    @Test(
        "RFC 3261 §10.3 step 6: * with company, or with another Expires than 0, is 400",
        arguments: [
            (["*"], 600), (["*", "<sip:a@10.0.0.1>"], 0),
        ])
    func wildcard(contacts: [String], expires: Int) throws {
        var laboratory = Laboratory()
        #expect(try laboratory.send(leave(contacts, expires: expires)).refusal?.code == "WILDCARD_MISUSED")
    }

    @Test("A contact that is not refreshed goes; with the last one SAR TIMEOUT_DEREGISTRATION")
    func expiry() throws {
        var laboratory = Laboratory()
        var message = Message()
        message.contacts = ["<sip:a@10.0.0.1>;expires=300, <sip:b@10.0.0.1>;expires=600"]
        try laboratory.register(message)
        #expect(laboratory.wait(.seconds(240)).isEmpty, "the challenge was answered")
        #expect(laboratory.role.nextDeadline == .zero + .seconds(300))
        #expect(laboratory.wait(.seconds(60)).isEmpty)
        #expect(try laboratory.stat("contacts") == 1)
        #expect(laboratory.wait(.seconds(299)).isEmpty)
        let expired = laboratory.wait(.seconds(1))
        #expect(expired.shape == ["ask SAR timeoutDeregistration", "count registrationExpired"])
        let request = try ServerAssignmentRequest(decoding: try #require(expired.question).0)
        #expect(request.userName == Laboratory.privateIdentity)
        #expect(request.publicIdentities == ["sip:+15550001@\(Laboratory.domain)"])
        #expect(try laboratory.stat("registrations") == 0)
        #expect(laboratory.role.nextDeadline == nil)
        #expect(try laboratory.answer(expired, result: .success).isEmpty)
    }

    @Test("A refreshed registration outlives its first deadline")
    func refreshed() throws {
        var laboratory = Laboratory()
        try laboratory.register()
        _ = laboratory.wait(.seconds(500))
        var message = leave()
        message.expires = 600
        #expect(try laboratory.send(message).response?.status == .ok)
        #expect(laboratory.wait(.seconds(100)).isEmpty)
        #expect(laboratory.role.nextDeadline == .zero + .seconds(1100))
        #expect(laboratory.wait(.seconds(500)).shape.first == "ask SAR timeoutDeregistration")
    }

    @Test("A report the HSS does not take is a warning")
    func reportLost() throws {
        var laboratory = Laboratory()
        try laboratory.register()
        let expired = laboratory.wait(.seconds(600))
        #expect(try laboratory.fail(expired, .timeout).shape == ["observe warning"])
    }

    @Test(
        "TS 29.228 §6.1.3: RTR ends the registration, by identity or all of the user",
        arguments: [
            [], ["tel:+15550001"], ["sip:someone@else.example"],
        ])
    func registrationTermination(identities: [String]) throws {
        var laboratory = Laboratory()
        try laboratory.register()
        let request = RegistrationTerminationRequest(
            userName: Laboratory.privateIdentity, publicIdentities: identities,
            deregistrationReason: DeregistrationReason(.permanentTermination))
        let message = request.message(
            session: "s", origin: Laboratory.hss, destinationRealm: DiameterIdentity(Laboratory.domain),
            destinationHost: DiameterIdentity("scscf.\(Laboratory.domain)"))
        let actions = laboratory.handle(.asked(message, RequestToken(rawValue: 1), from: Laboratory.hss.host))
        let isMeant = identities != ["sip:someone@else.example"]
        #expect(actions.shape.last == "answer 2001 SUCCESS")
        #expect(actions.shape.contains("count deregistered") == isMeant)
        #expect(try laboratory.stat("registrations") == (isMeant ? 0 : 1))
    }

    @Test("TS 29.228 §6.2.2: PPR replaces the profile at once")
    func pushProfile() throws {
        var laboratory = Laboratory()
        try laboratory.register()
        func push(_ user: String, _ profile: String) -> [ServingCSCF.Order] {
            let message = PushProfileRequest(userName: user, userData: OctetSlice(profile)).message(
                session: "s", origin: Laboratory.hss, destinationRealm: DiameterIdentity(Laboratory.domain),
                destinationHost: DiameterIdentity("scscf.\(Laboratory.domain)"))
            return laboratory.handle(.asked(message, RequestToken(rawValue: 1), from: Laboratory.hss.host))
        }
        let changed = Profile.profile([
            (Laboratory.publicIdentity, false), ("sip:+15550002@\(Laboratory.domain)", false),
        ])
        #expect(push(Laboratory.privateIdentity, changed).shape == ["count cxRequestReceived", "answer 2001 SUCCESS"])
        var fetch = leave([])
        fetch.expires = nil
        #expect(
            try #require(try laboratory.send(fetch).response).texts(.pAssociatedURI)
                == ["<\(Laboratory.publicIdentity)>", "<sip:+15550002@\(Laboratory.domain)>"])
        #expect(push("nobody@\(Laboratory.domain)", changed).shape.contains("answer experimental 5001 of vendor 10415"))
        #expect(
            push(Laboratory.privateIdentity, "<no>").shape.contains("answer experimental 5009 of vendor 10415"))
        #expect(try laboratory.stat("identities") == 2)
    }
}
