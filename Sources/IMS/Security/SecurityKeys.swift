import Crypto

/// The keys of a security association, made of the CK and IK of an AKA challenge: TS 33.203 Annex I (as others quote it, its
/// text was not at hand; OpenSIPS' module proto_ipsec has it word for word).
///
/// Each is as the kernel takes it for its algorithm; empty where the algorithm is null.
package struct SecurityKeys: Sendable, Equatable {
    package let integrity: [UInt8]
    package let encryption: [UInt8]

    /// - Parameters:
    ///   - integrityKey: IK, 16 octets.
    ///   - cipherKey: CK, 16 octets.
    /// - Returns: nil when a key has another length.
    package init?(_ algorithms: SecurityAlgorithms, integrityKey: [UInt8], cipherKey: [UInt8]) {
        guard integrityKey.count == 16, cipherKey.count == 16 else { return nil }
        integrity =
            switch algorithms.integrity {
            case .hmacMD5: integrityKey
            case .hmacSHA1: integrityKey + Self.zeros
            case .aesGMAC: integrityKey + Self.salt("AES_GMAC_SALT", 0x58, cipherKey, integrityKey)
            case .null: []
            }
        encryption =
            switch algorithms.encryption {
            case .null: []
            case .aesCBC: cipherKey
            case .aesGCM: cipherKey + Self.salt("AES_GCM_SALT", 0x59, cipherKey, integrityKey)
            }
    }

    /// As they were made before.
    ///
    /// - Returns: nil when one has not the length that its algorithm wants.
    package init?(_ algorithms: SecurityAlgorithms, integrity: [UInt8], encryption: [UInt8]) {
        let zeros = [UInt8](repeating: 0, count: 16)
        guard let model = SecurityKeys(algorithms, integrityKey: zeros, cipherKey: zeros),
            integrity.count == model.integrity.count, encryption.count == model.encryption.count
        else { return nil }
        self.integrity = integrity
        self.encryption = encryption
    }

    /// HMAC-SHA-1-96 wants 160 bits: IK and 32 zero bits.
    private static let zeros: [UInt8] = [0, 0, 0, 0]

    /// GCM and GMAC want a salt of 32 bits behind the key (RFC 4106 §8.1, RFC 4543 §5.1): the last of what the key
    /// derivation function of TS 33.220 §B.2 makes of CK‖IK, HMAC-SHA-256 over FC‖P0‖L0.
    private static func salt(
        _ name: StaticString, _ function: UInt8, _ cipherKey: [UInt8], _ integrityKey: [UInt8]
    ) -> [UInt8] {
        let parameter = Array(name.description.utf8)
        let text = [function] + parameter + [0, UInt8(truncatingIfNeeded: parameter.count)]
        return Array(HMAC<SHA256>.authenticationCode(for: text, using: SymmetricKey(data: cipherKey + integrityKey)))
            .suffix(4)
    }
}
