import Cx
import HomeSubscriberServer
import Testing

@Suite("UAR, TS 29.228 §6.1.1")
struct UserAuthorizationTests {
    /// Result by type and state; with a name, the S-CSCF's; with capabilities where an S-CSCF is to be chosen.
    static let table: [(UserAuthorizationType?, Home.State, CxResult, name: Bool, capabilities: Bool)] = [
        (nil, .fresh, .firstRegistration, false, true),
        (.registration, .fresh, .firstRegistration, false, true),
        (.registration, .pending, .subsequentRegistration, true, false),
        (.registration, .registered, .subsequentRegistration, true, false),
        (.registration, .unregistered, .subsequentRegistration, true, false),
        (.registration, .keptName, .subsequentRegistration, true, false),
        (.deregistration, .fresh, .identityNotRegistered, false, false),
        (.deregistration, .pending, .identityNotRegistered, false, false),
        (.deregistration, .registered, .success, true, false),
        (.deregistration, .unregistered, .success, true, false),
        (.deregistration, .keptName, .success, true, false),
        (.registrationAndCapabilities, .fresh, .success, false, true),
        (.registrationAndCapabilities, .pending, .success, false, true),
        (.registrationAndCapabilities, .registered, .success, false, true),
        (.registrationAndCapabilities, .unregistered, .success, false, true),
        (.registrationAndCapabilities, .keptName, .success, false, true),
    ]

    @Test("Every type in every state", arguments: Home.Kind.allCases)
    func table(kind: Home.Kind) throws {
        let capabilities = ServerCapabilities(mandatory: [1, 2], optional: [7], serverNames: [Home.server])
        for (type, state, result, name, offers) in Self.table {
            var home = try Home(kind)
            try home.require(capabilities)
            try home.bring(to: state)
            let answer = try home.authorise(Home.identity, type)
            #expect(answer.result == result, "\(type?.rawValue ?? 99) in \(state)")
            #expect(answer.serverName == (name ? Home.server : nil), "\(type?.rawValue ?? 99) in \(state)")
            #expect(answer.serverCapabilities == (offers ? capabilities : nil), "\(type?.rawValue ?? 99) in \(state)")
        }
    }

    @Test("Another identity of the subscription finds the same S-CSCF", arguments: Home.Kind.allCases)
    func otherIdentity(kind: Home.Kind) throws {
        var home = try Home(kind)
        try home.bring(to: .registered)
        for identity in [Home.tel, Home.temporary] {
            let answer = try home.authorise(identity)
            #expect(answer.result == .subsequentRegistration)
            #expect(answer.serverName == Home.server)
        }
    }

    @Test("Unknown identities: 5001", arguments: Home.Kind.allCases)
    func unknown(kind: Home.Kind) throws {
        var home = try Home(kind)
        #expect(try home.authorise(user: "001010000000099@\(Home.domain)").result == .userUnknown)
        #expect(home.refusals == ["UNKNOWN_SUBSCRIBER"])
        #expect(home.observations.first?.refusal?.answer == "5001 USER_UNKNOWN")
        #expect(home.observations.first?.refusal?.hint.contains("--imsi 001010000000099") == true)
        #expect(try home.authorise("sip:nobody@\(Home.domain)").result == .userUnknown)
        #expect(try !home.authorise(user: "\(Home.user)\u{0}x").result.isSuccess, "a NUL ends no name")
        #expect(try !home.authorise("\(Home.identity)\u{0}x").result.isSuccess)
        #expect(try home.authorise(user: String(repeating: "a", count: 65_536)).result == .userUnknown)
    }

    @Test(
        "Identities of two subscribers: 5002, and the refusal says what belongs to whom", arguments: Home.Kind.allCases)
    func mismatch(kind: Home.Kind) throws {
        var home = try Home(kind)
        try home.add(imsi: "001010000000002", msisdn: "491700000002")
        let answer = try home.authorise("sip:+491700000002@\(Home.domain)")
        #expect(answer.result == .identitiesDontMatch)
        let refusal = try #require(home.observations.first?.refusal)
        #expect(refusal.code == "IDENTITIES_DONT_MATCH")
        #expect(refusal.sentence.contains("001010000000002@\(Home.domain)"))
        #expect(refusal.hint.contains(Home.identity))
    }

    @Test("Every identity of the set barred: Result-Code 5003, before roaming", arguments: Home.Kind.allCases)
    func barred(kind: Home.Kind) throws {
        var home = try Home(kind)
        #expect(try home.authorise(Home.temporary).result == .firstRegistration, "one of the set is not barred")
        try home.barEverything()
        try home.allow(networks: ["elsewhere.net"])
        #expect(try home.authorise(Home.temporary).result == .base(.authorizationRejected))
        #expect(home.refusals == ["IDENTITY_BARRED"])
    }

    @Test("A network that is not allowed: 5004", arguments: Home.Kind.allCases)
    func roaming(kind: Home.Kind) throws {
        var home = try Home(kind)
        try home.allow(networks: ["home.net", "Partner.net"])
        #expect(try home.authorise(visited: "visited.net").result == .roamingNotAllowed)
        #expect(home.refusals == ["ROAMING_NOT_ALLOWED"])
        #expect(try home.authorise(visited: "partner.NET").result == .firstRegistration)
    }

    @Test("Without capabilities nothing is said, and any S-CSCF will do", arguments: Home.Kind.allCases)
    func noCapabilities(kind: Home.Kind) throws {
        var home = try Home(kind)
        #expect(try home.authorise().serverCapabilities == nil)
    }
}
