import Octets
import SIP
import Testing

@Suite("SipHash-2-4, 128 bits of output")
struct KeyedHashTests {
    /// The first vectors of the authors' `vectors_sip128`: key 00…0f, input 00, 01, 02 … of growing length.
    @Test(
        "Vectors of the authors",
        arguments: [
            (0, "a3817f04ba25a8e66df67214c7550293"),
            (1, "da87c1d86b99af44347659119b22fc45"),
            (2, "8177228da4a45dc7fca38bdef60affe4"),
        ])
    func vectors(length: Int, expected: String) {
        var hash = KeyedHash(key: (0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908))
        hash.combine(OctetSlice((0..<length).map { UInt8($0) }))
        let (first, second) = hash.finish()
        var octets: [UInt8] = []
        for word in [first, second] {
            for shift in stride(from: UInt64(0), to: 64, by: 8) {
                octets.append(UInt8(truncatingIfNeeded: word >> shift))
            }
        }
        #expect(Hex.encode(octets) == expected)
    }
}
