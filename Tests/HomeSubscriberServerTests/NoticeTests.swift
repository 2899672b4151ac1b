import Cx
import Diameter
import HomeSubscriberServer
import IMS
import Octets
import Testing

@Suite("TS 29.228 §6.1.3 and §6.2.2: RTR and PPR of the HSS")
struct NoticeTests {
    /// What the role asks of S-CSCFs in these actions.
    private func asks(_ actions: [Action<HomeSubscriberServer.Work>]) -> [(message: DiameterMessage, id: AskID)] {
        actions.compactMap { if case .ask(let message, let id) = $0 { (message, id) } else { nil } }
    }

    private func command(
        _ home: inout Home, _ name: String, _ identity: String = Home.identity, _ more: [String: String] = [:]
    ) -> (asks: [(message: DiameterMessage, id: AskID)], report: Report?) {
        let arguments = more.merging(["identity": identity]) { $1 }
        let actions = home.handle(.command(Command(name, arguments), CommandID(rawValue: 1)))
        var report: Report?
        for case .reply(let reply, _) in actions { report = reply }
        return (asks(actions), report)
    }

    private func answer(_ home: inout Home, _ ask: (message: DiameterMessage, id: AskID), _ result: CxResult)
        -> [Action<HomeSubscriberServer.Work>]
    {
        let message =
            ask.message.commandCode == .pushProfile
            ? PushProfileAnswer(result).message(answering: ask.message, origin: Home.peer)
            : RegistrationTerminationAnswer(result).message(answering: ask.message, origin: Home.peer)
        return home.handle(.answer(message, ask.id))
    }

    @Test(
        "A kick forgets the registration first, then tells the S-CSCF by its Diameter identity",
        arguments: Home.Kind.allCases)
    func kick(kind: Home.Kind) throws {
        var home = try Home(kind)
        try home.bring(to: .registered)
        let (asked, report) = command(&home, "kick", Home.user, ["reason": "server-change", "info": "maintenance"])
        try #require(asked.count == 1)
        #expect(report?["sent"]?.list?.count == 1)
        let request = try RegistrationTerminationRequest(decoding: asked[0].message)
        #expect(request.userName == Home.user)
        #expect(request.publicIdentities.isEmpty)
        #expect(request.deregistrationReason == DeregistrationReason(.serverChange, info: "maintenance"))
        #expect(asked[0].message[.destinationHost] == Home.peer.host)
        #expect(asked[0].message[.destinationRealm] == DiameterIdentity(Home.domain))
        let after = try home.subscription()
        #expect(after.servingCSCF == nil)
        #expect(after.registrations == [Registration(privateIdentity: 0, implicitSet: 0)])
        #expect(try home.authorise().result == .firstRegistration)
        _ = answer(&home, asked[0], .success)
        #expect(home.role.nextDeadline == nil)
        #expect(try home.notes().last == "kick \(Home.user)")
        #expect(command(&home, "kick").report?["error"]?.text?.contains("nothing to end") == true)
        #expect(command(&home, "kick", "sip:nobody@x").report?["error"]?.text?.contains("No subscriber") == true)
        #expect(command(&home, "kick", Home.user, ["reason": "whim"]).report?["error"]?.text?.contains("whim") == true)
    }

    @Test("By a public identity, the whole implicit set is named")
    func publicIdentity() throws {
        var home = try Home(.dictionary)
        try home.bring(to: .registered)
        let asked = command(&home, "kick", Home.tel).asks
        try #require(asked.count == 1)
        let request = try RegistrationTerminationRequest(decoding: asked[0].message)
        #expect(request.publicIdentities == [Home.identity, Home.tel, Home.temporary])
    }

    @Test("Sent again after 1, 2, 4 … s, never later than 5 minutes, until the S-CSCF answers")
    func backOff() throws {
        var home = try Home(.dictionary)
        try home.bring(to: .registered)
        var asked = command(&home, "kick").asks
        for pause in [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
            try #require(asked.count == 1)
            _ = home.handle(.askFailed(asked[0].id, .unableToDeliver))
            #expect(home.role.nextDeadline == home.now + .seconds(pause))
            #expect(asks(home.handle(.deadline)).isEmpty, "not before its time")
            home.now += .seconds(pause)
            asked = asks(home.handle(.deadline))
        }
        try #require(asked.count == 1)
        #expect(answer(&home, asked[0], .base(.tooBusy)).count <= 1)
        #expect(home.role.nextDeadline != nil, "3004 is no answer")
        home.now += .seconds(300)
        asked = asks(home.handle(.deadline))
        try #require(asked.count == 1)
        _ = answer(&home, asked[0], .userUnknown)
        #expect(home.role.nextDeadline == nil, "an S-CSCF that does not know the user is content")
        home.now += .seconds(3_600)
        #expect(home.handle(.deadline).isEmpty)
    }

