import Cx
import Diameter
import IMS
import Octets
import SIP
import ServingCSCF
import Testing

@Suite("TS 24.229 §5.4.8: registration for emergency calls")
struct EmergencyRegistrationTests {
    private static let contact = "<sip:001010000000001@10.0.0.1:5060;sos>;+sip.instance=\"<urn:gsma:imei:35-1>\""
    private static let ordinary = Message().contacts

    private static func emergency(expires: Int = 600, callID: String = "sos@10.0.0.1") -> Message {
        var message = Message()
        message.contacts = [contact]
        message.callID = callID
        message.expires = expires
        return message
    }

    /// Refreshes or ends contacts through the security association.
    private static func leave(_ contacts: [String], cseq: Int = 3) -> Message {
        var message = Message()
        message.cseq = cseq
        message.contacts = contacts
        message.expires = 0
        message.authorization = .response(.one)
        message.protection = "yes"
        return message
    }

    private static func contacts(_ laboratory: Laboratory) throws -> [String] {
        var copy = laboratory
        let report = try copy.command("registration", ["identity": Laboratory.privateIdentity])
        return try #require(report["contacts"]?.list).compactMap { $0["contact"]?.text }
    }

    @Test("§5.4.8.2: bound beside the ordinary contact of the same phone, with a time of its own")
    func beside() throws {
        var laboratory = Laboratory { $0.maximumEmergencyExpires = 900 }
        try laboratory.register()
        let done = try laboratory.register(Self.emergency(expires: 7200))
        let contacts = try #require(done.response).texts(.contact)
        #expect(contacts.count == 2)
        #expect(contacts.contains { $0.contains(";sos>") && $0.contains(";expires=900") })
        #expect(contacts.contains { !$0.contains(";sos>") && $0.contains(";expires=600") })
    }

    @Test("no time is too brief for an emergency, and no limit of contacts counts it")
    func limits() throws {
        var laboratory = Laboratory {
            $0.maximumContacts = 1
            $0.contactLimit = .refuse
        }
        try laboratory.register()
        let done = try laboratory.register(Self.emergency(expires: 30))
        #expect(done.response?.status == .ok)
        #expect(try Self.contacts(laboratory).count == 2)
    }

    @Test("§5.4.8.3: the phone cannot end it: 501, and Contact: * leaves it")
    func byUser() throws {
        var laboratory = Laboratory()
        try laboratory.register()
        try laboratory.register(Self.emergency())
        let refused = try laboratory.send(Self.leave([Self.contact]))
        #expect(refused.response?.status == .notImplemented)
        #expect(refused.refusal?.code == "EMERGENCY_REGISTRATION_STAYS")
        let done = try laboratory.send(Self.leave(["*"], cseq: 4))
        #expect(done.response?.status == .ok)
        #expect(try Self.contacts(laboratory).map { $0.contains(";sos>") } == [true])
        _ = laboratory.wait(.seconds(601))
        #expect(try laboratory.stat("registrations") == 0)
    }

    @Test("§5.4.8.4: neither does the operator, nor the HSS, which is told what stays")
    func byNetwork() throws {
        var laboratory = Laboratory()
        try laboratory.register()
        try laboratory.register(Self.emergency())
        _ = try laboratory.order("deregister", ["identity": Laboratory.privateIdentity])
        #expect(try Self.contacts(laboratory).map { $0.contains(";sos>") } == [true])

        try laboratory.register()
        let termination = RegistrationTerminationRequest(
            userName: Laboratory.privateIdentity,
            deregistrationReason: DeregistrationReason(.permanentTermination))
        let request = termination.message(
            session: "s", origin: Laboratory.hss, destinationRealm: DiameterIdentity(Laboratory.domain),
            destinationHost: DiameterIdentity("scscf.\(Laboratory.domain)"))
        let actions = laboratory.handle(.asked(request, RequestToken(rawValue: 1), from: Laboratory.hss.host))
        let answer = try RegistrationTerminationAnswer(decoding: try #require(actions.diameterAnswer))
        #expect(answer.result == .base(.limitedSuccess))
        #expect(
            answer.emergencyIdentities == [
                EmergencyIdentity(userName: Laboratory.privateIdentity, publicIdentity: Laboratory.publicIdentity)
            ])
        #expect(try Self.contacts(laboratory).map { $0.contains(";sos>") } == [true])
    }

