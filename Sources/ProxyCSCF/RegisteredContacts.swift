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
        fileprivate let octets: [UInt8]

        init(privateIdentity: OctetSlice, publicIdentity: OctetSlice) {
            var writer = OctetWriter(reserving: privateIdentity.count + 1 + publicIdentity.count)
            writer.write(privateIdentity)
            writer.write(0)
            writer.write(publicIdentity)
            octets = writer.octets
        }

        var privateIdentity: OctetSlice { OctetSlice(octets, 0..<(octets.firstIndex(of: 0) ?? octets.count)) }
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
        /// When the queue brings this record up: at the latest when its first contact expires.
        fileprivate var wake = Instant.distantFuture
    }

    private var records: [User: Record] = [:]
    private var flows: [Hop: Int] = [:]
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

    /// Takes over what a 200 says; no binding left means that the user is gone.
    mutating func update(_ user: User, _ bindings: [Binding], associatedURIs: [UInt8], serviceRoute: [UInt8]) {
        var wake = Instant.distantFuture
        if let old = records[user] {
            wake = old.wake
            for binding in old.bindings { leave(binding.flow) }
        }
        guard !bindings.isEmpty else {
            records[user] = nil
            return tidy()
        }
        for binding in bindings { flows[binding.flow, default: 0] += 1 }
        records[user] = Record(
            bindings: bindings, associatedURIs: associatedURIs, serviceRoute: shared(serviceRoute), wake: wake)
        arm(user)
    }

    /// Drops what has expired; gives back how many contacts.
    mutating func expire(at now: Instant) -> Int {
        var count = 0
        while let (user, deadline) = deadlines.popDue(at: now) {
            guard var record = records[user], record.wake == deadline else { continue }
            record.wake = .distantFuture
            for binding in record.bindings where binding.expires <= now {
                leave(binding.flow)
                count += 1
            }
            record.bindings.removeAll { $0.expires <= now }
            records[user] = record.bindings.isEmpty ? nil : record
            arm(user)
        }
        return count
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

    private mutating func leave(_ flow: Hop) {
        guard let users = flows[flow] else { return }
        flows[flow] = users > 1 ? users - 1 : nil
    }

    private mutating func shared(_ route: [UInt8]) -> [UInt8] {
        if let known = serviceRoutes.first(where: { $0 == route }) { return known }
        if serviceRoutes.count >= 16 { serviceRoutes.removeFirst() }
        serviceRoutes.append(route)
        return route
    }
}
