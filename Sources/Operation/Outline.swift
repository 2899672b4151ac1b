import IMS
import NodeIO

/// A report as indented lines, for people.
package struct Outline {
    package let text: String

    package init(_ report: Report) {
        var lines: [String] = []
        Self.write(report, indent: "", into: &lines)
        text = lines.joined(separator: "\n")
    }

    private static func write(_ report: Report, indent: String, into lines: inout [String]) {
        switch report {
        case .record(let members):
            for member in members {
                let name = member.name.replacing("_", with: " ")
                if let value = scalar(member.value) {
                    lines.append("\(indent)\(name): \(value)")
                } else {
                    lines.append("\(indent)\(name):")
                    write(member.value, indent: indent + "  ", into: &lines)
                }
            }
        case .list(let elements):
            for element in elements {
                if let value = scalar(element) {
                    lines.append("\(indent)- \(value)")
                } else {
                    var inner: [String] = []
                    write(element, indent: indent + "  ", into: &inner)
                    if let first = inner.first { inner[0] = indent + "- " + first.dropFirst(indent.count + 2) }
                    lines += inner
                }
            }
        default: lines.append(indent + (scalar(report) ?? ""))
        }
    }

    private static func scalar(_ report: Report) -> String? {
        switch report {
        case .null: "–"
        case .boolean(let value): value ? "yes" : "no"
        case .integer(let value): String(value)
        case .number(let value): String(value)
        case .text(let value): LogLine.harmless(value)
        case .list(let elements): elements.isEmpty ? "none" : nil
        case .record(let members): members.isEmpty ? "none" : nil
        }
    }
}
