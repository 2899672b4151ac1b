import IMS
import Octets

/// How long the kernel takes for the associations of a challenge: from the order until it has answered, the way to the
/// worker and back with it.
struct InstallationTimes: Sendable {
    private var count = 0
    private var sum = Duration.zero
    private var longest = Duration.zero

    mutating func add(_ span: Duration) {
        count += 1
        sum += span
        longest = max(longest, span)
    }

    var report: Report {
        [
            "count": .integer(count),
            "mean-milliseconds": count > 0 ? .number(sum.milliseconds / Double(count)) : .null,
            "longest-milliseconds": count > 0 ? .number(longest.milliseconds) : .null,
        ]
    }
}
