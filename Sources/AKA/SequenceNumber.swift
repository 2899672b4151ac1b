import Octets

/// SQN = SEQ ‖ IND, TS 33.102 Annex C.1.1.1: 43 bits that count and 5 bits that name a slot of the USIM's array.
package struct SequenceNumber: RawRepresentable, Hashable, Comparable, Sendable {
    /// Below 2^48.
    package let rawValue: UInt64

    /// Length of IND, TS 33.102 Annex C.3.2: an array of 32 slots.
    package static let indexBits: UInt64 = 5
    package static let slots = 1 << Int(indexBits)
    package static let highestSEQ: UInt64 = 1 << (48 - indexBits) - 1
    /// Δ, TS 33.102 Annex C.3.2: how far ahead of its own counter a USIM accepts a SEQ.
    package static let delta: UInt64 = 1 << 28

    package static let zero = SequenceNumber(unchecked: 0)

    /// nil at or above 2^48.
    package init?(rawValue: UInt64) {
        guard rawValue < 1 << 48 else { return nil }
        self.rawValue = rawValue
    }

    /// nil when a part does not fit its bits.
    package init?(seq: UInt64, ind: UInt8) {
        guard seq <= Self.highestSEQ, Int(ind) < Self.slots else { return nil }
        rawValue = seq << Self.indexBits | UInt64(ind)
    }

    init(unchecked rawValue: UInt64) { self.rawValue = rawValue & (1 << 48 - 1) }

    package var seq: UInt64 { rawValue >> Self.indexBits }
    package var ind: UInt8 { UInt8(rawValue & UInt64(Self.slots - 1)) }

    /// The number after this one in slot `ind`: SEQ + 1 ‖ IND.
    ///
    /// nil when SEQ has reached its end: a counter that wrapped would use numbers again (TS 33.102 Annex C.1.1.1).
    /// - Precondition: `ind` is below 32.
    package func next(ind: UInt8) -> SequenceNumber? {
        precondition(Int(ind) < Self.slots, "IND has five bits")
        return SequenceNumber(seq: seq + 1, ind: ind)
    }

    /// Six octets, the most significant first.
    package var octets: [UInt8] { (0..<6).map { UInt8(truncatingIfNeeded: rawValue >> UInt64(40 - 8 * $0)) } }

    /// nil unless the text is twelve hexadecimal digits.
    package init?(hex text: String) {
        guard text.utf8.count == 12, let value = UInt64(text, radix: 16) else { return nil }
        self.init(rawValue: value)
    }

    package var hex: String { Hex.encode(octets) }

    package static func < (left: SequenceNumber, right: SequenceNumber) -> Bool { left.rawValue < right.rawValue }
}

extension SequenceNumber: CustomStringConvertible {
    package var description: String { hex }
}
