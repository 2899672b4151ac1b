import AKA
import Cx
import Diameter
import Foundation
import HomeSubscriberServer
import IMS
import Octets
import SubscriberStore
import Testing

/// An HSS over one of the directories, asked by messages and answering by messages.
struct Home {
    enum Kind: String, CaseIterable, Sendable {
        case dictionary, sqlite, postgreSQL

        /// Those that this machine has.
        static var allCases: [Kind] { [.dictionary, .sqlite] + (PostgreSQLServer.isThere ? [.postgreSQL] : []) }
    }

    private enum Backing {
        case dictionary(DictionaryDirectory)
        case store(SubscriberStore)
    }

    static let domain = "ims.mnc001.mcc001.3gppnetwork.org"
    static let key = "465b5ce8b199b49faa5f0a2ee238a6bc"
    static let opc = "cd63cb71954a9f4e48a5994e37a02baf"
    static let imsi = "001010000000001"
    static let user = "\(imsi)@\(domain)"
    static let identity = "sip:+491700000001@\(domain)"
    static let tel = "tel:+491700000001"
    static let temporary = "sip:\(imsi)@\(domain)"
    static let server = "sip:scscf.\(domain):5080"
    static let otherServer = "sip:scscf2.\(domain):5080"
    static let peer = LocalOrigin(host: "scscf.\(domain)", realm: domain)

    var role: HomeSubscriberServer
    var entropy = Entropy(number: 42)
    private var backing: Backing
    private let folder = TemporaryFolder()
    private var token: UInt64 = 0
    /// The time at which everything happens.
    var now = Instant.zero
    private(set) var observations: [Observation] = []
    private(set) var counters: [Counter] = []
    /// What the HSS asked of its own accord while it handled the last event.
    private(set) var asked: [DiameterMessage] = []
    /// Who asks.
    var origin = Home.peer

