import AKA
import Cx
import Diameter
import Foundation
import HomeSubscriberServer
import IMS
import Octets
import SubscriberStore
import Testing

@Suite("TS 29.228 §6.1.3, §6.2.2: notices outlive the HSS")
struct OutboxTests {
    private typealias Asked = (message: DiameterMessage, id: AskID)

    private func asks(_ actions: [Action<HomeSubscriberServer.Work>]) -> [Asked] {
        actions.compactMap { if case .ask(let message, let id) = $0 { (message, id) } else { nil } }
    }

    private func command(_ home: inout Home, _ name: String, _ identity: String = Home.user) -> [Asked] {
        asks(home.handle(.command(Command(name, ["identity": identity]), CommandID(rawValue: 1))))
    }

    @Test("What no S-CSCF has answered goes out again after a kill", arguments: Home.Kind.allCases)
    func killed(kind: Home.Kind) throws {
        var home = try Home(kind)
        try home.bring(to: .registered)
        #expect(command(&home, "kick").count == 1)
        let again = asks(home.restart())
        try #require(again.count == 1)
        let request = try RegistrationTerminationRequest(decoding: again[0].message)
        #expect(request.userName == Home.user && request.deregistrationReason.code == .permanentTermination)
        #expect(again[0].message[.destinationHost] == Home.peer.host)
        let answer = RegistrationTerminationAnswer(.success).message(answering: again[0].message, origin: Home.peer)
        _ = home.handle(.answer(answer, again[0].id))
        #expect(asks(home.restart()).isEmpty, "answered once is enough")
    }

    @Test("A profile that waited is sent as it is at the next start", arguments: Home.Kind.allCases)
    func profile(kind: Home.Kind) throws {
        var home = try Home(kind)
        try home.bring(to: .registered)
        #expect(command(&home, "push").count == 1)
        let charging = ChargingInformation(primaryChargingCollectionFunctionName: "aaa://new.example")
        try home.charge(charging)
        let again = asks(home.restart())
        #expect(Set(again.map(\.message.commandCode)) == [.pushProfile])
        for ask in again {
            #expect(try PushProfileRequest(decoding: ask.message).chargingInformation == charging)
        }
    }

    @Test("What a later notice or registration has made needless does not come back", arguments: Home.Kind.allCases)
    func needless(kind: Home.Kind) throws {
        var home = try Home(kind)
        try home.bring(to: .registered)
        let asked = command(&home, "kick")
        try #require(asked.count == 1)
        _ = home.handle(.askFailed(asked[0].id, .timeout))
        try home.bring(to: .registered)
        #expect(asks(home.restart()).isEmpty)
    }

    @Test(
        "The S-CSCF that lost its user is told even when the HSS was killed in between", arguments: Home.Kind.allCases)
    func displaced(kind: Home.Kind) throws {
        var home = try Home(kind)
        try home.bring(to: .registered)
        home.origin = LocalOrigin(host: "scscf2.\(Home.domain)", realm: Home.domain)
        #expect(try home.authenticate(server: Home.otherServer).result == .success)
        #expect(asks(home.restart()).isEmpty)
        #expect(try home.assign(.registration, server: Home.otherServer).result == .success)
        #expect(home.asked.map { $0[.destinationHost] } == [Home.peer.host])
        let again = asks(home.restart())
        #expect(again.map { $0.message[.destinationHost] } == [Home.peer.host])
        #expect(try home.subscription().formerServingCSCF == nil)
    }

    // Changes that imsctl makes beside the HSS.

    private func changed(_ change: (inout SubscriptionRecord) -> Void) throws -> (Home, [Asked]) {
        var home = try Home(.sqlite, criteria: [LocationInfoTests.telephony])
        try home.bring(to: .registered)
        var record = SubscriptionRecord(try Home.record())
        change(&record)
        #expect(try home.store().apply(record) == .changed)
        let asked = asks(home.handle(.command(Command("reload"), CommandID(rawValue: 1))))
        return (home, asked)
    }

    @Test("apply of what is there already does nothing; SQN and registration stay")
    func unchanged() throws {
        var home = try Home(.sqlite)
        try home.bring(to: .registered)
        let before = try home.subscription()
        #expect(try home.store().apply(SubscriptionRecord(try Home.record())) == .unchanged)
        #expect(try home.subscription() == before)
        #expect(asks(home.handle(.command(Command("reload"), CommandID(rawValue: 1)))).isEmpty)
    }

