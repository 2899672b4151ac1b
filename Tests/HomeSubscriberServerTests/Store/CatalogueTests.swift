import Cx
import HomeSubscriberServer
import IMS
import SubscriberStore
import Testing

@Suite("The catalogue in the database")
struct CatalogueTests {
    private let folder = TemporaryFolder()

    private static let tree: Report = [
        "application-servers": ["tas": ProvisioningDocumentTests.server],
        "shared-ifc-sets": ["7": ["ifc": [["priority": 9, "server": "tas", "all": [["method": "MESSAGE"]]]]]],
        "service-profiles": [
            "volte": [
                "media-profile": 2, "services": ["urn:a", "urn:b"], "shared-ifc-sets": [7],
                "ifc": [
                    ["priority": 1, "server": "tas", "all": [["method": "INVITE"]]],
                    ["priority": 20, "server": "sip:other.example.org", "part": "unregistered"],
                ],
            ]
        ],
        "capability-sets": ["c": ["mandatory": [1, 2], "optional": 3, "servers": ["sip:s1.example"]]],
        "visited-networks": ["home": ["ims.example.org"]],
        "charging": ["post": ["primary-collection": "aaa://ccf.example.org"]],
    ]

    private func catalogue() throws -> ServiceCatalogue {
        try ProvisioningDocument(Self.tree, domain: Home.domain).catalogue
    }

    private func store(_ kind: StoreKind) throws -> SubscriberStore { try kind.place(in: folder).open() }

    private func words(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test(
        "What is applied comes back; applied again nothing changes; entries that are not named stay",
        arguments: StoreKind.available)
    func roundTrip(on kind: StoreKind) throws {
        let store = try store(kind)
        let catalogue = try catalogue()
        #expect(try store.apply(catalogue).allSatisfy { $0.result == .added })
        #expect(try store.apply(catalogue).allSatisfy { $0.result == .unchanged })
        var expected = catalogue
        expected.serviceProfiles.insert(ServiceProfileRecord(name: "default"), at: 0)
        #expect(try store.catalogue() == expected)
        try store.apply { $0.visitedNetworks["home"] = ["a", "b"] }
        expected.visitedNetworks["home"] = ["a", "b"]
        #expect(try store.catalogue() == expected)
    }

    @Test(
        "User-Data carries the criteria with the named server, and a change of the server reaches all of them",
        arguments: StoreKind.available)
    func userData(on kind: StoreKind) throws {
        let store = try store(kind)
        _ = try store.apply(try catalogue())
        var record = try Home.record()
        record.serviceProfile = "volte"
        record.lists = SharedLists(capabilities: "c", visitedNetworks: "home", charging: "post")
        try store.add(record)
        func profile(_ features: CxFeatures = []) throws -> ServiceProfile {
            let subscription = try #require(try store.find(Home.user))
            let user = PrivateIdentity(Home.user)
            let data = subscription.userData(for: user, implicitSet: 0, features: features)
            return try #require(try IMSSubscription(parsing: data).serviceProfiles.first)
        }
        let whole = try profile()
        #expect(whole.initialFilterCriteria.map(\.priority) == [1, 9, 20])
        #expect(whole.sharedIFCSetIDs.isEmpty)
        #expect(whole.coreNetworkServicesAuthorization?.serviceIDs == ["urn:a", "urn:b"])
        let tas = ApplicationServer(serverName: "sip:tas.example.org:5090", defaultHandling: .sessionTerminated)
        #expect(whole.initialFilterCriteria.prefix(2).allSatisfy { $0.applicationServer == tas })
        let short = try profile(.sharedFilterCriteria)
        #expect(short.initialFilterCriteria.map(\.priority) == [1, 20])
        #expect(short.sharedIFCSetIDs == [7])
        let subscription = try #require(try store.find(Home.user))
        #expect(subscription.capabilities?.mandatory == [1, 2])
        #expect(subscription.visitedNetworks == ["ims.example.org"])
        #expect(subscription.chargingInformation?.primaryChargingCollectionFunctionName == "aaa://ccf.example.org")
        #expect(subscription.lists == record.lists)

        let moved = ApplicationServer(serverName: "sip:new.example.org")
        try store.apply { $0.applicationServers = [ApplicationServerRecord(name: "tas", server: moved)] }
        #expect(try profile().initialFilterCriteria.first?.applicationServer == moved)
    }

    @Test(
        "What is named but not there, what clashes and what is in use is refused, and nothing of it stays",
        arguments: StoreKind.available)
    func refusals(on kind: StoreKind) throws {
        let store = try store(kind)
        var catalogue = try catalogue()
        catalogue.applicationServers = []
        #expect(words { _ = try store.apply(catalogue) }?.contains("application server tas is not known") == true)
        #expect(try store.catalogue().capabilitySets.isEmpty)

        catalogue = try self.catalogue()
        catalogue.serviceProfiles[0].criteriaSets = [8]
        #expect(words { _ = try store.apply(catalogue) }?.contains("shared iFC set 8") == true)

        _ = try store.apply(try self.catalogue())
        let clash = FilterCriterionRecord(
            InitialFilterCriteria(priority: 20, applicationServer: ApplicationServer(serverName: "sip:x.example")))
        #expect(
            words { try store.apply { $0.criteriaSets = [SharedCriteriaRecord(number: 7, criteria: [clash])] } }?
                .contains("volte: two of its criteria have priority 20") == true)
        #expect(words { try store.remove(.applicationServer, named: "tas") }?.contains("in use") == true)
        #expect(words { try store.remove(.criteriaSet, named: "7") }?.contains("in use") == true)
        try store.remove(.serviceProfile, named: "volte")
        try store.remove(.criteriaSet, named: "7")
        try store.remove(.applicationServer, named: "tas")
        #expect(words { try store.remove(.charging, named: "none") }?.contains("not known") == true)
    }
}
