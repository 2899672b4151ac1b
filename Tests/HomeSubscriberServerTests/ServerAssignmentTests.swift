import Cx
import Diameter
import HomeSubscriberServer
import IMS
import Testing

@Suite("SAR, TS 29.228 §6.1.2")
struct ServerAssignmentTests {
    struct Row: Sendable {
        var type: ServerAssignmentType
        var state: Home.State
        var result: CxResult
        /// Afterwards.
        var becomes: Registration.State
        var isPending = false
        var keepsName = true
    }

    static let table: [Row] =
        [
            // NO_ASSIGNMENT changes nothing; the S-CSCF must be the one assigned.
            Row(
                type: .noAssignment, state: .fresh, result: .inAssignmentType, becomes: .notRegistered, keepsName: false
            ),
            Row(type: .noAssignment, state: .pending, result: .success, becomes: .notRegistered, isPending: true),
            Row(type: .noAssignment, state: .registered, result: .success, becomes: .registered),
            Row(type: .noAssignment, state: .unregistered, result: .success, becomes: .unregistered),
            Row(type: .noAssignment, state: .keptName, result: .success, becomes: .unregistered),

            Row(type: .registration, state: .fresh, result: .success, becomes: .registered),
            Row(type: .registration, state: .pending, result: .success, becomes: .registered),
            Row(type: .registration, state: .registered, result: .success, becomes: .registered),
            Row(type: .registration, state: .unregistered, result: .success, becomes: .registered),
            Row(type: .registration, state: .keptName, result: .success, becomes: .registered),

            Row(
                type: .reRegistration, state: .fresh, result: .inAssignmentType, becomes: .notRegistered,
                keepsName: false),
            Row(
                type: .reRegistration, state: .pending, result: .inAssignmentType, becomes: .notRegistered,
                isPending: true),
            Row(type: .reRegistration, state: .registered, result: .success, becomes: .registered),
            Row(type: .reRegistration, state: .unregistered, result: .inAssignmentType, becomes: .unregistered),
            Row(type: .reRegistration, state: .keptName, result: .inAssignmentType, becomes: .unregistered),

            Row(type: .unregisteredUser, state: .fresh, result: .success, becomes: .unregistered),
            Row(type: .unregisteredUser, state: .pending, result: .success, becomes: .unregistered),
            Row(type: .unregisteredUser, state: .registered, result: .inAssignmentType, becomes: .registered),
            Row(type: .unregisteredUser, state: .unregistered, result: .success, becomes: .unregistered),
            Row(type: .unregisteredUser, state: .keptName, result: .success, becomes: .unregistered),
        ]
        + [.timeoutDeregistration, .userDeregistration, .administrativeDeregistration, .deregistrationTooMuchData]
        .flatMap { type in
            [
                Row(type: type, state: .fresh, result: .inAssignmentType, becomes: .notRegistered, keepsName: false),
                Row(type: type, state: .pending, result: .inAssignmentType, becomes: .notRegistered, isPending: true),
                Row(type: type, state: .registered, result: .success, becomes: .notRegistered, keepsName: false),
                Row(type: type, state: .unregistered, result: .success, becomes: .notRegistered, keepsName: false),
                Row(type: type, state: .keptName, result: .success, becomes: .notRegistered, keepsName: false),
            ]
        }
        + [.timeoutDeregistrationStoreServerName, .userDeregistrationStoreServerName].flatMap { type in
            [
                Row(type: type, state: .fresh, result: .inAssignmentType, becomes: .notRegistered, keepsName: false),
                Row(type: type, state: .pending, result: .inAssignmentType, becomes: .notRegistered, isPending: true),
                Row(type: type, state: .registered, result: .success, becomes: .unregistered),
                Row(type: type, state: .unregistered, result: .success, becomes: .unregistered),
                Row(type: type, state: .keptName, result: .success, becomes: .unregistered),
            ]
        }
        + [.authenticationFailure, .authenticationTimeout].flatMap { type in
            [
                Row(type: type, state: .fresh, result: .success, becomes: .notRegistered, keepsName: false),
                Row(type: type, state: .pending, result: .success, becomes: .notRegistered, keepsName: false),
                Row(type: type, state: .registered, result: .success, becomes: .registered),
                Row(type: type, state: .unregistered, result: .success, becomes: .unregistered),
                Row(type: type, state: .keptName, result: .success, becomes: .unregistered),
            ]
        }
        + [.aaaUserDataRequest, .pgwUpdate].flatMap { type in
            [
                Row(type: type, state: .fresh, result: .inAssignmentType, becomes: .notRegistered, keepsName: false),
                Row(type: type, state: .pending, result: .inAssignmentType, becomes: .notRegistered, isPending: true),
                Row(type: type, state: .registered, result: .inAssignmentType, becomes: .registered),
                Row(type: type, state: .unregistered, result: .inAssignmentType, becomes: .unregistered),
                Row(type: type, state: .keptName, result: .inAssignmentType, becomes: .unregistered),
            ]
        }

