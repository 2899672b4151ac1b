/// The integrity algorithms of IPsec-3GPP as `alg` names them: RFC 3329 appendix A.
package enum IntegrityAlgorithm: String, Sendable, CaseIterable {
    case hmacSHA1 = "hmac-sha-1-96"
    case hmacMD5 = "hmac-md5-96"
    /// RFC 4543. The name is that of TS 33.203 Annex H, as OpenSIPS has it too.
    case aesGMAC = "aes-gmac"
    /// Only beside `aes-gcm`, which protects integrity itself; name as above.
    case null
}

/// The encryption algorithms of IPsec-3GPP as `ealg` names them: RFC 3329 appendix A, TS 33.203 Annex H.
package enum EncryptionAlgorithm: String, Sendable, CaseIterable {
    case null
    /// RFC 3602. The name is that of TS 33.203 Annex H, as are those below, which OpenSIPS and Kamailio have too.
    case aesCBC = "aes-cbc"
    /// RFC 4106 with a tag of 16 octets.
    case aesGCM = "aes-gcm"
}

/// How a security association protects what it carries: a pair of algorithms that go together.
package struct SecurityAlgorithms: Hashable, Sendable, CustomStringConvertible {
    package let integrity: IntegrityAlgorithm
    package let encryption: EncryptionAlgorithm

    /// nil for a pair that does not exist: integrity is never null but beside AES-GCM, which replaces both, and GMAC
    /// stands alone.
    package init?(_ integrity: IntegrityAlgorithm, _ encryption: EncryptionAlgorithm) {
        switch (integrity, encryption) {
        case (.hmacSHA1, .null), (.hmacSHA1, .aesCBC), (.hmacMD5, .null), (.hmacMD5, .aesCBC), (.aesGMAC, .null),
            (.null, .aesGCM):
            self.integrity = integrity
            self.encryption = encryption
        case (.null, .null), (.null, .aesCBC), (.hmacSHA1, .aesGCM), (.hmacMD5, .aesGCM), (.aesGMAC, .aesCBC),
            (.aesGMAC, .aesGCM):
            return nil
        }
    }

    /// `hmac-sha-1-96/aes-cbc`: as configurations write a pair.
    package init?(_ text: String) {
        let names = text.split(separator: "/", omittingEmptySubsequences: false)
        guard names.count == 2, let integrity = IntegrityAlgorithm(rawValue: String(names[0])),
            let encryption = EncryptionAlgorithm(rawValue: String(names[1]))
        else { return nil }
        self.init(integrity, encryption)
    }

    package var description: String { "\(integrity.rawValue)/\(encryption.rawValue)" }

    /// Every pair there is, the strongest first.
    package static let all: [SecurityAlgorithms] = EncryptionAlgorithm.allCases.reversed().flatMap { encryption in
        IntegrityAlgorithm.allCases.compactMap { SecurityAlgorithms($0, encryption) }
    }
}
