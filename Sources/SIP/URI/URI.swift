import Octets

/// A URI as SIP meets it: one of ours, a telephone number, or another scheme as text.
package enum URI: Sendable {
    case sip(SIPURI)
    case tel(TelURI)
    /// The whole text, scheme included.
    case other(OctetSlice)

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")) else { throw SIPSyntaxError(.uri, at: text.start) }
        let scheme = text[text.start..<colon]
        if scheme.equalsIgnoringCase("sip") || scheme.equalsIgnoringCase("sips") {
            self = .sip(try SIPURI(parsing: text))
        } else if scheme.equalsIgnoringCase("tel") {
            self = .tel(try TelURI(parsing: text))
        } else {
            try Self.checkOther(text, colon)
            self = .other(text)
        }
    }

    package init(parsing text: String) throws(SIPSyntaxError) { try self.init(parsing: OctetSlice(text)) }

    /// RFC 3986 §3.1 scheme, then any characters of a URI.
    private static func checkOther(_ text: OctetSlice, _ colon: Int) throws(SIPSyntaxError) {
        guard colon > text.start, ASCII.isAlpha(text[text.start]) else { throw SIPSyntaxError(.uri, at: text.start) }
        for index in text.start..<colon {
            let octet = text[index]
            guard ASCII.isAlpha(octet) || ASCII.isDigit(octet) || "+-.".utf8.contains(octet) else {
                throw SIPSyntaxError(.uri, at: index)
            }
        }
        guard colon + 1 < text.end else { throw SIPSyntaxError(.uri, at: colon) }
        for index in colon + 1..<text.end where !OctetClass.anyURI.contains(text[index]) {
            throw SIPSyntaxError(.uri, at: index)
        }
    }

    package func write(to writer: inout OctetWriter) {
        switch self {
        case .sip(let uri): uri.write(to: &writer)
        case .tel(let uri): uri.write(to: &writer)
        case .other(let text): writer.write(text)
        }
    }

    package var text: String { octets.string }

    /// The text without a String.
    package var octets: OctetSlice {
        var writer = OctetWriter(reserving: 96)
        write(to: &writer)
        return OctetSlice(writer.octets)
    }

    /// Equality by the rules of the scheme; for those we do not know, octet for octet but for the scheme itself.
    package func matches(_ other: URI) -> Bool {
        switch (self, other) {
        case (.sip(let mine), .sip(let theirs)): mine.matches(theirs)
        case (.tel(let mine), .tel(let theirs)): mine.matches(theirs)
        case (.other(let mine), .other(let theirs)): Self.isSame(mine, theirs)
        case (.sip, _), (.tel, _), (.other, _): false
        }
    }

    private static func isSame(_ mine: OctetSlice, _ theirs: OctetSlice) -> Bool {
        if let left = URN(mine), let right = URN(theirs) { return left.matches(right) }
        guard let colon = mine.firstIndex(of: UInt8(ascii: ":")), mine.count == theirs.count else { return false }
        let split = theirs.start + (colon - mine.start)
        return mine[mine.start..<colon].equalsIgnoringCase(theirs[theirs.start..<split])
            && mine[colon..<mine.end] == theirs[split..<theirs.end]
    }
}

extension URI: CustomStringConvertible {
    package var description: String { text }
}
