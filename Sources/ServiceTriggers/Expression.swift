import CRE2
import Octets

/// An extended regular expression of a service point trigger, compiled once, TS 29.228 Annex B.2.3.
///
/// RE2 matches it in time linear in the text whatever the pattern is. The characters are octets.
package final class Expression: Sendable {
    /// Octets of a pattern.
    package static let maximumPattern = 256
    /// Instructions of a compiled pattern.
    package static let maximumSize = 4_096
    /// Octets of a text that is searched.
    package static let maximumText = 8_192
    /// Octets of a compiled pattern with the states that matching adds to it.
    private static let maximumMemory: Int64 = 1 << 20

    package let text: String
    /// Instructions.
    package let size: Int
    /// It may have something to say about where a text begins or ends.
    let isAnchored: Bool
    // Not safe by its type: RE2 locks what matching changes (re2.h), nothing else changes before `deinit`.
    private nonisolated(unsafe) let compiled: OpaquePointer

    package init(_ text: String, ignoresCase: Bool = false) throws(ExpressionError) {
        let pattern = Array(text.utf8)
        guard pattern.count <= Self.maximumPattern else { throw .tooLong(pattern.count) }
        var fault = cre2_fault()
        // One more octet, so that the buffer of an empty pattern has an address.
        let compiled = (pattern + [0]).withUnsafeBufferPointer { buffer in
            buffer.baseAddress.flatMap {
                cre2_compile($0, pattern.count, ignoresCase ? 1 : 0, Self.maximumMemory, &fault)
            }
        }
        guard let compiled else { throw Self.error(fault, pattern) }
        let size = Int(cre2_size(compiled))
        guard size <= Self.maximumSize else {
            cre2_free(compiled)
            throw .tooLarge
        }
        self.text = text
        self.size = size
        self.compiled = compiled
        isAnchored = pattern.contains(UInt8(ascii: "^")) || pattern.contains(UInt8(ascii: "$"))
    }

    deinit { cre2_free(compiled) }

    private static func error(_ fault: cre2_fault, _ pattern: [UInt8]) -> ExpressionError {
        let words = withUnsafeBytes(of: fault.text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        if words.hasPrefix("pattern too large") { return .tooLarge }
        let start = min(max(Int(fault.position), 0), pattern.count)
        let end = min(start + max(Int(fault.length), 0), pattern.count)
        return .syntax(words, position: start, part: OctetSlice(pattern, start..<end).string)
    }

    /// Whether it is found somewhere in a text; the caller keeps the text under `maximumText`.
    package func isFound(in text: OctetSlice) -> Bool { matches(text, whole: 0) }

    /// Whether it is the whole of a text.
    package func isWhole(_ text: OctetSlice) -> Bool { matches(text, whole: 1) }

    private func matches(_ text: OctetSlice, whole: Int32) -> Bool {
        guard !text.isEmpty else {
            var nothing: UInt8 = 0
            return cre2_matches(compiled, &nothing, 0, whole) != 0
        }
        return text.base.withUnsafeBufferPointer { buffer in
            guard let address = buffer.baseAddress else { return false }
            return cre2_matches(compiled, address + text.start, text.count, whole) != 0
        }
    }

    /// What searching a text costs at most, in steps of the budget. One step pays for sixteen instructions.
    func cost(of text: OctetSlice) -> Int { 1 + min(text.count, Self.maximumText) * size / 16 }
}

/// Why a pattern is not used.
package enum ExpressionError: Error, Hashable, Sendable {
    /// Octets.
    case tooLong(Int)
    /// It would need too many instructions, or repeats something more than 1,000 times.
    case tooLarge
    /// RE2's words, where the offending part begins, in octets from 0, and its text; empty for the whole pattern.
    case syntax(String, position: Int, part: String)
    /// All expressions of the profile together need too many instructions.
    case tooMany
}

extension ExpressionError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooLong(let count): "the pattern has \(count) octets and may have \(Expression.maximumPattern)"
        case .tooLarge: "the pattern needs more than \(Expression.maximumSize) states"
        case .syntax(let words, let position, let part):
            part.isEmpty ? "\(words)" : "\(words) at position \(position + 1): \(part)"
        case .tooMany: "the expressions of the profile together are too large"
        }
    }
}
