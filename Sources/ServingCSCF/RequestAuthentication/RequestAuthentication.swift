import IMS
import Octets
import SIP

/// Proxy authentication of registered users with SIP Digest: their secrets, and a Digest server for each realm.
///
/// Nothing in it belongs to users with AKA, whose requests come through security associations or TLS.
struct RequestAuthentication: Sendable {
    /// How long a nonce is taken: by its count it serves all requests of that time (RFC 7616 §3.4).
    static let nonceLifetime = Duration.seconds(300)

    private(set) var secrets: [PrivateIdentity: DigestSecret] = [:]
    private var servers: [OctetSlice: DigestServer] = [:]
    private var entropy: Entropy

    init(entropy: Entropy) { self.entropy = entropy }

    subscript(identity: PrivateIdentity) -> DigestSecret? {
        get { secrets[identity] }
        set { secrets[identity] = newValue }
    }

    var isEmpty: Bool { secrets.isEmpty }

    /// - Parameter isStale: the password is right, the nonce is not fresh.
    mutating func challenge(for secret: DigestSecret, isStale: Bool, at now: Instant) -> Challenge? {
        let server = server(of: secret.realm)
        servers[secret.realm] = server
        return server.challenges(isStale: isStale, at: now, entropy: &entropy).first {
            $0.algorithm == secret.algorithm
        }
    }

    mutating func judge(
        _ credentials: Credentials, of secret: DigestSecret, method: Method, at now: Instant
    ) -> DigestVerdict {
        var server = server(of: secret.realm)
        let verdict = server.judge(credentials, method: method, at: now, allowed: [secret.algorithm]) {
            $0 == secret.algorithm ? secret.ha1 : nil
        }
        servers[secret.realm] = server
        return verdict
    }

    /// Taken out of the table, so that its ledger has one owner while it changes.
    private mutating func server(of realm: OctetSlice) -> DigestServer {
        if let known = servers.removeValue(forKey: realm) { return known }
        var configuration = DigestServer.Configuration(realm: realm)
        configuration.algorithms = [.sha256, .sha512t256, .md5]
        configuration.nonceLifetime = Self.nonceLifetime
        return DigestServer(configuration, entropy: &entropy)
    }
}
