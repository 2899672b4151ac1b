import Octets
import SIP
import Testing

/// Expected values were computed from the formulas of RFC 4169 §2 and RFC 2617 with hmac and hashlib of Python 3.11:
/// RES is 00…07, IK 10…1f, CK 20…2f, the user `u` in the realm `r`, nonce `n`, cnonce `c`, REGISTER of sip:r.
@Suite("RFC 3310, RFC 4169: digest with AKA")
struct AKADigestTests {
    private let res = [UInt8](0..<8)
    private let integrityKey = [UInt8](16..<32)
    private let cipherKey = [UInt8](32..<48)

    @Test(
        "RFC 4169 §2.1: the password of AKAv2, and its response",
        arguments: [
            (DigestAlgorithm.akaV2MD5, "5XatUrwRAskv07cSimdd2w==", "75fe4b05294ce308205e31418016e5e1"),
            (
                .akaV2SHA256, "JRUlXATIlp5GaMQUP9ypgvRC+7tOTdF/HAjk6tQchQA=",
                "1ebe7cec294e7985a816498c50fb16b2dcc70f3e569a6f6f1678dbc623c5495f"
            ),
            (
                DigestAlgorithm(.sha512t256, aka: .v2), "9fMyLTSCKe60TEjuV/SzZx4h11vhfitgpFxU6epIMu8=",
                "8ee74bbc8e5f322f260591bbeb2dbde0a6475d2b8bb889f8f706b38a24fa70cd"
            ),
        ])
    func password(algorithm: DigestAlgorithm, password: String, response: String) {
        let made = AKADigest.password(algorithm, res: res, integrityKey: integrityKey, cipherKey: cipherKey)
        #expect(OctetSlice(made) == OctetSlice(password))
        let digest = DigestAccess.response(
            algorithm: algorithm, username: "u", realm: "r", password: made, method: .register, uri: "sip:r",
            nonce: "n", nc: "00000001", cnonce: "c", qop: "auth")
        #expect(OctetSlice(digest) == OctetSlice(response))
    }

    @Test("RFC 3310 §3.3: the password of AKAv1 is RES itself, and the keys stay")
    func version1() {
        #expect(AKADigest.password(.akaV1MD5, res: res, integrityKey: integrityKey, cipherKey: cipherKey) == res)
        let keys = AKADigest.sessionKeys(.akaV1MD5, integrityKey: integrityKey, cipherKey: cipherKey)
        #expect(keys == (integrityKey, cipherKey))
    }

    @Test("RFC 4169 §2.2: the session keys of AKAv2")
    func sessionKeys() {
        let md5 = AKADigest.sessionKeys(.akaV2MD5, integrityKey: integrityKey, cipherKey: cipherKey)
        #expect(Hex.encode(md5.integrity) == "df2ecde13c2796ac7fc58abe17287c6e")
        #expect(Hex.encode(md5.cipher) == "0da076227f44827cd5b1fa89015b04d4")
        let sha = AKADigest.sessionKeys(.akaV2SHA256, integrityKey: integrityKey, cipherKey: cipherKey)
        #expect(Hex.encode(sha.integrity) == "02a9de687858226f59b54318cd4fdda8215b9c3c81819002dd9ec87495d7fa0f")
        #expect(Hex.encode(sha.cipher) == "bf8e10ba9a84c4fc68c1696e24d714a8511ba341b759a9ad86c9d1d5a9f11b9c")
    }

    @Test("RFC 3310 §3.2: the nonce is Base64 of RAND, AUTN and what the server adds")
    func nonce() throws {
        let octets = [UInt8](0..<36)
        let text = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIj"
        let nonce = try #require(AKADigest.Nonce(OctetSlice(text)))
        #expect(nonce.rand == Array(octets[0..<16]) && nonce.autn == Array(octets[16..<32]))
        #expect(nonce.serverData == [32, 33, 34, 35])
        #expect(nonce.text == text)
        let bare = AKADigest.Nonce(rand: nonce.rand, autn: nonce.autn)
        #expect(bare.text == "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
        // 31 octets, and the example of §4, whose padding is none.
        #expect(AKADigest.Nonce("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==") == nil)
        #expect(AKADigest.Nonce("CjPk9mRqNuT25eRkajM09uTl9nM09uTl9nMz5OX25PZz==") == nil)
    }

    @Test("RFC 3310 §3.4: resynchronisation carries AUTS and a response with an empty password")
    func resynchronisation() throws {
        let text = """
            Digest realm="r", nonce="AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", algorithm=AKAv1-MD5, qop="auth"
            """
        let challenge = try Challenge(parsing: OctetSlice(text))
        let auts = [UInt8](0..<14)
        let credentials = try #require(
            DigestClient.resynchronising(
                challenge, username: "u", auts: auts, method: .register, uri: "sip:r", cnonce: "c"))
        #expect(credentials["auts"] == "AAECAwQFBgcICQoLDA0=")
        #expect(credentials.response == "a1b383e904b247a00354ba9fe5734942")
        #expect(AKADigest.answer(in: credentials) == .resynchronisation(auts))
        let plain = try Challenge(parsing: "Digest realm=\"r\", nonce=\"n\"")
        #expect(
            DigestClient.resynchronising(
                plain, username: "u", auts: auts, method: .register, uri: "sip:r", cnonce: "c") == nil)
    }

    @Test("RFC 3310 §3.3, §3.4: what an answer says")
    func answers() throws {
        func answer(_ parameters: String) throws -> AKADigest.Answer {
            AKADigest.answer(in: try Credentials(parsing: OctetSlice("Digest username=\"u\"" + parameters)))
        }
        #expect(try answer(", response=\"00\"") == .response)
        #expect(try answer(", response=\"\"") == .neither)
        #expect(try answer("") == .neither)
        #expect(try answer(", response=\"00\", auts=\"\"") == .response)
        #expect(try answer(", auts=\"AAEC\"") == .malformedResynchronisation)
        // The example of §4 is no Base64.
        #expect(try answer(", auts=\"5PYxMuX2NOT2NeQ=\"") == .malformedResynchronisation)
    }

    @Test("RFC 3310 §3.1: AKA by a client, each request with the next count")
    func client() throws {
        let challenge = try Challenge(
            parsing: "Digest realm=\"r\", nonce=\"n\", algorithm=AKAv2-MD5, qop=\"auth\", opaque=\"o\"")
        let password = AKADigest.password(.akaV2MD5, res: res, integrityKey: integrityKey, cipherKey: cipherKey)
        var client = try #require(DigestClient(challenge, username: "u", password: password))
        let first = client.credentials(method: .register, uri: "sip:r", cnonce: "c")
        #expect(first.response == "75fe4b05294ce308205e31418016e5e1")
        #expect(first["algorithm"] == "AKAv2-MD5" && first.opaque == "o" && first.nonceCount == "00000001")
        #expect(client.credentials(method: .register, uri: "sip:r", cnonce: "c").nonceCount == "00000002")
        #expect(DigestAccess.matches(first, password: password, method: .register))
        #expect(!DigestAccess.matches(first, password: res, method: .register))
    }
}
