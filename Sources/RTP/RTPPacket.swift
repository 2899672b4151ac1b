import Octets

/// An RTP packet, RFC 3550 §5.1.
package struct RTPPacket: Equatable, Sendable {
    /// 0 to 127.
    package var payloadType: UInt8
    package var isMarked: Bool
    package var sequence: UInt16
    package var timestamp: UInt32
    package var source: UInt32
    package var payload: OctetSlice

    package init(
        payloadType: UInt8, isMarked: Bool = false, sequence: UInt16, timestamp: UInt32, source: UInt32,
        payload: OctetSlice
    ) {
        self.payloadType = payloadType & 0x7F
        self.isMarked = isMarked
        self.sequence = sequence
        self.timestamp = timestamp
        self.source = source
        self.payload = payload
    }

    /// nil for what is none: another version, shorter than its header, or padded beyond its length (RFC 3550 §A.1).
    package init?(_ octets: [UInt8]) {
        guard octets.count >= 12, octets[0] >> 6 == 2 else { return nil }
        var start = 12 + 4 * Int(octets[0] & 0x0F)
        if octets[0] & 0x10 != 0 {
            guard octets.count >= start + 4 else { return nil }
            start += 4 + 4 * (Int(octets[start + 2]) << 8 | Int(octets[start + 3]))
        }
        var end = octets.count
        if octets[0] & 0x20 != 0 {
            guard let padding = octets.last, padding > 0 else { return nil }
            end -= Int(padding)
        }
        guard start <= end else { return nil }
        self.init(
            payloadType: octets[1], isMarked: octets[1] & 0x80 != 0,
            sequence: UInt16(octets[2]) << 8 | UInt16(octets[3]), timestamp: Self.word(octets, 4),
            source: Self.word(octets, 8), payload: OctetSlice(octets, start..<end))
    }

    package var octets: [UInt8] {
        var writer = OctetWriter(reserving: 12 + payload.count)
        writer.write(UInt8(0x80))
        writer.write(isMarked ? payloadType | 0x80 : payloadType)
        for octet in [UInt8(sequence >> 8), UInt8(truncatingIfNeeded: sequence)] { writer.write(octet) }
        for word in [timestamp, source] {
            for shift in stride(from: UInt32(24), through: 0, by: -8) {
                writer.write(UInt8(truncatingIfNeeded: word >> shift))
            }
        }
        writer.write(payload)
        return writer.octets
    }

    private static func word(_ octets: [UInt8], _ index: Int) -> UInt32 {
        octets[index..<index + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
}
