import Octets
import RTP
import Testing

/// The text of RFC 4867 was not at hand; its examples are cited as the project knows them.
@Suite("RFC 4867: AMR in RTP and in files")
struct AMRTests {
    /// §4.3.5.1: one frame of 7.4 kbit/s (FT 4, 148 bits), no mode request, two bits of padding.
    @Test("RFC 4867 §4.3: a bandwidth-efficient payload with one frame")
    func bandwidthEfficient() throws {
        // 1111 0 0100 1, then 148 bits of speech, 00.
        let payload: [UInt8] = [0xF2, 0x7F] + [UInt8](repeating: 0xFF, count: 17) + [0xFC]
        let read = try #require(AMRPayload(OctetSlice(payload), .narrowband, isOctetAligned: false))
        #expect(read.request == 15)
        #expect(read.frames.map(\.type) == [4])
        #expect(read.frames.map(\.isGood) == [true])
        #expect(read.frames[0].octets == [UInt8](repeating: 0xFF, count: 18) + [0xF0])
        #expect(read.octets(.narrowband, isOctetAligned: false) == payload)
    }

    @Test("RFC 4867 §4.4: an octet-aligned payload with a frame, a silence descriptor and nothing")
    func octetAligned() throws {
        let speech = [UInt8](repeating: 0xA5, count: 16) + [0xA0]  // 132 bits: AMR-WB 6.6 kbit/s
        let noise: [UInt8] = [1, 2, 3, 4, 5]
        let payload: [UInt8] = [0x20, 0x84, 0xCC, 0x7C] + speech + noise
        let read = try #require(AMRPayload(OctetSlice(payload), .wideband, isOctetAligned: true))
        #expect(read.request == 2)
        #expect(
            read.frames == [
                AMRFrame(type: 0, octets: speech), AMRFrame(type: 9, octets: noise), AMRFrame(type: 15),
            ])
        #expect(read.octets(.wideband, isOctetAligned: true) == payload)
        let packed = read.octets(.wideband, isOctetAligned: false)
        #expect(packed.count == (4 + 18 + 132 + 40 + 7) / 8)
        #expect(AMRPayload(OctetSlice(packed), .wideband, isOctetAligned: false) == read)
    }

    @Test("what is cut short, or of a type without meaning, is no payload")
    func malformed() {
        let payload: [UInt8] = [0xF0, 0x24] + [UInt8](repeating: 1, count: 20)  // FT 4, octet-aligned
        for length in 0..<21 {
            #expect(AMRPayload(OctetSlice(Array(payload.prefix(length))), .narrowband, isOctetAligned: true) == nil)
        }
        #expect(AMRPayload(OctetSlice(payload), .narrowband, isOctetAligned: true)?.frames.count == 1)
        for type in UInt8(9)...14 {
            #expect(AMRPayload(OctetSlice([0xF0, type << 3 | 4]), .narrowband, isOctetAligned: true) == nil, "\(type)")
        }
        // A table of contents that never ends.
        #expect(AMRPayload(OctetSlice([UInt8](repeating: 0xFC, count: 64)), .narrowband, isOctetAligned: true) == nil)
        var entropy = Entropy(number: 3)
        for _ in 0..<2_000 {
            let noise = entropy.octets(Int(entropy.next32() % 40))
            for codec in [AMR.narrowband, .wideband] {
                for aligned in [false, true] {
                    let read = AMRPayload(OctetSlice(noise), codec, isOctetAligned: aligned)
                    #expect((read?.frames.count ?? 1) >= 1)
                }
            }
        }
    }

    @Test("RFC 4867 §5: a file begins with its magic number; each frame has a header octet of FT and Q")
    func files() throws {
        // §5.3: 5.9 kbit/s is FT 2, 118 bits, which two bits pad.
        let frame = AMRFrame(type: 2, octets: [UInt8](repeating: 0x80, count: 14) + [0x84])
        let bad = AMRFrame(type: 2, isGood: false, octets: frame.octets)
        let file = AMR.narrowband.file([frame, .noData, bad])
        #expect(Array(file.prefix(7)) == [0x23, 0x21, 0x41, 0x4D, 0x52, 0x0A, 0x14])
        #expect(file[22] == 0x7C)
        #expect(file[23] == 0x10)
        #expect(AMR.narrowband.frames(ofFile: file) == [frame, .noData, bad])
        #expect(AMR.narrowband.frames(ofFile: Array(file.dropLast())) == [frame, .noData])
        #expect(AMR.wideband.frames(ofFile: file) == nil)
        #expect(AMR.wideband.file([]) == Array("#!AMR-WB\n".utf8))
    }
}
