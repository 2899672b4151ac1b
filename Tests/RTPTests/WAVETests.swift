import Octets
import RTP
import Testing

@Suite("G.711 in RIFF WAVE files")
struct WAVETests {
    @Test("the header: RIFF, fmt with the law's tag, fact, data; lengths little end first")
    func header() {
        let file = WAVE.file([1, 2, 3], .aLaw)
        let expected: [UInt8] =
            Array("RIFF".utf8) + [54, 0, 0, 0] + Array("WAVEfmt ".utf8) + [18, 0, 0, 0, 6, 0, 1, 0]
            + [0x40, 0x1F, 0, 0, 0x40, 0x1F, 0, 0, 1, 0, 8, 0, 0, 0] + Array("fact".utf8) + [4, 0, 0, 0, 3, 0, 0, 0]
            + Array("data".utf8) + [3, 0, 0, 0, 1, 2, 3, 0]
        #expect(file == expected)
        #expect(WAVE.file([], .muLaw)[20] == 7)
    }

    @Test("what is read: either law, and linear samples of 16 bits")
    func reading() {
        #expect(WAVE.samples(WAVE.file([1, 2, 3], .aLaw), as: .aLaw) == [1, 2, 3])
        #expect(WAVE.samples(WAVE.file([0xFF], .muLaw), as: .aLaw) == [0xD5])
        let linear: [UInt8] =
            Array("RIFF".utf8) + [40, 0, 0, 0] + Array("WAVE".utf8) + Array("LIST".utf8) + [1, 0, 0, 0, 9, 0]
            + Array("fmt ".utf8) + [16, 0, 0, 0, 1, 0, 1, 0, 0x40, 0x1F, 0, 0, 0x80, 0x3E, 0, 0, 2, 0, 16, 0]
            + Array("data".utf8) + [4, 0, 0, 0, 0, 0, 0xFF, 0x7F]
        #expect(WAVE.samples(linear, as: .aLaw) == [0xD5, 0xAA])
    }

    @Test("another rate, stereo, another format, and what is cut short")
    func refused() {
        let file = WAVE.file([1, 2, 3], .aLaw)
        for (place, value) in [(0, UInt8(0)), (20, 3), (22, 2), (24, 0), (34, 16)] {
            var other = file
            other[place] = value
            #expect(WAVE.samples(other, as: .aLaw) == nil, "octet \(place)")
        }
        for length in 0..<58 { #expect(WAVE.samples(Array(file.prefix(length)), as: .aLaw) ?? [] == [], "\(length)") }
        #expect(WAVE.samples(Array(file.prefix(60)), as: .aLaw) == [1, 2])
        var endless = file
        for place in 54..<58 { endless[place] = 0xFF }
        #expect(WAVE.samples(endless, as: .aLaw) == [1, 2, 3, 0])
    }
}
