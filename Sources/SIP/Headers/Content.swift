import Octets

/// Content-Type, RFC 3261 §20.15.
package struct ContentType: SIPHeader, Equatable {
    package static var name: HeaderName { .contentType }
    package var mediaType: MediaType

    package init(_ mediaType: MediaType) { self.mediaType = mediaType }
    package init(parsing text: OctetSlice) throws(SIPSyntaxError) { mediaType = try MediaType(parsing: text) }
    package func write(to writer: inout OctetWriter) { mediaType.write(to: &writer) }
}

/// Content-Disposition, RFC 3261 §20.11: what a body is for and whether it must be understood.
package struct ContentDisposition: ParameterizedTokenHeader {
    package static var name: HeaderName { .contentDisposition }
    package var token: OctetSlice
    package var parameters: Parameters

    package init(token: OctetSlice, parameters: Parameters) {
        self.token = token
        self.parameters = parameters
    }

    package init(_ type: String, isRequired: Bool? = nil) {
        token = OctetSlice(type)
        parameters = Parameters()
        if let isRequired { parameters.set("handling", isRequired ? "required" : "optional") }
    }

    package var isSession: Bool { token.equalsIgnoringCase("session") }
    /// §20.11: a body that nothing is said of must be understood.
    package var isRequired: Bool { parameters["handling"]?.equalsIgnoringCase("optional") != true }
}

/// Content-Encoding, RFC 3261 §20.12; one coding a value.
package struct ContentEncoding: TokenHeader {
    package static var name: HeaderName { .contentEncoding }
    package var token: OctetSlice
    package init(token: OctetSlice) { self.token = token }
}

/// Content-Language, RFC 3261 §20.13; one language tag a value.
package struct ContentLanguage: SIPHeader, Equatable {
    package static var name: HeaderName { .contentLanguage }
    package var tag: OctetSlice

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        tag = text.trimmed
        guard LanguageTag.isValid(tag) else { throw SIPSyntaxError(.malformed, at: tag.start) }
    }

    package func write(to writer: inout OctetWriter) { writer.write(tag) }
}

/// Content-Length, RFC 3261 §20.14: octets of the body.
package struct ContentLengthHeader: NumberHeader {
    package static var name: HeaderName { .contentLength }
    package static var range: ClosedRange<UInt32> { 0...UInt32.max }
    package var number: UInt32
    package init(number: UInt32) { self.number = number }
}

/// Content-ID, RFC 8262 §3.2: `<id-left@id-right>`, the name by which a header refers to a body.
package struct ContentID: SIPHeader, Equatable {
    package static var name: HeaderName { .contentID }
    /// Without the brackets.
    package var id: OctetSlice

    package init(_ id: OctetSlice) { self.id = id }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        let text = text.trimmed
        guard text.count > 4, text.first == UInt8(ascii: "<"), text.last == UInt8(ascii: ">") else {
            throw SIPSyntaxError(.malformed, at: text.start)
        }
        id = text[text.start + 1..<text.end - 1]
        var ats = 0
        for index in id.indices {
            let octet = id[index]
            guard octet > ASCII.space, octet < 0x7F, octet != UInt8(ascii: "<"), octet != UInt8(ascii: ">") else {
                throw SIPSyntaxError(.malformed, at: index)
            }
            if octet == UInt8(ascii: "@") { ats += 1 }
        }
        guard ats == 1, id.first != UInt8(ascii: "@"), id.last != UInt8(ascii: "@") else {
            throw SIPSyntaxError(.malformed, at: id.start)
        }
    }

    package func write(to writer: inout OctetWriter) {
        writer.write(UInt8(ascii: "<"))
        writer.write(id)
        writer.write(UInt8(ascii: ">"))
    }

    /// Whether a `cid:` URL, such as that of a Geolocation, means this body; escapes count as what they stand for.
    package func isNamed(by url: OctetSlice) -> Bool {
        guard url.count > 4, url[url.start..<url.start + 4].equalsIgnoringCase("cid:") else { return false }
        return url[url.start + 4..<url.end].withoutURIEscapes == id
    }
}

/// MIME-Version, RFC 3261 §20.24.
package struct MIMEVersion: SIPHeader, Equatable {
    package static var name: HeaderName { .mimeVersion }
    package var major: Int
    package var minor: Int

    package init(_ major: Int = 1, _ minor: Int = 0) {
        self.major = major
        self.minor = minor
    }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        var scanner = TextScanner(text.trimmed)
        guard let major = scanner.decimal().flatMap({ Int(exactly: $0) }), scanner.take(UInt8(ascii: ".")),
            let minor = scanner.decimal().flatMap({ Int(exactly: $0) }), scanner.isAtEnd
        else { throw SIPSyntaxError(.malformed, at: scanner.position) }
        self.major = major
        self.minor = minor
    }

    package func write(to writer: inout OctetWriter) {
        writer.write(decimal: major)
        writer.write(UInt8(ascii: "."))
        writer.write(decimal: minor)
    }
}

/// `language-tag` and `language-range` of RFC 3261 §25.1. Digits pass in subtags, as newer registrations have them.
enum LanguageTag {
    static func isValid(_ text: OctetSlice) -> Bool {
        var length = 0
        var isFirst = true
        for index in text.indices {
            let octet = text[index]
            if octet == UInt8(ascii: "-") {
                guard length > 0 else { return false }
                length = 0
                isFirst = false
            } else {
                guard ASCII.isAlpha(octet) || (!isFirst && ASCII.isDigit(octet)), length < 8 else { return false }
                length += 1
            }
        }
        return length > 0
    }
}
