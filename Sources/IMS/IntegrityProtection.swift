import Octets
import SIP

/// What a P-CSCF says of the way by which a REGISTER came, in `integrity-protected` of its Authorization: TS 24.229
/// §7.2A.2. Which scheme the phone speaks shows from it too. The clause could not be read; the values and their meanings
/// agree with public descriptions of it, and those of TLS and of addresses with what Clearwater's bono writes.
package enum IntegrityProtection: String, Sendable, CaseIterable {
    /// Through the security associations of the private identity: AKA.
    case securityAssociation = "yes"
    /// Not protected: AKA.
    case unprotected = "no"
    /// Over a TLS session that is bound to the private identity: SIP Digest.
    case tls = "tls-yes"
    /// Over one that is not yet: SIP Digest.
    case tlsPending = "tls-pending"
    /// From an address and port that are bound to the private identity: SIP Digest.
    case address = "ip-assoc-yes"
    /// From others, with the response to a challenge: SIP Digest.
    case addressPending = "ip-assoc-pending"
    /// Over a TLS session that was there before the registration, by a phone with AKA.
    case tlsConnected = "tls-connected"
    /// By a trusted node that has authenticated the user itself.
    case authenticated = "auth-done"

    /// nil when nothing is said, or nothing that we know.
    package init?(_ credentials: Credentials) {
        guard let value = credentials.integrityProtected, value.count <= 16 else { return nil }
        self.init(rawValue: value.string.lowercased())
    }

    /// Whether the request itself proves who sent it. An address does not: it only says where the packet came from.
    package var authenticates: Bool {
        switch self {
        case .securityAssociation, .tls: true
        case .unprotected, .tlsPending, .address, .addressPending, .tlsConnected, .authenticated: false
        }
    }
}
