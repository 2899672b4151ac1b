import Octets

/// The credentials of a request, RFC 3261 §20.7 and §25.1, RFC 2617 §3.2.2, RFC 3310 §3.4.
package struct Credentials: SIPHeader, Equatable {
    package static var name: HeaderName { .authorization }

    package var parameters: AuthParameters

    package init(scheme: String = "Digest") { parameters = AuthParameters(scheme: scheme) }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) { parameters = try AuthParameters(parsing: text) }

    package var scheme: OctetSlice { parameters.scheme }
    package var isDigest: Bool { scheme.equalsIgnoringCase("Digest") }
    package subscript(_ name: StaticString) -> OctetSlice? { parameters[name] }
    package func contains(_ name: StaticString) -> Bool { parameters.contains(name) }

    package var username: OctetSlice? { self["username"] }
    package var realm: OctetSlice? { self["realm"] }
    package var nonce: OctetSlice? { self["nonce"] }
    package var uri: OctetSlice? { self["uri"] }
    package var response: OctetSlice? { self["response"] }
    package var qop: OctetSlice? { self["qop"] }
    package var cnonce: OctetSlice? { self["cnonce"] }
    package var opaque: OctetSlice? { self["opaque"] }
    /// MD5 when nothing is said (RFC 2617 §3.2.1); nil when it is unknown.
    package var algorithm: DigestAlgorithm? { self["algorithm"].map(DigestAlgorithm.init(token:)) ?? .md5 }
    package var nonceCount: OctetSlice? { self["nc"] }
    /// RFC 3310 §3.4, Base64 undone: the phone asks for resynchronisation. nil also when it is malformed.
    package var auts: [UInt8]? {
        guard let text = self["auts"], let octets = Base64.decode(text), octets.count == 14 else { return nil }
        return octets
    }
    /// TS 24.229 §7.2A.2: what the P-CSCF says about the way the request came.
    package var integrityProtected: OctetSlice? { self["integrity-protected"] }

    package mutating func set(_ name: StaticString, quoted value: OctetSlice) { parameters.set(name, quoted: value) }
    package mutating func set(_ name: StaticString, quoted value: String) { parameters.set(name, quoted: value) }
    package mutating func set(_ name: StaticString, token value: OctetSlice) { parameters.set(name, token: value) }
    package mutating func set(_ name: StaticString, token value: String) { parameters.set(name, token: value) }
    package mutating func remove(_ name: StaticString) { parameters.remove(name) }
    package func write(to writer: inout OctetWriter) { parameters.write(to: &writer) }
}

/// Authorization, RFC 3261 §20.7.
package struct Authorization: SIPHeader, Equatable {
    package static var name: HeaderName { .authorization }
    package var credentials: Credentials

    package init(_ credentials: Credentials) { self.credentials = credentials }
    package init(parsing text: OctetSlice) throws(SIPSyntaxError) { credentials = try Credentials(parsing: text) }
    package func write(to writer: inout OctetWriter) { credentials.write(to: &writer) }
}

/// Proxy-Authorization, RFC 3261 §20.28.
package struct ProxyAuthorization: SIPHeader, Equatable {
    package static var name: HeaderName { .proxyAuthorization }
    package var credentials: Credentials

    package init(_ credentials: Credentials) { self.credentials = credentials }
    package init(parsing text: OctetSlice) throws(SIPSyntaxError) { credentials = try Credentials(parsing: text) }
    package func write(to writer: inout OctetWriter) { credentials.write(to: &writer) }
}
