/// Speech at 8,000 samples a second, eight bits each, ITU-T G.711: the two laws by their segments.
package enum G711: Sendable {
    case aLaw, muLaw

    /// The static payload types of RFC 3551 §6; nil for others.
    package init?(payloadType: UInt8) {
        switch payloadType {
        case 0: self = .muLaw
        case 8: self = .aLaw
        default: return nil
        }
    }

    /// - Parameter sample: linear, 16 bits.
    package func encode(_ sample: Int16) -> UInt8 {
        switch self {
        case .aLaw:
            // 13 bits of magnitude and sign; even bits are inverted.
            let magnitude = sample >= 0 ? Int(sample) >> 3 : (-1 - Int(sample)) >> 3
            let segment = max(0, Self.bits(magnitude) - 5)
            let mantissa = segment < 2 ? magnitude >> 1 : magnitude >> segment
            return UInt8(segment << 4 | mantissa & 0x0F) ^ (sample >= 0 ? 0xD5 : 0x55)
        case .muLaw:
            // 14 bits, a bias of 33; all bits are inverted.
            let magnitude = min((abs(Int(sample)) >> 2) + 33, 0x1FFF)
            let segment = max(0, Self.bits(magnitude) - 6)
            let mantissa = magnitude >> (segment + 1) & 0x0F
            return ~UInt8((sample < 0 ? 0x80 : 0) | segment << 4 | mantissa)
        }
    }

    package func decode(_ octet: UInt8) -> Int16 {
        switch self {
        case .aLaw:
            let value = Int(octet ^ 0x55)
            let segment = value >> 4 & 7
            let step = (value & 0x0F) << 4 + 8
            let magnitude = segment == 0 ? step : (step + 0x100) << (segment - 1)
            return Int16(clamping: value & 0x80 != 0 ? magnitude : -magnitude)
        case .muLaw:
            let value = Int(~octet)
            let magnitude = (((value & 0x0F) << 3 + 0x84) << (value >> 4 & 7)) - 0x84
            return Int16(clamping: value & 0x80 != 0 ? -magnitude : magnitude)
        }
    }

    private static func bits(_ magnitude: Int) -> Int { Int.bitWidth - magnitude.leadingZeroBitCount }
}
