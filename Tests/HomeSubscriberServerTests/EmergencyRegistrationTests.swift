import Cx
import Diameter
import HomeSubscriberServer
import IMS
import Octets
import Testing

@Suite("TS 29.228 §6.1.1, §6.1.3: emergency registration at the HSS")
struct EmergencyRegistrationTests {
    @Test("Neither barring nor roaming keeps anybody from it, in every state", arguments: Home.Kind.allCases)
    func authorised(kind: Home.Kind) throws {
        let table: [(Home.State, CxResult)] = [
            (.fresh, .firstRegistration), (.pending, .subsequentRegistration), (.registered, .subsequentRegistration),
            (.unregistered, .subsequentRegistration), (.keptName, .subsequentRegistration),
        ]
        for (state, expected) in table {
            var home = try Home(kind)
            try home.bring(to: state)
            try home.allow(networks: ["elsewhere.net"])
            #expect(try home.authorise().result == .roamingNotAllowed)
            let roaming = try home.authorise(flags: .emergencyRegistration)
            #expect(roaming.result == expected, "\(state)")
            #expect(roaming.serverName == (state == .fresh ? nil : Home.server), "the S-CSCF that is assigned stays")
        }
        var barred = try Home(kind)
        try barred.barEverything()
        #expect(try barred.authorise().result == .base(.authorizationRejected))
        #expect(try barred.authorise(flags: .emergencyRegistration).result == .firstRegistration)
        #expect(
            try barred.authorise(Home.identity, .registrationAndCapabilities, flags: .emergencyRegistration).result
                == .success)
        #expect(try barred.assign(.registration).result == .success)
    }

    @Test("Who is unknown, or somebody else, stays refused: 5001, 5002", arguments: Home.Kind.allCases)
    func strangers(kind: Home.Kind) throws {
        var home = try Home(kind)
        try home.add(imsi: "001010000000002", msisdn: "491700000002")
        let other = "sip:+491700000002@\(Home.domain)"
        #expect(try home.authorise(user: "x@y", flags: .emergencyRegistration).result == .userUnknown)
        #expect(try home.authorise(other, flags: .emergencyRegistration).result == .identitiesDontMatch)
    }

    /// A registration whose only contact is one for emergency calls.
    private func contact(_ parameters: String) -> ServingCSCFRestoration {
        ServingCSCFRestoration(
            userName: Home.user,
            registrations: [
                RestorationInformation(
                    path: "<sip:pcscf.example.org;lr>",
                    contact: OctetSlice("<sip:user@192.0.2.1:5060\(parameters)>;expires=3600"))
            ])
    }

    @Test("An emergency registration beside another leaves that as it is", arguments: Home.Kind.allCases)
    func beside(kind: Home.Kind) throws {
        var home = try Home(kind)
        try home.bring(to: .registered)
        let before = try home.subscription()
        #expect(try home.authorise(flags: .emergencyRegistration).serverName == Home.server)
        #expect(try home.authenticate().result == .success)
        #expect(try home.assign(.reRegistration).result == .success)
        var after = try home.subscription()
        after.privateIdentities = before.privateIdentities  // but for the number drawn
        #expect(after == before)
        #expect(home.asked.isEmpty, "no RTR, no PPR")
    }

    @Test("The operator sees which registrations are for emergency calls only", arguments: Home.Kind.allCases)
    func report(kind: Home.Kind) throws {
        var home = try Home(kind)
        for (parameters, isForEmergency) in [(";sos", true), (";SOS;ob", true), ("", false), (";x=sos", false)] {
            #expect(try home.assign(.registration, restoration: contact(parameters)).result == .success)
            let reports = try home.subscription().registrationReports
            #expect(reports.map { $0["emergency"] } == Array(repeating: .boolean(isForEmergency), count: 3))
        }
    }

    /// Ends all registrations of the user; the S-CSCF answers that it keeps some for emergency calls.
    private func kick(_ home: inout Home, keeping identities: [EmergencyIdentity], by origin: LocalOrigin = Home.peer) {
        let actions = home.handle(.command(Command("kick", ["identity": Home.user]), CommandID(rawValue: 1)))
        for case .ask(let message, let id) in actions {
            let answer = RegistrationTerminationAnswer(.success, emergencyIdentities: identities)
            _ = home.handle(.answer(answer.message(answering: message, origin: origin), id))
        }
    }

    @Test("What the S-CSCF keeps for emergency calls after an RTR stays registered", arguments: Home.Kind.allCases)
    func kept(kind: Home.Kind) throws {
        var home = try Home(kind)
        try home.bring(to: .registered)
        kick(&home, keeping: [EmergencyIdentity(userName: Home.user, publicIdentity: Home.identity)])
        let after = try home.subscription()
        #expect(after.servingCSCF?.name == Home.server)
        #expect(after.state(ofSet: 0) == .registered)
        #expect(home.role.nextDeadline == nil, "the RTR is done")
        #expect(try home.assign(.timeoutDeregistration).result == .success, "the emergency is over")
        #expect(try home.subscription().servingCSCF == nil)
    }

    @Test("Nothing comes back for strangers, nor for who has moved on", arguments: Home.Kind.allCases)
    func gone(kind: Home.Kind) throws {
        var home = try Home(kind)
        try home.bring(to: .registered)
        kick(
            &home,
            keeping: [
                EmergencyIdentity(userName: "x@y", publicIdentity: Home.identity),
                EmergencyIdentity(userName: Home.user, publicIdentity: "sip:nobody@example.org"),
            ])
        #expect(try home.subscription().servingCSCF == nil)

        try home.bring(to: .registered)
        let asks = home.handle(.command(Command("kick", ["identity": Home.user]), CommandID(rawValue: 1)))
        #expect(try home.assign(.registration, server: Home.otherServer).result == .success)
        for case .ask(let message, let id) in asks {
            let identity = EmergencyIdentity(userName: Home.user, publicIdentity: Home.identity)
            let answer = RegistrationTerminationAnswer(.success, emergencyIdentities: [identity])
            _ = home.handle(.answer(answer.message(answering: message, origin: Home.peer), id))
        }
        #expect(try home.subscription().servingCSCF?.name == Home.otherServer)
    }
}
