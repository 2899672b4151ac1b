import Foundation
import IMS

/// What came of a load of calls: the phones' report, the functions' costs, and those of registrations beside it.
package struct CallLoadResult: Sendable {
    package typealias Costs = [CoreFunction: LoadMeasurement.Cost]

    package var phones: Report
    /// Of a call that was set up and ended.
    package var calls: Costs
    /// Of a registration in the same run.
    package var registrations: Costs
    /// Of a dialog that stands; only the memory counts.
    package var dialogs: Costs

    package init(phones: Report, calls: Costs, registrations: Costs, dialogs: Costs) {
        self.phones = phones
        self.calls = calls
        self.registrations = registrations
        self.dialogs = dialogs
    }

    package var failures: Int { phones["failures"]?.integer ?? 0 }

    private static func sum(_ costs: Costs) -> Double? {
        let spans = [CoreFunction.pcscf, .icscf, .scscf].compactMap { costs[$0]?.microseconds }
        return spans.count == 3 ? spans.reduce(0, +) : nil
    }

    /// A call's processor time at the three CSCFs as a multiple of a registration's.
    package var ratio: Double? {
        guard let call = Self.sum(calls), let registration = Self.sum(registrations), registration > 0 else {
            return nil
        }
        return call / registration
    }

    package var report: Report {
        guard case .record(var members) = phones else { return phones }
        func number(_ value: Double?) -> Report { value.map { .number($0) } ?? .null }
        let functions = CoreFunction.allCases.reversed().map { function in
            Report.Member(
                function.rawValue,
                [
                    "cpu-microseconds-per-call": number(calls[function]?.microseconds),
                    "cpu-microseconds-per-registration": number(registrations[function]?.microseconds),
                    "memory-octets-per-dialog": number(dialogs[function]?.memory),
                ])
        }
        members.append(.init("functions", .record(functions)))
        members.append(.init("cscf-cpu-microseconds-per-call", number(Self.sum(calls))))
        members.append(.init("cscf-cpu-microseconds-per-registration", number(Self.sum(registrations))))
        members.append(.init("call-to-registration", number(ratio)))
        return .record(members)
    }

    package var text: String {
        var lines = [
            String(
                format: "%d calls in %.2f s: %.0f a second, %d failed", phones["calls"]?.integer ?? 0,
                Self.number(phones["seconds"]), Self.number(phones["per-second"]), failures)
        ]
        if case .record(let reasons)? = phones["failure-reasons"] {
            for reason in reasons { lines.append("  \(reason.value.integer ?? 0) × \(reason.name)") }
        }
        if let skipped = phones["skipped-because-still-busy"]?.integer, skipped > 0 {
            lines.append("  \(skipped) were due while their phones still talked, and left out: use more subscribers")
        }
        for (name, title) in [("ringing-ms", "until it rings"), ("answer-ms", "until the answer")] {
            let latency = ["p50", "p90", "p99", "max"].map {
                String(format: "%@ %.1f ms", $0, Self.number(phones[name]?[$0]))
            }
            lines.append("\(title): " + latency.joined(separator: ", "))
        }
        var table = Table(["", "CPU a call", "CPU a registration", "memory a dialog"])
        func cell(_ format: String, _ value: Double?) -> String { value.map { String(format: format, $0) } ?? "–" }
        for function in CoreFunction.allCases.reversed() where calls[function] != nil {
            table.add([
                function.title, cell("%.0f µs", calls[function]?.microseconds),
                cell("%.0f µs", registrations[function]?.microseconds),
                cell("%.0f octets", dialogs[function]?.memory),
            ])
        }
        table.add(["P+I+S", cell("%.0f µs", Self.sum(calls)), cell("%.0f µs", Self.sum(registrations)), ""])
        lines += ["", table.text]
        if let ratio { lines.append(String(format: "a call costs %.2f times a registration", ratio)) }
        return lines.joined(separator: "\n")
    }

    private static func number(_ report: Report?) -> Double {
        switch report {
        case .number(let value)?: value
        case .integer(let value)?: Double(value)
        default: 0
        }
    }
}
