import IMS
import Octets
import ProxyCSCF
import SIP
import Testing

/// Each MUST of RFC 3329 §2 that binds a server, in the order of the text. TS 33.203 Annex H lets the P-CSCF answer a
/// REGISTER whose list it can use by the 401 of the home network, with Security-Server in it, instead of 494.
@Suite("RFC 3329 §2: what a server must do")
struct ServerClausesTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let clause: String
        var demand = SecurityPolicy.Demand.optional
        /// Security-Client; nil for none.
        var list: String? = usable
        var tags: [String] = ["Require"]
        var vias = 1
        let status: Status
        var hasList = true

        var testDescription: String { "\(clause): \(demand), \(tags.joined(separator: ", ")), \(list ?? "no list")" }
    }

    static let usable = "ipsec-3gpp;alg=hmac-sha-1-96;spi-c=1111;spi-s=2222;port-c=6001;port-s=6000"
    static let strange = "ipsec-3gpp;alg=hmac-sha-2-256;spi-c=1111;spi-s=2222;port-c=6001;port-s=6000"

    static let rows = [
        // §2.3.1: Require or Proxy-Require in an unprotected request.
        Row(clause: "§2.3.1 no list", list: nil, status: .securityAgreementRequired),
        Row(clause: "§2.3.1 no list", list: nil, tags: ["Proxy-Require"], status: .securityAgreementRequired),
        Row(clause: "§2.3.1 nothing in common", list: strange, status: .securityAgreementRequired),
        Row(clause: "§2.3.1 nothing in common", list: "tls, digest", status: .securityAgreementRequired),
        Row(
            clause: "§2.3.1 nothing in common", list: strange, tags: ["Proxy-Require"],
            status: .securityAgreementRequired),
        Row(clause: "§2.3.1 nothing in common", demand: .required, list: strange, status: .securityAgreementRequired),
        // Who demands nothing goes on without where it may.
        Row(clause: "§2.3.1 not demanded", list: strange, tags: ["Supported"], status: .unauthorized, hasList: false),
        Row(clause: "§2.3.1 not demanded", list: nil, tags: [], status: .unauthorized, hasList: false),
        // §2.3.1 and TS 33.203 Annex H: what the phone needs for the mechanism comes with the challenge.
        Row(clause: "§2.3.1 usable", status: .unauthorized),
        Row(clause: "§2.3.1 usable", tags: ["Supported"], status: .unauthorized),
        // §2.3.2: one Via alone.
        Row(clause: "§2.3.2 several Vias", vias: 2, status: .badGateway, hasList: false),
        Row(
            clause: "§2.3.2 several Vias", demand: .required, list: nil, tags: [], vias: 2, status: .badGateway,
            hasList: false),
        Row(clause: "§2.3.2 several Vias", list: nil, tags: [], vias: 2, status: .unauthorized, hasList: false),
        // §2.3.2: required by policy.
        Row(clause: "§2.3.2 without the tag", demand: .required, list: nil, tags: [], status: .extensionRequired),
        Row(
            clause: "§2.3.2 Supported", demand: .required, list: nil, tags: ["Supported"],
            status: .securityAgreementRequired),
        Row(
            clause: "§2.3.2 Require", demand: .required, list: nil, tags: ["Require", "Proxy-Require"],
            status: .securityAgreementRequired),
    ]

    @Test("§2.3.1, §2.3.2: unprotected requests", arguments: rows)
    func unprotected(row: Row) throws {
        var edge = ProtectedEdge(row.demand)
        let phone = ProtectedPhone()
        var request = phone.first
        request.more = (row.list.map { ["Security-Client: \($0)"] } ?? []) + row.tags.map { "\($0): sec-agree" }
        if row.vias > 1 { request.more.append("Via: SIP/2.0/UDP 192.0.2.77;branch=z9hG4bKhop") }
        var actions = try edge.send(request, from: phone.unprotected)
        if actions.forwarded != nil { actions = try edge.answer(actions, .unauthorized, ProtectedEdge.challenge) }
        let response = try #require(actions.response)
        #expect(response.status == row.status)
        let list = response.texts(.securityServer)
        #expect(list.isEmpty == !row.hasList)
        guard row.hasList, response.status != .unauthorized else { return }
        #expect(response.listContains(.require, token: "sec-agree"))
        // §2.3.1: it is the same whatever the phone's says.
        #expect(list.count == 6)
    }

    @Test("§2.2: no two mechanisms of ours have the same q, and the best has the highest", arguments: [nil, 4_500])
    func preferences(port: UInt16?) throws {
        var edge = ProtectedEdge { $0.security.encapsulationPort = port }
        let response = try #require(try edge.send(Request(), from: ProtectedPhone().unprotected).response)
        let values = try response.all(SecurityServer.self).compactMap(\.mechanism.q)
        #expect(values.count == (port == nil ? 6 : 12))
        #expect(Set(values).count == values.count)
        #expect(values == values.sorted(by: >))
    }

    @Test(
        "§2.3.1: Security-Verify of every protected request is checked: 494 with the list that was sent",
        arguments: ["REGISTER", "MESSAGE"])
    func verified(method: String) throws {
        var edge = ProtectedEdge()
        var phone = ProtectedPhone()
        try edge.register(&phone)
        let sent = try #require(phone.verify)
        func message(_ verify: String?) -> Request {
            phone.verify = verify
            guard method != "REGISTER" else { return phone.second }
            var request = Request(method: method)
            request.contacts = [phone.contact]
            request.more = (verify.map { ["Security-Verify: \($0)"] } ?? []) + ["Require: sec-agree"]
            return request
        }
        for forged in [sent.replacing("aes-cbc", with: "null"), "\(sent), tls;q=0.2", "tls"] {
            let actions = try edge.send(message(forged), from: phone.protected())
            #expect(actions.response?.status == .securityAgreementRequired)
            #expect(actions.response?.texts(.securityServer) == [sent])
            #expect(actions.forwarded == nil)
        }
        let passed = try #require(try edge.send(message(sent), from: phone.protected()).forwarded?.0)
        // §2.3.1: a proxy takes the tag and the list out.
        #expect(!passed.listContains(.require, token: "sec-agree"))
        #expect(!passed.contains(.proxyRequire))
        #expect(!passed.contains(.securityVerify))
    }

    @Test("§2.3.1: a Security-Verify that cannot be read is 400")
    func malformedVerify() throws {
        var edge = ProtectedEdge()
        var phone = ProtectedPhone()
        try edge.register(&phone)
        var request = Request(method: "MESSAGE")
        request.contacts = [phone.contact]
        request.more = ["Security-Verify: ;q=1"]
        #expect(try edge.send(request, from: phone.protected()).response?.status == .badRequest)
    }
}

