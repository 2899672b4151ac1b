import Foundation
import IMS

/// What came of a load: the phones' report and the functions' costs.
package struct LoadResult: Sendable {
    package var phones: Report
    package var costs: [CoreFunction: LoadMeasurement.Cost]
    /// How long the P-CSCF's kernel took for security associations, since the P-CSCF has started; nil without any.
    package var installations: Report?

    package init(phones: Report, costs: [CoreFunction: LoadMeasurement.Cost]) {
        self.phones = phones
        self.costs = costs
    }

    package var registrations: Int { phones["registrations"]?.integer ?? 0 }
    package var failures: Int { phones["failures"]?.integer ?? 0 }

    /// The three CSCFs together, as other cores are measured.
    package var microsecondsOfCSCFs: Double? {
        let spans = [CoreFunction.pcscf, .icscf, .scscf].compactMap { costs[$0]?.microseconds }
        return spans.count == 3 ? spans.reduce(0, +) : nil
    }

    package var report: Report {
        guard case .record(var members) = phones else { return phones }
        let functions = CoreFunction.allCases.reversed().compactMap { function in
            costs[function].map { cost in
                Report.Member(
                    function.rawValue,
                    [
                        "cpu-microseconds-per-registration": .number(cost.microseconds),
                        "memory-octets-per-registration": cost.memory.map { .number($0) } ?? .null,
                    ])
            }
        }
        members.append(.init("functions", .record(functions)))
        if let installations { members.append(.init("security-associations", installations)) }
        members.append(
            .init("cscf-cpu-microseconds-per-registration", microsecondsOfCSCFs.map { .number($0) } ?? .null))
        return .record(members)
    }

    package var text: String {
        var lines = [
            String(
                format: "%d registrations in %.2f s: %.0f a second, %d failed", registrations, number("seconds"),
                number("per-second"), failures)
        ]
        if case .record(let reasons)? = phones["failure-reasons"] {
            for reason in reasons { lines.append("  \(reason.value.integer ?? 0) × \(reason.name)") }
        }
        if let skipped = phones["skipped-because-still-busy"]?.integer, skipped > 0 {
            lines.append("  \(skipped) were due while their phone was still busy, and left out: use more subscribers")
        }
        let latency = ["p50", "p90", "p99", "max"].map { name in
            String(format: "%@ %.1f ms", name, Self.number(phones["latency-ms"]?[name]))
        }
        lines.append("latency of the whole registration: " + latency.joined(separator: ", "))
        if let installations {
            lines.append(
                String(
                    format: "four security associations are in the P-CSCF's kernel after %.2f ms, %.2f ms at most",
                    Self.number(installations["mean-milliseconds"]), Self.number(installations["longest-milliseconds"]))
            )
        }
        var table = Table(["", "CPU a registration", "memory a new one"])
        for function in CoreFunction.allCases.reversed() {
            guard let cost = costs[function] else { continue }
            table.add([
                function.title, String(format: "%.0f µs", cost.microseconds),
                cost.memory.map { String(format: "%.0f octets", $0) } ?? "–",
            ])
        }
        if let sum = microsecondsOfCSCFs { table.add(["P+I+S", String(format: "%.0f µs", sum), ""]) }
        return (lines + ["", table.text]).joined(separator: "\n")
    }

    private func number(_ name: String) -> Double { Self.number(phones[name]) }

    private static func number(_ report: Report?) -> Double {
        switch report {
        case .number(let value)?: value
        case .integer(let value)?: Double(value)
        default: 0
        }
    }
}
