import AKA
import HomeSubscriberServer
import IMS
import SubscriberStore
import Testing

@Suite("Provisioning the subscriber database")
struct ProvisioningTests {
    private let folder = TemporaryFolder()

    private func refusal(_ body: () throws -> Void) -> ProvisioningError? {
        do {
            try body()
            return nil
        } catch let SubscriberStore.Failure.refused(error) {
            return error
        } catch {
            return nil
        }
    }

    @Test("What is added is found by every name, and is what the record makes of it", arguments: StoreKind.available)
    func add(on kind: StoreKind) throws {
        let store = try kind.place(in: folder).open()
        let record = try Home.record(sqn: "0000000000a0")
        try store.add(record)
        let expected = Subscription(record, id: SubscriptionID(rawValue: 1))
        for name in [Home.imsi, Home.user, Home.identity, Home.tel, Home.temporary, "491700000001", "+491700000001"] {
            #expect(try store.find(name) == expected, "\(name)")
        }
        for name in ["00101000000000", "4917000000", "sip:x@y", "x@y", "", "\u{0}"] {
            #expect(try store.find(name) == nil, "\(name)")
        }
        #expect(try store.count() == 1)
    }

    @Test("Twice the same IMSI or MSISDN is refused, and nothing of it stays", arguments: StoreKind.available)
    func duplicates(on kind: StoreKind) throws {
        let store = try kind.place(in: folder).open()
        try store.add(try Home.record())
        #expect(refusal { try store.add(try Home.record()) } == .exists("imsi", Home.imsi))
        let sameNumber = try Home.record(imsi: "001010000000002")
        #expect(refusal { try store.add(sameNumber) } == .exists("msisdn", "491700000001"))
        let range = try Home.record(imsi: "001010000000990", msisdn: "491600000000")
        #expect(refusal { try store.add(from: range, count: 20) } == nil)
        let overlapping = try Home.record(imsi: "001010000000985", msisdn: "491800000000")
        #expect(refusal { try store.add(from: overlapping, count: 10) } == .exists("imsi", "001010000000990"))
        #expect(try store.count() == 21, "all or nothing")
        #expect(refusal { try store.add(from: overlapping, count: 0) }?.field == "count")
        var strange = try Home.record(imsi: "001010000000003", msisdn: nil)
        strange.serviceProfile = "nobody's"
        #expect(refusal { try store.add(strange) } == .unknown("service profile", "nobody's"))
    }

    @Test("A long range in one transaction, listed in pages", arguments: StoreKind.available)
    func range(on kind: StoreKind) throws {
        let store = try kind.place(in: folder).open()
        let count = kind == .sqlite ? 100_000 : 5_000
        let digits = String(String(1_000_000 + count).dropFirst())
        var heard = 0
        try store.add(
            from: try Home.record(imsi: "001010000000001", msisdn: "491700000001"), count: count
        ) { heard = $0 }
        #expect(heard == count)
        #expect(try store.count() == count)
        let last = try #require(try store.find("001010000\(digits)"))
        #expect(last.publicIdentities[1].identity.text == "tel:+491700\(digits)")
        let first = try store.list(limit: 3)
        #expect(first.map(\.id.rawValue) == [1, 2, 3])
        let second = try store.list(after: first.last?.id, limit: 2)
        #expect(second.map(\.id.rawValue) == [4, 5])
        #expect(try store.statistics() == .init(subscriptions: count, publicIdentities: 3 * count, registeredSets: 0))
    }

    @Test("Removing returns what was there with its state, and leaves nothing", arguments: StoreKind.available)
    func remove(on kind: StoreKind) throws {
        let store = try kind.place(in: folder).open()
        try store.add(try Home.record())
        let removed = try store.remove(Home.imsi)
        #expect(removed.privateIdentities[0].identity.text == Home.user)
        #expect(removed.state(ofSet: 0) == .notRegistered)
        #expect(try store.count() == 0)
        #expect(try store.find(Home.tel) == nil)
        #expect(refusal { _ = try store.remove(Home.imsi) } == .unknown("subscriber", Home.imsi))
        try store.add(try Home.record())
        #expect(try store.find(Home.user)?.id.rawValue == 2, "numbers are not used again")
    }

    @Test(
        "A service profile gives its criteria to those who name it; two of one priority are refused",
        arguments: StoreKind.available)
    func filterCriteria(on kind: StoreKind) throws {
        let store = try kind.place(in: folder).open()
        let volte = try Home.profile([LocationInfoTests.telephony, LocationInfoTests.voicemail], named: "volte")
        #expect(try store.apply(volte).map(\.result) == [.added])
        #expect(try store.apply(volte).map(\.result) == [.changed], "given in another order than that of priority")
        var record = try Home.record()
        record.serviceProfile = "volte"
        try store.add(record)
        let profile = try #require(try store.find(Home.user)).publicIdentities[0].serviceProfile
        #expect(profile.criteria.map(\.priority) == [1, 2])
        #expect(profile.hasUnregisteredServices)
        let twice = try Home.profile([LocationInfoTests.voicemail, LocationInfoTests.voicemail], named: "bad")
        #expect(throws: SubscriberStore.Failure.self) { try store.apply(twice) }
        #expect(try store.catalogue().serviceProfiles.map(\.name) == ["default", "volte"])
    }
}