    @Test("A changed profile is pushed; the registration and the counter stay")
    func push() throws {
        let (changedHome, asked) = try changed { $0.publicIdentities[0].displayName = "Alice" }
        var home = changedHome
        #expect(asked.map(\.message.commandCode) == [.pushProfile])
        let request = try PushProfileRequest(decoding: try #require(asked.first).message)
        let profile = try IMSSubscription(parsing: try #require(request.userData))
        #expect(profile.publicIdentities.first?.displayName == "Alice")
        #expect(profile.serviceProfiles.first?.initialFilterCriteria.count == 1)
        let after = try home.subscription()
        #expect(after.state(ofSet: 0) == .registered && after.privateIdentities[0].sqn.seq == 1)
    }

    @Test("Identities that come, go and change their order keep their registration")
    func order() throws {
        let (changedHome, asked) = try changed { record in
            record.publicIdentities.swapAt(0, 1)
            record.publicIdentities.remove(at: 2)
            record.publicIdentities.append(
                PublicIdentityRecord(identity: PublicIdentity(canonical: "sip:new@\(Home.domain)")))
        }
        var home = changedHome
        #expect(asked.map(\.message.commandCode) == [.pushProfile])
        let after = try home.subscription()
        #expect(after.publicIdentities.map(\.identity.text) == [Home.tel, Home.identity, "sip:new@\(Home.domain)"])
        #expect(after.state(ofSet: 0) == .registered)
        #expect(try home.locate("sip:new@\(Home.domain)").result == .success)
        #expect(try home.locate(Home.temporary).result == .userUnknown)
    }

    @Test("A set that loses its last usable identity is ended")
    func ended() throws {
        let (changedHome, asked) = try changed { record in
            for index in record.publicIdentities.indices { record.publicIdentities[index].isBarred = true }
        }
        var home = changedHome
        #expect(asked.map(\.message.commandCode) == [.registrationTermination])
        #expect(try home.subscription().servingCSCF == nil)
        #expect(try home.authorise().result == .base(.authorizationRejected))
    }

    @Test("New keys begin with the number that the record gives; nothing goes out")
    func keys() throws {
        let other = try SubscriberRecord(
            imsi: Home.imsi, domain: Home.domain, msisdn: "491700000001", key: Home.opc, opc: Home.key)
        let (changedHome, asked) = try changed { $0.privateIdentities = SubscriptionRecord(other).privateIdentities }
        var home = changedHome
        #expect(asked.isEmpty)
        let user = try home.subscription().privateIdentities[0]
        #expect(user.sqn == .zero && user.lastChallenge == nil && user.secrets == other.secrets)
    }

    @Test("A changed digest goes out in a PPR, TS 29.228 §6.2.2")
    func digest() throws {
        var home = try Home(.sqlite)
        func record(_ password: String) throws -> SubscriptionRecord {
            let user = PrivateIdentity("alice@example.org")
            let secret = try #require(DigestSecret(user: user, realm: "example.org", password: password))
            return SubscriptionRecord(
                privateIdentities: [PrivateIdentityRecord(identity: user, credential: .digest(secret))],
                publicIdentities: [
                    PublicIdentityRecord(identity: PublicIdentity(canonical: "sip:alice@example.org"))
                ], registrations: [Registration(privateIdentity: 0, implicitSet: 0)])
        }
        try home.add(try record("old"))
        #expect(
            try home.assign(.registration, user: "alice@example.org", ["sip:alice@example.org"]).result == .success)
        #expect(try home.store().apply(try record("new")) == .changed)
        let asked = asks(home.restart())
        #expect(asked.count == 1)
        let request = try PushProfileRequest(decoding: try #require(asked.first).message)
        let item = try #require(request.authenticationItem)
        #expect(item.scheme == .sipDigest && item.digest?.realm == "example.org")
        guard case .digest(let secret) = try record("new").privateIdentities[0].credential else { return }
        #expect(item.digest?.ha1 == secret.ha1.revealedHex)
    }

    @Test("A changed service, server or charging address is pushed to all who have it, and to nobody else")
    func catalogue() throws {
        var home = try Home(.sqlite, criteria: [LocationInfoTests.telephony])
        try home.add(imsi: "001010000000002", msisdn: nil)
        try home.bring(to: .registered)
        let store = try home.store()
        _ = try store.apply(try Home.profile([LocationInfoTests.voicemail]))
        var asked = asks(home.handle(.command(Command("reload"), CommandID(rawValue: 1))))
        #expect(asked.count == 1)
        let request = try PushProfileRequest(decoding: try #require(asked.first).message)
        let profile = try IMSSubscription(parsing: try #require(request.userData))
        #expect(profile.serviceProfiles.first?.initialFilterCriteria.map(\.priority) == [1])
        try store.apply { $0.serviceProfiles = [ServiceProfileRecord(name: "nobody's")] }
        try store.apply { $0.serviceProfiles = [ServiceProfileRecord(name: "nobody's", criteriaSets: [])] }
        asked = asks(home.handle(.command(Command("reload"), CommandID(rawValue: 1))))
        #expect(asked.isEmpty)
    }

    @Test("A subscriber removed beside the HSS is ended at its S-CSCF")
    func removed() throws {
        var home = try Home(.sqlite)
        try home.bring(to: .registered)
        _ = try home.store().remove(Home.imsi)
        let asked = asks(home.handle(.command(Command("reload"), CommandID(rawValue: 1))))
        #expect(asked.map(\.message.commandCode) == [.registrationTermination])
    }

    @Test("Whoever writes beside the HSS without a word is noticed with the next request")
    func others() throws {
        let folder = TemporaryFolder()
        let store = try SubscriberStore(path: folder.path("hss.db"))
        try store.add(try Home.record())
        let other = try SubscriberStore(path: folder.path("hss.db"))
        var home = try Home(.sqlite, over: store)
        try home.bring(to: .registered)
        var record = SubscriptionRecord(try Home.record())
        record.publicIdentities[0].displayName = "Bob"
        #expect(try other.apply(record) == .changed)
        _ = try home.authorise()
        #expect(home.asked.map(\.commandCode) == [.pushProfile])
    }
}
