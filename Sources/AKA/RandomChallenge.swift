import Octets

/// RAND, the random challenge of TS 33.102 §6.3.2: 128 bits.
package struct RandomChallenge: Hashable, Sendable {
    let value: UInt128

    package init(from entropy: inout Entropy) {
        value = UInt128(entropy.next64()) << 64 | UInt128(entropy.next64())
    }

    /// nil unless there are sixteen octets.
    package init?(octets: OctetSlice) {
        guard let value = UInt128(bigEndian: octets) else { return nil }
        self.value = value
    }

    package init?(octets: [UInt8]) { self.init(octets: OctetSlice(octets)) }

    package var octets: [UInt8] { value.bigEndianOctets }
}

/// AMF, the authentication management field of TS 33.102 §6.3.2: 16 bits.
package struct AuthenticationManagementField: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The separation bit set, all else zero (TS 33.102 Annex H).
    package static let standard = AuthenticationManagementField(rawValue: 0x8000)
    /// What MAC-S is computed with, TS 33.102 §6.3.3: resynchronisation carries no AMF.
    package static let resynchronisation = AuthenticationManagementField(rawValue: 0)

    /// nil unless the text is four hexadecimal digits.
    package init?(hex text: String) {
        guard text.utf8.count == 4, let value = UInt16(text, radix: 16) else { return nil }
        rawValue = value
    }

    package var hex: String {
        let digits = String(rawValue, radix: 16)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}
