/// A point on the node's monotonic time line: nanoseconds since an origin the driver chooses.
///
/// The pure core never reads a clock; the driver hands the time in with every event.
public struct Instant: Hashable, Comparable, Sendable {
    public var nanoseconds: Int64

    @inlinable
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    public static let zero = Instant(nanoseconds: 0)
    public static let distantFuture = Instant(nanoseconds: .max)

    @inlinable
    public static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }

    /// Saturates at the end of the time line, so that a far deadline can never trap.
    package static func + (instant: Instant, span: Duration) -> Instant {
        let (sum, overflow) = instant.nanoseconds.addingReportingOverflow(span.wholeNanoseconds)
        guard overflow else { return Instant(nanoseconds: sum) }
        return span.wholeNanoseconds > 0 ? .distantFuture : Instant(nanoseconds: .min)
    }

    package static func - (later: Instant, earlier: Instant) -> Duration {
        .nanoseconds(later.nanoseconds.subtractingReportingOverflow(earlier.nanoseconds).partialValue)
    }

    package static func += (instant: inout Instant, span: Duration) { instant = instant + span }
}

extension Instant? {
    /// The earlier of two deadlines, where nil is never. A list of them would cost an allocation each time a node is asked.
    @inlinable
    public func orEarlier(_ other: Instant?) -> Instant? {
        guard let self, let other else { return self ?? other }
        return other < self ? other : self
    }
}

extension Duration {
    /// The span in nanoseconds, saturated to 64 bits (292 years).
    package var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds > 0 ? .max : .min }
        let (sum, overflowed) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
        return overflowed ? (seconds > 0 ? .max : .min) : sum
    }

    /// The span in milliseconds, for people.
    package var milliseconds: Double { Double(wholeNanoseconds) / 1_000_000 }
}
