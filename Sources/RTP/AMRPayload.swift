import Octets

/// The payload of an RTP packet with AMR in one channel, RFC 4867 §4.3 and §4.4 (not at hand), without interleaving and CRC,
/// which have to be agreed on.
///
///     bandwidth-efficient   CMR 4 bits, then F FT Q (6 bits) for each frame, then the frames bit by bit
///     octet-aligned         CMR 4 bits and 4 of padding, then F FT Q and 2 of padding, then each frame in whole octets
package struct AMRPayload: Equatable, Sendable {
    /// CMR: the mode that the peer asks for; 15 for none.
    package var request: UInt8
    package var frames: [AMRFrame]

    package init(request: UInt8 = 15, _ frames: [AMRFrame]) {
        self.request = request
        self.frames = frames
    }

    /// Frames in one packet: `maxptime` of a quarter of a second.
    private static let limit = 13

    /// nil for what is none: a frame type without meaning, or fewer octets than the table of contents says.
    package init?(_ payload: OctetSlice, _ codec: AMR, isOctetAligned: Bool) {
        var reader = BitReader(payload)
        guard let request = reader.read(4) else { return nil }
        if isOctetAligned { guard reader.read(4) != nil else { return nil } }
        var contents: [(type: UInt8, isGood: Bool, bits: Int)] = []
        while true {
            guard let entry = reader.read(6), contents.count < Self.limit else { return nil }
            if isOctetAligned { guard reader.read(2) != nil else { return nil } }
            let type = entry >> 1 & 0x0F
            guard let bits = codec.bits(ofType: type) else { return nil }
            contents.append((type, entry & 1 == 1, bits))
            if entry & 0x20 == 0 { break }
        }
        var frames: [AMRFrame] = []
        for entry in contents {
            guard let octets = reader.octets(ofBits: entry.bits) else { return nil }
            if isOctetAligned { guard reader.align() else { return nil } }
            frames.append(AMRFrame(type: entry.type, isGood: entry.isGood, octets: octets))
        }
        self.init(request: request, frames)
    }

    package func octets(_ codec: AMR, isOctetAligned: Bool) -> [UInt8] {
        var writer = BitWriter()
        writer.write(request, bits: 4)
        if isOctetAligned { writer.write(0, bits: 4) }
        for (index, frame) in frames.enumerated() {
            let follows: UInt8 = index + 1 < frames.count ? 0x20 : 0
            writer.write(follows | frame.type << 1 | (frame.isGood ? 1 : 0), bits: 6)
            if isOctetAligned { writer.write(0, bits: 2) }
        }
        for frame in frames {
            var rest = codec.bits(ofType: frame.type) ?? 0
            for octet in frame.octets where rest > 0 {
                writer.write(octet >> UInt8(max(0, 8 - rest)), bits: min(rest, 8))
                rest -= 8
            }
            if isOctetAligned { writer.align() }
        }
        return writer.octets
    }
}

/// Bits in the order of the network.
private struct BitReader {
    private let octets: OctetSlice
    private var position = 0

    init(_ octets: OctetSlice) { self.octets = octets }

    /// - Parameter count: at most 8. - Returns: nil beyond the end.
    mutating func read(_ count: Int) -> UInt8? {
        guard position + count <= octets.count * 8 else { return nil }
        var value: UInt8 = 0
        for _ in 0..<count {
            let octet = octets[octets.start + position / 8]
            value = value << 1 | octet >> UInt8(7 - position % 8) & 1
            position += 1
        }
        return value
    }

    mutating func octets(ofBits count: Int) -> [UInt8]? {
        guard position + count <= octets.count * 8 else { return nil }
        var result: [UInt8] = []
        var rest = count
        while rest > 0, let value = read(min(rest, 8)) {
            result.append(value << UInt8(max(0, 8 - rest)))
            rest -= 8
        }
        return result
    }

    mutating func align() -> Bool {
        position = (position + 7) / 8 * 8
        return position <= octets.count * 8
    }
}

private struct BitWriter {
    private(set) var octets: [UInt8] = []
    /// Bits that the last octet has left.
    private var free = 0

    /// The low bits of a value.
    mutating func write(_ value: UInt8, bits: Int) {
        for shift in stride(from: bits - 1, through: 0, by: -1) {
            if free == 0 {
                octets.append(0)
                free = 8
            }
            free -= 1
            octets[octets.count - 1] |= (value >> UInt8(shift) & 1) << UInt8(free)
        }
    }

    mutating func align() { free = 0 }
}
