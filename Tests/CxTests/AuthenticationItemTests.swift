import Cx
import Octets
import Testing

@Suite("TS 29.229 §6.3.13: SIP-Auth-Data-Item")
struct AuthenticationItemTests {
    @Test("schemes, without regard to case")
    func schemes() {
        #expect(AuthenticationScheme("Digest-AKAv1-MD5") == .digestAKAv1MD5)
        #expect(AuthenticationScheme("SIP Digest") == .sipDigest)
        #expect(AuthenticationScheme("unknown") == .unknown)
        #expect(AuthenticationScheme("UNKNOWN") == .unknown)
        #expect(AuthenticationScheme("NASS-Bundled") == .other("NASS-Bundled"))
        #expect(AuthenticationScheme.sipDigest.text == "SIP Digest")
    }

    @Test("an AKA vector: RAND‖AUTN in 32 octets, zeroes in RES kept")
    func vector() throws {
        let vector = try #require(Sample.aka.vector)
        #expect(vector.rand == OctetSlice([UInt8](repeating: 1, count: 16)))
        #expect(vector.autn == OctetSlice([UInt8](repeating: 2, count: 16)))
        #expect(vector.xres == OctetSlice([UInt8](repeating: 0, count: 8)))
    }

    @Test("a vector with a part missing or of a wrong length is none")
    func noVector() {
        var item = Sample.aka
        item.authenticate = OctetSlice([UInt8](repeating: 1, count: 31))
        #expect(item.vector == nil)
        item = Sample.aka
        item.authorization = OctetSlice([1, 2, 3])
        #expect(item.vector == nil)
        item = Sample.aka
        item.confidentialityKey = nil
        #expect(item.vector == nil)
        item = Sample.aka
        item.integrityKey = ""
        #expect(item.vector == nil)
    }

    @Test("TS 29.228 §6.3: resynchronisation is RAND‖AUTS in 30 octets")
    func resynchronisation() throws {
        let item = AuthenticationItem.resynchronisation(
            rand: [UInt8](repeating: 7, count: 16), auts: [UInt8](repeating: 8, count: 14))
        let (rand, auts) = try #require(item.resynchronisation)
        #expect(rand == OctetSlice([UInt8](repeating: 7, count: 16)))
        #expect(auts == OctetSlice([UInt8](repeating: 8, count: 14)))
        #expect(AuthenticationItem.request(.digestAKAv1MD5).resynchronisation == nil)
        #expect(AuthenticationItem(authorization: "short").resynchronisation == nil)
    }
}
