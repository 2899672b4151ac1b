import Cx
import Diameter
import Foundation
import HomeSubscriberServer
import IMS
import Octets
import Sh
import SubscriberStore
import Testing

@Suite("TS 29.328 §6.1.3, §6.1.4: what application servers watch, and until when")
struct ShNotificationTests {
    private let server = LocalOrigin(host: "tas.example.org", realm: "example.org")
    private let realm = DiameterIdentity(Home.domain)
    private static let watched: [DataReference] = [
        .imsPublicIdentity, .imsUserState, .servingCSCFName, .initialFilterCriteria, .psiActivation,
    ]

    private func home(_ kind: Home.Kind, may references: [DataReference] = watched) throws -> Home {
        var home = try Home(kind, criteria: [LocationInfoTests.telephony])
        try home.permit(ShAccess(host: server.host.name, subscribe: references + [.repositoryData]))
        return home
    }

    private func watch(
        _ home: inout Home, _ references: [DataReference], _ type: SubscriptionRequestType = .subscribe,
        of identity: String = Home.identity, until time: Int64? = nil
    ) throws -> SubscribeNotificationsAnswer {
        let request = SubscribeNotificationsRequest(
            userIdentity: UserIdentity(publicIdentity: identity), sendDataIndication: .userDataRequested, type: type,
            dataReferences: references, expiryTime: time.map { DiameterTime(secondsSince1970: $0) })
        return try SubscribeNotificationsAnswer(
            decoding: home.ask(request.message(session: "s", origin: server, destinationRealm: realm)))
    }

    /// The documents of the PNRs that the last event brought.
    private func told(_ home: Home) throws -> [String] {
        try home.asked.filter { $0.commandCode == .pushNotification }.map {
            #expect($0[.destinationHost] == server.host)
            return try PushNotificationRequest(decoding: $0).userData.string
        }
    }

    private func state(_ number: Int) -> String {
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Sh-Data><Sh-IMS-Data><IMSUserState>\(number)</IMSUserState>"
            + "</Sh-IMS-Data></Sh-Data>"
    }

    private let now = Int64(Date().timeIntervalSince1970)

    @Test("IMSUserState is told with every change of it: TS 29.328 §7.6.3", arguments: Home.Kind.allCases)
    func userState(kind: Home.Kind) throws {
        var home = try home(kind)
        let subscribed = try watch(&home, [.imsUserState])
        #expect(subscribed.result == .success)
        #expect(subscribed.userData?.string == state(0))
        #expect(subscribed.expiryTime == nil, "without end")
        #expect(try home.authenticate().result == .success)
        #expect(try told(home) == [state(3)])
        #expect(try home.authenticate().result == .success)
        #expect(try told(home).isEmpty, "once more the same")
        #expect(try home.assign(.registration).result == .success)
        #expect(try told(home) == [state(1)])
        #expect(try home.assign(.reRegistration).result == .success)
        #expect(try told(home).isEmpty)
        #expect(try home.assign(.userDeregistrationStoreServerName).result == .success)
        #expect(try told(home) == [state(2)])
        #expect(try home.assign(.administrativeDeregistration).result == .success)
        #expect(try told(home) == [state(0)])
    }

    @Test("The operator's kick is told, and the S-CSCF that comes and goes", arguments: Home.Kind.allCases)
    func kick(kind: Home.Kind) throws {
        var home = try home(kind)
        #expect(try watch(&home, [.imsUserState, .servingCSCFName]).result == .success)
        #expect(try home.assign(.registration).result == .success)
        #expect(try told(home).contains { $0.contains("<SCSCFName>\(Home.server)</SCSCFName>") })
        #expect(try told(home).count == 2)
        _ = home.handle(.command(Command("kick", ["identity": Home.user]), CommandID(rawValue: 1)))
        #expect(try Set(told(home).map { $0.contains("<SCSCFName></SCSCFName>") }) == [true, false])
        #expect(try told(home).contains(state(0)))
    }