@Suite("TS 33.203 Annex H: names of algorithms as phones write them")
struct AlgorithmNamesTests {
    @Test(
        "pairs",
        arguments: [
            ("alg=aes-gmac;ealg=null", "aes-gmac/null"), ("alg=aes-gmac", "aes-gmac/null"),
            ("alg=null;ealg=aes-gcm", "null/aes-gcm"), ("ealg=aes-gcm", "null/aes-gcm"),
            ("alg=NULL;ealg=AES-GCM", "null/aes-gcm"), ("alg=hmac-md5-96;ealg=aes-cbc", "hmac-md5-96/aes-cbc"),
            ("alg=hmac-sha-1-96", "hmac-sha-1-96/null"),
        ])
    func pairs(text: String, pair: String) throws {
        let mechanism = try SecurityMechanism(parsing: OctetSlice("ipsec-3gpp;prot=esp;mod=trans;\(text)"))
        #expect(mechanism.algorithms?.description == pair)
    }

    @Test(
        "what is no pair",
        arguments: [
            "alg=null;ealg=null", "alg=null", "ealg=null", "ealg=aes-cbc", "alg=hmac-sha-1-96;ealg=aes-gcm",
            "alg=aes-gmac;ealg=aes-cbc", "alg=hmac-sha-1-96;ealg=des-ede3-cbc", "alg=hmac-sha-1-96;mod=tun",
            "alg=hmac-sha-1-96;prot=ah",
        ])
    func noPair(text: String) throws {
        #expect(try SecurityMechanism(parsing: OctetSlice("ipsec-3gpp;\(text)")).algorithms == nil)
    }
}
