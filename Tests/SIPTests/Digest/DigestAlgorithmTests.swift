import Octets
import SIP
import Testing

/// The values of RFC 7616 §3.9.1 where the RFC prints them; the others were computed from the formulas of the RFCs with
/// hashlib and hmac of Python 3.11.
@Suite("RFC 7616, RFC 8760: digest with SHA-256 and SHA-512/256")
struct DigestAlgorithmTests {
    private static let nonce: OctetSlice = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
    private static let cnonce: OctetSlice = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"

    private func mufasa(_ algorithm: DigestAlgorithm, qop: OctetSlice = "auth") -> OctetSlice {
        OctetSlice(
            DigestAccess.response(
                algorithm: algorithm, username: "Mufasa", realm: "http-auth@example.org",
                password: Array("Circle of Life".utf8), method: Method("GET"), uri: "/dir/index.html",
                nonce: Self.nonce, nc: "00000001", cnonce: Self.cnonce, qop: qop))
    }

    @Test("RFC 7616 §3.9.1: the example with MD5 and SHA-256")
    func example() {
        #expect(mufasa(.md5) == "8ca523f5e9506fed4657c9700eebdbec")
        #expect(mufasa(.sha256) == "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1")
    }

    @Test("RFC 7616 §3.4.2: SHA-256-sess; RFC 8760 §2.6 item 7: auth-int of an empty body")
    func variants() {
        #expect(mufasa(.sha256Session) == "2fd51b3a77ad75bad6afad6003e818d767133c46d9e2749e7f5232ae1ea3efd7")
        #expect(
            mufasa(.sha256, qop: "auth-int") == "8bdf6f15638e260831e905028de5450562816d093c9bfc5c13d3a46adcdde940")
        let response = DigestAccess.response(
            algorithm: .sha512t256Session, username: "u", realm: "r", password: Array("p".utf8), method: .register,
            uri: "sip:r", nonce: "n", nc: "00000002", cnonce: "c", qop: "auth-int", body: "body")
        #expect(OctetSlice(response) == "e53d2d11448bb85d945561321c75c0504e2924a5ec3f21c4c2eb9fa39688d748")
    }

    /// The RFC prints the first halves of SHA-512 here, not SHA-512/256 of FIPS 180-4, which its text demands and which
    /// has other initial values: its username is `488869477bf2…`, its response `ae66e67d6b42…`.
    @Test("RFC 7616 §3.9.2: SHA-512-256 and userhash, with the values that FIPS 180-4 gives")
    func userHash() throws {
        let name: OctetSlice = "J\u{E4}s\u{F8}n Doe"
        #expect(name.array == [0x4A, 0xC3, 0xA4, 0x73, 0xC3, 0xB8, 0x6E, 0x20, 0x44, 0x6F, 0x65])
        let hash = OctetSlice(DigestAccess.userHash(.sha512t256, username: name, realm: "api@example.org"))
        #expect(hash == "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b")
        var credentials = try Credentials(
            parsing: """
                Digest username="793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b", \
                realm="api@example.org", uri="/doe.json", algorithm=SHA-512-256, \
                nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", nc=00000001, \
                cnonce="NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v", qop=auth, \
                response="3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5", \
                opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", userhash=true
                """)
        #expect(credentials.isUserHashed && credentials.isOf(user: name))
        #expect(!credentials.isOf(user: "Jason Doe"))
        let secret = DigestAccess.secret(
            .sha512t256, username: name, realm: "api@example.org", password: Array("Secret, or not?".utf8))
        #expect(DigestAccess.matches(credentials, ha1: secret, method: Method("GET")))
        // The second form of the example.
        credentials.set("userhash", token: "false")
        credentials.remove("username")
        credentials.set("username*", token: "UTF-8''J%C3%A4s%C3%B8n%20Doe")
        #expect(credentials.userName == name && credentials.isOf(user: name))
        #expect(DigestAccess.matches(credentials, ha1: secret, method: Method("GET")))
        #expect(
            DigestAccess.matches(credentials, password: Array("Secret, or not?".utf8), method: Method("GET")))
        // §3.4: both are an error.
        credentials.set("username", quoted: name)
        #expect(credentials.userName == nil)
    }

    @Test("username* that cannot be decoded", arguments: ["J", "UTF-8'J", "ISO-8859-1''J", "UTF-8''J%C", "UTF-8''%zz"])
    func extendedName(text: String) {
        var credentials = Credentials()
        credentials.set("username*", token: text)
        #expect(credentials.userName == nil)
    }

    @Test("RFC 8760 §2.7, RFC 3310 §3.1, RFC 4169 §2: the names")
    func names() {
        let names: [(String, DigestAlgorithm)] = [
            ("MD5", .md5), ("MD5-sess", .md5Session), ("SHA-256", .sha256), ("SHA-256-sess", .sha256Session),
            ("SHA-512-256", .sha512t256), ("SHA-512-256-sess", .sha512t256Session), ("AKAv1-MD5", .akaV1MD5),
            ("AKAv2-MD5", .akaV2MD5), ("AKAv1-SHA-256", .akaV1SHA256), ("AKAv2-SHA-256", .akaV2SHA256),
            ("AKAv1-MD5-sess", DigestAlgorithm(.md5, isSession: true, aka: .v1)),
        ]
        for (name, algorithm) in names {
            #expect(algorithm.token == name)
            #expect(DigestAlgorithm(token: OctetSlice(name)) == algorithm)
            #expect(DigestAlgorithm(token: OctetSlice(name.lowercased())) == algorithm)
        }
        for unknown in ["", "-sess", "AKAv1-", "AKAv3-MD5", "SHA-512", "MD5-sess-sess", "MD4"] {
            #expect(DigestAlgorithm(token: OctetSlice(unknown)) == nil, "\(unknown)")
        }
    }

    @Test("RFC 7616 §3.5: rspauth, with auth and with auth-int")
    func responseAuthentication() throws {
        var credentials = try Credentials(
            parsing: """
                Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=SHA-256, \
                nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, qop=auth, \
                cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", response="x"
                """)
        let secret = Array("7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232".utf8)
        let information = AuthenticationInfo(for: credentials, ha1: secret)
        #expect(information["rspauth"] == "86d3b25618d41854ca5039a5d7e53ff6355d5134a9b1fb088a78ac3c462195a0")
        #expect(information["qop"] == "auth" && information["nc"] == "00000001")
        #expect(information["cnonce"] == Self.cnonce)
        credentials.set("qop", token: "auth-int")
        let integrity = AuthenticationInfo(for: credentials, ha1: secret, body: "body")
        #expect(integrity["rspauth"] == "55fcea34794de890a37eef1c0111eaf4289b2121848cc39cc5d303c4a8292db0")
    }
}
