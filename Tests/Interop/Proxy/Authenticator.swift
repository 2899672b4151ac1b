import Octets
import SIP

/// Who sends a request, by Digest with passwords: RFC 3261 §22, RFC 8760.
struct Authenticator: Sendable {
    /// Whose credentials are asked for: a registrar's (401) or a proxy's (407).
    enum Side: Sendable { case registrar, proxy }

    enum Outcome: Sendable {
        /// The request is this user's.
        case authenticated(OctetSlice)
        /// The answer, ready to be sent.
        case refuse(SIPMessage)
    }

    private let realm: OctetSlice
    private let passwords: [OctetSlice: OctetSlice]
    private var server: DigestServer
    private var entropy: Entropy

    init(realm: String, passwords: [OctetSlice: OctetSlice], algorithms: [DigestAlgorithm], entropy: Entropy) {
        self.realm = OctetSlice(realm)
        self.passwords = passwords
        self.entropy = entropy
        var configuration = DigestServer.Configuration(realm: self.realm)
        configuration.algorithms = algorithms
        server = DigestServer(configuration, entropy: &self.entropy)
    }

    mutating func judge(_ request: SIPMessage, _ side: Side, tag: String, at now: Instant) -> Outcome {
        let credentials: Credentials?
        do throws(SIPSyntaxError) {
            credentials = try self.credentials(of: request, side)
        } catch {
            return .refuse(.response(error.status, to: request, toTag: tag))
        }
        guard let credentials, let user = credentials.userName else {
            return .refuse(challenge(request, side, isStale: false, tag: tag, at: now))
        }
        let realm = realm
        let password = passwords[user]
        let verdict = server.judge(credentials, method: request.method, body: request.body, at: now) { algorithm in
            password.map {
                DigestAccess.secret(algorithm, username: user, realm: realm, password: $0.array)
            }
        }
        switch verdict {
        case .authenticated: return .authenticated(user)
        case .stale: return .refuse(challenge(request, side, isStale: true, tag: tag, at: now))
        case .refused(.responseWrong), .refused(.unknownUser):
            return .refuse(.response(.forbidden, reason: "Wrong User Or Password", to: request, toTag: tag))
        case .refused(.malformed): return .refuse(.response(.badRequest, to: request, toTag: tag))
        case .refused(.otherRealm), .refused(.algorithm), .refused(.qop), .refused(.replay):
            return .refuse(challenge(request, side, isStale: false, tag: tag, at: now))
        }
    }

    /// Those for our realm; a request may carry others' too (RFC 3261 §22.3).
    private func credentials(of request: SIPMessage, _ side: Side) throws(SIPSyntaxError) -> Credentials? {
        let all =
            switch side {
            case .registrar: try request.all(Authorization.self).map(\.credentials)
            case .proxy: try request.all(ProxyAuthorization.self).map(\.credentials)
            }
        return all.first { $0.isDigest && $0.realm == realm }
    }

    private mutating func challenge(
        _ request: SIPMessage, _ side: Side, isStale: Bool, tag: String, at now: Instant
    ) -> SIPMessage {
        let status: Status = side == .registrar ? .unauthorized : .proxyAuthenticationRequired
        var response = SIPMessage.response(status, to: request, toTag: tag)
        for challenge in server.challenges(isStale: isStale, at: now, entropy: &entropy) {
            switch side {
            case .registrar: response.append(WWWAuthenticate(challenge))
            case .proxy: response.append(ProxyAuthenticate(challenge))
            }
        }
        return response
    }
}
