import Octets
import SIP
import Testing

/// A machine's whole table as text: a line per state, below it lines `events | actions > next state`.
///
/// Events are separated by commas, actions by semicolons; `-` means nothing is ordered; without `>` the state stays.
/// Durations are seconds from now.
struct MatrixTable {
    struct Cell: Equatable, CustomStringConvertible {
        var actions: [String]
        var next: String
        var description: String { "\(actions.isEmpty ? "-" : actions.joined(separator: "; ")) > \(next)" }
    }

    private(set) var cells: [String: [String: Cell]] = [:]

    init(_ text: String) {
        var state = ""
        for line in text.split(separator: "\n") {
            guard let bar = line.firstIndex(of: "|") else {
                state = Self.trim(line)
                cells[state] = [:]
                continue
            }
            var actions = Self.trim(line[line.index(after: bar)...])
            var next = state
            if let arrow = actions.firstIndex(of: ">") {
                next = Self.trim(actions[actions.index(after: arrow)...])
                actions = Self.trim(actions[..<arrow])
            }
            let list = actions == "-" ? [] : actions.split(separator: ";").map { Self.trim($0) }
            for event in line[..<bar].split(separator: ",") {
                let event = Self.trim(event)
                if cells[state]?[event] != nil { Issue.record("\(state) × \(event) stands twice in the table") }
                cells[state]?[event] = Cell(actions: list, next: next)
            }
        }
    }

    /// Drives a fresh machine through every pair of the given states and events and compares it with the table.
    func check(
        states: [String], events: [String], _ run: (_ state: String, _ event: String) -> Cell
    ) {
        #expect(Set(cells.keys) == Set(states))
        for state in states {
            #expect(Set(cells[state]?.keys.map { $0 } ?? []) == Set(events), "events of \(state)")
            for event in events {
                let found = run(state, event)
                #expect(cells[state]?[event] == found, "\(state) × \(event)")
            }
        }
    }

    private static func trim(_ text: some StringProtocol) -> String {
        var text = Substring(text)
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}

/// The moment every matrix test happens at.
let matrixNow = Instant.zero + .seconds(1000)

func seconds(until deadline: Instant) -> String {
    let milliseconds = (deadline - matrixNow).wholeNanoseconds / 1_000_000
    return milliseconds % 1000 == 0 ? "\(milliseconds / 1000)" : "\(Double(milliseconds) / 1000)"
}

let unreliable = TransactionTiming(.core, isReliable: false)
let reliable = TransactionTiming(.core, isReliable: true)
