import Octets

/// SIP-ETag, RFC 3903 §11.3.1: the version of what was published.
package struct SIPETag: TokenHeader {
    package static var name: HeaderName { .sipETag }
    package var token: OctetSlice
    package init(token: OctetSlice) { self.token = token }
}

/// SIP-If-Match, RFC 3903 §11.3.2: the version that a PUBLISH refreshes, changes or removes.
package struct SIPIfMatch: TokenHeader {
    package static var name: HeaderName { .sipIfMatch }
    package var token: OctetSlice
    package init(token: OctetSlice) { self.token = token }
}

/// Suppress-If-Match, RFC 5839 §7.2: a NOTIFY with this version needs not be sent; `*` for any.
package struct SuppressIfMatch: TokenHeader {
    package static var name: HeaderName { .suppressIfMatch }
    package var token: OctetSlice
    package init(token: OctetSlice) { self.token = token }

    package var isAny: Bool { token.equals("*") }
}