    @Test("An RTR that waits is dropped when the user has registered anew at that S-CSCF")
    func overtaken() throws {
        var home = try Home(.dictionary)
        try home.bring(to: .registered)
        let asked = command(&home, "kick").asks
        try #require(asked.count == 1)
        _ = home.handle(.askFailed(asked[0].id, .timeout))
        try home.bring(to: .registered)
        home.now += .seconds(600)
        #expect(asks(home.handle(.deadline)).isEmpty)
        #expect(try home.subscription().state(ofSet: 0) == .registered)
    }

    @Test("A push sends the profile as it is now, also when it goes out again", arguments: Home.Kind.allCases)
    func push(kind: Home.Kind) throws {
        var home = try Home(kind)
        #expect(command(&home, "push").report?["error"]?.text?.contains("No S-CSCF") == true)
        try home.bring(to: .registered)
        let charging = ChargingInformation(primaryChargingCollectionFunctionName: "aaa://ccf.example")
        try home.charge(charging)
        let asked = command(&home, "push").asks
        try #require(asked.count == 1)
        let request = try PushProfileRequest(decoding: asked[0].message)
        #expect(request.userName == Home.user)
        #expect(request.chargingInformation == charging)
        let profile = try IMSSubscription(parsing: try #require(request.userData))
        #expect(profile.serviceProfiles.first?.publicIdentities.first?.identity == Home.identity)

        _ = home.handle(.askFailed(asked[0].id, .timeout))
        let changed = ChargingInformation(primaryChargingCollectionFunctionName: "aaa://other.example")
        try home.charge(changed)
        home.now += .seconds(1)
        let again = asks(home.handle(.deadline))
        try #require(again.count == 1)
        #expect(try PushProfileRequest(decoding: again[0].message).chargingInformation == changed)
        _ = home.handle(.askFailed(again[0].id, .timeout))
        #expect(try home.assign(.userDeregistration).result == .success)
        home.now += .seconds(60)
        #expect(asks(home.handle(.deadline)).isEmpty, "nobody holds the user any more")
        #expect(home.role.nextDeadline == nil)
    }

    @Test("Barring one identity is a PPR, barring the last an RTR", arguments: Home.Kind.allCases)
    func barring(kind: Home.Kind) throws {
        var home = try Home(kind)
        try home.bring(to: .registered)
        let first = command(&home, "bar", Home.tel).asks
        #expect(first.map(\.message.commandCode) == [.pushProfile])
        let last = command(&home, "bar", Home.identity).asks
        #expect(last.map(\.message.commandCode) == [.registrationTermination])
        #expect(try home.authorise().result == .base(.authorizationRejected))
        #expect(command(&home, "unbar", Home.identity).asks.isEmpty, "no S-CSCF holds it")
        #expect(try home.authorise().result == .firstRegistration)
    }

    @Test("Removing a subscriber ends its registration", arguments: Home.Kind.allCases)
    func removal(kind: Home.Kind) throws {
        var home = try Home(kind)
        try home.bring(to: .registered)
        let (asked, report) = command(&home, "remove")
        #expect(asked.map(\.message.commandCode) == [.registrationTermination])
        #expect(report?["error"] == nil)
        #expect(try home.authorise().result == .userUnknown)
        #expect(try home.locate().result == .userUnknown)
        #expect(command(&home, "remove").report?["error"]?.text != nil)
    }

    @Test("The S-CSCF that lost its user hears of it when the other one has it, not before")
    func displaced() throws {
        var home = try Home(.dictionary)
        try home.bring(to: .registered)
        let former = Home.peer.host
        home.origin = LocalOrigin(host: "scscf2.\(Home.domain)", realm: Home.domain)
        #expect(try home.authenticate(server: Home.otherServer).result == .success)
        #expect(home.asked.isEmpty)
        #expect(try home.assign(.registration, server: Home.otherServer).result == .success)
        try #require(home.asked.count == 1)
        let request = try RegistrationTerminationRequest(decoding: home.asked[0])
        #expect(home.asked[0][.destinationHost] == former)
        #expect(request.deregistrationReason.code == .newServerAssigned)
        #expect(request.userName == Home.user)
        #expect(try home.assign(.reRegistration, server: Home.otherServer).result == .success)
        #expect(home.asked.isEmpty, "once")
    }

    @Test("What waits can be listed")
    func listed() throws {
        var home = try Home(.dictionary)
        try home.bring(to: .registered)
        _ = command(&home, "kick")
        let list = try #require(command(&home, "notices").report?["notices"]?.list)
        #expect(list.count == 1)
        #expect(list.first?["request"]?.text == "RTR")
        #expect(list.first?["private_identity"]?.text == Home.user)
    }
}
