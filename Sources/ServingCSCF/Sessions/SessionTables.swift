import IMS
import Octets
import SIP

/// What the S-CSCF keeps of the requests and dialogs that it relays.
struct SessionTables: Sendable {
    let own: OwnNames
    let recordRouting: RecordRouting
    /// Our name without scheme: host and port of Routes that lead back here.
    let host: String
    let port: UInt16?
    var relay: RequestRelay
    var requests = RequestTable()
    var chains: ChainTable
    var criteria: CriteriaCache
    var unregistered: UnregisteredUsers
    var dialogs: DialogTable
    var charged: ChargedSessions<DialogTable.Key>
    var servers = ServerPatience()
    /// Of gateways, only who rests.
    var gateways = ServerPatience()
    /// Numbers that are being looked up.
    var lookups: [LookupID: ServerTransactionID] = [:]
    private var lastLookup: UInt64 = 0
    /// Requests that wait for a profile, by the user.
    var fetches: [PublicIdentity: [ServerTransactionID]] = [:]
    /// Users whose sessions are to end.
    var releases: [Release] = []

    struct Release: Sendable {
        let users: [PublicIdentity]
        let reason: Reason?
    }

    init(_ configuration: ServingCSCFConfiguration, entropy: inout Entropy) {
        let settings = configuration.sessions
        var own = OwnNames(listeners: settings.listeners.values)
        var host = configuration.serverName
        var port: UInt16?
        do {
            let uri = try SIPURI(parsing: configuration.serverName)
            host = uri.host.string
            port = uri.port
        } catch {}  // no URI: taken as a host name
        own.insert(host: host, port: port ?? 5060)
        self.own = own
        self.host = host
        self.port = port
        let key = settings.sealKey.map(Self.words) ?? (entropy.next64(), entropy.next64())
        recordRouting = RecordRouting(RecordRouteSeal(key: key))
        limit = settings.maximumRequests
        relay = RequestRelay(own: own, limit: settings.maximumRequests)
        chains = ChainTable(limit: settings.maximumChains)
        criteria = CriteriaCache(shared: settings.sharedCriteria)
        unregistered = UnregisteredUsers(limit: settings.maximumUnregistered)
        dialogs = DialogTable(limit: settings.maximumDialogs, isStored: configuration.clock != nil)
        charged = ChargedSessions(limit: settings.maximumDialogs)
    }

    var isFull: Bool { relay.isFull || requests.count >= limit }
    private let limit: Int

    var nextDeadline: Instant? {
        relay.nextDeadline.orEarlier(chains.nextDeadline).orEarlier(unregistered.nextDeadline)
            .orEarlier(dialogs.nextDeadline).orEarlier(servers.nextDeadline)
    }

    mutating func lookup(for transaction: ServerTransactionID) -> LookupID {
        lastLookup += 1
        let id = LookupID(rawValue: lastLookup)
        lookups[id] = transaction
        return id
    }

    private static func words(_ octets: [UInt8]) -> (UInt64, UInt64) {
        func word(_ octets: some Sequence<UInt8>) -> UInt64 { octets.reduce(0) { $0 << 8 | UInt64($1) } }
        return (word(octets.prefix(8)), word(octets.dropFirst(8).prefix(8)))
    }
}

/// How long application servers have been silent, and until when those that were are left alone.
struct ServerPatience: Sendable {
    private var waiting: [ClientTransactionID: Instant] = [:]
    private var deadlines = DeadlineQueue<ClientTransactionID>()
    private var resting: [String: Instant] = [:]
    /// Names come from profiles: more servers than this are not remembered.
    private static let limit = 256

    var nextDeadline: Instant? { waiting.isEmpty ? nil : deadlines.next }

    mutating func wait(for client: ClientTransactionID, until: Instant) {
        waiting[client] = until
        deadlines.schedule(client, at: until)
    }

    func isWaiting(for client: ClientTransactionID) -> Bool { waiting[client] != nil }

    mutating func heard(_ client: ClientTransactionID) { waiting[client] = nil }

    /// The next request whose server has been silent too long.
    mutating func popSilent(at now: Instant) -> ClientTransactionID? {
        while let (client, deadline) = deadlines.popDue(at: now) {
            guard waiting[client] == deadline else { continue }
            waiting[client] = nil
            return client
        }
        return nil
    }

    mutating func rest(_ server: String, until: Instant, now: Instant) {
        if resting.count >= Self.limit { resting = resting.filter { $0.value > now } }
        guard resting.count < Self.limit || resting[server] != nil else { return }
        resting[server] = until
    }

    func isResting(_ server: String, at now: Instant) -> Bool { resting[server].map { $0 > now } ?? false }

    mutating func isWell(_ server: String) {
        if !resting.isEmpty { resting[server] = nil }
    }

    /// Servers that are passed over now.
    func resting(at now: Instant) -> [String] { resting.filter { $0.value > now }.map(\.key).sorted() }
}