    @Test("Every type in every state: result, state, S-CSCF", arguments: Home.Kind.allCases)
    func table(kind: Home.Kind) throws {
        let pairs = Set(Self.table.map { "\($0.type) \($0.state)" })
        #expect(pairs.count == ServerAssignmentType.allCases.count * Home.State.allCases.count)
        #expect(Self.table.count == pairs.count)
        for row in Self.table {
            var home = try Home(kind)
            try home.bring(to: row.state)
            let answer = try home.assign(row.type)
            let after = try home.subscription()
            #expect(answer.result == row.result, "\(row)")
            #expect(after.registrations.map(\.state) == [row.becomes], "\(row)")
            #expect(after.registrations.map(\.isAuthenticationPending) == [row.isPending], "\(row)")
            #expect(after.servingCSCF?.name == (row.keepsName ? Home.server : nil), "\(row)")
            let hasData = row.result == .success && row.type.rawValue <= 3
            #expect((answer.userData != nil) == hasData, "\(row)")
            if row.result == .inAssignmentType { #expect(home.refusals == ["WRONG_ASSIGNMENT_TYPE"]) }
        }
    }

    @Test("The profile: identities in order, the default first, the barred one marked", arguments: Home.Kind.allCases)
    func profile(kind: Home.Kind) throws {
        var home = try Home(kind, criteria: [LocationInfoTests.telephony, LocationInfoTests.voicemail])
        let charging = ChargingInformation(primaryChargingCollectionFunctionName: "aaa://ccf.example.org")
        try home.charge(charging)
        let answer = try home.assign(.registration)
        #expect(answer.userName == Home.user)
        #expect(answer.chargingInformation == charging)
        let profile = try IMSSubscription(parsing: try #require(answer.userData))
        #expect(profile.privateID == Home.user)
        #expect(profile.serviceProfiles.count == 1)
        #expect(profile.publicIdentities.map(\.identity) == [Home.identity, Home.tel, Home.temporary])
        #expect(profile.publicIdentities.map(\.isBarred) == [false, false, true])
        #expect(profile.defaultPublicIdentity?.identity == Home.identity)
        #expect(Set(profile.serviceProfiles[0].initialFilterCriteria.map(\.priority)) == [1, 2])
    }

    @Test("User-Data-Already-Available leaves the profile out", arguments: Home.Kind.allCases)
    func available(kind: Home.Kind) throws {
        var home = try Home(kind)
        let answer = try home.assign(.registration, available: .alreadyAvailable)
        #expect(answer.result == .success)
        #expect(answer.userData == nil)
    }

    @Test(
        "Another S-CSCF than the stored one: 5005, unless an authentication is pending", arguments: Home.Kind.allCases)
    func otherServer(kind: Home.Kind) throws {
        var home = try Home(kind)
        try home.bring(to: .registered)
        #expect(try home.assign(.registration, server: Home.otherServer).result == .identityAlreadyRegistered)
        #expect(home.refusals == ["IDENTITY_ALREADY_REGISTERED"])
        #expect(try home.assign(.timeoutDeregistration, server: Home.otherServer).result == .identityAlreadyRegistered)
        #expect(try home.authenticate(server: Home.otherServer).result == .success)
        #expect(try home.assign(.registration, server: Home.otherServer).result == .success)
        let assigned = AssignedServingCSCF(name: Home.otherServer, host: Home.peer.host)
        #expect(try home.subscription().servingCSCF == assigned)
    }

    @Test("Several identities only where the type allows them: Result-Code 5009", arguments: Home.Kind.allCases)
    func several(kind: Home.Kind) throws {
        var home = try Home(kind)
        try home.bring(to: .registered)
        #expect(try home.assign(.reRegistration, [Home.identity, Home.tel]).result == .base(.avpOccursTooManyTimes))
        #expect(home.refusals == ["TOO_MANY_IDENTITIES"])
        #expect(try home.assign(.userDeregistration, [Home.identity, Home.tel]).result == .success)
        #expect(try home.subscription().servingCSCF == nil)
    }

    @Test("De-registration without Public-Identity means all of the private identity", arguments: Home.Kind.allCases)
    func all(kind: Home.Kind) throws {
        var home = try Home(kind)
        try home.bring(to: .registered)
        #expect(try home.assign(.registration, []).result == .base(.missingAVP))
        #expect(try home.assign(.userDeregistration, user: nil, []).result == .base(.missingAVP))
        #expect(try home.assign(.userDeregistration, []).result == .success)
        #expect(try home.subscription().registrations[0].state == .notRegistered)
    }

    @Test("Without User-Name the identity alone tells the subscription", arguments: Home.Kind.allCases)
    func withoutUser(kind: Home.Kind) throws {
        var home = try Home(kind)
        let answer = try home.assign(.unregisteredUser, user: nil)
        #expect(answer.result == .success)
        #expect(answer.userName == Home.user)
        #expect(try home.assign(.unregisteredUser, user: nil, ["sip:nobody@\(Home.domain)"]).result == .userUnknown)
    }

    @Test("Unknown and mismatched identities: 5001, 5002", arguments: Home.Kind.allCases)
    func identities(kind: Home.Kind) throws {
        var home = try Home(kind)
        try home.add(imsi: "001010000000002", msisdn: "491700000002")
        #expect(try home.assign(.registration, user: "x@y").result == .userUnknown)
        #expect(try home.assign(.registration, ["sip:nobody@\(Home.domain)"]).result == .userUnknown)
        #expect(try home.assign(.registration, ["tel:+491700000002"]).result == .identitiesDontMatch)
        try home.bring(to: .registered)
        #expect(
            try home.assign(.userDeregistration, [Home.identity, "tel:+491700000002"]).result == .identitiesDontMatch)
        #expect(try home.subscription().registrations[0].state == .registered)
    }

    @Test("An HSS that keeps no names answers 2004 and clears it", arguments: Home.Kind.allCases)
    func nameNotStored(kind: Home.Kind) throws {
        var home = try Home(kind, keepsServerName: false)
        try home.bring(to: .registered)
        #expect(try home.assign(.userDeregistrationStoreServerName).result == .successServerNameNotStored)
        let after = try home.subscription()
        #expect(after.servingCSCF == nil)
        #expect(after.registrations[0].state == .notRegistered)
    }
}
