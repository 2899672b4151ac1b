/// An answer to an operator's command, a tree that becomes JSON at the edge. The order of members is kept.
package indirect enum Report: Equatable, Sendable {
    case null
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case list([Report])
    case record([Member])

    package struct Member: Equatable, Sendable {
        package var name: String
        package var value: Report

        package init(_ name: String, _ value: Report) {
            self.name = name
            self.value = value
        }
    }

    /// The value of a record's member; nil when this is no record or has no such member.
    package subscript(name: String) -> Report? {
        guard case .record(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    package var text: String? {
        guard case .text(let text) = self else { return nil }
        return text
    }

    package var integer: Int? {
        guard case .integer(let integer) = self else { return nil }
        return integer
    }

    package var list: [Report]? {
        guard case .list(let list) = self else { return nil }
        return list
    }

    /// A refusal of a command: `{"error": sentence}`.
    package static func error(_ sentence: String) -> Report { ["error": .text(sentence)] }
}

extension Report: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .text(value) }
    package init(integerLiteral value: Int) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .boolean(value) }
    package init(arrayLiteral elements: Report...) { self = .list(elements) }
    package init(dictionaryLiteral elements: (String, Report)...) {
        self = .record(elements.map { Member($0.0, $0.1) })
    }
}

extension Report {
    /// The tree as JSON text (RFC 8259) on one line; control characters are escaped, so a log line stays one line.
    package var json: String {
        var text = ""
        write(into: &text)
        return text
    }

    private func write(into text: inout String) {
        switch self {
        case .null: text += "null"
        case .boolean(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .number(let value): text += value.isFinite ? String(value) : "null"
        case .text(let value): Self.write(value, into: &text)
        case .list(let elements):
            text += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { text += "," }
                element.write(into: &text)
            }
            text += "]"
        case .record(let members):
            text += "{"
            for (index, member) in members.enumerated() {
                if index > 0 { text += "," }
                Self.write(member.name, into: &text)
                text += ":"
                member.value.write(into: &text)
            }
            text += "}"
        }
    }

    private static func write(_ string: String, into text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
