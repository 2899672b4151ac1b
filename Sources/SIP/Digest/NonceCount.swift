import Octets

/// The nonce count of one nonce, RFC 2617 §3.2.2: eight hexadecimal digits, each request higher than the one before.
///
/// Requests over UDP may overtake each other; a count below the highest that has not been seen is accepted within a
/// window (RFC 7616 §5.12 leaves that to the server).
package struct NonceCount: Sendable, Equatable {
    private var highest: UInt32 = 0
    /// Bit n: `highest - n` has been seen.
    private var seen: UInt64 = 0
    private let window: UInt32

    /// - Parameter window: 1 to 64, others are taken for the nearest; 1 wants each count higher than all before.
    package init(window: Int = 64) { self.window = UInt32(min(max(window, 1), 64)) }

    /// Eight hexadecimal digits; nil for anything else.
    package static func parse(_ text: OctetSlice) -> UInt32? {
        guard text.count == 8 else { return nil }
        var value: UInt32 = 0
        for index in text.indices {
            guard let digit = Hex.value(text[index]) else { return nil }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    package static func text(_ count: UInt32) -> String {
        Hex.encode((0..<4).map { UInt8(truncatingIfNeeded: count >> UInt32(24 - 8 * $0)) })
    }

    /// Whether a request with this count is new; it is not a second time.
    package mutating func accept(_ count: UInt32) -> Bool {
        guard count > 0 else { return false }
        if count > highest {
            let step = count - highest
            seen = step < 64 ? seen << UInt64(step) | 1 : 1
            highest = count
            return true
        }
        let age = highest - count
        guard age < window, seen & (1 << UInt64(age)) == 0 else { return false }
        seen |= 1 << UInt64(age)
        return true
    }

    package mutating func accept(_ text: OctetSlice) -> Bool {
        guard let count = Self.parse(text) else { return false }
        return accept(count)
    }
}
