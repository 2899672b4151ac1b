import Octets

/// `media-type` and `media-range`, RFC 3261 §25.1: `application/sdp;charset=utf-8`, `text/*`.
package struct MediaType: Sendable, Equatable {
    package var type: OctetSlice
    package var subtype: OctetSlice
    package var parameters: Parameters

    /// - Precondition: tokens.
    package init(_ type: OctetSlice, _ subtype: OctetSlice) {
        self.type = type
        self.subtype = subtype
        parameters = Parameters()
    }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        var scanner = TextScanner(text)
        scanner.skipBlanks()
        guard let type = scanner.token(), scanner.takeSeparator(UInt8(ascii: "/")), let subtype = scanner.token() else {
            throw SIPSyntaxError(.malformed, at: scanner.position)
        }
        self.type = type
        self.subtype = subtype
        parameters = try Parameters(parsingHeader: scanner.rest)
    }

    /// Type and subtype, in any case; parameters do not matter.
    package func `is`(_ type: StaticString, _ subtype: StaticString) -> Bool {
        self.type.equalsIgnoringCase(type) && self.subtype.equalsIgnoringCase(subtype)
    }

    package var isMultipart: Bool { type.equalsIgnoringCase("multipart") }

    /// Of a multipart body, RFC 2046 §5.1.1.
    package var boundary: OctetSlice? { parameters["boundary"] }

    /// Whether it lies in a range such as `*/*` or `text/*` (RFC 3261 §20.1); parameters do not matter.
    package func lies(in range: MediaType) -> Bool {
        if range.type.equals("*") { return range.subtype.equals("*") }
        guard range.type.equalsIgnoringCase(type) else { return false }
        return range.subtype.equals("*") || range.subtype.equalsIgnoringCase(subtype)
    }

    package func write(to writer: inout OctetWriter) {
        writer.write(type)
        writer.write(UInt8(ascii: "/"))
        writer.write(subtype)
        parameters.write(to: &writer)
    }
}
