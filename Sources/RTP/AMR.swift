import Octets

/// The adaptive multi-rate speech codecs as their frames travel and lie in files, RFC 4867 (not at hand). Speech is never
/// decoded here: frames pass as they are.
package enum AMR: Sendable {
    case narrowband, wideband

    /// RTP timestamp units a second, §4.1; a frame lasts 20 ms.
    package var clockRate: UInt32 { self == .narrowband ? 8_000 : 16_000 }

    /// The encoding name in session descriptions, §8.1.
    package var encoding: StaticString { self == .narrowband ? "AMR" : "AMR-WB" }

    /// What a file with one channel begins with, §5.1.
    package var magic: [UInt8] { Array((self == .narrowband ? "#!AMR\n" : "#!AMR-WB\n").utf8) }

    /// Frame type 15: nothing was sent, or it got lost.
    package static let noData: UInt8 = 15

    /// Bits of a frame by its type FT, TS 26.101 and TS 26.201 as §4.3.2 and §5.3 use them; nil for types that no payload has.
    package func bits(ofType type: UInt8) -> Int? {
        switch self {
        case .narrowband:
            let speech = [95, 103, 118, 134, 148, 159, 204, 244, 39]
            if Int(type) < speech.count { return speech[Int(type)] }
        case .wideband:
            let speech = [132, 177, 253, 285, 317, 365, 397, 461, 477, 40]
            if Int(type) < speech.count { return speech[Int(type)] }
            if type == 14 { return 0 }
        }
        return type == Self.noData ? 0 : nil
    }

    /// Comfort noise or nothing.
    package func isSilence(_ type: UInt8) -> Bool { type >= (self == .narrowband ? 8 : 9) }
}

/// 20 ms of speech, §4.3.2.
package struct AMRFrame: Equatable, Sendable {
    /// FT.
    package var type: UInt8
    /// Q: not damaged on its way to whoever sent it.
    package var isGood: Bool
    /// The bits, padded by zero bits to whole octets.
    package var octets: [UInt8]

    package init(type: UInt8, isGood: Bool = true, octets: [UInt8] = []) {
        self.type = type
        self.isGood = isGood
        self.octets = octets
    }

    package static let noData = AMRFrame(type: AMR.noData)

    /// As in a file, §5.3: a header octet of padding, FT and Q, then the bits.
    package var stored: [UInt8] { [type << 3 | (isGood ? 0x04 : 0)] + octets }
}

extension AMR {
    /// The frames of a file, §5: as many as are whole. nil when it does not begin as one.
    package func frames(ofFile octets: [UInt8]) -> [AMRFrame]? {
        guard octets.starts(with: magic) else { return nil }
        var frames: [AMRFrame] = []
        var position = magic.count
        while position < octets.count {
            let header = octets[position]
            let type = header >> 3 & 0x0F
            guard let bits = bits(ofType: type), octets.count - position - 1 >= (bits + 7) / 8 else { break }
            let end = position + 1 + (bits + 7) / 8
            frames.append(
                AMRFrame(type: type, isGood: header & 0x04 != 0, octets: Array(octets[position + 1..<end])))
            position = end
        }
        return frames
    }

    /// A file with these frames, §5.
    package func file(_ frames: [AMRFrame]) -> [UInt8] {
        var writer = OctetWriter(continuing: magic)
        for frame in frames { writer.write(frame.stored) }
        return writer.octets
    }
}
