import Cx
import IMS
import Octets
import SIP
import ServingCSCF
import Testing

@Suite("TS 24.229 §5.4.1.7: third-party registration")
struct ThirdPartyTests {
    private static let identities = [
        (Laboratory.publicIdentity, true), ("sip:+15550001@\(Laboratory.domain)", false), ("tel:+15550001", false),
    ]

    /// A criterion for REGISTER, or for some of its types.
    private static func criterion(
        _ priority: Int = 1, server: String = "sip:as.ims.example:5090", types: [Int] = [], handling: Int = 0,
        serviceInfo: String? = nil, includes: String = ""
    ) -> String {
        let extensions = types.map { "<RegistrationType>\($0)</RegistrationType>" }.joined()
        return "<InitialFilterCriteria><Priority>\(priority)</Priority><TriggerPoint>"
            + "<ConditionTypeCNF>0</ConditionTypeCNF><SPT><ConditionNegated>0</ConditionNegated><Group>0</Group>"
            + "<Method>REGISTER</Method>\(types.isEmpty ? "" : "<Extension>\(extensions)</Extension>")</SPT></TriggerPoint>"
            + "<ApplicationServer><ServerName>\(server)</ServerName><DefaultHandling>\(handling)</DefaultHandling>"
            + (serviceInfo.map { "<ServiceInfo>\($0)</ServiceInfo>" } ?? "")
            + (includes.isEmpty ? "" : "<Extension>\(includes)</Extension>")
            + "</ApplicationServer></InitialFilterCriteria>"
    }

    private static func profile(_ criteria: String...) -> String {
        Profile.profile(identities, services: criteria.joined())
    }

    private func message(expires: Int = 600, cseq: Int = 3) -> Message {
        var message = Message()
        message.cseq = cseq
        message.expires = expires
        message.authorization = .response(.one)
        message.protection = "yes"
        return message
    }

    private func registers(_ actions: [ServingCSCF.Order]) -> [(message: SIPMessage, client: ClientTransactionID)] {
        actions.requests.filter { $0.message.method == .register }
    }

