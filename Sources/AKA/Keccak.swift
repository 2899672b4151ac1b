/// Keccak-f[1600], the permutation of FIPS 202 §3.3, over 25 lanes of 64 bits: lane x + 5y is A[x, y].
package struct KeccakState: Sendable {
    private var lanes = InlineArray<25, UInt64>(repeating: 0)

    package init() {}

    /// - Precondition: `lane` is below 25.
    package subscript(lane: Int) -> UInt64 {
        get { lanes[lane] }
        set { lanes[lane] = newValue }
    }

    /// 24 rounds of θ, ρ, π, χ and ι, FIPS 202 §3.2.
    package mutating func permute() {
        for round in 0..<24 {
            theta()
            // ρ and π together: each lane is turned and takes the place of the next on the one cycle through 24 of them.
            var carried = lanes[1]
            for step in 0..<24 {
                let place = Int(Self.places[step])
                let replaced = lanes[place]
                lanes[place] = Self.rotated(carried, by: Self.offsets[step])
                carried = replaced
            }
            chi()
            lanes[0] ^= Self.roundConstants[round]
        }
    }

    private mutating func theta() {
        var parity = InlineArray<5, UInt64>(repeating: 0)
        for lane in 0..<25 { parity[lane % 5] ^= lanes[lane] }
        for column in 0..<5 {
            let change = parity[(column + 4) % 5] ^ Self.rotated(parity[(column + 1) % 5], by: 1)
            for row in 0..<5 { lanes[column + 5 * row] ^= change }
        }
    }

    private mutating func chi() {
        for row in 0..<5 {
            var plane = InlineArray<5, UInt64>(repeating: 0)
            for column in 0..<5 { plane[column] = lanes[column + 5 * row] }
            for column in 0..<5 {
                lanes[column + 5 * row] = plane[column] ^ (~plane[(column + 1) % 5] & plane[(column + 2) % 5])
            }
        }
    }

    /// - Precondition: `bits` is 1 to 63.
    private static func rotated(_ lane: UInt64, by bits: UInt64) -> UInt64 { lane << bits | lane >> (64 - bits) }

    private static let places: InlineArray<24, UInt8> = [
        10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1,
    ]
    private static let offsets: InlineArray<24, UInt64> = [
        1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44,
    ]
    private static let roundConstants: InlineArray<24, UInt64> = [
        0x0000_0000_0000_0001, 0x0000_0000_0000_8082, 0x8000_0000_0000_808A, 0x8000_0000_8000_8000,
        0x0000_0000_0000_808B, 0x0000_0000_8000_0001, 0x8000_0000_8000_8081, 0x8000_0000_0000_8009,
        0x0000_0000_0000_008A, 0x0000_0000_0000_0088, 0x0000_0000_8000_8009, 0x0000_0000_8000_000A,
        0x0000_0000_8000_808B, 0x8000_0000_0000_008B, 0x8000_0000_0000_8089, 0x8000_0000_0000_8003,
        0x8000_0000_0000_8002, 0x8000_0000_0000_0080, 0x0000_0000_0000_800A, 0x8000_0000_8000_000A,
        0x8000_0000_8000_8081, 0x8000_0000_0000_8080, 0x0000_0000_8000_0001, 0x8000_0000_8000_8008,
    ]
}
