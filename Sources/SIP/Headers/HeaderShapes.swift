import Octets

// Most headers have one of a few shapes; what differs is the name and what it means.

/// One `name-addr` or `addr-spec` with its parameters.
package protocol AddressHeader: SIPHeader, Equatable {
    var address: NameAddress { get set }
    init(_ address: NameAddress)
}

extension AddressHeader {
    package init(parsing text: OctetSlice) throws(SIPSyntaxError) { self.init(try NameAddress(parsing: text)) }
    package func write(to writer: inout OctetWriter) { address.write(to: &writer) }
}

/// One token and nothing behind it.
package protocol TokenHeader: SIPHeader, Equatable {
    var token: OctetSlice { get set }
    /// - Precondition: a token of RFC 3261 §25.1.
    init(token: OctetSlice)
}

extension TokenHeader {
    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        let text = text.trimmed
        guard text.isToken else { throw SIPSyntaxError(.malformed, at: text.start) }
        self.init(token: text)
    }

    package func write(to writer: inout OctetWriter) { writer.write(token) }
}

/// A token with parameters behind it.
package protocol ParameterizedTokenHeader: SIPHeader, Equatable {
    var token: OctetSlice { get set }
    var parameters: Parameters { get set }
    /// - Precondition: a token of RFC 3261 §25.1.
    init(token: OctetSlice, parameters: Parameters)
}

extension ParameterizedTokenHeader {
    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        let value = try TokenWithParameters(parsing: text)
        self.init(token: value.token, parameters: value.parameters)
    }

    package func write(to writer: inout OctetWriter) {
        writer.write(token)
        parameters.write(to: &writer)
    }
}

/// A URI in angle brackets with parameters: `LAQUOT absoluteURI RAQUOT *( SEMI generic-param )`.
package protocol ReferenceHeader: SIPHeader, Equatable {
    /// Without the brackets.
    var uri: OctetSlice { get set }
    var parameters: Parameters { get set }
    init(uri: OctetSlice, parameters: Parameters)
}

extension ReferenceHeader {
    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        let address = try NameAddress(parsing: text)
        guard address.displayName == nil, text.trimmed.first == UInt8(ascii: "<") else {
            throw SIPSyntaxError(.malformed, at: text.start)
        }
        _ = try address.parsedURI()
        self.init(uri: address.uri, parameters: address.parameters)
    }

    package func write(to writer: inout OctetWriter) {
        writer.write(UInt8(ascii: "<"))
        writer.write(uri)
        writer.write(UInt8(ascii: ">"))
        parameters.write(to: &writer)
    }
}

/// A decimal number.
package protocol NumberHeader: SIPHeader, Equatable {
    /// What the clause allows.
    static var range: ClosedRange<UInt32> { get }
    var number: UInt32 { get set }
    init(number: UInt32)
}

extension NumberHeader {
    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        let number = UInt32(truncatingIfNeeded: try DeltaSeconds.parse(text))
        guard Self.range.contains(number) else { throw SIPSyntaxError(.outOfRange, at: text.start) }
        self.init(number: number)
    }

    package func write(to writer: inout OctetWriter) { writer.write(decimal: UInt64(number)) }
}

/// Text for people or logs, kept as it stands; it may be empty (RFC 3261 §25.1 `TEXT-UTF8-TRIM`).
package protocol TextHeader: SIPHeader, Equatable {
    var value: OctetSlice { get set }
    init(value: OctetSlice)
}

extension TextHeader {
    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        let text = text.trimmed
        for index in text.indices where text[index] < ASCII.space && text[index] != ASCII.tab {
            throw SIPSyntaxError(.malformed, at: index)
        }
        self.init(value: text)
    }

    package func write(to writer: inout OctetWriter) { writer.write(value) }
}
