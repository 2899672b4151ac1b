import IMS
import Octets
import SIP

/// What a P-CSCF remembers of registrations, TS 24.229 §5.2.2.1: of each user the contacts that are bound through us,
/// until they expire.
///
/// The registrar's 200 is the truth: it lists what is bound, so a contact that it does not list is gone, whoever took it
/// away. How to reach the phone stands in the Path token too, which the S-CSCF keeps for us.
struct RegisteredContacts: Sendable {
    /// Private and public identity, a zero octet between them. Two users may name the same contact URI; neither gets at
    /// the other's record.
    struct User: Hashable, Sendable {
        let octets: [UInt8]

        init(privateIdentity: OctetSlice, publicIdentity: OctetSlice) {
            var writer = OctetWriter(reserving: privateIdentity.count + 1 + publicIdentity.count)
            writer.write(privateIdentity)
            writer.write(0)
            writer.write(publicIdentity)
            octets = writer.octets
        }

        /// As `octets` had it; nil when there is no zero octet in it.
        init?(octets: [UInt8]) {
            guard octets.contains(0) else { return nil }
            self.octets = octets
        }

        var privateIdentity: OctetSlice { OctetSlice(octets, 0..<split) }
        /// The one that was registered, the To of the REGISTER.
        var publicIdentity: OctetSlice { OctetSlice(octets, min(split + 1, octets.count)..<octets.count) }

        private var split: Int { octets.firstIndex(of: 0) ?? octets.count }
    }

    struct Binding: Sendable, Equatable {
        var contact: [UInt8]
        var flow: Hop
        var expires: Instant
    }

    struct Record: Sendable, Equatable {
        fileprivate(set) var bindings: [Binding]
        /// P-Associated-URI of the 200, comma-separated; the first is the default identity.
        fileprivate(set) var associatedURIs: [UInt8]
        /// Service-Route of the 200, comma-separated.
        fileprivate(set) var serviceRoute: [UInt8]
        /// Of the profile by which the phone is treated.
        fileprivate(set) var handset: UInt16
        /// When the queue brings this record up: at the latest when its first contact expires.
        fileprivate var wake = Instant.distantFuture
    }

    private var records: [User: Record] = [:]
    /// For the store.
    var changes = Changes<User>()
    private var flows: [Hop: FlowUsers] = [:]
    private var deadlines = DeadlineQueue<User>()
    /// The Service-Routes of late, so that users of one S-CSCF share one copy.
    private var serviceRoutes: [[UInt8]] = []

    var count: Int { records.values.reduce(0) { $0 + $1.bindings.count } }
    /// Entries of the queue, stale ones included.
    var armed: Int { deadlines.count }
    var nextDeadline: Instant? { deadlines.next }

    /// Every contact with its user, those that end first in front.
    var all: [(user: User, record: Record, binding: Binding)] {
        records.flatMap { user, record in record.bindings.map { (user, record, $0) } }
            .sorted { $0.2.expires < $1.2.expires }
    }

    subscript(user: User) -> Record? { records[user] }

    /// True when somebody is registered at this flow.
    func contains(_ flow: Hop) -> Bool { flows[flow] != nil }

    /// Who is registered at this flow; of several who share it the one with this contact, or with the first of these
    /// identities that is anybody's.
    func user(at flow: Hop, contact: OctetSlice?, identities: @autoclosure () -> [PublicIdentity]) -> User? {
        switch flows[flow] {
        case nil: nil
        case .one(let user): user
        case .several(let shared): shared.user(contact: contact, identities: identities())
        }
    }

    /// Everybody who is registered at this flow.
    func users(at flow: Hop) -> [User] {
        switch flows[flow] {
        case nil: []
        case .one(let user): [user]
        case .several(let shared): shared.all
        }
    }

    /// Takes over what a 200 says; no binding left means that the user is gone.
    mutating func update(
        _ user: User, _ bindings: [Binding], associatedURIs: [UInt8], serviceRoute: [UInt8],
        handset: HandsetProfiles.Index
    ) {
        changes.note(user)
        var wake = Instant.distantFuture
        if let old = records[user] {
            wake = old.wake
            detach(user, old)
        }
        guard !bindings.isEmpty else {
            records[user] = nil
            return tidy()
        }
        let record = Record(
            bindings: bindings, associatedURIs: associatedURIs, serviceRoute: shared(serviceRoute),
            handset: UInt16(clamping: handset), wake: wake)
        records[user] = record
        attach(user, record)
        arm(user)
    }

    /// Other identities of a user, comma-separated as in P-Associated-URI.
    mutating func associate(_ user: User, _ associatedURIs: [UInt8]) {
        guard var record = records[user], record.associatedURIs != associatedURIs else { return }
        changes.note(user)
        detach(user, record)
        record.associatedURIs = associatedURIs
        records[user] = record
        attach(user, record)
    }

