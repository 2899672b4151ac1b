import Octets
import SIP
import Testing

@Suite("Digest access authentication")
struct DigestAccessTests {
    @Test("RFC 2617 §3.5: the example")
    func example() throws {
        let response = DigestAccess.response(
            username: "Mufasa", realm: "testrealm@host.com", password: Array("Circle Of Life".utf8),
            method: Method("GET"),
            uri: "/dir/index.html", nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093", nc: "00000001", cnonce: "0a4f113b",
            qop: "auth")
        #expect(OctetSlice(response) == "6629fae49393a05397450978507c4ef1")
    }

    @Test("RFC 7616 §3.9.1: the example with MD5")
    func laterExample() throws {
        let response = DigestAccess.response(
            username: "Mufasa", realm: "http-auth@example.org", password: Array("Circle of Life".utf8),
            method: Method("GET"), uri: "/dir/index.html", nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
            nc: "00000001", cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop: "auth")
        #expect(OctetSlice(response) == "8ca523f5e9506fed4657c9700eebdbec")
    }

    /// H(A1) of the example in RFC 2617 §3.5 is 939e7578ed9e3c518a452acee763bce9 in any calculator of MD5; with it and
    /// H(A2) = 39aff3a2bab6126f332b942af96d3366 RFC 2069's form is MD5 of the three joined.
    @Test("RFC 2617 §3.2.2.1: without qop, and from H(A1)")
    func withoutQop() throws {
        let direct = DigestAccess.response(
            username: "Mufasa", realm: "testrealm@host.com", password: Array("Circle Of Life".utf8),
            method: Method("GET"),
            uri: "/dir/index.html", nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093")
        #expect(OctetSlice(direct) == "670fd8c2df070c60b045671b8b24ff02")
        let stored = DigestAccess.response(
            ha1: Array("939e7578ed9e3c518a452acee763bce9".utf8), method: Method("GET"), uri: "/dir/index.html",
            nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093")
        #expect(stored == direct)
    }

    @Test("RFC 3310 §3.3: the password is RES as octets, whatever they are")
    func rawPassword() throws {
        var credentials = try Credentials(
            parsing: """
                Digest username="u", realm="r", nonce="n", uri="sip:r", algorithm=AKAv1-MD5, qop=auth, nc=00000001, \
                cnonce="c", response="7010162daddbcd717bee01a947fb916f"
                """)
        let res: [UInt8] = [0x00, 0x3A, 0xFF, 0x0D, 0x0A, 0x80, 0x22, 0x00]
        #expect(DigestAccess.matches(credentials, password: res, method: .register))
        #expect(!DigestAccess.matches(credentials, password: Array(res.dropLast()), method: .register))
        #expect(!DigestAccess.matches(credentials, password: res, method: .invite))
        credentials.set("response", quoted: "7010162DADDBCD717BEE01A947FB916F")
        #expect(DigestAccess.matches(credentials, password: res, method: .register))
        credentials.remove("cnonce")
        #expect(!DigestAccess.matches(credentials, password: res, method: .register))
    }

    @Test("auth-int and MD5-sess take more in")
    func variants() throws {
        func response(_ algorithm: DigestAlgorithm, _ qop: OctetSlice) -> OctetSlice {
            OctetSlice(
                DigestAccess.response(
                    algorithm: algorithm, username: "u", realm: "r", password: Array("p".utf8), method: .register,
                    uri: "sip:r", nonce: "n", nc: "00000001", cnonce: "c", qop: qop, body: "body"))
        }
        #expect(response(.md5, "auth-int") == "4cef69a3c6630a19bd198268082ea1a3")
        #expect(response(.md5Session, "auth") == "9fcc4392a91dc57e8c83c2241da62025")
    }

    @Test("RFC 2617 §3.2.2: the nonce count")
    func nonceCount() {
        #expect(NonceCount.parse("0000000a") == 10)
        #expect(NonceCount.parse("a") == nil)
        #expect(NonceCount.parse("0000000g") == nil)
        #expect(NonceCount.text(10) == "0000000a")
        var count = NonceCount()
        let order: [UInt32] = [0, 1, 1, 5, 3, 3, 5, 100, 36, 37, .max]
        let accepted = order.map { count.accept($0) }
        #expect(accepted == [false, true, false, true, true, false, false, true, false, true, true])
        var strict = NonceCount(window: 1)
        #expect([1, 3, 2, 3, 4].map { strict.accept($0) } == [true, true, false, false, true] as [Bool])
        let isTextAccepted = count.accept(OctetSlice("x"))
        #expect(!isTextAccepted)
    }
}
