import Cx
import HomeSubscriberServer
import Testing

/// With `UserAuthorizationTests.table` and `ServerAssignmentTests.table`: every Cx command in every state of a
/// subscriber, by every type that it has.
@Suite("TS 29.228 §6.1, §6.3: every command in every state by every type")
struct CommandTableTests {
    /// For an S-CSCF that is the one stored, or the first to ask; and for another one. TS 29.228 §6.3.1: who is not the one
    /// stored takes its place, and the authentication is pending.
    private static let multimediaAuth: [(state: Home.State, own: Bool, other: Bool)] = [
        (.fresh, own: true, other: true), (.pending, own: true, other: true), (.registered, own: false, other: true),
        (.unregistered, own: false, other: true), (.keptName, own: false, other: true),
    ]

    @Test("MAR: by every scheme, from the S-CSCF that has the user and from another", arguments: Home.Kind.allCases)
    func multimediaAuth(kind: Home.Kind) throws {
        #expect(Self.multimediaAuth.map(\.state) == Home.State.allCases)
        for row in Self.multimediaAuth {
            for (server, isPending) in [(Home.server, row.own), (Home.otherServer, row.other)] {
                for scheme in [AuthenticationScheme.digestAKAv1MD5, .unknown, .sipDigest, .other("Early-IMS-Security")]
                {
                    var home = try Home(kind)
                    try home.bring(to: row.state)
                    let before = try home.subscription()
                    let answer = try home.authenticate(server: server, item: .request(scheme))
                    let after = try home.subscription()
                    guard scheme == .digestAKAv1MD5 || scheme == .unknown else {
                        #expect(answer.result == .authSchemeNotSupported, "\(scheme) in \(row.state)")
                        #expect(after == before, "\(scheme) in \(row.state)")
                        continue
                    }
                    #expect(answer.result == .success, "\(scheme) in \(row.state)")
                    #expect(answer.authenticationItems.map(\.scheme) == [.digestAKAv1MD5])
                    #expect(after.servingCSCF?.name == server, "\(row.state)")
                    #expect(after.registrations[0].isAuthenticationPending == isPending, "\(server) in \(row.state)")
                    #expect(after.registrations[0].state == before.registrations[0].state, "\(row.state)")
                }
            }
        }
    }

    @Test("LIR: by every type, with services for the unregistered and without", arguments: Home.Kind.allCases)
    func locationInfo(kind: Home.Kind) throws {
        let capabilities = ServerCapabilities(mandatory: [3])
        for state in Home.State.allCases {
            for criteria in [[], [LocationInfoTests.voicemail]] {
                var home = try Home(kind, criteria: criteria)
                try home.require(capabilities)
                try home.bring(to: state)
                let isServed = state == .registered || !criteria.isEmpty
                for type in [nil] + UserAuthorizationType.allCases {
                    for isOriginating in [false, true] {
                        let answer = try home.locate(Home.identity, type, isOriginating: isOriginating)
                        let words = "\(state), type \(type.map { "\($0)" } ?? "none")"
                        guard isServed else {
                            #expect(answer.result == .identityNotRegistered, "\(words)")
                            continue
                        }
                        let asksForCapabilities = type == .registrationAndCapabilities
                        let isNamed = state != .fresh && !asksForCapabilities
                        let expected: CxResult = isNamed || asksForCapabilities ? .success : .unregisteredService
                        #expect(answer.result == expected, "\(words)")
                        #expect(answer.serverName == (isNamed ? Home.server : nil), "\(words)")
                        #expect(answer.serverCapabilities == (isNamed ? nil : capabilities), "\(words)")
                    }
                }
            }
        }
    }

    @Test("UAR: barred wholly, in a network that is not allowed, for an emergency, by every type in every state")
    func userAuthorization() throws {
        for state in Home.State.allCases {
            for type in UserAuthorizationType.allCases {
                var home = try Home(.dictionary)
                try home.bring(to: state)
                let allowed = try home.authorise(Home.identity, type)
                try home.allow(networks: ["elsewhere.net"])
                #expect(try home.authorise(Home.identity, type).result == .roamingNotAllowed, "\(type) in \(state)")
                #expect(
                    try home.authorise(Home.identity, type, flags: .emergencyRegistration) == allowed,
                    "\(type) in \(state)")
                try home.barEverything()
                #expect(
                    try home.authorise(Home.identity, type).result == .base(.authorizationRejected),
                    "barred before roaming: \(type) in \(state)")
                #expect(
                    try home.authorise(Home.identity, type, flags: .emergencyRegistration) == allowed,
                    "\(type) in \(state)")
            }
        }
    }
}
