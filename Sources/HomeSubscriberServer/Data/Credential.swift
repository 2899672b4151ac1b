import AKA
import Cx
import IMS
import Octets
import SIP

/// What proves that somebody is the owner of a private identity, TS 33.203; it decides the scheme that is served.
package enum Credential: Equatable, Sendable {
    /// A SIM: Digest-AKAv1-MD5, RFC 3310.
    case aka(SubscriberSecrets)
    /// SIP Digest, TS 33.203 Annex N.
    case digest(DigestSecret)
    /// GIBA, TS 33.203 Annex T: the address of the bearer, which the access network vouches for.
    case address(BearerAddress)
    /// A private service identity (TS 23.228 §5.4.12): nobody registers with it.
    case none

    /// nil for an identity that nobody authenticates with.
    package var scheme: AuthenticationScheme? {
        switch self {
        case .aka: .digestAKAv1MD5
        case .digest: .sipDigest
        case .address: .earlyIMSSecurity
        case .none: nil
        }
    }
}

/// H(A1) of RFC 7616 §3.4.2 with MD5; the password itself is nowhere kept.
package struct DigestSecret: Equatable, Sendable {
    /// Digest-Realm, TS 29.229 §6.3.37.
    package var realm: String
    /// Digest-HA1, TS 29.229 §6.3.40.
    package var ha1: Secret128

    package init(realm: String, ha1: Secret128) {
        self.realm = realm
        self.ha1 = ha1
    }

    /// - Parameter user: the private identity, which is the user name of the digest (TS 33.203 Annex N.2.1.1).
    package init?(user: PrivateIdentity, realm: String, password: String) {
        let digits = DigestAccess.secret(
            .md5, username: OctetSlice(user.text), realm: OctetSlice(realm), password: Array(password.utf8))
        guard let ha1 = Secret128(hex: String(decoding: digits, as: UTF8.self)) else { return nil }
        self.init(realm: realm, ha1: ha1)
    }

    /// As it goes to an S-CSCF.
    package var revealedCredential: DigestCredential {
        DigestCredential(realm: realm, algorithm: "MD5", ha1: ha1.revealedHex)
    }
}
