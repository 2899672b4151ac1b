import Cx
import Diameter
import IMS
import Octets
import SIP
import ServingCSCF
import Testing

@Suite("TS 24.229 §5.4.1.2: authentication schemes")
struct SchemeTests {
    /// MD5 of `001010000000001@ims.mnc001.mcc001.3gppnetwork.org:ims.mnc001.mcc001.3gppnetwork.org:secret`.
    private static let ha1 = "8e504717b0c49544ba9bd14e57d29594"
    private static let ha1SHA256 = "4b536c38ea3b914ffe93fa508ee087c160ceaf0757b79dd5e7b27485d958e42e"

    private static let credential = DigestCredential(realm: Laboratory.domain, ha1: ha1)

    private func answer(
        _ laboratory: inout Laboratory, _ actions: [ServingCSCF.Order], _ credential: DigestCredential
    ) throws -> [ServingCSCF.Order] {
        let (question, id) = try #require(actions.question)
        let answer = MultimediaAuthAnswer(
            .success, sipNumberAuthItems: 1, authenticationItems: [.digest(itemNumber: 1, credential)])
        return laboratory.handle(.answer(answer.message(answering: question, origin: Laboratory.hss), id))
    }

    private func credentials(_ response: SIPMessage?, password: String = "secret") throws -> String {
        let challenge = try #require(try response?.first(WWWAuthenticate.self)).challenge
        var client = try #require(
            DigestClient(
                challenge, username: OctetSlice(Laboratory.privateIdentity), password: Array(password.utf8)))
        let credentials = client.credentials(
            method: .register, uri: OctetSlice("sip:\(Laboratory.domain)"), cnonce: "0a4f113b")
        var writer = OctetWriter()
        credentials.write(to: &writer)
        return OctetSlice(writer.octets).string
    }

    @Test(
        "A phone with a password: the HSS chooses, the challenge has a nonce of ours and no keys",
        arguments: [false, true])
    func digest(isSHA256: Bool) throws {
        var laboratory = Laboratory()
        let asked = try laboratory.send(Message())
        let request = try MultimediaAuthRequest(decoding: try #require(asked.question).0)
        #expect(request.authenticationItem == .request(.unknown))
        let credential =
            isSHA256
            ? DigestCredential(realm: Laboratory.domain, algorithm: "SHA-256", ha1: Self.ha1SHA256) : Self.credential
        let challenged = try answer(&laboratory, asked, credential)
        #expect(challenged.shape == ["respond 401", "count registerChallenged"])
        let challenge = try #require(try challenged.response?.first(WWWAuthenticate.self)).challenge
        #expect(challenge.realm?.string == Laboratory.domain)
        #expect(challenge.algorithm == (isSHA256 ? .sha256 : .md5))
        #expect(challenge.offers(qop: "auth"))
        #expect(challenge.nonce?.count ?? 0 >= 24)
        #expect(!challenge.contains("ck") && !challenge.contains("ik"))

        var second = Message()
        second.cseq = 2
        second.more = ["Authorization: " + (try credentials(challenged.response))]
        let proved = try laboratory.send(second)
        #expect(proved.shape == ["count registerReceived", "ask SAR registration"])
        #expect(try laboratory.answer(proved, profile: Profile.standard).response?.status == .ok)
        // A nonce serves once.
        second.cseq = 3
        let again = try laboratory.send(second)
        #expect(again.shape == ["count registerReceived", "ask MAR"])
        let stale = try answer(&laboratory, again, credential)
        #expect(try stale.response?.first(WWWAuthenticate.self)?.challenge.isStale == true)
    }

    @Test("A wrong password is refused, and the HSS is told first")
    func wrongPassword() throws {
        var laboratory = Laboratory()
        let challenged = try answer(&laboratory, try laboratory.send(Message()), Self.credential)
        var second = Message()
        second.cseq = 2
        second.more = ["Authorization: " + (try credentials(challenged.response, password: "Secret"))]
        let asked = try laboratory.send(second)
        #expect(asked.shape == ["count registerReceived", "ask SAR authenticationFailure"])
        let refused = try laboratory.answer(asked, result: .success)
        #expect(refused.refusal?.code == "PASSWORD_WRONG")
        #expect(refused.response?.status == .forbidden)
    }

    @Test(
        "§7.2A.2: integrity-protected tells the scheme",
        arguments: [
            ("no", AuthenticationScheme.digestAKAv1MD5), ("yes", .digestAKAv1MD5), ("tls-pending", .sipDigest),
            ("tls-yes", .sipDigest), ("ip-assoc-pending", .sipDigest), ("ip-assoc-yes", .sipDigest),
            ("tls-connected", .digestAKAv1MD5), ("TLS-Connected", .digestAKAv1MD5), ("auth-done", .unknown),
            ("perhaps", .unknown),
        ])
    func selection(value: String, scheme: AuthenticationScheme) throws {
        var laboratory = Laboratory()
        var message = Message()
        message.authorization = .initial
        message.protection = value
        let request = try MultimediaAuthRequest(decoding: try #require(try laboratory.send(message).question).0)
        #expect(request.authenticationItem == .request(scheme))
    }

    @Test("A user without AKA keys whose proxy speaks like of AKA: the password is asked for instead, once")
    func fallback() throws {
        var laboratory = Laboratory()
        var message = Message()
        message.authorization = .initial
        let refused = CxResult.experimental(.authSchemeNotSupported)
        let again = try laboratory.answer(try laboratory.send(message), result: refused)
        #expect(again.shape == ["ask MAR"])
        let request = try MultimediaAuthRequest(decoding: try #require(again.question).0)
        #expect(request.authenticationItem == .request(.sipDigest))
        #expect(try laboratory.answer(again, result: refused).refusal?.code == "SCHEME_NOT_SUPPORTED")
        #expect(
            try answer(
                &laboratory, try laboratory.answer(try laboratory.send(message), result: refused), Self.credential
            )
            .response?.status == .unauthorized)
    }

    @Test("The HSS sends half a credential: 500 that says so")
    func unusable() throws {
        var laboratory = Laboratory()
        let actions = try answer(
            &laboratory, try laboratory.send(Message()), DigestCredential(realm: "x", ha1: "0123"))
        #expect(actions.refusal?.code == "HSS_ANSWER_UNUSABLE")
    }

    /// HMAC-MD5 of RFC 4169 §2.1 over vector one, and the digest made of it, computed apart from this code.
    @Test("RFC 4169: AKAv2 for the phone that names it")
    func secondVersion() throws {
        var laboratory = Laboratory()
        var message = Message()
        message.authorization = .raw("nonce=\"\", response=\"\", algorithm=AKAv2-MD5")
        let challenged = try laboratory.answer(try laboratory.send(message), .one)
        let challenge = try #require(try challenged.response?.first(WWWAuthenticate.self)).challenge
        #expect(challenge.algorithm == .akaV2MD5)
        #expect(challenge.nonce?.string == Vector.one.nonce)
        message.cseq = 2
        message.authorization = .raw(
            "nonce=\"\(Vector.one.nonce)\", algorithm=AKAv2-MD5, response=\"206e984ac20d7ac2bdfdabd6449c6980\"")
        #expect(try laboratory.send(message).shape == ["count registerReceived", "ask SAR registration"])
    }
}
