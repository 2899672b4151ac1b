import Cx
import Diameter
import IMS
import Octets
import SIP
import Testing

@Suite("TS 24.229 §5.3.1.2 and TS 29.228 §6.1.1: the question to the HSS")
struct UserAuthorizationTests {
    private func question(_ request: Request) throws -> UserAuthorizationRequest {
        var entry = EntryPoint()
        return try UserAuthorizationRequest(decoding: try #require(try entry.send(request).question).0)
    }

    @Test("what the UAR says")
    func contents() throws {
        var entry = EntryPoint()
        let actions = try entry.send(Request())
        #expect(actions.shape == ["count registerReceived", "ask registration"])
        let message = try #require(actions.question).0
        #expect(message[.destinationRealm] == DiameterIdentity(EntryPoint.domain))
        #expect(message[.originHost] == DiameterIdentity("icscf.\(EntryPoint.domain)"))
        let request = try UserAuthorizationRequest(decoding: message)
        #expect(request.userName == EntryPoint.privateIdentity)
        #expect(request.publicIdentity == EntryPoint.publicIdentity)
        #expect(request.visitedNetworkIdentifier.string == "visited.example")
        #expect(request.userAuthorizationType == .registration)
        #expect(request.flags == [])
    }

    @Test("sos in the Contact URI: the flag by which the HSS knows an emergency registration")
    func emergency() throws {
        let contact = "<sip:001010000000001@10.0.0.1:5060;sos>;expires=600"
        #expect(try question(Request(contacts: [contact])).flags == .emergencyRegistration)
        #expect(try question(Request(contacts: ["<sip:001010000000001@10.0.0.1:5060;sos=1>"])).flags != [])
        #expect(try question(Request(contacts: ["<sip:sos@10.0.0.1:5060>;sos"])).flags == [])
    }

    @Test(
        "F23: the HSS has forgotten a user who refreshes through his security association: he is challenged anew",
        arguments: [("yes", "no"), ("tls-yes", "tls-pending"), ("ip-assoc-yes", "ip-assoc-pending"), ("no", "no")])
    func forgotten(protection: String, forwarded: String) throws {
        for (result, expected) in [(CxResult.firstRegistration, forwarded), (.subsequentRegistration, protection)] {
            var entry = EntryPoint()
            let actions = try entry.answer(
                try entry.send(Request(protection: protection)), result, name: EntryPoint.first)
            let message = try #require(actions.forwarded).0
            let credentials = try #require(try message.first(Authorization.self)).credentials
            #expect(credentials.integrityProtected?.string == expected)
            #expect(credentials.username?.string == EntryPoint.privateIdentity)
        }
    }

    @Test("every question is a session of its own")
    func sessions() throws {
        var entry = EntryPoint()
        let first = try #require(try entry.send(Request()).question).0
        let second = try #require(try entry.send(Request()).question).0
        #expect(first[.sessionID] != second[.sessionID])
    }

    @Test(
        "To names the public identity: canonical, without parameters",
        arguments: [
            ("<sip:+15550001@IMS.MNC001.MCC001.3gppnetwork.org;user=phone>;x=1", "sip:+15550001@\(EntryPoint.domain)"),
            ("\"A\" <tel:+1-555-0001>", "tel:+15550001"), ("sip:a@\(EntryPoint.domain)", "sip:a@\(EntryPoint.domain)"),
        ])
    func publicIdentity(_ to: String, _ expected: String) throws {
        #expect(try question(Request(to: to)).publicIdentity == expected)
    }

    @Test(
        "without Authorization the private identity is derived, TS 23.003 §13.4",
        arguments: [
            ("<\(EntryPoint.publicIdentity)>", EntryPoint.privateIdentity), ("<tel:+15550001>", "+15550001"),
        ])
    func derived(_ to: String, _ expected: String) throws {
        #expect(try question(Request(to: to, username: nil)).userName == expected)
        #expect(try question(Request(to: to, username: "")).userName == expected)
    }

    @Test(
        "RFC 7315 §4.3: the visited network, with or without quotes; ours without the header",
        arguments: [
            ("\"visited.example\"", "visited.example"), ("visited.example", "visited.example"),
            ("\"Visited 1\"", "Visited 1"), ("v1, v2", "v1"),
        ])
    func visitedNetwork(_ header: String, _ expected: String) throws {
        #expect(try question(Request(visitedNetwork: header)).visitedNetworkIdentifier.string == expected)
        #expect(
            try question(Request(visitedNetwork: nil)).visitedNetworkIdentifier.string == EntryPoint.domain)
    }

    @Test("DE_REGISTRATION when every contact goes")
    func deregistration() throws {
        let contact = "<sip:a@10.0.0.1>"
        let cases: [([String], Int?, UserAuthorizationType)] = [
            ([contact], 0, .deregistration), (["\(contact);expires=0"], 600, .deregistration),
            (["\(contact);expires=0"], nil, .deregistration), (["*"], 0, .deregistration),
            (["\(contact);expires=0", "<sip:b@10.0.0.1>;expires=0"], 600, .deregistration),
            (["\(contact);expires=0", "<sip:b@10.0.0.1>"], 600, .registration),
            (["\(contact);expires=600"], 0, .registration), ([contact], nil, .registration),
            ([], 0, .registration), ([], nil, .registration),
        ]
        for (contacts, expires, type) in cases {
            #expect(try question(Request(contacts: contacts, expires: expires)).userAuthorizationType == type)
        }
    }
}
