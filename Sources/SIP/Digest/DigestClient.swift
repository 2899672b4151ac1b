import Octets

/// The client's side of one authentication session, RFC 7616 §3.4, §3.6: from a challenge to the credentials of every
/// request until the next challenge.
package struct DigestClient: Sendable {
    private let challenge: Challenge
    private let algorithm: DigestAlgorithm
    private let username: OctetSlice
    private let realm: OctetSlice
    private let ha1: [UInt8]
    /// nil without qop in the challenge.
    private let qop: StaticString?
    private var nonce: OctetSlice
    private var count: UInt32 = 0
    /// H(A1) of a `-sess` algorithm and the cnonce it was made with: both last as long as the session (§3.4.2).
    private var session: (secret: [UInt8], cnonce: OctetSlice)?

    /// - Parameters:
    ///   - password: for AKA what `AKADigest.password` gives.
    ///   - prefersIntegrity: auth-int where it is offered.
    /// - Returns: nil for a challenge that cannot be answered: not Digest, an unknown algorithm, no qop that is known.
    package init?(_ challenge: Challenge, username: OctetSlice, password: [UInt8], prefersIntegrity: Bool = false) {
        guard let algorithm = challenge.answerableAlgorithm, let realm = challenge.realm, let nonce = challenge.nonce
        else { return nil }
        self.challenge = challenge
        self.algorithm = algorithm
        self.username = username
        self.realm = realm
        self.nonce = nonce
        ha1 = DigestAccess.secret(algorithm, username: username, realm: realm, password: password)
        if !challenge.contains("qop") {
            qop = nil
        } else {
            let isIntegrity = challenge.offers(qop: "auth-int") && (prefersIntegrity || !challenge.offers(qop: "auth"))
            qop = isIntegrity ? "auth-int" : "auth"
        }
    }

    /// The credentials of the next request.
    ///
    /// - Parameter cnonce: unpredictable, a token; of a `-sess` algorithm the first one counts.
    package mutating func credentials(
        method: Method, uri: OctetSlice, body: OctetSlice = OctetSlice(), cnonce: OctetSlice
    ) -> Credentials {
        count &+= 1
        var cnonce = cnonce
        var secret = ha1
        if algorithm.isSession {
            let started =
                session ?? (DigestAccess.sessionSecret(algorithm, ha1, nonce: nonce, cnonce: cnonce), cnonce)
            session = started
            (secret, cnonce) = (started.secret, started.cnonce)
        }
        let nc = OctetSlice(NonceCount.text(count))
        let quality = qop.map { OctetSlice("\($0)") }
        let input = DigestInput(
            method: method.octets, uri: uri, nonce: nonce, nc: nc, cnonce: cnonce, qop: quality, body: body)

        var credentials = Credentials()
        if challenge.takesUserHash {
            credentials.set(
                "username",
                quoted: OctetSlice(DigestAccess.userHash(algorithm, username: username, realm: realm)))
            credentials.set("userhash", token: "true")
        } else {
            credentials.set("username", quoted: username)
        }
        credentials.set("realm", quoted: realm)
        credentials.set("nonce", quoted: nonce)
        credentials.set("uri", quoted: uri)
        credentials.set("response", quoted: OctetSlice(input.response(secret, algorithm.function)))
        if challenge.contains("algorithm") { credentials.set("algorithm", token: algorithm.token) }
        if let opaque = challenge.opaque { credentials.set("opaque", quoted: opaque) }
        if let quality {
            credentials.set("qop", token: quality)
            credentials.set("nc", token: nc)
        }
        if quality != nil || algorithm.isSession { credentials.set("cnonce", quoted: cnonce) }
        return credentials
    }

    /// Takes over the nonce of Authentication-Info for the next request, RFC 7616 §3.5.
    package mutating func renew(by information: AuthenticationInfo) {
        guard let next = information["nextnonce"], !next.isEmpty else { return }
        nonce = next
        count = 0
    }

    /// Whether the server knows the secret too: its `rspauth` for these credentials of ours (RFC 7616 §3.5).
    ///
    /// - Parameter body: the response's, for auth-int.
    package func isGenuine(
        _ information: AuthenticationInfo, for credentials: Credentials, body: OctetSlice = OctetSlice()
    ) -> Bool {
        guard let given = information["rspauth"], let uri = credentials.uri, let nonce = credentials.nonce,
            information["cnonce"] == credentials.cnonce, information["nc"] == credentials.nonceCount
        else { return false }
        let input = DigestInput(
            method: OctetSlice(), uri: uri, nonce: nonce, nc: credentials.nonceCount, cnonce: credentials.cnonce,
            qop: credentials.qop, body: body)
        return DigestAccess.isSame(input.response(session?.secret ?? ha1, algorithm.function), given)
    }
}

extension AuthenticationInfo {
    /// qop, rspauth, cnonce and nc for the response to a request, RFC 7616 §3.5.
    package init(for credentials: Credentials, ha1: [UInt8], body: OctetSlice = OctetSlice()) {
        self.init()
        if let qop = credentials.qop { set("qop", token: qop.string) }
        if let proof = DigestAccess.responseAuthentication(for: credentials, ha1: ha1, body: body) {
            set("rspauth", quoted: OctetSlice(proof).string)
        }
        if let cnonce = credentials.cnonce { set("cnonce", quoted: cnonce.string) }
        if let nc = credentials.nonceCount { set("nc", token: nc.string) }
    }
}
