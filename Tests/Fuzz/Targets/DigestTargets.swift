import Octets
import SIP

/// Challenges and credentials. An input is a challenge, a NUL, and credentials.
let digestTargets: [FuzzTarget] = [
    FuzzTarget("digest", seeds: digestSamples.map { Array($0.utf8) }) { octets in
        let texts = octets.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false).map { Array($0) }
        if let text = texts.first { readChallenge(text) }
        if let text = texts.last { readCredentials(text) }
    }
]

private let digestSamples = [
    "Digest realm=\"a\", nonce=\"b\", qop=\"auth,auth-int\", algorithm=MD5, opaque=\"c\", userhash=true\0"
        + "Digest username=\"a\", realm=\"b\", nonce=\"c\", uri=\"sip:d\", response=\"e\", qop=auth, nc=00000001, cnonce=\"f\"",
    "Digest realm=\"\\\"\", nonce=\"AAAA\", algorithm=AKAv1-MD5\0Digest username*=UTF-8''J%C3%A4s, realm=\"b\", auts=\"AAAA\"",
    "Digest realm=\"a\", nonce=\"b\", algorithm=SHA-256-sess, qop=\"auth-int\"\0Digest username=\"a\", response=\"\", auts=\"\"",
]

private let password = Array("secret".utf8)

/// Our own answer to any challenge that we answer passes our own check, as it stands and after a way over the wire.
private func readChallenge(_ text: [UInt8]) {
    checkFixedPoint("WWWAuthenticate", text) { rewritten($0, as: WWWAuthenticate.self) }
    guard let challenge = try? Challenge(parsing: OctetSlice(text)) else { return }
    _ = challenge.nonce.flatMap(AKADigest.Nonce.init)
    let chosen = Challenge.choose(
        among: [challenge, challenge], supported: Set(challenge.answerableAlgorithm.map { [$0] } ?? []),
        preference: .strength)
    check(chosen.count <= 1, "two challenges of one realm are answered")
    check(chosen.isEmpty == (challenge.answerableAlgorithm == nil), "what can be answered is not chosen")
    guard var client = DigestClient(challenge, username: "alice", password: password, prefersIntegrity: true),
        let algorithm = challenge.answerableAlgorithm, let realm = challenge.realm
    else { return }
    let ha1 = DigestAccess.secret(algorithm, username: "alice", realm: realm, password: password)
    let body = OctetSlice("body")
    for cnonce in ["first", "second"] as [OctetSlice] {
        let credentials = client.credentials(method: .invite, uri: "sip:b@example.org", body: body, cnonce: cnonce)
        check(
            DigestAccess.matches(credentials, ha1: ha1, method: .invite, body: body),
            "our answer to a challenge does not match: \(challenge)")
        var writer = OctetWriter(reserving: 512)
        credentials.write(to: &writer)
        guard let again = try? Credentials(parsing: OctetSlice(writer.octets)) else {
            return check(false, "our credentials are refused: \(OctetSlice(writer.octets).string)")
        }
        check(
            DigestAccess.matches(again, ha1: ha1, method: .invite, body: body) && again.isOf(user: "alice"),
            "our credentials are read as others: \(OctetSlice(writer.octets).string)")
        let information = AuthenticationInfo(for: again, ha1: ha1, body: body)
        check(client.isGenuine(information, for: credentials, body: body), "our own server is not genuine")
    }
}

/// Nobody is let in who does not know the password.
private func readCredentials(_ text: [UInt8]) {
    checkFixedPoint("Authorization", text) { rewritten($0, as: Authorization.self) }
    guard let credentials = try? Credentials(parsing: OctetSlice(text)) else { return }
    _ = (credentials.isUserHashed, credentials.userName, credentials.isOf(user: "alice"))
    _ = AKADigest.answer(in: credentials)
    var count = NonceCount()
    if let text = credentials.nonceCount {
        let isFirst = count.accept(text)
        check(!isFirst || !count.accept(text), "a nonce count is taken twice")
    }
    var entropy = Entropy(number: 1)
    var configuration = DigestServer.Configuration(realm: "b")
    configuration.takesCredentialsWithoutQop = true
    configuration.offersIntegrity = true
    var server = DigestServer(configuration, entropy: &entropy)
    let verdict = server.judge(credentials, method: .register, at: .zero) { algorithm in
        DigestAccess.secret(algorithm, username: "a", realm: "b", password: password)
    }
    if case .authenticated = verdict { check(false, "somebody is let in without a nonce of ours") }
    check(server.noncesInUse == 0, "a refused nonce is kept")
}
