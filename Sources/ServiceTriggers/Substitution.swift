import CRE2
import Octets

/// A substitution expression of a NAPTR record, RFC 3402 §3.2: `!^.*$!sip:\0@example.org!i`.
///
/// Delimiter, extended regular expression, delimiter, replacement with back references, delimiter, flags.
package struct Substitution: Sendable {
    private enum Part: Sendable, Equatable {
        case text(OctetSlice)
        case group(Int)
    }

    private let expression: GroupingExpression
    private let parts: [Part]

    package init(parsing text: OctetSlice) throws(ExpressionError) {
        let pieces = Self.pieces(of: text)
        guard pieces.count == 3 else { throw Self.fault("it is no substitution between three delimiters", text) }
        let flags = pieces[2]
        guard flags.isEmpty || flags.equalsIgnoringCase("i") else { throw Self.fault("it has unknown flags", text) }
        expression = try GroupingExpression(pieces[0], ignoresCase: !flags.isEmpty)
        parts = Self.parts(of: pieces[1])
    }

    /// The text with its first match replaced; nil when nothing matches.
    package func apply(to text: OctetSlice) -> OctetSlice? {
        guard text.count <= Expression.maximumText, let groups = expression.groups(in: text) else { return nil }
        var writer = OctetWriter(reserving: text.count + 64)
        writer.write(text[text.start..<groups[0].lowerBound])
        for part in parts {
            switch part {
            case .text(let text): writer.write(text)
            case .group(let number): writer.write(text[groups[number]])
            }
        }
        writer.write(text[groups[0].upperBound..<text.end])
        return OctetSlice(writer.octets)
    }

    /// What stands between the delimiters; one behind a backslash is a plain character.
    private static func pieces(of text: OctetSlice) -> [OctetSlice] {
        guard let delimiter = text.first else { return [] }
        var pieces: [OctetSlice] = []
        var piece: [UInt8] = []
        var index = text.start + 1
        while index < text.end {
            let octet = text[index]
            if octet == delimiter, pieces.count < 2 {
                pieces.append(OctetSlice(piece))
                piece = []
            } else if octet == UInt8(ascii: "\\"), index + 1 < text.end {
                index += 1
                if text[index] != delimiter { piece.append(octet) }
                piece.append(text[index])
            } else {
                piece.append(octet)
            }
            index += 1
        }
        pieces.append(OctetSlice(piece))
        return pieces
    }

    private static func parts(of replacement: OctetSlice) -> [Part] {
        var parts: [Part] = []
        var run: [UInt8] = []
        var index = replacement.start
        while index < replacement.end {
            let octet = replacement[index]
            index += 1
            guard octet == UInt8(ascii: "\\"), index < replacement.end else {
                run.append(octet)
                continue
            }
            let next = replacement[index]
            index += 1
            guard ASCII.isDigit(next) else {
                run.append(next)
                continue
            }
            if !run.isEmpty { parts.append(.text(OctetSlice(run))) }
            run = []
            parts.append(.group(Int(next - 0x30)))
        }
        if !run.isEmpty { parts.append(.text(OctetSlice(run))) }
        return parts
    }

    private static func fault(_ words: String, _ text: OctetSlice) -> ExpressionError {
        .syntax(words, position: 0, part: text.string)
    }
}

/// An expression whose groups are asked for.
private final class GroupingExpression: Sendable {
    private static let groups = 10
    // Not safe by its type: RE2 locks what matching changes (re2.h), nothing else changes before `deinit`.
    private nonisolated(unsafe) let compiled: OpaquePointer

    init(_ pattern: OctetSlice, ignoresCase: Bool) throws(ExpressionError) {
        guard pattern.count <= Expression.maximumPattern else { throw .tooLong(pattern.count) }
        var fault = cre2_fault()
        // One more octet, so that the buffer of an empty pattern has an address.
        let compiled = (pattern.array + [0]).withUnsafeBufferPointer { buffer in
            buffer.baseAddress.flatMap {
                cre2_compile_grouping($0, pattern.count, ignoresCase ? 1 : 0, 1 << 20, &fault)
            }
        }
        guard let compiled else { throw .syntax("it is no expression", position: 0, part: pattern.string) }
        self.compiled = compiled
    }

    deinit { cre2_free(compiled) }

    /// The match and its groups, as ranges of the slice's base; empty ones for groups without a part in it.
    func groups(in text: OctetSlice) -> [Range<Int>]? {
        var bounds = [Int32](repeating: -1, count: 2 * Self.groups)
        let octets = text.array + [0]
        let found = octets.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.map { cre2_find_groups(compiled, $0, text.count, &bounds, Int32(Self.groups)) } ?? 0
        }
        guard found != 0 else { return nil }
        return (0..<Self.groups).map { group in
            let low = Int(bounds[2 * group])
            let high = Int(bounds[2 * group + 1])
            guard low >= 0, low <= high, high <= text.count else { return text.start..<text.start }
            return text.start + low..<text.start + high
        }
    }
}
