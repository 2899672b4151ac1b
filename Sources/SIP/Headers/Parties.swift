import Octets

/// From, RFC 3261 §20.20.
package struct From: SIPHeader, Equatable {
    package static var name: HeaderName { .from }
    package var address: NameAddress

    package init(_ address: NameAddress) { self.address = address }
    package init(parsing text: OctetSlice) throws(SIPSyntaxError) { address = try .tagged(text) }

    package var tag: OctetSlice? { address.parameters["tag"] }
    package func write(to writer: inout OctetWriter) { address.write(to: &writer) }
}

/// To, RFC 3261 §20.39.
package struct To: SIPHeader, Equatable {
    package static var name: HeaderName { .to }
    package var address: NameAddress

    package init(_ address: NameAddress) { self.address = address }
    package init(parsing text: OctetSlice) throws(SIPSyntaxError) { address = try .tagged(text) }

    package var tag: OctetSlice? { address.parameters["tag"] }
    package func write(to writer: inout OctetWriter) { address.write(to: &writer) }
}

extension NameAddress {
    /// With at most one tag, which is a token (§19.3).
    fileprivate static func tagged(_ text: OctetSlice) throws(SIPSyntaxError) -> NameAddress {
        let address = try NameAddress(parsing: text)
        if !address.parameters.isEmpty {
            guard address.parameters.count(of: "tag") <= 1 else { throw SIPSyntaxError(.duplicate, at: text.start) }
            if let tag = address.parameters["tag"], !tag.isToken { throw SIPSyntaxError(.malformed, at: tag.start) }
        }
        return address
    }
}
