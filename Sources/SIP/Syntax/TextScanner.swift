import Octets

/// Reads tokens, quoted strings and separators of RFC 3261 §25.1 from a header value, front to back.
struct TextScanner {
    let text: OctetSlice
    private(set) var position: Int

    init(_ text: OctetSlice) {
        self.text = text
        position = text.start
    }

    var isAtEnd: Bool { position >= text.end }

    /// The next octet; 0 at the end.
    @inline(__always)
    var next: UInt8 { position < text.end ? text[position] : 0 }

    var rest: OctetSlice { text[position..<text.end] }

    /// `LWS`: blanks, and the line ends of folding.
    @inline(__always)
    mutating func skipBlanks() {
        while position < text.end {
            switch text[position] {
            case ASCII.space, ASCII.tab, ASCII.carriageReturn, ASCII.lineFeed: position += 1
            default: return
            }
        }
    }

    @inline(__always)
    mutating func take(_ octet: UInt8) -> Bool {
        guard position < text.end, text[position] == octet else { return false }
        position += 1
        return true
    }

    /// A separator with the white space that may stand round it: `SEMI`, `EQUAL`, `COMMA`, `SLASH`.
    @inline(__always)
    mutating func takeSeparator(_ octet: UInt8) -> Bool {
        let start = position
        skipBlanks()
        guard take(octet) else {
            position = start
            return false
        }
        skipBlanks()
        return true
    }

    /// One blank or more.
    mutating func takeBlanks() -> Bool {
        let start = position
        skipBlanks()
        return position > start
    }

    /// A run of one or more octets of a class; nil when there is none.
    @inline(__always)
    mutating func run(_ octets: OctetClass) -> OctetSlice? {
        let start = position
        while position < text.end, octets.contains(text[position]) { position += 1 }
        return position > start ? text[start..<position] : nil
    }

    @inline(__always)
    mutating func token() -> OctetSlice? { run(.token) }

    /// A header parameter's value without quotes; octets beyond ASCII pass.
    mutating func parameterValue() -> OctetSlice? {
        let start = position
        while position < text.end, text[position] >= 0x80 || OctetClass.parameterValue.contains(text[position]) {
            position += 1
        }
        return position > start ? text[start..<position] : nil
    }

    /// What stands between two quotation marks, escapes as they are; nil when the second one is missing.
    mutating func quotedString() -> OctetSlice? {
        guard next == UInt8(ascii: "\"") else { return nil }
        var index = position + 1
        let start = index
        while index < text.end {
            switch text[index] {
            case UInt8(ascii: "\""):
                position = index + 1
                return text[start..<index]
            case UInt8(ascii: "\\"): index += 2
            default: index += 1
            }
        }
        return nil
    }

    mutating func skip(to index: Int) { position = min(max(position, index), text.end) }

    mutating func decimal() -> UInt64? {
        let start = position
        while position < text.end, ASCII.isDigit(text[position]) { position += 1 }
        return text[start..<position].decimal
    }

    /// `host` of §25.1: a name, an IPv4 address or an IPv6 address in brackets.
    mutating func host() -> OctetSlice? {
        let start = position
        guard next == UInt8(ascii: "[") else { return run(.host) }
        guard let close = text.firstIndex(of: UInt8(ascii: "]"), from: position) else { return nil }
        let reference = text[start..<close + 1]
        guard IPAddress(reference) != nil else { return hostWithExtraColon(reference) }
        position = close + 1
        return reference
    }

    /// RFC 5118 §4.10: `[2001:db8:::192.0.2.1]`, which RFC 3261's grammar allows by mistake, without its third colon.
    private mutating func hostWithExtraColon(_ reference: OctetSlice) -> OctetSlice? {
        guard reference.count <= 64 else { return nil }
        var octets: [UInt8] = []
        for index in reference.indices {
            let colons = octets.suffix(2)
            if reference[index] == UInt8(ascii: ":"), colons.count == 2, colons.allSatisfy({ $0 == reference[index] }) {
                octets += reference[index + 1..<reference.end].array
                break
            }
            octets.append(reference[index])
        }
        let corrected = OctetSlice(octets)
        guard corrected.count < reference.count, IPAddress(corrected) != nil else { return nil }
        position = reference.end
        return corrected
    }
}

extension OctetSlice {
    /// Backslash escapes of a quoted string undone; without any, the slice itself.
    var unescaped: OctetSlice {
        guard firstIndex(of: UInt8(ascii: "\\")) != nil else { return self }
        var octets: [UInt8] = []
        octets.reserveCapacity(count)
        var index = start
        while index < end {
            if self[index] == UInt8(ascii: "\\"), index + 1 < end { index += 1 }
            octets.append(self[index])
            index += 1
        }
        return OctetSlice(octets)
    }

    var isToken: Bool {
        for index in indices where !OctetClass.token.contains(self[index]) { return false }
        return !isEmpty
    }
}

extension OctetWriter {
    /// A quoted string of RFC 3261 §25.1. What is escaped already stays so; a bare quotation mark gets its backslash.
    mutating func write(quoted text: OctetSlice) {
        write(UInt8(ascii: "\""))
        var index = text.start
        while index < text.end {
            let octet = text[index]
            if octet == UInt8(ascii: "\\") {
                let follows = index + 1 < text.end
                write(octet)
                write(follows ? text[index + 1] : octet)
                index += 1
            } else {
                if octet == UInt8(ascii: "\"") { write(UInt8(ascii: "\\")) }
                write(octet)
            }
            index += 1
        }
        write(UInt8(ascii: "\""))
    }
}
