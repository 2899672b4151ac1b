import Octets
import SIP
import Testing

/// A server and a client that know each other's clock.
private struct Pair {
    var entropy = Entropy(number: 1)
    var server: DigestServer
    var now = Instant.zero + .seconds(1000)
    static let realm: OctetSlice = "example.com"

    init(_ configure: (inout DigestServer.Configuration) -> Void = { _ in }) {
        var configuration = DigestServer.Configuration(realm: Self.realm)
        configure(&configuration)
        server = DigestServer(configuration, entropy: &entropy)
    }

    static func secret(_ algorithm: DigestAlgorithm) -> [UInt8] {
        DigestAccess.secret(algorithm, username: "alice", realm: realm, password: Array("secret".utf8))
    }

    mutating func challenges(isStale: Bool = false) -> [Challenge] {
        server.challenges(isStale: isStale, at: now, entropy: &entropy)
    }

    mutating func client(_ index: Int = 0, password: String = "secret", integrity: Bool = false) throws -> DigestClient
    {
        let challenges = challenges()
        let client = DigestClient(
            challenges[index], username: "alice", password: Array(password.utf8), prefersIntegrity: integrity)
        return try #require(client)
    }

    mutating func judge(_ credentials: Credentials, body: OctetSlice = OctetSlice()) -> DigestVerdict {
        server.judge(credentials, method: .invite, body: body, at: now) { Self.secret($0) }
    }
}

extension DigestClient {
    fileprivate mutating func invite(_ body: OctetSlice = OctetSlice(), cnonce: OctetSlice = "c") -> Credentials {
        credentials(method: .invite, uri: "sip:bob@example.com", body: body, cnonce: cnonce)
    }
}

@Suite("RFC 7616 §3.6: a server that judges credentials")
struct DigestServerTests {
    @Test("RFC 8760 §2.3: a challenge an algorithm, most preferred first")
    func challenges() throws {
        var pair = Pair { $0.algorithms = [.sha512t256, .sha256, .md5] }
        let challenges = pair.challenges()
        #expect(challenges.map { $0.algorithm } == [.sha512t256, .sha256, .md5])
        #expect(challenges.allSatisfy { $0.realm == Pair.realm && $0.offers(qop: "auth") && !$0.isStale })
        let stale = pair.challenges(isStale: true)
        #expect(stale.allSatisfy { $0.isStale })
        #expect(Set(challenges.map { $0.nonce }).count == 3)
        let again = pair.challenges()
        #expect(again[0].nonce != challenges[0].nonce)
    }

    @Test("credentials are taken once each, with every algorithm", arguments: 0..<6)
    func once(index: Int) throws {
        var pair = Pair {
            $0.algorithms = [.md5, .md5Session, .sha256, .sha256Session, .sha512t256, .sha512t256Session]
        }
        var client = try pair.client(index)
        let first = client.invite()
        #expect(pair.judge(first) == .authenticated)
        #expect(pair.judge(first) == .refused(.replay))
        // Of a -sess algorithm the first cnonce stays.
        #expect(pair.judge(client.invite(cnonce: "other")) == .authenticated)
        #expect(pair.server.noncesInUse == 1)
    }

    @Test("reliability A5: the same nonce count again; out of order within the window only")
    func nonceCounts() throws {
        for (window, verdict) in [(64, DigestVerdict.authenticated), (1, .refused(.replay))] {
            var pair = Pair { $0.nonceCountWindow = window }
            var client = try pair.client()
            let first = client.invite()
            let second = client.invite()
            #expect(pair.judge(second) == .authenticated)
            #expect(pair.judge(first) == verdict)
            #expect(pair.judge(second) == .refused(.replay))
        }
    }

    @Test("RFC 7616 §3.3: stale only for who knows the password")
    func stale() throws {
        var pair = Pair()
        var client = try pair.client()
        var guesser = try pair.client(password: "guess")
        let early = client.invite()
        #expect(pair.judge(guesser.invite()) == .refused(.responseWrong))
        pair.now += .seconds(299)
        #expect(pair.judge(early) == .authenticated)
        pair.now += .seconds(1)
        #expect(pair.judge(client.invite()) == .stale)
        #expect(pair.judge(early) == .stale)
        #expect(pair.judge(guesser.invite()) == .refused(.responseWrong))
        // A server with another key: of a former run, or somebody else's.
        var other = Pair()
        other.server = DigestServer(DigestServer.Configuration(realm: Pair.realm), entropy: &other.entropy)
        var fresh = try pair.client()
        #expect(other.judge(fresh.invite()) == .stale)
        // Signed in the future.
        pair.now = .zero
        #expect(pair.judge(fresh.invite()) == .stale)
    }

