import Cx
import IMS
import Octets
import SIP
import ServingCSCF
import Testing

@Suite("RFC 3261 §10.3, TS 24.229 §5.4.1.2.2: bindings")
struct BindingsTests {
    /// Inside the security association no challenge is needed.
    private func protected(_ cseq: Int) -> Message {
        var message = Message()
        message.cseq = cseq
        message.authorization = .response(.one)
        message.protection = "yes"
        return message
    }

    @Test("An unprotected re-REGISTER is challenged; RE_REGISTRATION without a new profile")
    func challengedRefresh() throws {
        var laboratory = Laboratory()
        try laboratory.register()
        _ = laboratory.wait(.seconds(300))
        var message = Message()
        message.cseq = 3
        _ = try laboratory.answer(try laboratory.send(message), .two)
        message.cseq = 4
        message.authorization = .response(.two)
        let asked = try laboratory.send(message)
        #expect(asked.shape == ["count registerReceived", "ask SAR reRegistration"])
        let request = try ServerAssignmentRequest(decoding: try #require(asked.question).0)
        #expect(request.userDataAlreadyAvailable == .alreadyAvailable)
        let response = try #require(try laboratory.answer(asked, profile: nil).response)
        #expect(response.texts(.contact).count == 1)
        #expect(try #require(response.texts(.contact).first).hasSuffix(";expires=600"))
        #expect(response.texts(.pAssociatedURI).count == 2)
    }

    @Test("A protected refresh passes without challenge and without the HSS", arguments: ["yes", "tls-yes"])
    func protectedRefresh(protection: String) throws {
        var laboratory = Laboratory()
        try laboratory.register()
        _ = laboratory.wait(.seconds(300))
        var message = protected(3)
        message.protection = protection
        #expect(
            try laboratory.send(message).shape
                == ["count registerReceived", "respond 200", "count registerSucceeded"])
        #expect(try laboratory.stat("contacts") == 1)
    }

    @Test("Protection alone registers nobody", arguments: ["yes", "tls-yes", "ip-assoc-yes", "tls-pending", "no"])
    func protectedFirst(protection: String) throws {
        var laboratory = Laboratory()
        var message = protected(1)
        message.protection = protection
        #expect(try laboratory.send(message).shape == ["count registerReceived", "ask MAR"])
    }

    @Test("By configuration every REGISTER is challenged")
    func alwaysChallenged() throws {
        var laboratory = Laboratory { $0.reauthentication = .always }
        try laboratory.register()
        #expect(try laboratory.send(protected(3)).shape == ["count registerReceived", "ask MAR"])
    }

