import Octets

/// One wake-up per slot of a table, for tables whose slots are used again and again.
///
/// A slot is woken no later than it asked for, perhaps earlier; whoever is woken looks at the state and asks again. So
/// a refresh that moves a deadline back costs nothing, and the queue never grows with the number of registrations that
/// came and went.
struct SlotDeadlines: Sendable {
    private var queue = DeadlineQueue<UInt32>()
    private var armed: [Instant] = []

    var next: Instant? { queue.next }

    /// Makes sure that `slot` is woken at `deadline` at the latest.
    mutating func require(_ slot: UInt32, at deadline: Instant) {
        let index = Int(slot)
        if index >= armed.count {
            armed.append(contentsOf: repeatElement(.distantFuture, count: index + 1 - armed.count))
        }
        guard deadline < armed[index] else { return }
        armed[index] = deadline
        queue.schedule(slot, at: deadline)
    }

    /// The next slot whose time has come.
    mutating func popDue(at now: Instant) -> UInt32? {
        while let (slot, deadline) = queue.popDue(at: now) {
            guard armed[Int(slot)] == deadline else { continue }
            armed[Int(slot)] = .distantFuture
            return slot
        }
        return nil
    }
}
