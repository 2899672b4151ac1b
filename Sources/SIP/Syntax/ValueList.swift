import Octets

/// The values between the commas of one header field, RFC 3261 §7.3.1: commas in quotes or angle brackets are not
/// separators. An element may be empty, which its own parser refuses; an empty field has none.
package struct ValueList {
    private let text: OctetSlice
    private var position: Int
    private var isDone: Bool

    package init(_ text: OctetSlice) {
        self.text = text
        position = text.start
        isDone = text.isEmpty
    }

    /// The text behind the values already taken.
    var rest: OctetSlice? { isDone ? nil : text[position..<text.end].trimmed }

    package mutating func next() -> OctetSlice? {
        guard !isDone else { return nil }
        let comma = Self.comma(in: text, from: position)
        let value = text[position..<(comma ?? text.end)].trimmed
        if let comma { position = comma + 1 } else { isDone = true }
        return value
    }

    static func first(of text: OctetSlice) -> OctetSlice {
        guard let comma = comma(in: text, from: text.start) else { return text }
        return text[text.start..<comma].trimmed
    }

    /// A quotation mark that is never closed, or a bracket, swallows the rest: the value's own parser will refuse it.
    private static func comma(in text: OctetSlice, from start: Int) -> Int? {
        var index = start
        var isQuoted = false
        var isBracketed = false
        while index < text.end {
            switch text[index] {
            case UInt8(ascii: "\"") where !isBracketed: isQuoted.toggle()
            case UInt8(ascii: "\\") where isQuoted: index += 1
            case UInt8(ascii: "<") where !isQuoted: isBracketed = true
            case UInt8(ascii: ">") where !isQuoted: isBracketed = false
            case UInt8(ascii: ",") where !isQuoted && !isBracketed: return index
            default: break
            }
            index += 1
        }
        return nil
    }
}
