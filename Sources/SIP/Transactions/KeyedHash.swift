import Octets

/// SipHash-2-4 with 128 bits of output (Aumasson and Bernstein, 2012), fed piece by piece.
///
/// Under a key nobody else knows it makes names of transactions that cannot be aimed at each other.
package struct KeyedHash: Sendable {
    private var v0: UInt64
    private var v1: UInt64
    private var v2: UInt64
    private var v3: UInt64
    private var tail: UInt64 = 0
    private var length: UInt64 = 0

    package init(key: (UInt64, UInt64)) {
        v0 = key.0 ^ 0x736f_6d65_7073_6575
        v1 = key.1 ^ 0x646f_7261_6e64_6f6d ^ 0xee
        v2 = key.0 ^ 0x6c79_6765_6e65_7261
        v3 = key.1 ^ 0x7465_6462_7974_6573
    }

    @inline(__always)
    package mutating func combine(octet: UInt8) {
        tail |= UInt64(octet) &<< (8 &* (length & 7))
        length &+= 1
        if length & 7 == 0 {
            absorb(tail)
            tail = 0
        }
    }

    package mutating func combine(_ slice: OctetSlice) {
        for index in slice.indices { combine(octet: slice[index]) }
    }

    package mutating func combine(lowercased slice: OctetSlice) {
        for index in slice.indices { combine(octet: ASCII.lowercase(slice[index])) }
    }

    package mutating func combine(number: UInt64) {
        for shift in stride(from: UInt64(0), to: 64, by: 8) {
            combine(octet: UInt8(truncatingIfNeeded: number &>> shift))
        }
    }

    package consuming func finish() -> (UInt64, UInt64) {
        absorb(tail | length &<< 56)
        v2 ^= 0xee
        for _ in 0..<4 { round() }
        let first = v0 ^ v1 ^ v2 ^ v3
        v1 ^= 0xdd
        for _ in 0..<4 { round() }
        return (first, v0 ^ v1 ^ v2 ^ v3)
    }

    @inline(__always)
    private mutating func absorb(_ word: UInt64) {
        v3 ^= word
        round()
        round()
        v0 ^= word
    }

    @inline(__always)
    private mutating func round() {
        v0 &+= v1
        v1 = Self.rotate(v1, 13) ^ v0
        v0 = Self.rotate(v0, 32)
        v2 &+= v3
        v3 = Self.rotate(v3, 16) ^ v2
        v0 &+= v3
        v3 = Self.rotate(v3, 21) ^ v0
        v2 &+= v1
        v1 = Self.rotate(v1, 17) ^ v2
        v2 = Self.rotate(v2, 32)
    }

    @inline(__always)
    private static func rotate(_ word: UInt64, _ bits: UInt64) -> UInt64 { word &<< bits | word &>> (64 &- bits) }
}
