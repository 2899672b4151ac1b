import Octets

/// How the node's time line lies to the calendar: the line begins anew with the machine, what is stored or told others
/// outlives it.
package struct WallClock: Equatable, Sendable {
    /// Nanoseconds since 1970 (UTC) at the origin of the time line.
    private let origin: Int64

    /// - Parameter nanoseconds: since 1970 (UTC), at `now`.
    package init(nanoseconds: Int64, at now: Instant) { origin = nanoseconds &- now.nanoseconds }

    /// - Parameter seconds: since 1970 (UTC), at `now`.
    package init(_ seconds: Int64, at now: Instant) { self.init(nanoseconds: seconds &* 1_000_000_000, at: now) }

    package func nanoseconds(_ instant: Instant) -> UInt64 { UInt64(bitPattern: origin &+ instant.nanoseconds) }

    package func instant(_ nanoseconds: UInt64) -> Instant {
        Instant(nanoseconds: Int64(bitPattern: nanoseconds) &- origin)
    }

    /// Since 1970 (UTC).
    package func seconds(at instant: Instant) -> Int64 { (origin &+ instant.nanoseconds) / 1_000_000_000 }
}
