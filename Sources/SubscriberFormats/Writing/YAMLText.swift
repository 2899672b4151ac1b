import IMS

/// A tree as YAML in blocks; what has no members of its own stands on one line. Texts are quoted as in JSON, which YAML 1.2
/// reads the same way.
enum YAMLText {
    static func write(_ report: Report, indent: Int = 0) -> String {
        var text = ""
        write(report, indent, &text)
        return text
    }

    private static func write(_ report: Report, _ indent: Int, _ text: inout String) {
        let margin = String(repeating: " ", count: indent)
        switch report {
        case .record(let members):
            for member in members {
                text += margin + key(member.name) + ":"
                value(member.value, indent, &text)
            }
        case .list(let elements):
            for element in elements {
                guard !isFlat(element) else {
                    text += "\(margin)- \(element.json)\n"
                    continue
                }
                var inner = ""
                write(element, indent + 2, &inner)
                text += margin + "- " + inner.dropFirst(indent + 2)
            }
        default: text += "\(margin)\(report.json)\n"
        }
    }

    private static func value(_ report: Report, _ indent: Int, _ text: inout String) {
        if isFlat(report) {
            text += " \(report.json)\n"
        } else {
            text += "\n"
            write(report, indent + 2, &text)
        }
    }

    /// Scalars, lists of them, and records of scalars that are short.
    private static func isFlat(_ report: Report) -> Bool {
        switch report {
        case .list(let elements): elements.allSatisfy(\.isScalar)
        case .record(let members): members.allSatisfy { $0.value.isScalar } && report.json.utf8.count < 80
        default: true
        }
    }

    private static func key(_ name: String) -> String {
        let isPlain =
            name.first?.isLetter == true && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
            && !["null", "true", "false", "yes", "no", "on", "off", "y", "n"].contains(name.lowercased())
        return isPlain ? name : Report.text(name).json
    }
}
