import Octets

// Headers that are one address: what differs is the name and what it means.

/// Route, RFC 3261 §20.34: proxies still to be passed.
package struct Route: AddressHeader {
    package static var name: HeaderName { .route }
    package var address: NameAddress
    package init(_ address: NameAddress) { self.address = address }
}

/// Record-Route, RFC 3261 §20.30: proxies that stay on the path of a dialog.
package struct RecordRoute: AddressHeader {
    package static var name: HeaderName { .recordRoute }
    package var address: NameAddress
    package init(_ address: NameAddress) { self.address = address }
}

/// Reply-To, RFC 3261 §20.31: where an answer of a person's goes.
package struct ReplyTo: AddressHeader {
    package static var name: HeaderName { .replyTo }
    package var address: NameAddress
    package init(_ address: NameAddress) { self.address = address }
}

/// Path, RFC 3327 §4: proxies between registrar and phone.
package struct Path: AddressHeader {
    package static var name: HeaderName { .path }
    package var address: NameAddress
    package init(_ address: NameAddress) { self.address = address }
}

/// Service-Route, RFC 3608 §5: where a registered phone sends its requests.
package struct ServiceRoute: AddressHeader {
    package static var name: HeaderName { .serviceRoute }
    package var address: NameAddress
    package init(_ address: NameAddress) { self.address = address }
}

/// P-Associated-URI, RFC 7315 §4.1: the identities registered along.
package struct PAssociatedURI: AddressHeader {
    package static var name: HeaderName { .pAssociatedURI }
    package var address: NameAddress
    package init(_ address: NameAddress) { self.address = address }
}

/// P-Called-Party-ID, RFC 7315 §4.2: the Request-URI before the registrar put a contact in its place.
package struct PCalledPartyID: AddressHeader {
    package static var name: HeaderName { .pCalledPartyID }
    package var address: NameAddress
    package init(_ address: NameAddress) { self.address = address }
}

/// P-Asserted-Identity, RFC 3325 §9.1.
package struct PAssertedIdentity: AddressHeader {
    package static var name: HeaderName { .pAssertedIdentity }
    package var address: NameAddress
    package init(_ address: NameAddress) { self.address = address }
}

/// P-Preferred-Identity, RFC 3325 §9.2.
package struct PPreferredIdentity: AddressHeader {
    package static var name: HeaderName { .pPreferredIdentity }
    package var address: NameAddress
    package init(_ address: NameAddress) { self.address = address }
}

/// P-Served-User, RFC 5502 §6: on whose behalf, and in which case, an S-CSCF asks an application server.
package struct PServedUser: AddressHeader {
    package static var name: HeaderName { .pServedUser }
    package var address: NameAddress

    package enum SessionCase: Equatable, Sendable {
        case originating, terminating
        /// RFC 8498 §4: the user has diverted the call. It stands alone, without `regstate`.
        case originatingAfterDiversion
    }

    package init(_ address: NameAddress) { self.address = address }

    package init(uri: OctetSlice, _ sessionCase: SessionCase? = nil, isRegistered: Bool? = nil) {
        address = NameAddress(uri: uri)
        switch sessionCase {
        case .originating: address.parameters.set("sescase", "orig")
        case .terminating: address.parameters.set("sescase", "term")
        case .originatingAfterDiversion:
            address.parameters.set("orig-cdiv")
            return
        case nil: break
        }
        if let isRegistered { address.parameters.set("regstate", isRegistered ? "reg" : "unreg") }
    }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        address = try NameAddress(parsing: text)
        if let sessionCase = address.parameters["sescase"] {
            guard sessionCase.equalsIgnoringCase("orig") || sessionCase.equalsIgnoringCase("term") else {
                throw SIPSyntaxError(.malformed, at: text.start)
            }
        }
        if let state = address.parameters["regstate"] {
            guard state.equalsIgnoringCase("reg") || state.equalsIgnoringCase("unreg") else {
                throw SIPSyntaxError(.malformed, at: text.start)
            }
        }
    }

    /// nil when it is not said.
    package var sessionCase: SessionCase? {
        if address.parameters.contains("orig-cdiv") { return .originatingAfterDiversion }
        return address.parameters["sescase"].map { $0.equalsIgnoringCase("orig") ? .originating : .terminating }
    }

    /// nil when it is not said.
    package var isRegistered: Bool? { address.parameters["regstate"].map { $0.equalsIgnoringCase("reg") } }
}

/// Refer-To, RFC 3515 §2.1: what the receiver of a REFER should contact.
package struct ReferTo: AddressHeader {
    package static var name: HeaderName { .referTo }
    package var address: NameAddress
    package init(_ address: NameAddress) { self.address = address }
}

/// Referred-By, RFC 3892 §3: who sent the REFER that led to this request.
package struct ReferredBy: AddressHeader {
    package static var name: HeaderName { .referredBy }
    package var address: NameAddress
    package init(_ address: NameAddress) { self.address = address }

    /// The body part that proves it: its Content-ID without brackets.
    package var token: OctetSlice? { address.parameters["cid"] }
}
