import Octets

/// `name-addr` or `addr-spec` with the parameters behind it, RFC 3261 §20.10, §25.1.
package struct NameAddress: Sendable, Equatable {
    /// Without quotes, the escapes of a quoted string as they stand; nil when there is none.
    package var displayName: OctetSlice?
    /// The text of the URI as it stands.
    package var uri: OctetSlice
    package var parameters: Parameters

    package init(displayName: OctetSlice? = nil, uri: OctetSlice, parameters: Parameters = Parameters()) {
        self.displayName = displayName
        self.uri = uri
        self.parameters = parameters
    }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        var scanner = TextScanner(text)
        scanner.skipBlanks()
        if scanner.next == UInt8(ascii: "\"") {
            guard let name = scanner.quotedString() else { throw SIPSyntaxError(.malformed, at: scanner.position) }
            displayName = name
            scanner.skipBlanks()
            uri = try Self.bracketed(&scanner)
        } else if scanner.next == UInt8(ascii: "<") {
            uri = try Self.bracketed(&scanner)
        } else if let bracket = Self.bracketBehindTokens(scanner) {
            displayName = text[scanner.position..<bracket].trimmed
            scanner.skip(to: bracket)
            uri = try Self.bracketed(&scanner)
        } else {
            uri = try Self.bare(&scanner)
        }
        parameters = try Parameters(parsingHeader: scanner.rest)
    }

    package func parsedURI() throws(SIPSyntaxError) -> URI { try URI(parsing: uri) }

    package func write(to writer: inout OctetWriter) {
        if let displayName {
            writer.write(quoted: displayName)
            writer.write(UInt8(ascii: " "))
        }
        writer.write(UInt8(ascii: "<"))
        writer.write(uri)
        writer.write(UInt8(ascii: ">"))
        parameters.write(to: &writer)
    }

    /// `<` URI `>`: no white space in it (RFC 4475 §3.1.2.14).
    private static func bracketed(_ scanner: inout TextScanner) throws(SIPSyntaxError) -> OctetSlice {
        let start = scanner.position + 1
        guard scanner.take(UInt8(ascii: "<")), let end = scanner.text.firstIndex(of: UInt8(ascii: ">"), from: start),
            end > start
        else { throw SIPSyntaxError(.malformed, at: scanner.position) }
        for index in start..<end where !isURIOctet(scanner.text[index]) {
            throw SIPSyntaxError(.uri, at: index)
        }
        scanner.skip(to: end + 1)
        return scanner.text[start..<end]
    }

    /// No white space, no control character and no second bracket; the URI's own parser looks closer.
    private static func isURIOctet(_ octet: UInt8) -> Bool {
        octet > ASCII.space && octet != 0x7F && octet != UInt8(ascii: "<")
    }

    /// A display name of tokens and blanks: the index of the `<` behind it.
    private static func bracketBehindTokens(_ scanner: TextScanner) -> Int? {
        var scanner = scanner
        while scanner.token() != nil { scanner.skipBlanks() }
        return scanner.next == UInt8(ascii: "<") ? scanner.position : nil
    }

    /// A URI without brackets: comma, question mark and semicolon end or spoil it (§20.10).
    private static func bare(_ scanner: inout TextScanner) throws(SIPSyntaxError) -> OctetSlice {
        let text = scanner.text
        var index = scanner.position
        loop: while index < text.end {
            switch text[index] {
            case UInt8(ascii: ";"), ASCII.space, ASCII.tab, 0x0D, 0x0A: break loop
            case UInt8(ascii: ","), UInt8(ascii: "?"), UInt8(ascii: ">"), UInt8(ascii: "\""):
                throw SIPSyntaxError(.malformed, at: index)
            case let octet:
                guard isURIOctet(octet) else { throw SIPSyntaxError(.malformed, at: index) }
                index += 1
            }
        }
        let uri = text[scanner.position..<index]
        guard uri.firstIndex(of: UInt8(ascii: ":")) != nil else { throw SIPSyntaxError(.malformed, at: uri.start) }
        scanner.skip(to: index)
        return uri
    }
}
