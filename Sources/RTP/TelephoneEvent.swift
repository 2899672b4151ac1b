import Octets

/// A report of a key that is pressed, RFC 4733 §2.3: the payload of a `telephone-event` packet.
package struct TelephoneEvent: Equatable, Sendable {
    /// §3.2: 0 to 9, 10 for *, 11 for #, 12 to 15 for A to D.
    package var event: UInt8
    /// E: the key is up again.
    package var isEnd: Bool
    /// dBm0 below zero, 0 to 63.
    package var volume: UInt8
    /// In timestamp units since the key went down.
    package var duration: UInt16

    package init(event: UInt8, isEnd: Bool, volume: UInt8 = 10, duration: UInt16) {
        self.event = event
        self.isEnd = isEnd
        self.volume = volume & 0x3F
        self.duration = duration
    }

    /// nil for a payload of less than four octets. What follows those is a further report, which the next packet repeats.
    package init?(_ payload: OctetSlice) {
        guard payload.count >= 4 else { return nil }
        let first = payload.start
        self.init(
            event: payload[first], isEnd: payload[first + 1] & 0x80 != 0, volume: payload[first + 1],
            duration: UInt16(payload[first + 2]) << 8 | UInt16(payload[first + 3]))
    }

    package var octets: [UInt8] {
        [event, (isEnd ? 0x80 : 0) | volume, UInt8(duration >> 8), UInt8(truncatingIfNeeded: duration)]
    }

    /// The key; nil for an event that is none.
    package var key: Key? { Key(event: event) }
}

/// A key of a telephone.
package struct Key: Hashable, Sendable, CustomStringConvertible {
    /// 0 to 15.
    package let event: UInt8

    private static let names = Array("0123456789*#ABCD")

    package init?(event: UInt8) {
        guard Int(event) < Self.names.count else { return nil }
        self.event = event
    }

    package init?(_ name: Character) {
        guard let index = Self.names.firstIndex(of: Character(name.uppercased())) else { return nil }
        event = UInt8(index)
    }

    package var description: String { String(Self.names[Int(event)]) }
}

/// The keys that a stream's events tell: each key once, however many packets report it.
package struct KeyReceiver: Sendable {
    /// All packets of an event have the timestamp of its beginning (§2.2.1).
    private var last: UInt32?

    package init() {}

    /// The key that goes down with this packet; nil when it went down before, or is none.
    package mutating func receive(_ packet: RTPPacket) -> Key? {
        guard let report = TelephoneEvent(packet.payload), let key = report.key, last != packet.timestamp else {
            return nil
        }
        // An event that is older than the last one is a late packet of one that has been told.
        if let last, packet.timestamp &- last > 0x8000_0000 { return nil }
        last = packet.timestamp
        return key
    }
}
