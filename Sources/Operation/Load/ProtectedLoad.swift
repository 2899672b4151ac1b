import IMS
import Octets

/// First registrations inside IPsec, one phone after the other: each has ports and security associations of its own.
package struct ProtectedLoad {
    package static let mostPhones = 500

    private let secrets: [String: String]
    private let first: UInt64
    private let width: Int
    private let count: Int

    /// - Parameters:
    ///   - plan: the command `load` for the same phones.
    ///   - offer: the pairs of algorithms that they offer.
    package init(_ plan: Command, _ offer: [SecurityAlgorithms]) throws(OperationFailure) {
        guard let imsi = plan.arguments["imsi"], let first = UInt64(imsi),
            let count = plan.arguments["count"].flatMap({ Int($0) })
        else { throw OperationFailure(.usage, "--imsi is a number") }
        self.first = first
        width = imsi.utf8.count
        self.count = count
        secrets = plan.arguments.filter { ["domain", "k", "opc"].contains($0.key) }
            .merging(["security": offer.map(\.description).joined(separator: ",")]) { $1 }
    }

    /// - Returns: what the command `load` reports.
    package func run(_ phones: VirtualPhones) throws(OperationFailure) -> Report {
        let clock = ContinuousClock()
        let began = clock.now
        var spans: [Double] = []
        var failures: [String: Int] = [:]
        for offset in 0..<UInt64(count) {
            let digits = String(first + offset)
            let imsi = String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
            _ = try phones.ask(Command("phone", secrets.merging(["phone": imsi, "imsi": imsi]) { $1 }))
            let report = try phones.ask(Command("register", ["phone": imsi]))
            if report?["outcome"]?.text == "registered", case .number(let span)? = report?["milliseconds"] {
                spans.append(span)
            } else {
                failures[report?["reason"]?.text ?? "no answer", default: 0] += 1
            }
        }
        let seconds = (clock.now - began).milliseconds / 1_000
        spans.sort()
        func quantile(_ part: Double) -> Report {
            spans.isEmpty ? .null : .number(spans[Int(Double(spans.count - 1) * part)])
        }
        return [
            "registrations": .integer(spans.count), "failures": .integer(failures.values.reduce(0, +)),
            "failure-reasons": .record(failures.sorted { $0.key < $1.key }.map { .init($0.key, .integer($0.value)) }),
            "seconds": .number(seconds), "per-second": .number(Double(spans.count) / max(seconds, 0.001)),
            "latency-ms": ["p50": quantile(0.5), "p90": quantile(0.9), "p99": quantile(0.99), "max": quantile(1)],
        ]
    }
}
