import Octets

/// The challenge of a 401 or 407, RFC 3261 §20.44, RFC 2617 §3.2.1, RFC 3310 §3.2.
package struct Challenge: SIPHeader, Equatable {
    package static var name: HeaderName { .wwwAuthenticate }

    package var parameters: AuthParameters

    package init(scheme: String = "Digest") { parameters = AuthParameters(scheme: scheme) }

    /// A Digest challenge.
    package init(realm: String, nonce: String, algorithm: DigestAlgorithm, qop: String? = "auth", isStale: Bool = false)
    {
        parameters = AuthParameters(scheme: "Digest")
        parameters.set("realm", quoted: realm)
        parameters.set("nonce", quoted: nonce)
        parameters.set("algorithm", token: "\(algorithm.token)")
        if let qop { parameters.set("qop", quoted: qop) }
        if isStale { parameters.set("stale", token: "true") }
    }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) { parameters = try AuthParameters(parsing: text) }

    package var scheme: OctetSlice { parameters.scheme }
    package var isDigest: Bool { scheme.equalsIgnoringCase("Digest") }
    package subscript(_ name: StaticString) -> OctetSlice? { parameters[name] }
    package func contains(_ name: StaticString) -> Bool { parameters.contains(name) }

    package var realm: OctetSlice? { self["realm"] }
    package var nonce: OctetSlice? { self["nonce"] }
    package var opaque: OctetSlice? { self["opaque"] }
    package var isStale: Bool { self["stale"]?.equalsIgnoringCase("true") ?? false }
    /// MD5 when nothing is said (RFC 2617 §3.2.1); nil when it is unknown.
    package var algorithm: DigestAlgorithm? { self["algorithm"].map(DigestAlgorithm.init(token:)) ?? .md5 }
    /// Whether the list in `qop` has this one.
    package func offers(qop: StaticString) -> Bool { parameters.listContains("qop", token: qop) }

    /// CK and IK for the P-CSCF, TS 24.229 §7.2A.1: 16 octets as hexadecimal digits.
    package var confidentialityKey: [UInt8]? { key("ck") }
    package var integrityKey: [UInt8]? { key("ik") }

    private func key(_ name: StaticString) -> [UInt8]? {
        guard let octets = self[name].flatMap({ Hex.decode($0.string) }), octets.count == 16 else { return nil }
        return octets
    }

    package mutating func set(_ name: StaticString, quoted value: OctetSlice) { parameters.set(name, quoted: value) }
    package mutating func set(_ name: StaticString, quoted value: String) { parameters.set(name, quoted: value) }
    package mutating func set(_ name: StaticString, token value: OctetSlice) { parameters.set(name, token: value) }
    package mutating func set(_ name: StaticString, token value: String) { parameters.set(name, token: value) }
    package mutating func remove(_ name: StaticString) { parameters.remove(name) }
    package func write(to writer: inout OctetWriter) { parameters.write(to: &writer) }
}

/// WWW-Authenticate, RFC 3261 §20.44.
package struct WWWAuthenticate: SIPHeader, Equatable {
    package static var name: HeaderName { .wwwAuthenticate }
    package var challenge: Challenge

    package init(_ challenge: Challenge) { self.challenge = challenge }
    package init(parsing text: OctetSlice) throws(SIPSyntaxError) { challenge = try Challenge(parsing: text) }
    package func write(to writer: inout OctetWriter) { challenge.write(to: &writer) }
}

/// Proxy-Authenticate, RFC 3261 §20.27.
package struct ProxyAuthenticate: SIPHeader, Equatable {
    package static var name: HeaderName { .proxyAuthenticate }
    package var challenge: Challenge

    package init(_ challenge: Challenge) { self.challenge = challenge }
    package init(parsing text: OctetSlice) throws(SIPSyntaxError) { challenge = try Challenge(parsing: text) }
    package func write(to writer: inout OctetWriter) { challenge.write(to: &writer) }
}
