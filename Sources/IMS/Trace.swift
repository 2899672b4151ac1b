import Octets
import SIP

/// The last messages and refusals of a node, for the ladder that `imsctl` draws.
///
/// Keeping a message costs a retain of its octets; nothing is formatted before somebody asks.
package struct Trace: Sendable {
    package enum Direction: String, Sendable { case received, sent }

    package struct Entry: Sendable {
        package var number: UInt64
        package var time: Instant
        package var content: Content
    }

    package enum Content: Sendable {
        case sip([UInt8], Direction, Hop)
        /// `peer` is the Diameter identity, or the address while it is unknown.
        case diameter([UInt8], Direction, peer: String)
        case observation(Observation)
    }

    private let capacity: Int
    private var ring: [Entry] = []
    private var recorded: UInt64 = 0

    /// - Parameter capacity: how many entries are kept; 0 keeps none.
    package init(capacity: Int) { self.capacity = max(0, capacity) }

    package mutating func record(_ content: Content, at time: Instant) {
        guard capacity > 0 else { return }
        let entry = Entry(number: recorded, time: time, content: content)
        if ring.count < capacity {
            ring.append(entry)
        } else {
            ring[Int(recorded % UInt64(capacity))] = entry
        }
        recorded += 1
    }

    /// The number that the next entry will get.
    package var next: UInt64 { recorded }

    /// The kept entries from `number` on, oldest first.
    package func entries(from number: UInt64) -> [Entry] {
        ring.filter { $0.number >= number }.sorted { $0.number < $1.number }
    }
}
