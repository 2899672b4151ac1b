import IMS
import SubscriberFormats

/// What an import came to.
package struct ImportSummary: Sendable {
    /// What became of a subscriber.
    package enum Outcome: Equatable, Sendable {
        case added, changed, unchanged
        /// Why not, in a sentence.
        case refused(String)
    }

    /// What became of something that subscribers share: added, changed or unchanged.
    package struct Service: Equatable, Sendable {
        package var kind: String
        package var name: String
        package var result: String
    }

    package var added = 0
    package var changed = 0
    package var unchanged = 0
    package var services: [Service] = []
    /// Of each severity.
    package private(set) var counts: [ImportFinding.Severity: Int] = [:]
    /// The first of each severity; a long file may have a million.
    package private(set) var first: [ImportFinding] = []

    package static let kept = 20

    package var taken: Int { added + changed + unchanged }
    package func count(_ severity: ImportFinding.Severity) -> Int { counts[severity, default: 0] }

    mutating func add(_ finding: ImportFinding) {
        counts[finding.severity, default: 0] += 1
        if count(finding.severity) <= Self.kept { first.append(finding) }
    }

    package var report: Report {
        [
            "added": .integer(added), "changed": .integer(changed), "unchanged": .integer(unchanged),
            "problems": .integer(count(.problem)), "warnings": .integer(count(.warning)),
            "services": .list(
                services.map {
                    ["kind": .text($0.kind), "name": .text($0.name), "result": .text($0.result)]
                }),
            "findings": .list(
                first.map {
                    [
                        "severity": .text($0.severity.rawValue), "place": .text($0.place.description),
                        "field": $0.field.map { .text($0) } ?? .null, "sentence": .text($0.sentence),
                    ]
                }),
        ]
    }
}
