import IMS
import Octets
import ProxyCSCF
import SIP
import Testing

@Suite("RFC 3329 §2.3: who does not agree, and who agrees on something else")
struct SecurityRefusalTests {
    private var edge = ProtectedEdge()
    private var phone = ProtectedPhone()

    private func code(_ actions: [Action<ProxyWork>]) -> String? {
        for case .observe(let observation) in actions { if let code = observation.refusal?.code { return code } }
        return nil
    }

    @Test("§2.3.2: 421 for a REGISTER without the option tag, with our list and Require")
    mutating func extensionRequired() throws {
        let actions = try edge.send(Request(), from: phone.unprotected)
        let response = try #require(actions.response)
        #expect(response.status == .extensionRequired)
        #expect(response.listContains(.require, token: "sec-agree"))
        #expect(response.texts(.securityServer).count == 6)
        #expect(response.texts(.securityServer).first?.contains("alg=hmac-sha-1-96;ealg=aes-cbc") == true)
        #expect(code(actions) == "SECURITY_AGREEMENT_REQUIRED")
    }

    @Test(
        "§2.3.1, §2.3.2: 494 for the option tag without a list", arguments: ["Supported", "Require", "Proxy-Require"])
    mutating func agreementRequired(header: String) throws {
        var request = Request()
        request.more = ["\(header): sec-agree"]
        let response = try #require(try edge.send(request, from: phone.unprotected).response)
        #expect(response.status == .securityAgreementRequired)
        #expect(response.listContains(.require, token: "sec-agree"))
        #expect(response.texts(.securityServer).count == 6)
    }

    @Test("§2.3.1: the list does not depend on the phone's")
    mutating func listIsOurs() throws {
        let one = try #require(try edge.send(Request(), from: phone.unprotected).response)
        phone.pairs = ["hmac-sha-2-256/null"]
        let other = try #require(try edge.send(phone.first, from: phone.unprotected).response)
        #expect(other.status == .securityAgreementRequired)
        #expect(one.texts(.securityServer) == other.texts(.securityServer))
    }

    @Test(
        "mechanisms that cannot be used",
        arguments: [
            "tls", "ipsec-ike", "ipsec-3gpp", "ipsec-3gpp;alg=hmac-sha-1-96",
            "ipsec-3gpp;alg=hmac-sha-1-96;spi-c=255;spi-s=2222;port-c=6001;port-s=6000",
            "ipsec-3gpp;alg=hmac-sha-1-96;spi-c=2222;spi-s=2222;port-c=6001;port-s=6000",
            "ipsec-3gpp;alg=hmac-sha-1-96;spi-c=1111;spi-s=4294967296;port-c=6001;port-s=6000",
            "ipsec-3gpp;alg=hmac-sha-1-96;spi-c=1111;spi-s=2222;port-c=65536;port-s=6000",
            "ipsec-3gpp;alg=hmac-sha-1-96;spi-c=1111;spi-s=2222;port-c=5060;port-s=6000",
            "ipsec-3gpp;alg=hmac-sha-1-96;spi-c=1111;spi-s=2222;port-c=6001;port-s=0",
            "ipsec-3gpp;alg=hmac-sha-1-96;spi-c=1111;spi-s=2222;port-c=6001;port-s=6000;prot=ah",
            "ipsec-3gpp;alg=hmac-sha-1-96;spi-c=1111;spi-s=2222;port-c=6001;port-s=6000;mod=UDP-enc-tun",
            "ipsec-3gpp;alg=hmac-sha-1-96;ealg=des-ede3-cbc;spi-c=1111;spi-s=2222;port-c=6001;port-s=6000",
        ])
    mutating func unusable(mechanism: String) throws {
        phone.client = mechanism
        #expect(try edge.send(phone.first, from: phone.unprotected).response?.status == .securityAgreementRequired)
        #expect(edge.kernel.associations.isEmpty)
    }

    @Test("without ealg nothing is encrypted; without prot and mod it is ESP in transport mode; case says nothing")
    mutating func defaults() throws {
        phone.client = "IPSEC-3GPP;ALG=HMAC-SHA-1-96;spi-c=1111;spi-s=2222;port-c=6001;port-s=6000"
        #expect(try edge.challenge(phone).response?.status == .unauthorized)
        #expect(edge.kernel.associations.first?.algorithms == SecurityAlgorithms("hmac-sha-1-96/null"))
    }

