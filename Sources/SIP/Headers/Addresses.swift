import Octets

// Headers that are one name-addr after the other: what differs is the name and what it means.

/// Route, RFC 3261 §20.34: proxies still to be passed.
package struct Route: SIPHeader, Equatable {
    package static var name: HeaderName { .route }
    package var address: NameAddress

    package init(_ address: NameAddress) { self.address = address }
    package init(parsing text: OctetSlice) throws(SIPSyntaxError) { address = try NameAddress(parsing: text) }
    package func write(to writer: inout OctetWriter) { address.write(to: &writer) }
}

/// Record-Route, RFC 3261 §20.30: proxies that stay on the path of a dialog.
package struct RecordRoute: SIPHeader, Equatable {
    package static var name: HeaderName { .recordRoute }
    package var address: NameAddress

    package init(_ address: NameAddress) { self.address = address }
    package init(parsing text: OctetSlice) throws(SIPSyntaxError) { address = try NameAddress(parsing: text) }
    package func write(to writer: inout OctetWriter) { address.write(to: &writer) }
}

/// Path, RFC 3327 §4: proxies between registrar and phone.
package struct Path: SIPHeader, Equatable {
    package static var name: HeaderName { .path }
    package var address: NameAddress

    package init(_ address: NameAddress) { self.address = address }
    package init(parsing text: OctetSlice) throws(SIPSyntaxError) { address = try NameAddress(parsing: text) }
    package func write(to writer: inout OctetWriter) { address.write(to: &writer) }
}

/// Service-Route, RFC 3608 §5: where a registered phone sends its requests.
package struct ServiceRoute: SIPHeader, Equatable {
    package static var name: HeaderName { .serviceRoute }
    package var address: NameAddress

    package init(_ address: NameAddress) { self.address = address }
    package init(parsing text: OctetSlice) throws(SIPSyntaxError) { address = try NameAddress(parsing: text) }
    package func write(to writer: inout OctetWriter) { address.write(to: &writer) }
}

/// P-Associated-URI, RFC 7315 §4.1: the identities registered along.
package struct PAssociatedURI: SIPHeader, Equatable {
    package static var name: HeaderName { .pAssociatedURI }
    package var address: NameAddress

    package init(_ address: NameAddress) { self.address = address }
    package init(parsing text: OctetSlice) throws(SIPSyntaxError) { address = try NameAddress(parsing: text) }
    package func write(to writer: inout OctetWriter) { address.write(to: &writer) }
}

/// P-Asserted-Identity, RFC 3325 §9.1.
package struct PAssertedIdentity: SIPHeader, Equatable {
    package static var name: HeaderName { .pAssertedIdentity }
    package var address: NameAddress

    package init(_ address: NameAddress) { self.address = address }
    package init(parsing text: OctetSlice) throws(SIPSyntaxError) { address = try NameAddress(parsing: text) }
    package func write(to writer: inout OctetWriter) { address.write(to: &writer) }
}

/// P-Preferred-Identity, RFC 3325 §9.2.
package struct PPreferredIdentity: SIPHeader, Equatable {
    package static var name: HeaderName { .pPreferredIdentity }
    package var address: NameAddress

    package init(_ address: NameAddress) { self.address = address }
    package init(parsing text: OctetSlice) throws(SIPSyntaxError) { address = try NameAddress(parsing: text) }
    package func write(to writer: inout OctetWriter) { address.write(to: &writer) }
}

/// P-Called-Party-ID, RFC 7315 §4.2.
package struct PCalledPartyID: SIPHeader, Equatable {
    package static var name: HeaderName { .pCalledPartyID }
    package var address: NameAddress

    package init(_ address: NameAddress) { self.address = address }
    package init(parsing text: OctetSlice) throws(SIPSyntaxError) { address = try NameAddress(parsing: text) }
    package func write(to writer: inout OctetWriter) { address.write(to: &writer) }
}

/// P-Served-User, RFC 5502 §6.
package struct PServedUser: SIPHeader, Equatable {
    package static var name: HeaderName { .pServedUser }
    package var address: NameAddress

    package init(_ address: NameAddress) { self.address = address }
    package init(parsing text: OctetSlice) throws(SIPSyntaxError) { address = try NameAddress(parsing: text) }
    package func write(to writer: inout OctetWriter) { address.write(to: &writer) }
}

/// Refer-To, RFC 3515 §2.1.
package struct ReferTo: SIPHeader, Equatable {
    package static var name: HeaderName { .referTo }
    package var address: NameAddress

    package init(_ address: NameAddress) { self.address = address }
    package init(parsing text: OctetSlice) throws(SIPSyntaxError) { address = try NameAddress(parsing: text) }
    package func write(to writer: inout OctetWriter) { address.write(to: &writer) }
}
