import HomeSubscriberServer
import IMS
import SubscriberStore
import Testing

@Suite("Many subscribers at once")
struct ImportTests {
    private let folder = TemporaryFolder()

    private static func record(_ number: Int, msisdn: String? = nil, profile: String = "default") throws
        -> SubscriptionRecord
    {
        SubscriptionRecord(
            try SubscriberRecord(
                imsi: "00101000000000\(number)", domain: Home.domain, msisdn: msisdn, key: Home.key, opc: Home.opc,
                serviceProfile: profile))
    }

    @Test("New ones are added, those that are there stay, one that cannot be is refused alone")
    func mixture() throws {
        let store = try SubscriberStore(path: folder.path("hss.db"))
        let first = try Self.record(1, msisdn: "15550001")
        #expect(try store.apply(all: [first]) == [.applied(.added)])
        var changed = first
        changed.publicIdentities[0].displayName = "Alice"
        let taken = try Self.record(3, msisdn: "15550001")
        let results = try store.apply(all: [
            changed, try Self.record(2), taken, try Self.record(4, profile: "volte"), try Self.record(5),
        ])
        #expect(results[0] == .applied(.changed))
        #expect(results[1] == .applied(.added))
        #expect(results[2] == .refused(.exists("msisdn", "15550001")))
        #expect(results[3] == .refused(.unknown("service profile", "volte")))
        #expect(results[4] == .applied(.added))
        #expect(try store.count() == 3)
        #expect(try store.find("001010000000001")?.publicIdentities[0].displayName == "Alice")
        #expect(try store.apply(all: [changed, try Self.record(5)]) == [.applied(.unchanged), .applied(.unchanged)])
        #expect(try store.firstBreakInAuditTrail() == nil)
    }

    @Test("A rehearsal says the same and leaves nothing")
    func rehearsal() throws {
        let store = try SubscriberStore(path: folder.path("hss.db"))
        var catalogue = ServiceCatalogue()
        catalogue.serviceProfiles = [ServiceProfileRecord(name: "volte")]
        let first = try Self.record(1, msisdn: "15550001")
        _ = try store.apply(all: [first])
        let records = [
            try Self.record(2, msisdn: "15550002", profile: "volte"), try Self.record(3, msisdn: "15550001"),
        ]
        let expected: [SubscriberStore.Imported] = [.applied(.added), .refused(.exists("msisdn", "15550001"))]
        #expect(try store.rehearse(catalogue, records) == expected)
        #expect(try store.count() == 1)
        #expect(try store.catalogue().serviceProfiles.map(\.name) == ["default"])
        #expect(try store.auditTrail().map(\.object) == [first.name])
        _ = try store.apply(catalogue)
        #expect(try store.apply(all: records) == expected)
        #expect(try store.rehearse(ServiceCatalogue(), records) == [.applied(.unchanged), expected[1]])
    }

    @Test("A counter that has gone on is not set back by the same file again")
    func counters() throws {
        let store = try SubscriberStore(path: folder.path("hss.db"))
        var record = try Self.record(1)
        record.privateIdentities[0].sqn = try #require(.init(rawValue: 1000))
        _ = try store.apply(all: [record])
        #expect(try store.find("001010000000001")?.privateIdentities[0].sqn.rawValue == 1000)
        record.privateIdentities[0].sqn = try #require(.init(rawValue: 32))
        #expect(try store.apply(all: [record]) == [.applied(.unchanged)])
        #expect(try store.find("001010000000001")?.privateIdentities[0].sqn.rawValue == 1000)
    }
}