    @Test("§2.3.1: Security-Verify that is not what was sent is 494 with what was sent")
    mutating func verifyMismatch() throws {
        try phone.take(try #require(try edge.challenge(phone).response))
        let sent = try #require(phone.verify)
        for forged in [nil, sent.replacing("aes-cbc", with: "null"), "\(sent), tls;q=0.2", "ipsec-3gpp"] {
            phone.verify = forged
            let actions = try edge.send(phone.second, from: phone.protected())
            #expect(actions.response?.status == .securityAgreementRequired)
            #expect(actions.response?.texts(.securityServer) == [sent])
            #expect(actions.forwarded == nil)
        }
        // Neither case nor order of parameters makes another list.
        phone.verify = "IPSEC-3GPP;" + sent.split(separator: ";").dropFirst().reversed().joined(separator: "; ")
        #expect(try edge.authenticate(phone).response?.status == .ok)
    }

    @Test("Security-Client that is not the first one's is 403")
    mutating func clientMismatch() throws {
        try phone.take(try #require(try edge.challenge(phone).response))
        phone.client = phone.securityClient.replacing("22222", with: "22223")
        let actions = try edge.send(phone.second, from: phone.protected())
        #expect(actions.response?.status == .forbidden)
        #expect(code(actions) == "SECURITY_CLIENT_MISMATCH")
    }

    @Test("the answer to a challenge outside its associations is 494; a request for resynchronisation is not")
    mutating func answerOutside() throws {
        try phone.take(try #require(try edge.challenge(phone).response))
        let actions = try edge.send(phone.second, from: phone.unprotected)
        #expect(actions.response?.status == .securityAgreementRequired)
        #expect(code(actions) == "OUTSIDE_SECURITY_ASSOCIATIONS")
        var request = phone.second
        request.authorization = request.authorization.map { $0 + ",auts=\"AAAAAAAAAAAAAAAAAAA=\"" }
        #expect(try edge.send(request, from: phone.unprotected).forwarded != nil)
    }

    @Test("what comes to a protected port outside every association is 403", arguments: ["REGISTER", "MESSAGE"])
    mutating func stray(method: String) throws {
        var request = phone.second
        request.method = method
        let actions = try edge.send(request, from: phone.protected())
        #expect(actions.response?.status == .forbidden)
        #expect(actions.forwarded == nil)
    }

    @Test("a phone that has associations is not heard past them")
    mutating func past() throws {
        try edge.register(&phone)
        var request = Request(method: "MESSAGE")
        request.contacts = [phone.contact]
        for port in [phone.clientPort, phone.serverPort, 5060] {
            let hop = Hop(.udp, AccessEdge.listener, Endpoint(phone.address, port))
            #expect(try edge.send(request, from: hop).response?.status == .forbidden)
        }
        #expect(try edge.send(request, from: phone.protected()).forwarded != nil)
    }

    @Test(
        "behind a NAT a phone is refused with a sentence; where IPsec is optional and the phone demands none it goes on without"
    )
    mutating func behindNAT() throws {
        let elsewhere = Hop(.udp, AccessEdge.listener, Endpoint(.v4(0xC000_0201), 40_000))
        let actions = try edge.send(phone.first, from: elsewhere)
        #expect(actions.response?.status == .forbidden)
        #expect(code(actions) == "PHONE_BEHIND_NAT")
        edge = ProtectedEdge(.optional)
        #expect(try edge.send(phone.first, from: elsewhere).response?.status == .securityAgreementRequired)
        phone.demands = false
        let passed = try edge.answer(
            try edge.send(phone.first, from: elsewhere), .unauthorized, ProtectedEdge.challenge)
        #expect(passed.response?.status == .unauthorized)
        #expect(passed.response?.contains(.securityServer) == false)
        #expect(edge.kernel.associations.isEmpty)
    }

    @Test("a list that cannot be read is 400", arguments: ["ipsec-3gpp;;", ";alg=x", "ipsec-3gpp alg"])
    mutating func malformed(list: String) throws {
        phone.client = list
        #expect(try edge.send(phone.first, from: phone.unprotected).response?.status == .badRequest)
    }

    @Test("a challenge without keys cannot be protected", arguments: [SecurityPolicy.Demand.required, .optional])
    mutating func withoutKeys(demand: SecurityPolicy.Demand) throws {
        edge = ProtectedEdge(demand)
        let challenge = "Digest realm=\"\(AccessEdge.domain)\", nonce=\"bm9uY2U=\", algorithm=MD5"
        let actions = try edge.answer(
            try edge.send(phone.first, from: phone.unprotected), .unauthorized, [(.wwwAuthenticate, challenge)])
        #expect(actions.response?.status == (demand == .required ? .forbidden : .unauthorized))
    }

    @Test("a phone that the registrar takes without a challenge is refused where IPsec is required")
    mutating func unchallenged() throws {
        let actions = try edge.answer(try edge.send(phone.first, from: phone.unprotected), .ok, phone.bound(600))
        #expect(actions.response?.status == .forbidden)
        #expect(code(actions) == "REGISTERED_WITHOUT_CHALLENGE")
        #expect(try edge.edge.registrations() == 0)
        edge = ProtectedEdge(.optional)
        let passed = try edge.answer(try edge.send(phone.first, from: phone.unprotected), .ok, phone.bound(600))
        #expect(passed.response?.status == .ok)
    }

    @Test("what the kernel refuses is a 500 with its sentence, and leaves nothing behind")
    mutating func kernelRefuses() throws {
        edge.kernel.failure = "the kernel has no ESP"
        let actions = try edge.challenge(phone)
        #expect(actions.response?.status == .serverInternalError)
        #expect(try edge.states().isEmpty)
        for case .observe(let observation) in actions {
            #expect(observation.refusal?.sentence.contains("the kernel has no ESP") ?? true)
        }
        edge.kernel.failure = nil
        #expect(try edge.challenge(phone).response?.status == .unauthorized)
    }

    @Test("off: offers are taken off and not answered")
    mutating func off() throws {
        edge = ProtectedEdge(.off)
        let actions = try edge.challenge(phone)
        #expect(actions.response?.status == .unauthorized)
        #expect(actions.response?.contains(.securityServer) == false)
        #expect(edge.kernel.associations.isEmpty)
    }

    @Test("optional: who offers agrees, who does not registers without")
    mutating func optional() throws {
        edge = ProtectedEdge(.optional)
        #expect(try edge.challenge(phone).response?.contains(.securityServer) == true)
        #expect(edge.kernel.associations.count == 4)
        #expect(try edge.edge.register(from: AccessEdge.phone).response?.status == .ok)
    }
}
