/// The measurements for people and for programs.
enum Table {
    static func print(_ measurements: [Measurement]) {
        let width = measurements.map(\.name.count).max() ?? 0
        Swift.print(
            left("operation", width), right("ns", 10), right("allocations", 13), right("budget", 8), separator: "")
        for measurement in measurements {
            let budget = measurement.budget.map { number($0, 0) } ?? "–"
            Swift.print(
                left(measurement.name, width), right(number(measurement.nanoseconds, 0), 10),
                right(number(measurement.allocations, 1), 13), right(budget, 8),
                measurement.isWithinBudget ? "" : "  OVER BUDGET", separator: "")
        }
    }

    static func json(_ measurements: [Measurement]) -> String {
        let members = measurements.map { measurement in
            let budget = measurement.budget.map { number($0, 0) } ?? "null"
            return "{\"operation\":\"\(measurement.name)\",\"nanoseconds\":\(number(measurement.nanoseconds, 1)),"
                + "\"allocations\":\(number(measurement.allocations, 2)),\"budget\":\(budget),"
                + "\"within_budget\":\(measurement.isWithinBudget)}"
        }
        return "{\"benchmarks\":[" + members.joined(separator: ",") + "]}"
    }

    private static func number(_ value: Double, _ digits: Int) -> String {
        guard digits > 0 else { return String(Int(value.rounded())) }
        let scale = digits == 1 ? 10.0 : 100.0
        return String((value * scale).rounded() / scale)
    }

    private static func left(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