    init(
        _ kind: Kind, keepsServerName: Bool = true, sqn: String = "000000000000",
        criteria: [String] = [], record: SubscriberRecord? = nil, over present: SubscriberStore? = nil,
        limits: ChallengeLimits = ChallengeLimits()
    ) throws {
        var configuration = HomeSubscriberServer.Configuration(
            origin: LocalOrigin(host: "hss.\(Self.domain)", realm: Self.domain), keepsServerName: keepsServerName)
        configuration.challengeLimits = limits
        role = HomeSubscriberServer(configuration)
        let record = try record ?? Self.record(sqn: sqn)
        switch kind {
        case .dictionary:
            var directory = DictionaryDirectory()
            directory.time = Int64(Date().timeIntervalSince1970)
            let parsed = try criteria.map { try #require(try FilterCriterionText.read($0)) }
            try directory.add(record, serviceProfile: ServiceProfileContent(name: "default", criteria: parsed))
            backing = .dictionary(directory)
        case .sqlite, .postgreSQL:
            if let present {
                backing = .store(present)
                break
            }
            let store = try (kind == .sqlite ? StoreKind.sqlite : .postgreSQL).place(in: folder).open()
            if !criteria.isEmpty { _ = try store.apply(Self.profile(criteria)) }
            try store.add(record)
            backing = .store(store)
        }
        _ = handle(.deadline)  // the start: what a former run has left is read
    }

    /// A catalogue with the criteria in one profile.
    static func profile(_ criteria: [String], named name: String = "default") throws -> ServiceCatalogue {
        var catalogue = ServiceCatalogue()
        catalogue.serviceProfiles = [
            ServiceProfileRecord(
                name: name,
                criteria: try criteria.map { FilterCriterionRecord(try #require(try FilterCriterionText.read($0))) })
        ]
        return catalogue
    }

    static func record(
        imsi: String = Home.imsi, msisdn: String? = "491700000001", sqn: String = "000000000000"
    ) throws -> SubscriberRecord {
        try SubscriberRecord(imsi: imsi, domain: domain, msisdn: msisdn, key: key, opc: opc, sqn: sqn)
    }

    mutating func add(imsi: String, msisdn: String?) throws {
        let record = try Self.record(imsi: imsi, msisdn: msisdn)
        switch backing {
        case .dictionary(var directory):
            try directory.add(record)
            backing = .dictionary(directory)
        case .store(let store): try store.add(record)
        }
    }

    mutating func add(_ record: SubscriptionRecord, profiles: [ServiceProfileContent] = []) throws {
        switch backing {
        case .dictionary(var directory):
            try directory.add(record, profiles: profiles)
            backing = .dictionary(directory)
        case .store(let store): try store.add(record)
        }
    }

    mutating func permit(_ access: ShAccess) throws {
        switch backing {
        case .dictionary(var directory):
            directory.accesses.append(access)
            backing = .dictionary(directory)
        case .store(let store):
            let server = ApplicationServer(serverName: "sip:\(access.host)")
            try store.apply {
                $0.applicationServers = [ApplicationServerRecord(name: access.host, server: server, sh: access)]
            }
        }
    }

    mutating func allow(networks: [String]) throws {
        try edit {
            $0.visitedNetworks = networks
        } store: {
            try $0.apply { $0.visitedNetworks["some"] = networks }
            try $0.assign(.visitedNetworks, "some", to: Self.imsi)
        }
    }

    mutating func require(_ capabilities: ServerCapabilities) throws {
        try edit {
            $0.capabilities = capabilities
        } store: {
            try $0.apply { $0.capabilitySets["some"] = capabilities }
            try $0.assign(.capabilities, "some", to: Self.imsi)
        }
    }

    mutating func charge(_ charging: ChargingInformation) throws {
        try edit {
            $0.chargingInformation = charging
        } store: {
            try $0.apply { $0.chargingProfiles["some"] = charging }
            try $0.assign(.charging, "some", to: Self.imsi)
        }
    }

    mutating func barEverything() throws {
        try edit { subscription in
            for index in subscription.publicIdentities.indices { subscription.publicIdentities[index].isBarred = true }
        } store: {
            try $0.setBarred(true, identity: Self.identity)
            try $0.setBarred(true, identity: Self.tel)
        }
    }

    private mutating func edit(
        _ change: (inout Subscription) -> Void, store edit: (SubscriberStore) throws -> Void
    ) throws {
        switch backing {
        case .dictionary(var directory):
            var subscription = try #require(try directory.subscription(holding: PrivateIdentity(Self.user)))
            change(&subscription)
            directory.replace(subscription)
            backing = .dictionary(directory)
        case .store(let store): try edit(store)
        }
    }

    /// Kills the HSS and starts it again over the same subscribers.
    mutating func restart() -> [Action<HomeSubscriberServer.Work>] {
        role = HomeSubscriberServer(role.configuration, start: 1)
        return handle(.deadline)
    }

    /// The database, for what is done beside the HSS.
    func store() throws -> SubscriberStore {
        guard case .store(let store) = backing else { throw StoreError.failed("these subscribers are in memory") }
        return store
    }

    /// The subscription as it is kept now.
    mutating func subscription() throws -> Subscription {
        switch backing {
        case .dictionary(var directory):
            try #require(try directory.subscription(holding: PrivateIdentity(Self.user)))
        case .store(let store): try #require(try store.find(Self.user))
        }
    }

    /// What the audit trail says: action and whom it was about.
    func notes() throws -> [String] {
        switch backing {
        case .dictionary(let directory): directory.notes
        case .store(let store): try store.auditTrail().map { "\($0.action) \($0.object)" }
        }
    }

    mutating func failWrites(_ failure: DirectoryFailure?) {
        if case .dictionary(var directory) = backing {
            directory.writeFailure = failure
            backing = .dictionary(directory)
        }
    }

    /// Lets the role handle the event and does the work it orders.
    mutating func handle(_ event: RoleEvent<HomeSubscriberServer.WorkResult>) -> [Action<HomeSubscriberServer.Work>] {
        var done: [Action<HomeSubscriberServer.Work>] = []
        var actions = role.handle(event, at: now)
        while !actions.isEmpty {
            let action = actions.removeFirst()
            guard case .perform(let work, let id) = action else {
                done.append(action)
                continue
            }
            let result: HomeSubscriberServer.WorkResult
            switch backing {
            case .dictionary(var directory):
                result = HomeSubscriberServer.execute(work, on: &directory, entropy: &entropy)
                if result.failure == nil { backing = .dictionary(directory) }
            case .store(let store): result = store.execute(batch: [work], entropy: &entropy)[0]
            }
            actions += role.handle(.performed(id, result), at: now)
        }
        observations = done.compactMap { if case .observe(let observation) = $0 { observation } else { nil } }
        asked = done.compactMap { if case .ask(let message, _) = $0 { message } else { nil } }
        counters = done.compactMap { if case .count(let counter) = $0 { counter } else { nil } }
        return done
    }

    mutating func ask(_ message: DiameterMessage) throws -> DiameterMessage {
        token += 1
        let actions = handle(.asked(message, RequestToken(rawValue: token), from: origin.host))
        let answers = actions.compactMap { if case .answer(let answer, _) = $0 { answer } else { nil } }
        try #require(answers.count == 1)
        return answers[0]
    }

    /// The S-CSCF reports the user's proof, as after every registration; nothing else changes.
    mutating func proveAuthentication() { _ = try? assign(.userDeregistration, server: "sip:nobody.example") }

    /// The refusal codes of the last request.
    var refusals: [String] { observations.compactMap(\.refusal?.code) }
}

extension Home {
    private static let realm = DiameterIdentity(domain)

    mutating func authorise(
        user: String = Home.user, _ identity: String = Home.identity, _ type: UserAuthorizationType? = nil,
        visited: OctetSlice = "visited.net", flags: UserAuthorizationFlags = []
    ) throws -> UserAuthorizationAnswer {
        let request = UserAuthorizationRequest(
            userName: user, publicIdentity: identity, visitedNetworkIdentifier: visited, userAuthorizationType: type,
            flags: flags)
        return try UserAuthorizationAnswer(
            decoding: ask(request.message(session: "s", origin: origin, destinationRealm: Self.realm)))
    }

    mutating func locate(
        _ identity: String = Home.identity, _ type: UserAuthorizationType? = nil, isOriginating: Bool = false
    ) throws -> LocationInfoAnswer {
        let request = LocationInfoRequest(
            publicIdentity: identity, originatingRequest: isOriginating ? .originating : nil,
            userAuthorizationType: type)
        return try LocationInfoAnswer(
            decoding: ask(request.message(session: "s", origin: origin, destinationRealm: Self.realm)))
    }

    mutating func authenticate(
        user: String = Home.user, _ identity: String = Home.identity, server: String = Home.server,
        item: AuthenticationItem = .request(.digestAKAv1MD5), items: UInt32 = 1
    ) throws -> MultimediaAuthAnswer {
        let request = MultimediaAuthRequest(
            userName: user, publicIdentity: identity, authenticationItem: item, sipNumberAuthItems: items,
            serverName: server)
        return try MultimediaAuthAnswer(
            decoding: ask(request.message(session: "s", origin: origin, destinationRealm: Self.realm)))
    }

    mutating func assign(
        _ type: ServerAssignmentType, user: String? = Home.user, _ identities: [String] = [Home.identity],
        server: String = Home.server, available: UserDataAlreadyAvailable = .notAvailable,
        restoration: ServingCSCFRestoration? = nil, features: CxFeatures? = nil
    ) throws -> ServerAssignmentAnswer {
        let request = ServerAssignmentRequest(
            userName: user, publicIdentities: identities, serverName: server, serverAssignmentType: type,
            userDataAlreadyAvailable: available, restoration: restoration,
            supportedFeatures: features.map { [SupportedFeatures(featureList: $0)] } ?? [])
        return try ServerAssignmentAnswer(
            decoding: ask(request.message(session: "s", origin: origin, destinationRealm: Self.realm)))
    }

    /// The states that a subscriber can be in, reached as the network reaches them.
    enum State: String, CaseIterable, Sendable { case fresh, pending, registered, unregistered, keptName }

    mutating func bring(to state: State) throws {
        switch state {
        case .fresh: break
        case .pending: #expect(try authenticate().result == .success)
        case .registered:
            #expect(try authenticate().result == .success)
            #expect(try assign(.registration).result == .success)
        case .unregistered: #expect(try assign(.unregisteredUser).result == .success)
        case .keptName:
            try bring(to: .registered)
            #expect(try assign(.userDeregistrationStoreServerName).result == .success)
        }
    }
}

extension SubscriberStore {
    func apply(_ change: (inout ServiceCatalogue) -> Void) throws {
        var catalogue = ServiceCatalogue()
        change(&catalogue)
        _ = try apply(catalogue)
    }
}

/// A folder of its own that goes with its owner.
final class TemporaryFolder: Sendable {
    let url: URL

    init() {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("ims-\(UUID().uuidString)")
        try? FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }
}
