import Octets

/// The deadlines of one transaction's timers, by their number.
struct ArmedTimers: Sendable {
    private var deadlines = InlineArray<6, Instant>(repeating: .distantFuture)

    mutating func arm(_ timer: UInt8, at deadline: Instant) { deadlines[Int(timer)] = deadline }

    mutating func disarm(_ timer: UInt8) { deadlines[Int(timer)] = .distantFuture }

    /// The next deadline; `.distantFuture` when nothing is armed.
    var earliest: Instant {
        var earliest = Instant.distantFuture
        for index in deadlines.indices where deadlines[index] < earliest { earliest = deadlines[index] }
        return earliest
    }

    /// Takes out the timer that is due first; nil when none is due.
    mutating func popDue(at now: Instant) -> UInt8? {
        var due: Int?
        for index in deadlines.indices where deadlines[index] <= now {
            if let other = due, deadlines[other] <= deadlines[index] { continue }
            due = index
        }
        guard let due, deadlines[due] != .distantFuture else { return nil }
        deadlines[due] = .distantFuture
        return UInt8(due)
    }
}
