/// The keys of a security association, made of the CK and IK of an AKA challenge: TS 33.203 §7.1 and Annex I (not checked
/// against their text; `handset.md` of the project's notes has them).
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
            case .aesGMAC: integrityKey + Self.zeros
            case .null: []
            }
        encryption =
            switch algorithms.encryption {
            case .null: []
            case .aesCBC: cipherKey
            case .aesGCM: cipherKey + Self.zeros
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

    /// HMAC-SHA-1-96 wants 160 bits: IK and 32 zero bits. GCM and GMAC want a salt of 32 bits behind the key (RFC 4106
    /// §8.1, RFC 4543 §5.1); that it is zero as well could not be confirmed.
    private static let zeros: [UInt8] = [0, 0, 0, 0]
}