    @Test("§5.4.8.5: nobody is to prove himself again for it")
    func reauthentication() throws {
        var laboratory = Laboratory()
        try laboratory.register(Self.emergency())
        _ = try laboratory.command("reauthenticate", ["identity": Laboratory.privateIdentity, "seconds": "10"])
        _ = laboratory.wait(.seconds(11))
        #expect(try laboratory.stat("registrations") == 1)
    }

    @Test("no application server hears of it, before, beside or after an ordinary registration")
    func servers() throws {
        var laboratory = Laboratory()
        let alone = try laboratory.register(Self.emergency(), profile: Profile.withServer)
        #expect(alone.shape == ["respond 200", "count registerSucceeded"])
        let first = try laboratory.register(profile: Profile.withServer)
        let told = try #require(first.requests.first).message
        #expect(told.method == .register)
        #expect(told.texts(.expires) == ["600"])
        let again = try laboratory.register(
            Self.emergency(expires: 3000, callID: "sos-2@10.0.0.1"), profile: Profile.withServer)
        #expect(again.requests.allSatisfy { $0.message.texts(.expires) == ["600"] })
        // The last ordinary contact leaves: the servers are told so, though the phone is still there for emergencies.
        let leaving = try laboratory.send(Self.leave(Self.ordinary))
        let left = leaving.question == nil ? leaving : try laboratory.answer(leaving, profile: Profile.withServer)
        let leave = try #require(left.requests.first).message
        #expect(leave.texts(.expires) == ["0"])
        #expect(laboratory.wait(.seconds(3001)).requests.isEmpty)
    }

    @Test("§5.4.8.6, §5.4.8.7: nobody watches it, and watchers of the user see only the rest")
    @MainActor
    func watchers() throws {
        var laboratory = Laboratory()
        try laboratory.register(Self.emergency())
        #expect(try laboratory.send(Subscribe()).responses != [200])
        try laboratory.register()
        var own = Subscribe()
        own.contact = "<sip:001010000000001@10.0.0.1:5060;sos>"
        let refused = try laboratory.send(own)
        #expect(refused.responses == [489])
        #expect(refused.response?.texts(.allowEvents) == ["reg"])
        let watched = try laboratory.send(Subscribe())
        let notices = watched.requests.filter { $0.message.method == .notify }
        #expect(try Laboratory.news(watched).count == 1)
        #expect(notices.allSatisfy { !$0.message.body.string.contains(";sos") })
        try laboratory.acknowledge(watched)
        let renewed = try laboratory.register(Self.emergency(callID: "sos-2@10.0.0.1"))
        #expect(renewed.requests.isEmpty)
    }

    @Test("who is there for emergencies alone is not there for callers' services, but the PSAP reaches him")
    func terminating() throws {
        var exchange = try Exchange.registered(message: Self.emergency())
        let sent = try #require(try exchange.send(.terminating()).sent.first)
        #expect(sent.message.requestURI.string.contains(";sos"))

        try exchange.laboratory.register(profile: nil)
        let ordinary = try #require(try exchange.send(.terminating().with { $0.callID = "2" }).sent.first)
        #expect(ordinary.message.requestURI.string == Exchange.contact)
        let callback = Request.terminating().with {
            $0.callID = "3"
            $0.more.append("Priority: psap-callback")
        }
        #expect(try #require(try exchange.send(callback).sent.first).message.requestURI.string.contains(";sos"))
    }
}
