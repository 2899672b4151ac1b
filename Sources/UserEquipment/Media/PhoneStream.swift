import IMS
import Octets
import RTP

/// A phone's audio with a machine at the other end: it says tones and presses keys in turn, and tells which tones it hears.
/// G.711 and RFC 4733.
package struct PhoneStream: MediaStream {
    package static let interval = Duration.milliseconds(20)

    /// What a phone says.
    package enum Sound: Equatable, Sendable {
        /// Hz, milliseconds.
        case tone(Int, Int)
        case silence(Int)
        /// A key, held for 100 ms.
        case key(Key)
    }

    package enum Event: Equatable, Sendable {
        /// All that was ordered has been said.
        case said
        /// A tone has ended: Hz, milliseconds.
        case heard(Int, Int)
    }

    /// Packets of one key: five with its state, three with its end (RFC 4733 §2.5.1.4), and silence behind it.
    private static let keyPackets = (pressed: 5, ended: 3, pause: 5)

    private let payloadType: UInt8
    private let eventType: UInt8
    private let law: G711
    /// Hz of the tones that are known.
    private let known: [Int]
    private let source: UInt32
    private var sequence: UInt16
    /// Of 20 ms.
    private var elapsed: UInt32
    private var sounds: [Sound] = []
    private var position = 0
    private var isSaying = false
    private var events: [Event] = []
    /// The tone that is being heard, in packets.
    private var hearing: (frequency: Int, count: Int)?
    package private(set) var received = 0

    /// nil when the payload type is none of G.711. - Parameter events: the payload type of telephone-event.
    package init?(payloadType: UInt8, events eventType: UInt8, knows known: [Int], entropy: inout Entropy) {
        guard let law = G711(payloadType: payloadType) else { return nil }
        self.payloadType = payloadType
        self.eventType = eventType
        self.law = law
        self.known = known
        source = entropy.next32()
        sequence = UInt16(truncatingIfNeeded: entropy.next32())
        elapsed = entropy.next32() >> 8
    }

    package mutating func take(_ order: [Sound]) {
        sounds += order
        isSaying = true
    }

    package mutating func takeEvents() -> [Event] {
        defer { events.removeAll() }
        return events
    }

    package mutating func next() -> [UInt8]? {
        elapsed &+= 1
        while let sound = sounds.first {
            switch sound {
            case .tone(let frequency, let milliseconds) where position < milliseconds / 20:
                defer { position += 1 }
                return speech(Tone(frequency: Double(frequency)).samples(160, from: position * 160))
            case .silence(let milliseconds) where position < milliseconds / 20:
                position += 1
                return speech([])
            case .key(let key) where position < Self.keyPackets.pressed + Self.keyPackets.ended + Self.keyPackets.pause:
                defer { position += 1 }
                return report(key)
            case .tone, .silence, .key:
                sounds.removeFirst()
                position = 0
            }
        }
        if isSaying { events.append(.said) }
        isSaying = false
        return speech([])
    }

    package mutating func receive(_ octets: [UInt8]) {
        guard let packet = RTPPacket(octets), packet.payloadType == payloadType else { return }
        received += 1
        let samples = packet.payload.array.map(law.decode)
        let frequency = known.first { Tone(frequency: Double($0)).share(of: samples) > 0.8 }
        guard frequency != hearing?.frequency else {
            hearing?.count += 1
            return
        }
        if let hearing, events.count < 100 { events.append(.heard(hearing.frequency, hearing.count * 20)) }
        hearing = frequency.map { ($0, 1) }
    }

    // MARK: Steps

    private mutating func speech(_ samples: [Int16]) -> [UInt8] {
        let octets = samples.isEmpty ? [UInt8](repeating: law.silence, count: 160) : samples.map(law.encode)
        return packet(payloadType, elapsed &* 160, octets)
    }

    /// The packet of a key for these 20 ms: all of one key have its beginning's time stamp.
    private mutating func report(_ key: Key) -> [UInt8] {
        let (pressed, ended, _) = Self.keyPackets
        guard position < pressed + ended else { return speech([]) }
        let event = TelephoneEvent(
            event: key.event, isEnd: position >= pressed, duration: UInt16(min(position + 1, pressed) * 160))
        return packet(eventType, (elapsed &- UInt32(position)) &* 160, event.octets)
    }

    private mutating func packet(_ type: UInt8, _ timestamp: UInt32, _ payload: [UInt8]) -> [UInt8] {
        defer { sequence &+= 1 }
        return RTPPacket(
            payloadType: type, sequence: sequence, timestamp: timestamp, source: source, payload: OctetSlice(payload)
        ).octets
    }
}
