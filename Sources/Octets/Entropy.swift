/// Unpredictable octets from a seed: the ChaCha20 key stream of RFC 8439 §2.3 under a key nobody else knows.
///
/// The pure core rolls no dice. The driver seeds one of these from the operating system, a test from a number, and the
/// same seed gives the same RANDs, tags and branches.
package struct Entropy: Sendable {
    private var state: InlineArray<16, UInt32>
    private var block: InlineArray<16, UInt32>
    private var used = 16

    /// - Parameter seed: 32 octets; shorter ones are filled with zeros, further ones ignored.
    package init(seed: [UInt8]) {
        state = InlineArray(repeating: 0)
        block = InlineArray(repeating: 0)
        state[0] = 0x6170_7865
        state[1] = 0x3320_646e
        state[2] = 0x7962_2d32
        state[3] = 0x6b20_6574
        for word in 0..<8 {
            var value: UInt32 = 0
            for octet in 0..<4 where word * 4 + octet < seed.count {
                value |= UInt32(seed[word * 4 + octet]) << UInt32(8 * octet)
            }
            state[4 + word] = value
        }
    }

    /// A repeatable stream for tests and simulations.
    package init(number: UInt64) {
        var seed: [UInt8] = []
        for shift in stride(from: UInt64(0), to: 64, by: 8) { seed.append(UInt8(truncatingIfNeeded: number >> shift)) }
        self.init(seed: seed)
    }

    package mutating func next32() -> UInt32 {
        if used == 16 { refill() }
        defer { used += 1 }
        return block[used]
    }

    package mutating func next64() -> UInt64 { UInt64(next32()) << 32 | UInt64(next32()) }

    package mutating func octets(_ count: Int) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(count)
        var word: UInt32 = 0
        for index in 0..<count {
            if index.isMultiple(of: 4) { word = next32() }
            result.append(UInt8(truncatingIfNeeded: word))
            word >>= 8
        }
        return result
    }

    /// A second, independent stream, for a part of the node that must not disturb the order of the others.
    package mutating func fork() -> Entropy { Entropy(seed: octets(32)) }

    private mutating func refill() {
        var work = state
        for _ in 0..<10 {
            Self.quarterRound(&work, 0, 4, 8, 12)
            Self.quarterRound(&work, 1, 5, 9, 13)
            Self.quarterRound(&work, 2, 6, 10, 14)
            Self.quarterRound(&work, 3, 7, 11, 15)
            Self.quarterRound(&work, 0, 5, 10, 15)
            Self.quarterRound(&work, 1, 6, 11, 12)
            Self.quarterRound(&work, 2, 7, 8, 13)
            Self.quarterRound(&work, 3, 4, 9, 14)
        }
        for word in 0..<16 { block[word] = work[word] &+ state[word] }
        state[12] &+= 1
        if state[12] == 0 { state[13] &+= 1 }
        used = 0
    }

    private static func quarterRound(_ x: inout InlineArray<16, UInt32>, _ a: Int, _ b: Int, _ c: Int, _ d: Int) {
        x[a] &+= x[b]
        x[d] = rotate(x[d] ^ x[a], by: 16)
        x[c] &+= x[d]
        x[b] = rotate(x[b] ^ x[c], by: 12)
        x[a] &+= x[b]
        x[d] = rotate(x[d] ^ x[a], by: 8)
        x[c] &+= x[d]
        x[b] = rotate(x[b] ^ x[c], by: 7)
    }

    private static func rotate(_ word: UInt32, by bits: UInt32) -> UInt32 { word << bits | word >> (32 - bits) }
}
