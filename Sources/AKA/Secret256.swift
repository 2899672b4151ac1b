import Octets

/// A secret of 256 bits: K, TOP or TOPc of TS 35.231. Like `Secret128` it never shows itself.
package struct Secret256: Equatable, Sendable {
    let high: UInt128
    let low: UInt128

    init(high: UInt128, low: UInt128) {
        self.high = high
        self.low = low
    }

    /// nil unless there are 32 octets.
    package init?(octets: OctetSlice) {
        guard octets.count == 32 else { return nil }
        var high: UInt128 = 0
        var low: UInt128 = 0
        for index in octets.indices {
            if index < octets.start + 16 {
                high = high << 8 | UInt128(octets[index])
            } else {
                low = low << 8 | UInt128(octets[index])
            }
        }
        self.init(high: high, low: low)
    }

    package init?(octets: [UInt8]) { self.init(octets: OctetSlice(octets)) }

    /// nil unless the text is 64 hexadecimal digits.
    package init?(hex text: String) {
        guard text.utf8.count == 64, let octets = Hex.decode(text) else { return nil }
        self.init(octets: octets)
    }

    package var revealedOctets: [UInt8] { high.bigEndianOctets + low.bigEndianOctets }
    package var revealedHex: String { Hex.encode(revealedOctets) }

    /// True for the value of a key nobody has set: 32 zero octets.
    package var isZero: Bool { high == 0 && low == 0 }
}

extension Secret256: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "(secret)" }
    package var debugDescription: String { "(secret)" }
    package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