    @Test("reliability A5: no algorithm but those offered, to this user, with this nonce")
    func downgrade() throws {
        var pair = Pair()
        var strong = try pair.client(0)
        var weak = try pair.client(1)
        #expect(strong.invite().algorithm == .sha256 && weak.invite().algorithm == .md5)
        let verdict = pair.server.judge(weak.invite(), method: .invite, at: pair.now, allowed: [.sha256]) {
            Pair.secret($0)
        }
        #expect(verdict == .refused(.algorithm))
        var swapped = weak.invite()
        swapped.set("algorithm", token: "AKAv1-MD5")
        #expect(pair.judge(swapped) == .refused(.algorithm))
        // A nonce made for SHA-256 in credentials that are right by MD5.
        let challenge = pair.challenges()[0]
        var forged = Challenge()
        forged.set("realm", quoted: Pair.realm)
        forged.set("nonce", quoted: try #require(challenge.nonce))
        forged.set("algorithm", token: "MD5")
        forged.set("qop", quoted: "auth")
        var client = try #require(DigestClient(forged, username: "alice", password: Array("secret".utf8)))
        #expect(pair.judge(client.invite()) == .stale)
    }

    @Test("reliability S4: credentials that lack or bend a parameter")
    func malformed() throws {
        var pair = Pair()
        var client = try pair.client()
        func changed(_ change: (inout Credentials) -> Void) -> DigestVerdict {
            var credentials = client.invite()
            change(&credentials)
            return pair.judge(credentials)
        }
        #expect(changed { $0.remove("nonce") } == .refused(.malformed))
        #expect(changed { $0.remove("realm") } == .refused(.malformed))
        #expect(changed { $0.remove("cnonce") } == .refused(.malformed))
        #expect(changed { $0.remove("nc") } == .refused(.malformed))
        #expect(changed { $0.set("nc", token: "1") } == .refused(.malformed))
        #expect(changed { $0.set("nc", token: "00000000") } == .refused(.malformed))
        #expect(changed { $0.set("nc", token: "ffffffffff") } == .refused(.malformed))
        #expect(changed { $0.remove("response") } == .refused(.responseWrong))
        #expect(changed { $0.remove("uri") } == .refused(.responseWrong))
        #expect(changed { $0.set("response", quoted: "") } == .refused(.responseWrong))
        #expect(changed { $0.set("realm", quoted: "other") } == .refused(.otherRealm))
        #expect(changed { $0.set("algorithm", token: "MD6") } == .refused(.algorithm))
        #expect(changed { $0.remove("qop") } == .refused(.qop))
        #expect(changed { $0.set("qop", token: "auth-int") } == .refused(.qop))
        #expect(changed { $0.set("nonce", quoted: "x") } == .refused(.responseWrong))
        #expect(changed { $0 = Credentials(scheme: "Basic") } == .refused(.malformed))
        let unknown = pair.server.judge(client.invite(), method: .invite, at: pair.now) { _ in nil }
        #expect(unknown == .refused(.unknownUser))
        #expect(pair.server.noncesInUse == 0)
        #expect(changed { _ in } == .authenticated)
    }

    @Test(
        "reliability S4: Authorization that is no list of parameters is refused before it is read",
        arguments: [
            #"Digest username="u, realm="r""#, #"Digest username="u", username="v""#, #"Digest nonce="1",NONCE="2""#,
            "Digest ,,,,", "Digest username", "Digest =", #"Digest username="u" realm="r""#,
            "Digest " + (0..<10_000).map { "p\($0)=1" }.joined(separator: ","),
            "Digest u=1" + String(repeating: ",", count: 10_000),
        ])
    func unreadable(text: String) {
        #expect(throws: SIPSyntaxError.self) { try Credentials(parsing: OctetSlice(text)) }
    }

    @Test("without qop, where it is allowed, a nonce is good for one request (RFC 7616 §3.4.1, RFC 2617 §3.2.2.1)")
    func withoutQop() throws {
        var pair = Pair { $0.takesCredentialsWithoutQop = true }
        var challenge = pair.challenges()[1]
        challenge.remove("qop")
        var client = try #require(DigestClient(challenge, username: "alice", password: Array("secret".utf8)))
        let first = client.invite()
        #expect(first.qop == nil && first.nonceCount == nil && first.cnonce == nil)
        #expect(pair.judge(first) == .authenticated)
        #expect(pair.judge(first) == .refused(.replay))
        #expect(pair.judge(client.invite()) == .refused(.replay))
    }

    @Test("RFC 7616 §3.4.3: auth-int takes the body in")
    func integrity() throws {
        var pair = Pair { $0.offersIntegrity = true }
        var client = try pair.client(integrity: true)
        #expect(client.invite("one").qop == "auth-int")
        #expect(pair.judge(client.invite("one"), body: "one") == .authenticated)
        #expect(pair.judge(client.invite("one"), body: "two") == .refused(.responseWrong))
    }

    @Test("RFC 7616 §3.5: each proves itself to the other; nextnonce begins to count anew", arguments: [0, 1, 2])
    func mutual(index: Int) throws {
        var pair = Pair { $0.algorithms = [.sha256, .md5, .sha256Session] }
        var client = try pair.client(index)
        let credentials = client.invite()
        let algorithm = try #require(credentials.algorithm)
        let information = pair.server.authenticationInfo(
            for: credentials, ha1: Pair.secret(algorithm), body: "ok", renews: true, at: pair.now,
            entropy: &pair.entropy)
        #expect(client.isGenuine(information, for: credentials, body: "ok"))
        var forged = information
        forged.set("rspauth", quoted: String(repeating: "0", count: 64))
        #expect(!client.isGenuine(forged, for: credentials, body: "ok"))
        #expect((information["nextnonce"] == nil) == algorithm.isSession)
        client.renew(by: information)
        let next = client.invite()
        #expect(next.nonceCount == (algorithm.isSession ? "00000002" : "00000001"))
        #expect(pair.judge(next) == .authenticated)
    }

    @Test("RFC 7616 §3.4.4: the name goes as a hash where the server takes it")
    func userHash() throws {
        var pair = Pair { $0.takesUserHash = true }
        var client = try pair.client()
        let credentials = client.invite()
        #expect(credentials.username != "alice" && credentials.isOf(user: "alice") && !credentials.isOf(user: "bob"))
        #expect(pair.judge(credentials) == .authenticated)
    }

    @Test("replay memory is bounded, and forgets nothing that could be replayed")
    func bounded() throws {
        var pair = Pair { $0.nonceLimit = 8 }
        var used: [Credentials] = []
        for _ in 0..<50 {
            var client = try pair.client()
            let credentials = client.invite()
            #expect(pair.judge(credentials) == .authenticated)
            used.append(credentials)
            pair.now += .seconds(1)
            #expect(pair.server.noncesInUse <= 8)
        }
        let verdicts = used.map { pair.judge($0) }
        #expect(!verdicts.contains(.authenticated))
        #expect(verdicts.filter { $0 == .refused(.replay) }.count == 8)
        #expect(verdicts.filter { $0 == .stale }.count == 42)
        // Records go with the age of their nonces.
        pair.now += .seconds(300)
        var late = try pair.client()
        #expect(pair.judge(late.invite()) == .authenticated)
        #expect(pair.server.noncesInUse == 1)
    }

    @Test("every refusal is a sentence")
    func sentences() {
        #expect(Set(DigestRefusal.allCases.map { "\($0)" }).count == DigestRefusal.allCases.count)
    }
}

@Suite("Server nonces without state")
struct ServerNonceTests {
    private let key: (UInt64, UInt64) = (1, 2)

