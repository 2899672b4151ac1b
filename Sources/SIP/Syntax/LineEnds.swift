/// Looks for CR and LF eight octets at a time.
enum LineEnds {
    /// The first CR or LF in the range; its end when there is none.
    @inline(__always)
    static func first(in text: Span<UInt8>, _ range: Range<Int>) -> Int {
        let octets = text.bytes
        let ones: UInt64 = 0x0101_0101_0101_0101
        var index = range.lowerBound
        while index + 8 <= range.upperBound {
            let word = UInt64(littleEndian: octets.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
            let feeds = word ^ (ones &* 0x0A)
            let returns = word ^ (ones &* 0x0D)
            // A zero octet of either shows in its top bit; a borrow can only raise false ones above a true one.
            let found = ((feeds &- ones) & ~feeds | (returns &- ones) & ~returns) & (ones &* 0x80)
            if found != 0 { return index + found.trailingZeroBitCount / 8 }
            index += 8
        }
        while index < range.upperBound, text[index] != 0x0D, text[index] != 0x0A { index += 1 }
        return index
    }
}