    @Test("The same Call-ID with a CSeq that does not grow changes nothing")
    func outOfOrder() throws {
        var laboratory = Laboratory()
        try laboratory.register()
        #expect(
            try laboratory.send(protected(2)).shape
                == ["count registerReceived", "respond 500", "observe OUT_OF_ORDER", "count registerRefused"])
        #expect(try laboratory.stat("contacts") == 1)
    }

    @Test("§19.1.4: the same URI written differently is the same binding; another Call-ID replaces it")
    func equalURI() throws {
        var laboratory = Laboratory()
        var message = Message()
        message.contacts = ["<sip:001010000000001@PHONE.example:5060;transport=tcp>;q=0.5"]
        try laboratory.register(message)
        message = protected(1)
        message.callID = "call-2"
        message.contacts = ["<sip:001010000000001@phone.example:5060;transport=TCP>"]
        let response = try #require(try laboratory.send(message).response)
        #expect(
            response.texts(.contact) == ["<sip:001010000000001@phone.example:5060;transport=TCP>;expires=600"])
    }

    @Test("RFC 5626 §6: the instance-id makes a new address the same phone; another instance is a second contact")
    func instance() throws {
        var laboratory = Laboratory()
        try laboratory.register()
        var message = protected(1)
        message.callID = "after-reboot"
        message.contacts = ["<sip:001010000000001@10.0.0.1:6000>;+sip.instance=\"<urn:gsma:imei:35-1>\""]
        #expect(try #require(try laboratory.send(message).response).texts(.contact).count == 1)
        message.callID = "tablet"
        message.contacts = ["<sip:001010000000001@10.0.0.2:6000>;+sip.instance=\"<urn:gsma:imei:35-2>\""]
        let contacts = try #require(try laboratory.send(message).response).texts(.contact)
        #expect(contacts.count == 2)
        #expect(contacts.contains { $0.contains("10.0.0.1:6000") })
        #expect(contacts.contains { $0.contains("10.0.0.2:6000") })
    }

    @Test("Two contacts in one REGISTER, each with its own time; expires=0 removes one")
    func severalContacts() throws {
        var laboratory = Laboratory()
        var message = Message()
        message.contacts = ["<sip:a@10.0.0.1>;expires=100, <sip:b@10.0.0.1>;q=0.2;expires=200"]
        let first = try #require(try laboratory.register(message).response)
        #expect(first.texts(.contact) == ["<sip:a@10.0.0.1>;expires=100", "<sip:b@10.0.0.1>;q=0.2;expires=200"])
        message = protected(3)
        message.contacts = ["<sip:a@10.0.0.1>;expires=0"]
        let second = try laboratory.send(message)
        #expect(second.shape == ["count registerReceived", "respond 200", "count registerSucceeded"])
        #expect(try #require(second.response).texts(.contact) == ["<sip:b@10.0.0.1>;q=0.2;expires=200"])
    }

    @Test("A11: beyond the limit the oldest contact gives way, or 403 by configuration")
    func limit() throws {
        for policy in ServingCSCFConfiguration.ContactLimit.allCases {
            var laboratory = Laboratory {
                $0.maximumContacts = 2
                $0.contactLimit = policy
            }
            var message = Message()
            message.contacts = ["<sip:a@10.0.0.1>;expires=100, <sip:b@10.0.0.1>;expires=200"]
            try laboratory.register(message)
            message = protected(3)
            message.contacts = ["<sip:c@10.0.0.1>;expires=300"]
            let actions = try laboratory.send(message)
            switch policy {
            case .refuse: #expect(actions.refusal?.code == "TOO_MANY_CONTACTS")
            case .replaceOldest:
                #expect(
                    try #require(actions.response).texts(.contact)
                        == ["<sip:b@10.0.0.1>;expires=200", "<sip:c@10.0.0.1>;expires=300"])
            }
            #expect(try laboratory.stat("contacts") == 2)
        }
    }

    @Test("More contacts in one REGISTER than a user may have")
    func tooManyAtOnce() throws {
        var laboratory = Laboratory { $0.maximumContacts = 1 }
        var message = Message()
        message.contacts = ["<sip:a@10.0.0.1>, <sip:b@10.0.0.1>"]
        #expect(try laboratory.send(message).refusal?.code == "TOO_MANY_CONTACTS")
    }

    @Test("RFC 3261 §10.2.3: a REGISTER without Contact tells of the bindings; of nobody's it is 400")
    func fetch() throws {
        var laboratory = Laboratory()
        var message = Message()
        message.contacts = []
        #expect(
            try laboratory.send(message).shape
                == ["count registerReceived", "respond 400", "observe CONTACT_MISSING", "count registerRefused"])
        try laboratory.register()
        message = protected(3)
        message.contacts = []
        let actions = try laboratory.send(message)
        #expect(actions.shape == ["count registerReceived", "respond 200", "count registerSucceeded"])
        #expect(try #require(actions.response).texts(.contact).count == 1)
    }

    @Test("RFC 3327 §5.3: the Path vector is stored in order and comes back")
    func path() throws {
        var laboratory = Laboratory()
        var message = Message()
        message.path = "<sip:p2.example;lr>, <sip:p1.example;lr>"
        let response = try #require(try laboratory.register(message).response)
        #expect(response.texts(.path) == ["<sip:p2.example;lr>", "<sip:p1.example;lr>"])
        let report = try laboratory.command("registration", ["identity": Laboratory.publicIdentity])
        #expect(
            report["contacts"]?.list?.first?["path"]?.text == "<sip:p2.example;lr>, <sip:p1.example;lr>")
    }

    @Test("Two private identities that share a public one have bindings of their own")
    func sharedIdentity() throws {
        var laboratory = Laboratory()
        try laboratory.register()
        var other = protected(1)
        other.username = "001010000000002@\(Laboratory.domain)"
        other.callID = "other"
        #expect(try laboratory.send(other).shape == ["count registerReceived", "ask MAR"])
        other.contacts = ["*"]
        other.expires = 0
        #expect(try laboratory.send(other).shape == ["count registerReceived", "ask MAR"])
        #expect(try laboratory.stat("contacts") == 1)
    }

    @Test(
        "F23: the HSS lost the registration: it is made anew",
        arguments: [
            CxResult.inAssignmentType, .identityNotRegistered,
        ])
    func lostByHSS(result: CxResult) throws {
        var laboratory = Laboratory()
        try laboratory.register()
        var message = Message()
        message.cseq = 3
        _ = try laboratory.answer(try laboratory.send(message), .two)
        message.cseq = 4
        message.authorization = .response(.two)
        let again = try laboratory.answer(try laboratory.send(message), result: result)
        #expect(again.shape == ["ask SAR registration"])
        #expect(try laboratory.answer(again, profile: nil).response?.status == .ok)
    }
}
