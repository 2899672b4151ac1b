import Octets
import SIP

/// How ESP is used, `mod` of RFC 3329 appendix A and TS 33.203 Annex H. `tun` is not for IMS.
package enum SecurityMode: String, Sendable, CaseIterable {
    case transport = "trans"
    /// Behind a NAT.
    case udpEncapsulatedTunnel = "UDP-enc-tun"
}

extension SecurityMechanism {
    /// nil where the mechanism is no ESP of IPsec-3GPP, or in another mode. Transport where none is named.
    package var securityMode: SecurityMode? {
        guard isIPsec3GPP, ipsecProtocol?.equalsIgnoringCase("esp") ?? true else { return nil }
        guard let mode = mode?.string.lowercased() else { return .transport }
        return SecurityMode.allCases.first { $0.rawValue.lowercased() == mode }
    }

    /// nil where the pair does not exist or the mechanism is another. Without `ealg` nothing is encrypted; AES-GCM
    /// alone needs no `alg`.
    package var algorithms: SecurityAlgorithms? {
        guard securityMode != nil else { return nil }
        let encryption = encryptionAlgorithm?.string.lowercased() ?? EncryptionAlgorithm.null.rawValue
        let integrity =
            integrityAlgorithm?.string.lowercased()
            ?? (encryption == EncryptionAlgorithm.aesGCM.rawValue ? IntegrityAlgorithm.null.rawValue : "")
        return SecurityAlgorithms("\(integrity)/\(encryption)")
    }
}
