import Octets
import RTP
import Testing
import UserEquipment

@Suite("Tones in RTP")
struct MediaTests {
    @Test("ITU-T G.711: the values of silence, the ends of the scale and a change of segment")
    func laws() {
        let aLaw: [(Int16, UInt8)] = [(0, 0xD5), (-1, 0x55), (32_767, 0xAA), (-32_768, 0x2A), (8, 0xD5), (16, 0xD4)]
        for (sample, octet) in aLaw { #expect(G711.aLaw.encode(sample) == octet, "\(sample)") }
        let muLaw: [(Int16, UInt8)] = [(0, 0xFF), (32_767, 0x80), (-32_768, 0x00), (4, 0xFE), (-4, 0x7E)]
        for (sample, octet) in muLaw { #expect(G711.muLaw.encode(sample) == octet, "\(sample)") }
        #expect(G711.aLaw.decode(0xD5) == 8)
        #expect(G711.aLaw.decode(0x2A) == -32_256)
        #expect(G711.aLaw.decode(0xAA) == 32_256)
        #expect(G711.muLaw.decode(0xFF) == 0)
        #expect(G711.muLaw.decode(0x00) == -32_124)
        #expect(G711.muLaw.decode(0x80) == 32_124)
    }

    @Test("every octet of both laws decodes to a sample that encodes to it again", arguments: [G711.aLaw, .muLaw])
    func roundTrip(_ law: G711) {
        for octet in UInt8.min...UInt8.max where !(law == .muLaw && octet == 0x7F) {  // minus zero
            #expect(law.encode(law.decode(octet)) == octet)
        }
        for sample in stride(from: Int32(-32_768), through: 32_767, by: 7) {
            let decoded = Int32(law.decode(law.encode(Int16(sample))))
            #expect(abs(decoded - sample) <= max(16, abs(sample) / 16), "\(sample) came as \(decoded)")
        }
    }

    @Test("RFC 3550 §5.1: header, contributing sources, extension and padding")
    func packets() throws {
        let packet = RTPPacket(
            payloadType: 8, isMarked: true, sequence: 0x0102, timestamp: 0x0304_0506, source: 0x0708_090A,
            payload: OctetSlice([1, 2, 3]))
        #expect(packet.octets == [0x80, 0x88, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1, 2, 3])
        #expect(RTPPacket(packet.octets) == packet)
        let full: [UInt8] =
            [0xB1, 0x88, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10] + [0, 0, 0, 1] + [0xBE, 0xDE, 0, 1, 9, 9, 9, 9] + [
                1, 2, 3, 0, 2,
            ]
        #expect(RTPPacket(full) == packet)
        for length in 0..<24 { #expect(RTPPacket(Array(full.prefix(length))) == nil, "\(length)") }
        var wrong = packet.octets
        wrong[0] = 0x40
        #expect(RTPPacket(wrong) == nil)
        #expect(RTPPacket([0xA0] + packet.octets.dropFirst()) == RTPPacket([0xA0] + packet.octets.dropFirst()))
        #expect(RTPPacket([0xA0] + packet.octets.dropFirst().dropLast() + [200]) == nil)
    }

    @Test("a tone is known from another one, from noise and from silence")
    func recognition() {
        let tone = Tone(frequency: 1_000)
        #expect(tone.share(of: tone.samples(160, from: 4_321)) > 0.99)
        #expect(tone.share(of: Tone(frequency: 1_400).samples(160, from: 0)) < 0.1)
        #expect(tone.share(of: [Int16](repeating: 0, count: 160)) == 0)
        #expect(tone.share(of: []) == 0)
        var entropy = Entropy(number: 5)
        let noise = (0..<160).map { _ in Int16(truncatingIfNeeded: entropy.next32()) }
        #expect(tone.share(of: noise) < 0.3)
    }

    @Test("two streams hear each other; what is lost, foreign or silent is counted as that")
    func streams() throws {
        var entropy = Entropy(number: 1)
        let (low, high) = (Tone(frequency: 400), Tone(frequency: 1_400))
        func stream(_ type: UInt8, _ sent: Tone, _ expected: Tone) -> ToneStream? {
            ToneStream(payloadType: type, sends: sent, expects: expected, entropy: &entropy)
        }
        var one = try #require(stream(8, low, high))
        var two = try #require(stream(8, high, low))
        for round in 0..<50 {
            let (mine, theirs) = (one.next(), two.next())
            if round % 10 != 5 { two.receive(try #require(mine)) }
            one.receive(try #require(theirs))
        }
        two.receive([1, 2, 3])
        func counts(_ stream: ToneStream) -> [Int] {
            [stream.heard.packets, stream.heard.lost, stream.heard.foreign, stream.heard.withTone]
        }
        #expect(counts(one) == [50, 0, 0, 50])
        #expect(counts(two) == [45, 5, 1, 45])
        var deaf = try #require(stream(0, low, low))
        let packet = one.next()
        deaf.receive(try #require(packet))
        #expect(counts(deaf) == [0, 0, 1, 0])
        #expect(stream(104, low, low) == nil)
    }
}