    @Test("Only what can be watched, and only by who may: 5104", arguments: Home.Kind.allCases)
    func permission(kind: Home.Kind) throws {
        var home = try home(kind, may: [.imsUserState, .chargingInformation, .msisdn])
        for reference in [DataReference.servingCSCFName, .chargingInformation, .msisdn, .locationInformation] {
            #expect(
                try watch(&home, [.imsUserState, reference]).result == .experimental(.userDataCannotBeNotified),
                "\(reference)")
        }
        #expect(try home.assign(.registration).result == .success)
        #expect(try told(home).isEmpty, "the refusals have subscribed to nothing")
    }

    @Test("A subscription ends at its Expiry-Time, and a later one renews it", arguments: Home.Kind.allCases)
    func expiry(kind: Home.Kind) throws {
        var home = try home(kind)
        #expect(try watch(&home, [.imsUserState], until: now - 10).result == .success)
        #expect(try home.assign(.registration).result == .success)
        #expect(try told(home).isEmpty, "it has expired")
        let renewed = try watch(&home, [.imsUserState], until: now + 1000)
        #expect(renewed.expiryTime == DiameterTime(secondsSince1970: now + 1000))
        #expect(try home.assign(.userDeregistration).result == .success)
        #expect(try told(home) == [state(0)])
        #expect(try watch(&home, [.imsUserState], until: now - 1).result == .success, "shortened")
        #expect(try home.assign(.registration).result == .success)
        #expect(try told(home).isEmpty)
        #expect(try watch(&home, [.imsUserState]).expiryTime == nil, "and without end")
        #expect(try home.assign(.userDeregistration).result == .success)
        #expect(try told(home) == [state(0)])
    }

    @Test("Each kind of data is subscribed to by itself", arguments: Home.Kind.allCases)
    func separate(kind: Home.Kind) throws {
        var home = try home(kind)
        #expect(try watch(&home, [.imsUserState, .servingCSCFName]).result == .success)
        #expect(try watch(&home, [.servingCSCFName], .unsubscribe).result == .success)
        #expect(
            try watch(&home, [.servingCSCFName], .unsubscribe).result == .experimental(.noSubscriptionToData))
        #expect(try home.assign(.registration).result == .success)
        #expect(try told(home) == [state(1)])
    }

    @Test(
        "What the operator provisions is told by the HSS, also what was written beside it",
        arguments: StoreKind.available)
    func provisioning(kind: StoreKind) throws {
        var home = try home(kind == .sqlite ? .sqlite : .postgreSQL)
        let store = try home.store()
        #expect(try watch(&home, Self.watched).result == .success)
        func reload() throws -> [String] {
            _ = home.handle(.command(Command("reload", [:]), CommandID(rawValue: 1)))
            return try told(home)
        }
        #expect(try reload().isEmpty)
        _ = try store.apply(Home.profile([LocationInfoTests.voicemail]))
        let criteria = try reload()
        try #require(criteria.count == 1)
        #expect(criteria[0].contains("<IFCs>\(LocationInfoTests.voicemail)</IFCs>"))
        #expect(try reload().isEmpty, "once")

        try store.apply {
            $0.chargingProfiles["some"] = ChargingInformation(primaryEventChargingFunctionName: "aaa://a")
        }
        try store.assign(.charging, "some", to: Home.imsi)
        #expect(try reload().isEmpty, "nobody may watch this")

        var record = SubscriptionRecord(try Home.record())
        record.publicIdentities.removeLast()
        #expect(try store.apply(record) == .changed)
        let identities = try reload()
        try #require(identities.count == 1)
        #expect(
            identities[0].contains(
                "<IMSPublicIdentity>\(Home.identity)</IMSPublicIdentity><IMSPublicIdentity>\(Home.tel)</IMSPublicIdentity>"
                    + "</PublicIdentifiers>"))

        try store.apply {
            $0.applicationServers = [
                ApplicationServerRecord(
                    name: server.host.name, server: ApplicationServer(serverName: "sip:\(server.host.name)"),
                    sh: ShAccess(host: server.host.name, subscribe: [.imsUserState]))
            ]
        }
        _ = try store.apply(Home.profile([LocationInfoTests.telephony]))
        #expect(try reload().isEmpty, "the permission was withdrawn")
    }

    @Test("PSIActivation of a service: TS 29.328 §7.6.10", arguments: StoreKind.available)
    func service(kind: StoreKind) throws {
        var home = try home(kind == .sqlite ? .sqlite : .postgreSQL)
        var record = SubscriptionRecord(
            privateIdentities: [PrivateIdentityRecord(identity: PrivateIdentity("m@example.org"), credential: .none)],
            publicIdentities: [
                PublicIdentityRecord(identity: PublicIdentity(canonical: "sip:m@example.org"), kind: .distinctService)
            ], registrations: [Registration(privateIdentity: 0, implicitSet: 0)])
        try home.add(record)
        let subscribed = try watch(&home, [.psiActivation], of: "sip:m@example.org")
        #expect(subscribed.userData?.string.contains("<PSIActivation>1</PSIActivation>") == true)
        record.publicIdentities[0].isActive = false
        #expect(try home.store().apply(record) == .changed)
        _ = home.handle(.command(Command("reload", [:]), CommandID(rawValue: 1)))
        #expect(try told(home).map { $0.contains("<PSIActivation>0</PSIActivation>") } == [true])
    }
}