    /// Contacts whose time the network has cut short; none gets more than it had.
    mutating func shorten(_ user: User, _ contacts: [(uri: OctetSlice, seconds: Int)], at now: Instant) {
        guard !contacts.isEmpty, var record = records[user] else { return }
        changes.note(user)
        for index in record.bindings.indices {
            let uri = OctetSlice(record.bindings[index].contact)
            guard let seconds = contacts.first(where: { $0.uri == uri })?.seconds else { continue }
            let end = now + .seconds(min(seconds, 600_000))
            record.bindings[index].expires = min(record.bindings[index].expires, end)
        }
        records[user] = record
        arm(user)
    }

    /// Drops the contacts of a user that a test picks out; gives back those that are gone.
    mutating func remove(_ user: User, where isGone: (Binding) -> Bool) -> [Binding] {
        guard var record = records[user] else { return [] }
        let gone = record.bindings.filter(isGone)
        guard !gone.isEmpty else { return [] }
        changes.note(user)
        detach(user, record)
        record.bindings.removeAll(where: isGone)
        if record.bindings.isEmpty {
            records[user] = nil
            tidy()
        } else {
            records[user] = record
            attach(user, record)
        }
        return gone
    }

    /// Drops what has expired; gives back the contacts.
    mutating func expire(at now: Instant) -> [(user: User, binding: Binding)] {
        var expired: [(user: User, binding: Binding)] = []
        while let (user, deadline) = deadlines.popDue(at: now) {
            guard records[user]?.wake == deadline else { continue }
            records[user]?.wake = .distantFuture
            expired += remove(user) { $0.expires <= now }.map { (user, $0) }
            arm(user)
        }
        return expired
    }

    /// One entry in the queue is enough: a refresh that moves the end back adds none.
    private mutating func arm(_ user: User) {
        guard let record = records[user], let first = record.bindings.map(\.expires).min(), first < record.wake else {
            return
        }
        records[user]?.wake = first
        deadlines.schedule(user, at: first)
        tidy()
    }

    /// Users who come and go leave entries behind; when these outnumber the users, the queue is made anew.
    private mutating func tidy() {
        guard deadlines.count > 2 * records.count + 64 else { return }
        deadlines = DeadlineQueue()
        for (user, record) in records { deadlines.schedule(user, at: record.wake) }
    }

    private mutating func attach(_ user: User, _ record: Record) {
        for binding in record.bindings {
            switch flows.removeValue(forKey: binding.flow) {
            case nil, .one(user): flows[binding.flow] = .one(user)
            case .one(let other):
                var shared = SharedFlow()
                if let record = records[other] { shared.insert(other, record) }
                shared.insert(user, record)
                flows[binding.flow] = .several(shared)
            case .several(var shared):
                shared.insert(user, record)
                flows[binding.flow] = .several(shared)
            }
        }
    }

    private mutating func detach(_ user: User, _ record: Record) {
        for binding in record.bindings {
            switch flows.removeValue(forKey: binding.flow) {
            case nil, .one(user): break
            case .one(let other): flows[binding.flow] = .one(other)
            case .several(var shared):
                shared.remove(user, record)
                flows[binding.flow] = shared.only.map(FlowUsers.one) ?? .several(shared)
            }
        }
    }

    private mutating func shared(_ route: [UInt8]) -> [UInt8] {
        if let known = serviceRoutes.first(where: { $0 == route }) { return known }
        if serviceRoutes.count >= 16 { serviceRoutes.removeFirst() }
        serviceRoutes.append(route)
        return route
    }
}

/// The users at one flow: nearly always one.
private enum FlowUsers: Sendable {
    case one(RegisteredContacts.User)
    case several(SharedFlow)
}

/// Users behind one socket, a gateway's or a test tool's, by their contacts and identities.
private struct SharedFlow: Sendable {
    private var users: Set<RegisteredContacts.User> = []
    private var index: [[UInt8]: RegisteredContacts.User] = [:]

    var all: [RegisteredContacts.User] { Array(users) }

    /// The user when there is but one.
    var only: RegisteredContacts.User? { users.count == 1 ? users.first : nil }

    func user(contact: OctetSlice?, identities: [PublicIdentity]) -> RegisteredContacts.User? {
        if let user = contact.flatMap({ index[$0.array] }) { return user }
        for identity in identities {
            if let user = index[Array(identity.text.utf8)] { return user }
        }
        return nil
    }

    mutating func insert(_ user: RegisteredContacts.User, _ record: RegisteredContacts.Record) {
        users.insert(user)
        for key in Self.keys(user, record) { index[key] = user }
    }

    mutating func remove(_ user: RegisteredContacts.User, _ record: RegisteredContacts.Record) {
        users.remove(user)
        for key in Self.keys(user, record) where index[key] == user { index[key] = nil }
    }

    private static func keys(
        _ user: RegisteredContacts.User, _ record: RegisteredContacts.Record
    ) -> [[UInt8]] {
        record.bindings.map(\.contact) + RegisteredIdentities(user, record).all.map { Array($0.identity.text.utf8) }
    }
}
