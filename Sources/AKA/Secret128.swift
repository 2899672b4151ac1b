import Octets

/// A secret of 128 bits: K, OP or OPc of TS 35.206 §2.3.
///
/// It never shows itself: neither its description nor its mirror gives an octet away. Whoever needs the octets asks by name.
package struct Secret128: Equatable, Sendable {
    let value: UInt128

    init(value: UInt128) { self.value = value }

    /// nil unless there are sixteen octets.
    package init?(octets: OctetSlice) {
        guard let value = UInt128(bigEndian: octets) else { return nil }
        self.value = value
    }

    package init?(octets: [UInt8]) { self.init(octets: OctetSlice(octets)) }

    /// nil unless the text is 32 hexadecimal digits.
    package init?(hex text: String) {
        guard text.utf8.count == 32, let octets = Hex.decode(text) else { return nil }
        self.init(octets: octets)
    }

    package var revealedOctets: [UInt8] { value.bigEndianOctets }
    package var revealedHex: String { Hex.encode(value.bigEndianOctets) }

    /// True for the value of a key nobody has set: sixteen zero octets.
    package var isZero: Bool { value == 0 }
}

extension Secret128: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "(secret)" }
    package var debugDescription: String { "(secret)" }
    package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

extension UInt128 {
    /// Sixteen octets, the most significant first; nil for any other count.
    init?(bigEndian octets: OctetSlice) {
        guard octets.count == 16 else { return nil }
        self = 0
        for index in octets.indices { self = self << 8 | UInt128(octets[index]) }
    }

    var bigEndianOctets: [UInt8] { withUnsafeBytes(of: bigEndian) { Array($0) } }

    /// Cyclic rotation towards the most significant bit.
    func rotated(left bits: UInt128) -> UInt128 { bits == 0 ? self : self << bits | self >> (128 - bits) }
}