    @Test("REGISTER from us, for the user, to the server of the criterion, after the 200")
    func first() throws {
        var laboratory = Laboratory()
        var first = Message()
        first.more = [
            "P-Access-Network-Info: 3GPP-E-UTRAN-FDD; utran-cell-id-3gpp=0010100010000001",
            "P-Visited-Network-ID: visited.example", "P-Charging-Vector: icid-value=i1;orig-ioi=visited.example",
        ]
        let actions = try laboratory.register(first, profile: Self.profile(Self.criterion()))
        #expect(actions.shape == ["respond 200", "count registerSucceeded", "forward REGISTER"])
        let register = try #require(registers(actions).first).message
        #expect(register.requestURI.string == "sip:as.ims.example:5090")
        #expect(register.texts(.from).first?.hasPrefix("<\(Laboratory.serverName)>;tag=") == true)
        // The identity in the phone's To is barred; the default one stands for it.
        #expect(register.texts(.to) == ["<sip:+15550001@\(Laboratory.domain)>"])
        #expect(register.texts(.contact) == ["<\(Laboratory.serverName)>"])
        #expect(register.texts(.expires) == ["600"])
        #expect(register.texts(.pAccessNetworkInfo).count == 1)
        #expect(register.texts(.pVisitedNetworkID) == ["visited.example"])
        #expect(
            register.texts(.pChargingVector) == ["icid-value=i1;orig-ioi=\"\(Laboratory.domain)\""])
        #expect(register.body.isEmpty)
        #expect(!register.contains(.authorization))
        let client = try #require(registers(actions).first).client
        #expect(laboratory.handle(.response(.response(.ok, to: register, toTag: "as"), client)).isEmpty)
        #expect(try laboratory.stat("registrations") == 1)
    }

    @Test(
        "TS 29.228 Annex B.2.3: the registration types of the trigger decide",
        arguments: [([], [1, 1, 1]), ([0], [1, 0, 0]), ([1], [0, 1, 0]), ([2], [0, 0, 1]), ([0, 2], [1, 0, 1])])
    func types(types: [Int], expected: [Int]) throws {
        var laboratory = Laboratory()
        let profile = Self.profile(Self.criterion(types: types))
        var told = [registers(try laboratory.register(profile: profile)).count]
        told.append(registers(try laboratory.send(message())).count)
        let left = try laboratory.answer(try laboratory.send(message(expires: 0, cseq: 4)), result: .success)
        told.append(registers(left).count)
        #expect(told == expected)
        for register in registers(left) { #expect(register.message.texts(.expires) == ["0"]) }
    }

    @Test(
        "A registration that runs out, or that the operator ends, is a de-registration for the servers",
        arguments: [true, false])
    func ended(byTime: Bool) throws {
        var laboratory = Laboratory()
        try laboratory.register(profile: Self.profile(Self.criterion(types: [2])))
        let actions =
            byTime
            ? laboratory.wait(.seconds(600))
            : try laboratory.order("deregister", ["identity": Laboratory.publicIdentity]).actions
        let register = try #require(registers(actions).first).message
        #expect(register.texts(.expires) == ["0"])
        #expect(register.texts(.to) == ["<sip:+15550001@\(Laboratory.domain)>"])
    }

    @Test("ServiceInfo alone: the 3GPP IMS XML body of §7.6")
    func serviceInfo() throws {
        var laboratory = Laboratory()
        let profile = Self.profile(Self.criterion(serviceInfo: "a&lt;b"))
        let register = try #require(registers(try laboratory.register(profile: profile)).first).message
        #expect(register.texts(.contentType) == ["application/3gpp-ims+xml"])
        #expect(
            register.body.string.hasSuffix(
                "<ims-3gpp version=\"1\"><service-info>a&lt;b</service-info></ims-3gpp>"))
    }

    @Test("The phone's REGISTER and our response in the body, beside ServiceInfo")
    func included() throws {
        var laboratory = Laboratory()
        let profile = Self.profile(
            Self.criterion(serviceInfo: "x", includes: "<IncludeRegisterRequest/><IncludeRegisterResponse/>"))
        let register = try #require(registers(try laboratory.register(profile: profile)).first).message
        let parts = try register.bodyParts()
        #expect(
            try parts.map { "\(try $0.mediaType().type)/\(try $0.mediaType().subtype)" }
                == ["application/3gpp-ims+xml", "message/sip", "message/sip"])
        let request = try SIPMessage(parsing: parts[1].content.array)
        #expect(request.method == .register)
        #expect(request.cseq?.number == 2)
        #expect(request.texts(.callID) == ["call-1@10.0.0.1"])
        let response = try SIPMessage(parsing: parts[2].content.array)
        #expect(response.status == .ok)
        #expect(response.contains(.serviceRoute))
    }

    @Test(
        "The server does not answer: the default handling decides",
        arguments: [0, 1], [nil, Status.requestTimeout, .serverInternalError, .serviceUnavailable])
    func silence(handling: Int, status: Status?) throws {
        var laboratory = Laboratory()
        let profile = Self.profile(Self.criterion(types: [0], handling: handling))
        let register = try #require(registers(try laboratory.register(profile: profile)).first)
        let actions =
            if let status {
                laboratory.handle(.response(.response(status, to: register.message, toTag: nil), register.client))
            } else {
                laboratory.handle(.transactionFailed(register.client, .timeout))
            }
        #expect(
            actions.shape
                == (handling == 0
                    ? ["observe warning"]
                    : ["observe warning", "ask SAR administrativeDeregistration", "count deregistered"]))
        #expect(try laboratory.stat("registrations") == (handling == 0 ? 1 : 0))
    }

    @MainActor
    @Test(
        "RFC 3680 §4.7.1: a phone that the server keeps from being registered is on probation, and does not come back at once"
    )
    func probation() throws {
        var laboratory = Laboratory()
        let profile = Self.profile(Self.criterion(types: [0], handling: 1))
        let register = try #require(registers(try laboratory.register(profile: profile)).first)
        let accepted = try laboratory.send(Subscribe())
        #expect(accepted.response?.status == .ok)
        try laboratory.acknowledge(accepted)
        laboratory.now += .seconds(10)
        let news = try Laboratory.news(laboratory.handle(.transactionFailed(register.client, .timeout)))
        let contact = try #require(news.first?.registrations.first?.contacts.first)
        #expect(contact["event"] == "probation")
        #expect(contact["retry-after"] == "60")
    }

    @Test("A refusal by the server ends nothing: it has answered")
    func refused() throws {
        var laboratory = Laboratory()
        let profile = Self.profile(Self.criterion(handling: 1))
        let register = try #require(registers(try laboratory.register(profile: profile)).first)
        let response = SIPMessage.response(.forbidden, to: register.message, toTag: nil)
        #expect(laboratory.handle(.response(response, register.client)).shape == ["observe warning"])
        #expect(try laboratory.stat("registrations") == 1)
    }

    @Test("A server whose name leads nowhere is as one that is silent", arguments: [0, 1])
    func nowhere(handling: Int) throws {
        var laboratory = Laboratory()
        let profile = Self.profile(Self.criterion(server: "sip:nowhere.example", handling: handling))
        #expect(registers(try laboratory.register(profile: profile)).isEmpty)
        #expect(try laboratory.stat("registrations") == (handling == 0 ? 1 : 0))
    }

    @Test("Each server is told once, however many criteria name it; a fetch tells nobody")
    func once() throws {
        var laboratory = Laboratory()
        let profile = Self.profile(
            Self.criterion(1), Self.criterion(2), Self.criterion(3, server: "sip:as2.ims.example:5090"))
        let told = registers(try laboratory.register(profile: profile)).map(\.message.requestURI.string)
        #expect(told == ["sip:as.ims.example:5090", "sip:as2.ims.example:5090"])
        var fetch = message()
        fetch.contacts = []
        fetch.expires = nil
        #expect(registers(try laboratory.send(fetch)).isEmpty)
    }
}
