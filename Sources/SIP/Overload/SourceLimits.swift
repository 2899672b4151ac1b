import Octets

/// A token bucket for each source address, so that one sender cannot take what is there for all; bounded in number.
///
/// Addresses of IPv6 count by their first 64 bits, which one subscriber has for himself. When the table is full the older
/// half is forgotten: whoever is in it begins with a full bucket, so filling the table buys a flood nothing but the bursts
/// of the addresses it has to use.
package struct SourceLimits: Sendable {
    private struct Bucket: Sendable {
        /// In millionths of a request, so that a slow rate does not round to nothing.
        var tokens: Int64
        var filled: Instant
    }

    private let settings: SourceSettings
    private var recent: [IPAddress: Bucket] = [:]
    private var older: [IPAddress: Bucket] = [:]
    private static let unit: Int64 = 1_000_000

    package init(settings: SourceSettings) { self.settings = settings }

    package var count: Int { recent.count + older.count }

    /// Whether one more request of this source is let in.
    package mutating func admits(_ source: IPAddress, at now: Instant) -> Bool {
        let key = Self.key(source)
        guard !settings.exempt.contains(source) else { return true }
        let full = Int64(settings.burst) * Self.unit
        var bucket = recent[key] ?? older[key] ?? Bucket(tokens: full, filled: now)
        // A day fills every bucket; longer spans would only overflow.
        let microseconds = min(max(0, (now - bucket.filled).wholeNanoseconds / 1_000), 86_400_000_000)
        let (gained, overflow) = microseconds.multipliedReportingOverflow(by: Int64(settings.rate))
        let (sum, carry) = bucket.tokens.addingReportingOverflow(gained)
        bucket.tokens = overflow || carry ? full : min(full, sum)
        bucket.filled = now
        let isAdmitted = bucket.tokens >= Self.unit
        if isAdmitted { bucket.tokens -= Self.unit }
        if recent[key] == nil, recent.count >= settings.table {
            older = recent
            recent = [:]
        }
        recent[key] = bucket
        return isAdmitted
    }

    private static func key(_ address: IPAddress) -> IPAddress {
        switch address {
        case .v4: address
        case .v6(let network, _): .v6(network, 0)
        }
    }
}
