import Foundation
import NodeIO

/// The exchange as a drawing: a column for each node, a line for each message, with the time since the first and since
/// the one before.
package struct Ladder {
    package let exchange: Exchange
    package let hasColour: Bool

    package init(_ exchange: Exchange, hasColour: Bool = false) {
        self.exchange = exchange
        self.hasColour = hasColour
        let seen = Set(exchange.arrows.flatMap { [$0.from, $0.to] })
        lanes = Lane.allCases.filter { Self.core.contains($0) || seen.contains($0) }
    }

    private static let margin = 21
    private static let pitch = 20
    private static let width = width(of: core)

    /// What every drawing has.
    private static let core: [Lane] = [.ue, .pcscf, .icscf, .scscf, .hss]

    /// The application server and further phones have their columns when they take part.
    private let lanes: [Lane]

    private static func width(of lanes: [Lane]) -> Int { margin + pitch * (lanes.count - 1) + 4 }

    package var lines: [String] {
        var lines = [head]
        var last: Int64?
        let origin = exchange.arrows.first?.start ?? exchange.notes.first?.nanoseconds ?? 0
        var notes = exchange.notes.filter { $0.isRefusal || $0.level != "info" }[...]
        func place(until time: Int64) {
            while let note = notes.first, note.nanoseconds < time {
                lines += drawing(note)
                notes.removeFirst()
            }
        }
        for (index, arrow) in exchange.arrows.enumerated() {
            place(until: arrow.start)
            lines.append(drawing(arrow, since: origin, last))
            last = arrow.start
            // A note made while this one was being sent stands under it, not under the next.
            if index + 1 == exchange.arrows.count { place(until: .max) }
        }
        place(until: .max)
        return lines
    }

    package var text: String { lines.joined(separator: "\n") }

    private func column(_ lane: Lane) -> Int { Self.margin + Self.pitch * (lanes.firstIndex(of: lane) ?? 0) }

    private static func trimmed(_ cells: [Character]) -> String {
        var cells = cells
        while cells.last == " " { cells.removeLast() }
        return String(cells)
    }

    private var head: String {
        var cells = [Character](repeating: " ", count: Self.width(of: lanes) + 4)
        Self.write("ms", at: 8, into: &cells)
        Self.write("+ms", at: 15, into: &cells)
        for lane in lanes {
            Self.write(lane.title, at: max(0, column(lane) - lane.title.count / 2), into: &cells)
        }
        return Self.trimmed(cells)
    }

    private static func write(_ text: String, at column: Int, into cells: inout [Character]) {
        for (offset, character) in text.enumerated() where column + offset < cells.count {
            cells[column + offset] = character
        }
    }

    private func drawing(_ arrow: Arrow, since origin: Int64, _ last: Int64?) -> String {
        var cells = [Character](repeating: " ", count: Self.width(of: lanes))
        Self.write(Self.milliseconds(arrow.start - origin, width: 10), at: 0, into: &cells)
        if let last { Self.write(Self.milliseconds(arrow.start - last, width: 8), at: 10, into: &cells) }
        for lane in lanes { cells[column(lane)] = "│" }
        let left = column(min(arrow.from, arrow.to))
        let right = column(max(arrow.from, arrow.to))
        guard right - left > 2 else {
            Self.write("⟲ \(arrow.message.shortLabel)", at: left + 2, into: &cells)
            return Self.trimmed(cells)
        }
        let isRightward = arrow.to > arrow.from
        for column in left + 1..<right { cells[column] = cells[column] == "│" ? "┼" : "─" }
        let isLost = arrow.end == nil && !arrow.to.isPhone
        cells[isRightward ? right - 1 : left + 1] = isLost ? "╳" : isRightward ? "▶" : "◀"
        // A label that fits stands in the gap next to its sender, so that the lanes it passes stay to be seen.
        let gap = min(Self.pitch, right - left)
        let long = LogLine.harmless(arrow.message.label) + (arrow.isRepeated ? " again" : "")
        let fits = long.count <= right - left - 4
        let short = LogLine.harmless(arrow.message.shortLabel) + (arrow.isRepeated ? " again" : "")
        let label = String((fits ? long : short).prefix(right - left - 4))
        let start: Int
        if label.count <= gap - 4 {
            start = isRightward ? left + 1 + (gap - 2 - label.count) / 2 : right - gap + 2 + (gap - 2 - label.count) / 2
        } else {
            start = left + 1 + (right - left - 1 - label.count) / 2
        }
        Self.write(label, at: start, into: &cells)
        return coloured(
            Self.trimmed(cells), arrow.message.isRefusal ? 31 : arrow.message.shortLabel == "200" ? 32 : nil)
    }

    private func drawing(_ note: TracedNote) -> [String] {
        let who = "\(note.lane.title)\(note.answer.isEmpty ? "" : " → \(note.answer)")"
        let code = note.code.isEmpty ? "" : " \(note.code):"
        let words = LogLine.harmless("└ \(who)\(code) \(note.sentence)")
        var lines = Self.wrapped(words, indent: Self.margin + 2)
        if !note.hint.isEmpty { lines += Self.wrapped("  \(LogLine.harmless(note.hint))", indent: Self.margin + 2) }
        return lines.map { coloured($0, note.isRefusal ? 31 : 33) }
    }

    /// Words on lines that end where the drawing ends; further lines stand two columns in.
    package static func wrapped(_ text: String, indent: Int, width: Int = Ladder.width) -> [String] {
        var lines: [String] = []
        let lead = String(text.prefix { $0 == " " })
        var line = String(repeating: " ", count: indent) + lead
        var isEmpty = true
        for word in text.split(separator: " ") {
            if !isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = String(repeating: " ", count: indent + 2)
                isEmpty = true
            }
            line += (isEmpty ? "" : " ") + word
            isEmpty = false
        }
        lines.append(line)
        return lines
    }

    private func coloured(_ text: String, _ colour: Int?) -> String {
        guard hasColour, let colour else { return text }
        return "\u{1B}[\(colour)m\(text)\u{1B}[0m"
    }

    static func milliseconds(_ nanoseconds: Int64, width: Int) -> String {
        let text = String(format: "%.2f", Double(nanoseconds) / 1e6)
        return String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