    @Test("RFC 7616 §3.3: time and salt come back; any other digit, key, realm or algorithm does not pass")
    func signature() throws {
        let nonce = ServerNonce(issued: Instant(nanoseconds: 77), salt: .max)
        let text = nonce.text(key: key, realm: "r", algorithm: .sha256)
        #expect(text.utf8.count == 64)
        #expect(ServerNonce(OctetSlice(text), key: key, realm: "r", algorithm: .sha256) == nonce)
        #expect(ServerNonce(OctetSlice(text), key: (1, 3), realm: "r", algorithm: .sha256) == nil)
        #expect(ServerNonce(OctetSlice(text), key: key, realm: "s", algorithm: .sha256) == nil)
        #expect(ServerNonce(OctetSlice(text), key: key, realm: "r", algorithm: .md5) == nil)
        for position in 0..<64 {
            var digits = Array(text.utf8)
            digits[position] = digits[position] == 0x30 ? 0x31 : 0x30
            #expect(ServerNonce(OctetSlice(digits), key: key, realm: "r", algorithm: .sha256) == nil)
        }
        for wrong in ["", "x", String(repeating: "g", count: 64), text + "0"] {
            #expect(ServerNonce(OctetSlice(wrong), key: key, realm: "r", algorithm: .sha256) == nil)
        }
    }
}
