import Octets
import SIP

/// What a P-CSCF remembers of a registration, TS 24.229 §5.2.2.1: by the contact's URI, until it expires.
///
/// One compact record a contact; how to reach the phone is in the Path token that the S-CSCF keeps for us.
struct RegisteredContacts: Sendable {
    struct Record: Sendable, Equatable {
        var privateIdentity: [UInt8]
        var flow: Hop
        /// P-Associated-URI of the 200, comma-separated; the first is the default identity.
        var associatedURIs: [UInt8]
        /// Service-Route of the 200, comma-separated.
        var serviceRoute: [UInt8]
        var expires: Instant
    }

    private var records: [OctetSlice: Record] = [:]
    private var flows: [Hop: Int] = [:]
    private var deadlines = DeadlineQueue<OctetSlice>()

    var count: Int { records.count }
    var nextDeadline: Instant? { deadlines.next }
    var all: Dictionary<OctetSlice, Record>.Values { records.values }

    /// True when somebody is registered at this flow.
    func contains(_ flow: Hop) -> Bool { flows[flow] != nil }

    /// - Parameter contact: owns its octets; a slice of a message would keep the whole message.
    mutating func remember(_ record: Record, of contact: OctetSlice) {
        forget(contact)
        records[contact] = record
        flows[record.flow, default: 0] += 1
        deadlines.schedule(contact, at: record.expires)
    }

    mutating func forget(_ contact: OctetSlice) {
        guard let flow = records.removeValue(forKey: contact)?.flow, let users = flows[flow] else { return }
        flows[flow] = users > 1 ? users - 1 : nil
    }

    /// Drops what has expired; gives back how many.
    mutating func expire(at now: Instant) -> Int {
        var count = 0
        while let (contact, _) = deadlines.popDue(at: now) {
            guard let record = records[contact], record.expires <= now else { continue }
            forget(contact)
            count += 1
        }
        return count
    }
}
