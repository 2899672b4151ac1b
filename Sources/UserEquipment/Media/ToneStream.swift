import IMS
import Octets
import RTP

/// A phone's audio in a test: it sends one tone in G.711 and listens for another, RFC 3551 §4.5.14.
package struct ToneStream: MediaStream {
    package static let interval = Duration.milliseconds(20)
    private static let samplesInPacket = 160

    /// What has come so far.
    package struct Heard: Equatable, Sendable {
        package var packets = 0
        /// Missing in the numbering (RFC 3550 §A.3).
        package var lost = 0
        /// Of another payload type, or no RTP at all.
        package var foreign = 0
        /// Packets that were the tone that is expected.
        package var withTone = 0
    }

    package private(set) var heard = Heard()
    package private(set) var sent = 0
    private let payloadType: UInt8
    private let law: G711
    private let tone: Tone
    private let expected: Tone
    private let source: UInt32
    private let firstSequence: UInt16
    private var highest: UInt16?
    private var window: [Int16] = []

    /// nil when the payload type is none of G.711.
    package init?(payloadType: UInt8, sends tone: Tone, expects expected: Tone, entropy: inout Entropy) {
        guard let law = G711(payloadType: payloadType) else { return nil }
        self.payloadType = payloadType
        self.law = law
        self.tone = tone
        self.expected = expected
        source = entropy.next32()
        firstSequence = UInt16(truncatingIfNeeded: entropy.next32())
    }

    package mutating func next() -> [UInt8]? {
        let samples = tone.samples(Self.samplesInPacket, from: sent * Self.samplesInPacket)
        let packet = RTPPacket(
            payloadType: payloadType, isMarked: sent == 0,
            sequence: firstSequence &+ UInt16(truncatingIfNeeded: sent),
            timestamp: UInt32(truncatingIfNeeded: sent * Self.samplesInPacket), source: source,
            payload: OctetSlice(samples.map(law.encode)))
        sent += 1
        return packet.octets
    }

    package mutating func receive(_ octets: [UInt8]) {
        guard let packet = RTPPacket(octets), packet.payloadType == payloadType, !packet.payload.isEmpty else {
            heard.foreign += 1
            return
        }
        heard.packets += 1
        if let highest {
            let step = Int(packet.sequence &- highest)
            if (1..<3_000).contains(step) {
                heard.lost += step - 1
                self.highest = packet.sequence
            } else if step > 0xFF00 {
                heard.lost = max(0, heard.lost - 1)  // late
            }
        } else {
            highest = packet.sequence
        }
        let samples = packet.payload.array.map(law.decode)
        if expected.share(of: samples) > 0.8 { heard.withTone += 1 }
    }
}
