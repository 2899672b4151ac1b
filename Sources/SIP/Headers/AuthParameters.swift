import Octets

/// A scheme and its `name=value` parameters between commas, RFC 3261 §20.7, §20.44, §25.1; RFC 2617 §1.2.
///
/// Kept as text and read when asked. A name may stand once: two nonces or usernames would mean different things to
/// different readers.
package struct AuthParameters: Sendable, Equatable {
    /// More is not read (every lookup goes through all of them).
    private static let limit = 64

    package let scheme: OctetSlice
    /// From the first parameter to the end.
    private var text: OctetSlice

    package init(scheme: String) {
        self.scheme = OctetSlice(scheme)
        text = OctetSlice()
    }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        var scanner = TextScanner(text)
        scanner.skipBlanks()
        guard let scheme = scanner.token() else { throw SIPSyntaxError(.malformed, at: scanner.position) }
        self.scheme = scheme
        let end = scanner.position
        scanner.skipBlanks()
        guard scanner.position > end || scanner.isAtEnd else { throw SIPSyntaxError(.malformed, at: end) }
        self.text = scanner.rest.trimmed
        guard !scanner.isAtEnd else { throw SIPSyntaxError(.malformed, at: end) }
        try Self.check(self.text)
    }

    /// RFC 2617 §3.2.3: the parameters alone.
    init(parsingWithoutScheme text: OctetSlice) throws(SIPSyntaxError) {
        scheme = OctetSlice()
        self.text = text.trimmed
        try Self.check(self.text)
    }

    private static func check(_ text: OctetSlice) throws(SIPSyntaxError) {
        // One bit for each name: only where it is set already is the name looked for among those before.
        var seen: UInt64 = 0
        var count = 0
        var scanner = TextScanner(text)
        repeat {
            guard let parameter = Self.parameter(&scanner) else {
                throw SIPSyntaxError(.malformed, at: scanner.position)
            }
            let bit = bit(of: parameter.name)
            guard seen & bit == 0 || !isNamed(parameter.name, in: text[text.start..<parameter.range.lowerBound]) else {
                throw SIPSyntaxError(.duplicate, at: parameter.name.start)
            }
            seen |= bit
            count += 1
            guard count <= limit else { throw SIPSyntaxError(.malformed, at: scanner.position) }
        } while scanner.takeSeparator(UInt8(ascii: ","))
        scanner.skipBlanks()
        guard scanner.isAtEnd else { throw SIPSyntaxError(.malformed, at: scanner.position) }
    }

    private static func bit(of name: OctetSlice) -> UInt64 {
        var hash: UInt64 = 0
        for index in name.indices { hash = hash &* 31 &+ UInt64(ASCII.lowercase(name[index])) }
        return 1 << (hash & 63)
    }

    /// Whether one of the parameters has this name.
    private static func isNamed(_ name: OctetSlice, in text: OctetSlice) -> Bool {
        var scanner = TextScanner(text)
        while let parameter = parameter(&scanner) {
            if parameter.name.equalsIgnoringCase(name) { return true }
            guard scanner.takeSeparator(UInt8(ascii: ",")) else { return false }
        }
        return false
    }

    /// The value without quotes and escapes; nil when the parameter is missing.
    package subscript(_ name: StaticString) -> OctetSlice? {
        guard let found = find(name) else { return nil }
        return found.isQuoted ? found.value.unescaped : found.value
    }

    package func contains(_ name: StaticString) -> Bool { find(name) != nil }

    /// Whether a list in quotes, such as `qop="auth,auth-int"`, has this token.
    package func listContains(_ name: StaticString, token: StaticString) -> Bool {
        guard let value = self[name] else { return false }
        var list = ValueList(value)
        while let element = list.next() {
            if element.equalsIgnoringCase(token) { return true }
        }
        return false
    }

    package mutating func set(_ name: StaticString, quoted value: OctetSlice) {
        set(name) { $0.write(escapingQuoted: value) }
    }

    package mutating func set(_ name: StaticString, quoted value: String) { set(name, quoted: OctetSlice(value)) }

    /// Without quotes: `algorithm`, `stale`, `nc`, and `qop` of credentials.
    package mutating func set(_ name: StaticString, token value: OctetSlice) { set(name) { $0.write(value) } }

    package mutating func set(_ name: StaticString, token value: String) { set(name, token: OctetSlice(value)) }

    package mutating func remove(_ name: StaticString) {
        guard let found = find(name) else { return }
        var writer = OctetWriter(reserving: text.count)
        // The comma before goes with it, or else the one behind.
        var low = found.range.lowerBound
        var high = found.range.upperBound
        while low > text.start, Self.isSeparator(text[low - 1]) { low -= 1 }
        if low == text.start { while high < text.end, Self.isSeparator(text[high]) { high += 1 } }
        writer.write(text[text.start..<low])
        writer.write(text[high..<text.end])
        text = OctetSlice(writer.octets)
    }

    package func write(to writer: inout OctetWriter) {
        writer.write(scheme)
        guard !text.isEmpty else { return }
        if !scheme.isEmpty { writer.write(UInt8(ascii: " ")) }
        writer.write(text)
    }

    // MARK: Steps

    private struct Parameter {
        var name: OctetSlice
        var value: OctetSlice
        var isQuoted: Bool
        var range: Range<Int>
    }

    private static func parameter(_ scanner: inout TextScanner) -> Parameter? {
        let start = scanner.position
        guard let name = scanner.token(), scanner.takeSeparator(UInt8(ascii: "=")) else { return nil }
        let isQuoted = scanner.next == UInt8(ascii: "\"")
        guard let value = isQuoted ? scanner.quotedString() : scanner.authValue() else { return nil }
        return Parameter(name: name, value: value, isQuoted: isQuoted, range: start..<scanner.position)
    }

    private func find(_ name: StaticString) -> Parameter? {
        var scanner = TextScanner(text)
        while let parameter = Self.parameter(&scanner) {
            if parameter.name.equalsIgnoringCase(name) { return parameter }
            guard scanner.takeSeparator(UInt8(ascii: ",")) else { return nil }
        }
        return nil
    }

    private mutating func set(_ name: StaticString, _ write: (inout OctetWriter) -> Void) {
        let old = find(name)?.range
        var writer = OctetWriter(reserving: text.count + 64)
        writer.write(text[text.start..<(old?.lowerBound ?? text.end)])
        if old == nil, !text.isEmpty { writer.write(",") }
        writer.write(name)
        writer.write(UInt8(ascii: "="))
        write(&writer)
        if let old { writer.write(text[old.upperBound..<text.end]) }
        text = OctetSlice(writer.octets)
    }

    private static func isSeparator(_ octet: UInt8) -> Bool { octet == UInt8(ascii: ",") || ASCII.isBlank(octet) }
}

extension TextScanner {
    /// A token, or what some send without quotes though it should have them (Base64, with its `=`).
    fileprivate mutating func authValue() -> OctetSlice? {
        let start = position
        while position < text.end,
            OctetClass.parameterValue.contains(text[position]) || text[position] == UInt8(ascii: "=")
        {
            skip(to: position + 1)
        }
        return position > start ? text[start..<position] : nil
    }
}
