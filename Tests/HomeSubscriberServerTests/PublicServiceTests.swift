import Cx
import HomeSubscriberServer
import IMS
import SubscriberStore
import Testing

@Suite("TS 29.228 §6.1.4, TS 23.228 §5.7.6: services that an application server serves itself")
struct PublicServiceTests {
    static let server = "sip:conference.example.org:5096"
    static let service = "sip:meet@\(Home.domain)"
    static let wildcard = "sip:meet-!.*!@\(Home.domain)"

    /// A distinct and a wildcarded service, both straight to the server.
    private func record(isActive: Bool = true, isDirect: Bool = true) -> SubscriptionRecord {
        let server = isDirect ? DirectServer(name: "conference", uri: Self.server) : nil
        return SubscriptionRecord(
            privateIdentities: [
                PrivateIdentityRecord(identity: PrivateIdentity("meet@\(Home.domain)"), credential: .none)
            ],
            publicIdentities: [
                (Self.service, PublicIdentityRecord.Kind.distinctService), (Self.wildcard, .wildcardedService),
            ]
            .enumerated().map { set, identity in
                PublicIdentityRecord(
                    identity: PublicIdentity(canonical: identity.0), kind: identity.1, implicitSet: set,
                    isActive: isActive, directServer: server)
            },
            registrations: (0...1).map { Registration(privateIdentity: 0, implicitSet: $0) })
    }

    private func home(_ kind: Home.Kind, _ record: SubscriptionRecord) throws -> Home {
        var home = try Home(kind, criteria: [LocationInfoTests.voicemail])
        if kind != .dictionary {
            try home.store().apply {
                $0.applicationServers = [
                    ApplicationServerRecord(
                        name: "conference", server: ApplicationServer(serverName: Self.server))
                ]
            }
        }
        let voicemail = try #require(try FilterCriterionText.read(LocationInfoTests.voicemail))
        try home.add(record, profiles: [ServiceProfileContent(name: "default", criteria: [voicemail])])
        return home
    }

    @Test("LIA names the server and says so by LIA-Flags", arguments: Home.Kind.allCases)
    func direct(kind: Home.Kind) throws {
        var home = try home(kind, record())
        for type in [nil, UserAuthorizationType.registrationAndCapabilities] {
            let answer = try home.locate(Self.service, type)
            #expect(answer.result == .success)
            #expect(answer.serverName == Self.server)
            #expect(answer.flags == .publicServiceIdentityDirectRouting)
            #expect(answer.wildcardedPublicIdentity == nil)
            #expect(answer.serverCapabilities == nil)
        }
        let room = try home.locate("sip:meet-42@\(Home.domain)")
        #expect(room.serverName == Self.server)
        #expect(room.flags == .publicServiceIdentityDirectRouting)
        #expect(room.wildcardedPublicIdentity == Self.wildcard)
    }

    @Test("What the service originates goes by way of an S-CSCF", arguments: Home.Kind.allCases)
    func originating(kind: Home.Kind) throws {
        var home = try home(kind, record())
        let answer = try home.locate(Self.service, isOriginating: true)
        #expect(answer.result == .unregisteredService)
        #expect(answer.flags == [])
        #expect(try home.assign(.unregisteredUser, user: nil, [Self.service]).result == .success)
        #expect(try home.locate(Self.service, isOriginating: true).serverName == Home.server)
        #expect(try home.locate(Self.service).serverName == Self.server)
    }

    @Test("A service that is not active is unknown: 5001", arguments: Home.Kind.allCases)
    func inactive(kind: Home.Kind) throws {
        for isDirect in [true, false] {
            var home = try home(kind, record(isActive: false, isDirect: isDirect))
            for identity in [Self.service, "sip:meet-42@\(Home.domain)"] {
                #expect(try home.locate(identity).result == .userUnknown)
                #expect(home.refusals == ["SERVICE_INACTIVE"])
            }
            #expect(try home.assign(.unregisteredUser, user: nil, [Self.service]).result == .userUnknown)
        }
    }

    @Test("Without a server of its own it goes to an S-CSCF", arguments: Home.Kind.allCases)
    func indirect(kind: Home.Kind) throws {
        var home = try home(kind, record(isDirect: false))
        #expect(try home.locate(Self.service).result == .unregisteredService)
        #expect(try home.assign(.unregisteredUser, user: nil, [Self.service]).result == .success)
        #expect(try home.locate(Self.service).serverName == Home.server)
        #expect(try home.locate(Self.service).flags == [])
    }

    @Test(
        "The server's address may change, and the server not go while a service has it", arguments: StoreKind.available)
    func changes(kind: StoreKind) throws {
        var home = try home(kind == .sqlite ? .sqlite : .postgreSQL, record())
        #expect(try home.locate(Self.service).serverName == Self.server)
        try home.store().apply {
            $0.applicationServers = [
                ApplicationServerRecord(
                    name: "conference", server: ApplicationServer(serverName: "sip:other.example.org"))
            ]
        }
        #expect(try home.locate(Self.service).serverName == "sip:other.example.org")
        #expect(throws: SubscriberStore.Failure.self) {
            try home.store().remove(.applicationServer, named: "conference")
        }
        #expect(try home.store().apply(record()) == .unchanged)
        #expect(try home.assign(.unregisteredUser, user: nil, [Self.service]).result == .success)
        #expect(try home.store().apply(record(isActive: false, isDirect: false)) == .changed)
        #expect(try home.locate(Self.service).result == .userUnknown)
        #expect(try home.store().waitingNotices().map(\.notice.server.name) == [Home.server], "an RTR: it is shut")
        try home.store().remove(.applicationServer, named: "conference")
        #expect(throws: SubscriberStore.Failure.self, "no such server any more") {
            try home.store().apply(record())
        }
    }

    @Test("Documents say which server, and whether the service is active")
    func document() throws {
        func read(_ members: [Report.Member]) throws -> SubscriptionRecord {
            let entry: Report = [
                "impi": "meet@example.org",
                "identities": .list([.record([.init("identity", "sip:meet@example.org")] + members)]),
            ]
            return try SubscriptionRecord(reading: entry, at: "", domain: "example.org")
        }
        let record = try read([
            .init("kind", "psi"), .init("server", "conference"), .init("active", .boolean(false)),
        ])
        #expect(record.publicIdentities[0].directServer == DirectServer(name: "conference"))
        #expect(!record.publicIdentities[0].isActive)
        let declaration = record.declaration(withSecrets: true)
        #expect(try SubscriptionRecord(reading: declaration, at: "", domain: "example.org") == record)
        #expect(try read([.init("kind", "psi")]).publicIdentities[0].isActive)
        #expect(throws: DocumentProblem.self) { try read([.init("server", "conference")]) }
        #expect(throws: DocumentProblem.self) { try read([.init("active", .boolean(false))]) }
    }
}
