import Octets
import SIP
import Testing

@Suite("Challenges and credentials")
struct CredentialsTests {
    @Test("RFC 3310 §3.4: the credentials of a phone that asks for resynchronisation")
    func resynchronisation() throws {
        let credentials = try Credentials(
            parsing: """
                Digest username="jon.dough@mobile.biz", realm="RoamingUsers@mobile.biz", \
                nonce="MzQ0a2xrbGtmbGtsZm9wb2tsc2tqaHJzZXNy9uQyMzMzMzQK=", uri="sip:home.mobile.biz", qop=auth-int, \
                nc=00000001, cnonce="0a4f113b", response="6629fae49393a05397450978507c4ef1", \
                opaque="5ccc069c403ebaf9f0171e9517f40e41", auts="CjkyMzRfOiwg5CfkJ2UK="
                """)
        #expect(credentials.isDigest)
        #expect(credentials.username == "jon.dough@mobile.biz")
        #expect(credentials.qop == "auth-int")
        #expect(credentials.nonceCount == "00000001")
        #expect(credentials["auts"] == "CjkyMzRfOiwg5CfkJ2UK=")
        #expect(credentials.auts == nil, "the RFC's example is no Base64 of 14 octets")
        #expect(credentials.algorithm == .md5)
        let good = try Credentials(parsing: "Digest auts=\"AAECAwQFBgcICQoLDA0=\"")
        #expect(good.auts == Array(0...13))
    }

    @Test("A challenge, built and read; the keys taken out")
    func challenge() throws {
        var challenge = Challenge(realm: "ims.example", nonce: "bm9uY2U=", algorithm: .akaV1MD5)
        challenge.set("ck", quoted: "00112233445566778899aabbccddeeff")
        challenge.set("ik", quoted: "ffeeddccbbaa99887766554433221100")
        #expect(
            challenge.text == """
                Digest realm="ims.example",nonce="bm9uY2U=",algorithm=AKAv1-MD5,qop="auth",\
                ck="00112233445566778899aabbccddeeff",ik="ffeeddccbbaa99887766554433221100"
                """)
        var read = try WWWAuthenticate(parsing: OctetSlice(challenge.text))
        #expect(read.challenge.algorithm == .akaV1MD5)
        #expect(read.challenge.confidentialityKey == Hex.decode("00112233445566778899aabbccddeeff"))
        #expect(read.challenge.offers(qop: "auth"))
        #expect(!read.challenge.offers(qop: "auth-int"))
        read.challenge.remove("ck")
        read.challenge.remove("ik")
        #expect(read.text == "Digest realm=\"ims.example\",nonce=\"bm9uY2U=\",algorithm=AKAv1-MD5,qop=\"auth\"")
        read.challenge.remove("realm")
        #expect(read.text == "Digest nonce=\"bm9uY2U=\",algorithm=AKAv1-MD5,qop=\"auth\"")
    }

    @Test("TS 24.229 §5.2.2: integrity-protected is set over what the phone said")
    func integrityProtected() throws {
        var credentials = try Credentials(parsing: "Digest username=\"a\\\"b\" , integrity-protected=yes,uri=\"sip:h\"")
        #expect(credentials.username == "a\"b")
        credentials.set("integrity-protected", quoted: "no")
        #expect(credentials.integrityProtected == "no")
        #expect(credentials.text == "Digest username=\"a\\\"b\" , integrity-protected=\"no\",uri=\"sip:h\"")
    }

    @Test(
        "Reliability S4: refused",
        arguments: [
            "Digest username=\"a", "Digest username", "Digest username=", "Digest =a", "Digest a=b,,c=d", "Digest a=b,",
            "Digest ,a=b", "Digest a=b c=d", "Digest nonce=\"a\",NONCE=\"b\"", "Digest username=\"a\",username=\"a\"",
            "Digest",
            "", "\"Digest\" a=b", "Digest a=\"b\"c", "Digest a=b;c=d,\"", ",,,,,,,,",
        ])
    func refused(_ text: String) {
        #expect(throws: SIPSyntaxError.self) { try Credentials(parsing: OctetSlice(text)) }
    }

    @Test("Reliability S4: ten thousand parameters are refused at once")
    func storms() {
        let parameters = (0..<10_000).map { "p\($0)=1" }.joined(separator: ",")
        #expect(throws: SIPSyntaxError.self) { try Credentials(parsing: OctetSlice("Digest " + parameters)) }
        let commas = String(repeating: ",", count: 60_000)
        #expect(throws: SIPSyntaxError.self) { try Credentials(parsing: OctetSlice("Digest a=b" + commas)) }
    }
}
