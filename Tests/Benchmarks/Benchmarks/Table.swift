/// The measurements for people and for programs.
enum Table {
    static func print(_ measurements: [Measurement]) {
        let width = measurements.map(\.name.count).max() ?? 0
        Swift.print(
            left("operation", width), right("ns", 10), right("allocations", 13), right("octets", 9), right("budget", 8),
            separator: "")
        for measurement in measurements {
            let budget = measurement.budget.map { number($0, 0) } ?? "–"
            let (time, allocations, octets) =
                switch measurement.cost {
                case .operation(let time, let allocations): (number(time, 0), number(allocations, 1), "")
                case .memory(let octets): ("", "", number(octets, 0))
                }
            Swift.print(
                left(measurement.name, width), right(time, 10), right(allocations, 13), right(octets, 9),
                right(budget, 8), measurement.isWithinBudget ? "" : "  OVER BUDGET", separator: "")
        }
    }

    static func json(_ measurements: [Measurement]) -> String {
        let members = measurements.map { measurement in
            let budget = measurement.budget.map { number($0, 0) } ?? "null"
            let cost =
                switch measurement.cost {
                case .operation(let time, let allocations):
                    "\"nanoseconds\":\(number(time, 1)),\"allocations\":\(number(allocations, 2))"
                case .memory(let octets): "\"octets\":\(number(octets, 0))"
                }
            return "{\"operation\":\"\(measurement.name)\",\(cost),\"budget\":\(budget),"
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
