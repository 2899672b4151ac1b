import Octets

/// The server's side of Digest for passwords, RFC 7616 §3.6 and RFC 8760 §2.3: makes challenges and judges credentials.
///
/// What it decides of a request is in `DigestVerdict`. Whether the URI in the credentials is one that the server is
/// willing to serve (RFC 8760 §2.6 item 6) is the caller's to decide, who knows it. AKA, whose nonce belongs to one
/// authentication vector, is the S-CSCF's.
package struct DigestServer: Sendable {
    package struct Configuration: Sendable, Equatable {
        package var realm: OctetSlice
        /// Most preferred first (RFC 8760 §2.3); each once.
        package var algorithms: [DigestAlgorithm] = [.sha256, .md5]
        package var offersIntegrity = false
        /// How long a nonce is taken.
        package var nonceLifetime = Duration.seconds(300)
        /// How far nonce counts may come out of order, 1 to 64; 1 for not at all.
        package var nonceCountWindow = 64
        /// Nonces in use at a time.
        package var nonceLimit = 100_000
        /// Credentials without qop, as RFC 2069 and some clients of RFC 3261 have them: their nonce is used up by one
        /// request.
        package var takesCredentialsWithoutQop = false
        package var takesUserHash = false

        package init(realm: OctetSlice) { self.realm = realm }
    }

    private let configuration: Configuration
    private let key: (UInt64, UInt64)
    private var ledger: NonceLedger

    /// - Parameter entropy: gives the key that signs nonces.
    package init(_ configuration: Configuration, entropy: inout Entropy) {
        self.configuration = configuration
        key = (entropy.next64(), entropy.next64())
        ledger = NonceLedger(
            lifetime: configuration.nonceLifetime, limit: configuration.nonceLimit,
            window: configuration.nonceCountWindow)
    }

    /// One challenge an algorithm, in the order of preference (RFC 8760 §2.3).
    package func challenges(isStale: Bool = false, at now: Instant, entropy: inout Entropy) -> [Challenge] {
        configuration.algorithms.map { algorithm in
            var challenge = Challenge()
            challenge.set("realm", quoted: configuration.realm)
            challenge.set("nonce", quoted: nonce(algorithm, at: now, &entropy))
            challenge.set("algorithm", token: algorithm.token)
            challenge.set("qop", quoted: configuration.offersIntegrity ? "auth,auth-int" : "auth")
            if isStale { challenge.set("stale", token: "true") }
            if configuration.takesUserHash { challenge.set("userhash", token: "true") }
            return challenge
        }
    }

    /// - Parameters:
    ///   - secret: `DigestAccess.secret` of the user in this realm for an algorithm; nil when there is none.
    ///   - allowed: which algorithms this user may use, when fewer than are offered.
    package mutating func judge(
        _ credentials: Credentials, method: Method, body: OctetSlice = OctetSlice(), at now: Instant,
        allowed: Set<DigestAlgorithm>? = nil, secret: (DigestAlgorithm) -> [UInt8]?
    ) -> DigestVerdict {
        guard credentials.isDigest, let realm = credentials.realm, let text = credentials.nonce else {
            return .refused(.malformed)
        }
        guard realm == configuration.realm else { return .refused(.otherRealm) }
        guard let algorithm = credentials.algorithm, configuration.algorithms.contains(algorithm),
            allowed?.contains(algorithm) ?? true
        else { return .refused(.algorithm) }
        let count: UInt32
        switch nonceCount(of: credentials) {
        case .success(let number): count = number
        case .failure(let refusal): return .refused(refusal)
        }
        guard let ha1 = secret(algorithm) else { return .refused(.unknownUser) }
        guard DigestAccess.matches(credentials, ha1: ha1, method: method, body: body) else {
            return .refused(.responseWrong)
        }
        // RFC 7616 §3.3: stale is said only to somebody who knows the password.
        guard let nonce = ServerNonce(text, key: key, realm: realm, algorithm: algorithm),
            !ledger.isTooOld(nonce, at: now)
        else { return .stale }
        guard ledger.use(nonce, count: count, at: now) else {
            return ledger.isTooOld(nonce, at: now) ? .stale : .refused(.replay)
        }
        return .authenticated
    }

    /// Authentication-Info for the response to a request that was authenticated, RFC 7616 §3.5.
    ///
    /// - Parameters:
    ///   - body: the response's.
    ///   - renews: with a nonce for the next request. Not for `-sess`, whose secret belongs to the first one.
    package func authenticationInfo(
        for credentials: Credentials, ha1: [UInt8], body: OctetSlice = OctetSlice(), renews: Bool = false,
        at now: Instant, entropy: inout Entropy
    ) -> AuthenticationInfo {
        var information = AuthenticationInfo(for: credentials, ha1: ha1, body: body)
        if renews, let algorithm = credentials.algorithm, !algorithm.isSession {
            information.set("nextnonce", quoted: nonce(algorithm, at: now, &entropy))
        }
        return information
    }

    /// Nonces whose counts are kept.
    package var noncesInUse: Int { ledger.count }

    // MARK: Steps

    private func nonce(_ algorithm: DigestAlgorithm, at now: Instant, _ entropy: inout Entropy) -> String {
        ServerNonce(issued: now, salt: entropy.next64())
            .text(key: key, realm: configuration.realm, algorithm: algorithm)
    }

    private func nonceCount(of credentials: Credentials) -> Result<UInt32, DigestRefusal> {
        guard let qop = credentials.qop else {
            // The highest count: it is used up with this request.
            return configuration.takesCredentialsWithoutQop ? .success(.max) : .failure(.qop)
        }
        let isOffered =
            qop.equalsIgnoringCase("auth") || configuration.offersIntegrity && qop.equalsIgnoringCase("auth-int")
        guard isOffered else { return .failure(.qop) }
        guard credentials.cnonce != nil, let count = credentials.nonceCount.flatMap(NonceCount.parse), count > 0 else {
            return .failure(.malformed)
        }
        return .success(count)
    }
}

/// What credentials amount to.
package enum DigestVerdict: Equatable, Sendable {
    case authenticated
    /// Right, but for a nonce that is too old or of a former run: a new challenge with stale=true (RFC 7616 §3.3).
    case stale
    case refused(DigestRefusal)
}

/// Why credentials are refused; a new challenge, or a 403, as the caller's policy is.
package enum DigestRefusal: Error, Equatable, Sendable, CaseIterable {
    case malformed
    case otherRealm
    /// None that was offered, or none for this user.
    case algorithm
    case qop
    case unknownUser
    case responseWrong
    /// The nonce count has been used.
    case replay
}

extension DigestRefusal: CustomStringConvertible {
    package var description: String {
        switch self {
        case .malformed: "the credentials lack a parameter or have a malformed one"
        case .otherRealm: "the credentials are for another realm"
        case .algorithm: "the credentials use an algorithm that was not offered to this user"
        case .qop: "the credentials have a quality of protection that was not offered"
        case .unknownUser: "there is no such user"
        case .responseWrong: "the response does not fit the password"
        case .replay: "the nonce count has been used before"
        }
    }
}
