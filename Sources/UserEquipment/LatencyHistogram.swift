import Octets

/// Latencies in buckets an eighth of an octave wide, from one microsecond to an hour: percentiles within 13 %.
package struct LatencyHistogram: Sendable {
    private var buckets = [Int](repeating: 0, count: 320)
    package private(set) var count = 0
    package private(set) var longest = Duration.zero

    package init() {}

    package mutating func record(_ latency: Duration) {
        let microseconds = max(1, latency.wholeNanoseconds / 1_000)
        let octave = Int64.bitWidth - 1 - microseconds.leadingZeroBitCount
        let eighth =
            octave >= 3 ? Int(microseconds >> Int64(octave - 3)) & 7 : Int(microseconds << Int64(3 - octave)) & 7
        buckets[min(octave * 8 + eighth, buckets.count - 1)] += 1
        count += 1
        longest = max(longest, latency)
    }

    /// The upper bound of the bucket in which the given part (0…1) of all latencies lies; zero when there are none.
    package func percentile(_ part: Double) -> Duration {
        guard count > 0 else { return .zero }
        let rank = max(1, Int((Double(count) * part).rounded(.up)))
        var seen = 0
        for (index, bucket) in buckets.enumerated() {
            seen += bucket
            guard seen >= rank else { continue }
            if index == buckets.count - 1 { break }  // everything longer is in here
            let octave = index / 8
            let upper = (Double(9 + index % 8) / 8) * Double(UInt64(1) << UInt64(octave))
            return min(longest, .nanoseconds(Int64(upper * 1_000)))
        }
        return longest
    }
}
