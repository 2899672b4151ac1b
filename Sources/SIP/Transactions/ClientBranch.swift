import Octets

/// The branch of our own requests (RFC 3261 §8.1.1.7): `z9hG4bK`, 64 random bits, the place of the transaction, and
/// for forwarded requests the loop mark of RFC 5393 §4.2.1.
///
/// A response finds its transaction by the place, without a table, and proves itself by the random part.
struct ClientBranch: Equatable, Sendable {
    var random: UInt64
    var slot: SlotID
    var loopMark: UInt64?

    init(random: UInt64, slot: SlotID, loopMark: UInt64?) {
        self.random = random
        self.slot = slot
        self.loopMark = loopMark
    }

    /// nil when this is no branch of ours.
    init?(parsing text: OctetSlice) {
        let start = text.start + 7
        guard TransactionKey.hasMagicCookie(text), text.count > 7 + 17, text[start + 16] == Self.separator,
            let random = Self.hexadecimal(text[start..<start + 16])
        else { return nil }
        let rest = text[start + 17..<text.end]
        let stop = rest.firstIndex(of: Self.separator)
        guard let slot = Self.hexadecimal(rest[rest.start..<(stop ?? rest.end)]) else { return nil }
        self.random = random
        self.slot = SlotID(rawValue: slot)
        if let stop {
            guard let mark = Self.hexadecimal(rest[stop + 1..<rest.end]) else { return nil }
            loopMark = mark
        }
    }

    func write(to writer: inout OctetWriter) {
        writer.write("z9hG4bK")
        Self.write(random, digits: 16, to: &writer)
        writer.write(Self.separator)
        Self.write(slot.rawValue, digits: 1, to: &writer)
        guard let loopMark else { return }
        writer.write(Self.separator)
        Self.write(loopMark, digits: 16, to: &writer)
    }

    private static let separator = UInt8(ascii: "-")

    private static func hexadecimal(_ text: OctetSlice) -> UInt64? {
        guard (1...16).contains(text.count) else { return nil }
        var value: UInt64 = 0
        for index in text.indices {
            guard let digit = Hex.value(text[index]) else { return nil }
            value = value << 4 | UInt64(digit)
        }
        return value
    }

    private static func write(_ value: UInt64, digits: Int, to writer: inout OctetWriter) {
        let needed = max(digits, (67 - value.leadingZeroBitCount) / 4)
        for position in stride(from: needed - 1, through: 0, by: -1) {
            writer.write(Hex.digit(UInt8(truncatingIfNeeded: value >> UInt64(4 * position)) & 15))
        }
    }
}
