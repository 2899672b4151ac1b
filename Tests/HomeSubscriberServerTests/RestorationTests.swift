import Cx
import HomeSubscriberServer
import IMS
import Octets
import Testing

@Suite("TS 23.380: what an S-CSCF needs after a restart")
struct RestorationTests {
    static let restoration = ServingCSCFRestoration(
        userName: Home.user,
        registrations: [
            RestorationInformation(
                path: "<sip:pcscf.example.org;lr>", contact: "<sip:alice@192.0.2.7:5060>;expires=600",
                initialCSeqSequenceNumber: 7, callID: "a84b4c76e66710",
                subscription: SubscriptionInformation(
                    callID: "c", from: "<sip:a@b>;tag=1", to: "<sip:a@b>;tag=2", recordRoute: "<sip:p;lr>",
                    contact: "<sip:a@c>"))
        ], authenticationScheme: .digestAKAv1MD5)

    private func registered(_ kind: Home.Kind) throws -> Home {
        var home = try Home(kind)
        let answer = try home.assign(.registration, restoration: Self.restoration, features: .restoration)
        #expect(answer.result == .success)
        #expect(answer.supportedFeatures.first?.featureList.contains(.restoration) == true)
        return home
    }

    @Test("What a registration leaves comes back with NO_ASSIGNMENT, the profile too", arguments: Home.Kind.allCases)
    func comesBack(kind: Home.Kind) throws {
        var home = try registered(kind)
        let answer = try home.assign(.noAssignment, features: .restoration)
        #expect(answer.result == .success && answer.userData != nil)
        #expect(answer.restorations == [Self.restoration])
        let without = try home.assign(.noAssignment)
        #expect(without.restorations.isEmpty && without.supportedFeatures.isEmpty, "it cannot use it")
    }

    @Test("A later one replaces it, a re-registration without one keeps it", arguments: Home.Kind.allCases)
    func replaced(kind: Home.Kind) throws {
        var home = try registered(kind)
        #expect(try home.assign(.reRegistration, features: .restoration).result == .success)
        #expect(try home.assign(.noAssignment, features: .restoration).restorations == [Self.restoration])
        var later = Self.restoration
        later.registrations[0].contact = "<sip:alice@192.0.2.8>"
        #expect(try home.assign(.reRegistration, restoration: later, features: .restoration).result == .success)
        #expect(try home.assign(.noAssignment, features: .restoration).restorations == [later])
        #expect(try home.assign(.registration, features: .restoration).result == .success)
        #expect(try home.assign(.noAssignment, features: .restoration).restorations.isEmpty)
    }

    @Test(
        "It ends with the registration",
        arguments: Home.Kind.allCases,
        [
            ServerAssignmentType.userDeregistration, .timeoutDeregistration, .administrativeDeregistration,
            .userDeregistrationStoreServerName,
        ])
    func ends(kind: Home.Kind, type: ServerAssignmentType) throws {
        var home = try registered(kind)
        #expect(try home.assign(type).result == .success)
        #expect(try home.subscription().registrations[0].restoration == nil)
    }

    @Test(
        "An S-CSCF that takes a registered user for unregistered is refused and told what he was",
        arguments: Home.Kind.allCases)
    func forgotten(kind: Home.Kind) throws {
        var home = try registered(kind)
        let answer = try home.assign(.unregisteredUser, user: nil, features: .restoration)
        #expect(answer.result == .inAssignmentType)
        #expect(answer.restorations == [Self.restoration] && answer.userData != nil)
        #expect(try home.subscription().registrations[0].state == .registered)
        #expect(try home.assign(.unregisteredUser, user: nil).restorations.isEmpty)
    }

    @Test("Another S-CSCF may take over what is left, and only then", arguments: Home.Kind.allCases)
    func takenOver(kind: Home.Kind) throws {
        var home = try registered(kind)
        #expect(try home.assign(.noAssignment, server: Home.otherServer).result == .identityAlreadyRegistered)
        #expect(
            try home.assign(.userDeregistration, server: Home.otherServer, features: .restoration).result
                == .identityAlreadyRegistered, "it may go on with him, not end him")
        let answer = try home.assign(.noAssignment, server: Home.otherServer, features: .restoration)
        #expect(answer.result == .success && answer.restorations == [Self.restoration])
        #expect(try home.subscription().servingCSCF?.name == Home.otherServer)
        #expect(try home.subscription().registrations[0].state == .registered)
    }

    @Test("apply keeps it as it keeps the registration")
    func applied() throws {
        var home = try registered(.sqlite)
        var record = SubscriptionRecord(try Home.record())
        record.publicIdentities[0].displayName = "Alice"
        #expect(try home.store().apply(record) == .changed)
        #expect(try home.subscription().registrations[0].restoration == Self.restoration)
    }
}
