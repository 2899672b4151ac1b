import IMS
import Octets
import SIP

/// About whom the HSS is asked for a request: the callee, or the user on whose behalf an application server calls,
/// TS 24.229 §5.3.2.1.
struct ServedIdentity: Equatable, Sendable {
    let identity: PublicIdentity
    let isOriginating: Bool
}

extension ServedIdentity {
    /// The callee. A SIP URI that is a telephone number (`user=phone`, RFC 3261 §19.1.6) becomes the tel URI, in the
    /// request too, so that the S-CSCF finds the identity by the same text. A GRUU stays in the request; the HSS is asked
    /// for the identity that it belongs to (RFC 5627 §3.1.1).
    static func callee(of request: inout SIPMessage) throws(SIPSyntaxError) -> ServedIdentity? {
        var uri = try request.parsedRequestURI()
        if case .sip(let sip) = uri, !sip.isGRUU, let number = sip.telephoneNumber, number.isGlobal {
            uri = .tel(number)
            request.setRequestURI(uri.text)
        }
        return of(uri, isOriginating: false)
    }

    /// P-Served-User (RFC 5502), or without it the first P-Asserted-Identity (RFC 3325); nil when neither says whom.
    static func caller(of request: SIPMessage) throws(SIPSyntaxError) -> ServedIdentity? {
        if let served = try request.first(PServedUser.self) {
            return of(try served.address.parsedURI(), isOriginating: true)
        }
        guard let asserted = try request.first(PAssertedIdentity.self) else { return nil }
        return of(try asserted.address.parsedURI(), isOriginating: true)
    }

    private static func of(_ uri: URI, isOriginating: Bool) -> ServedIdentity? {
        var uri = uri
        if case .sip(var sip) = uri {
            if let number = sip.telephoneNumber, number.isGlobal, isOriginating {
                uri = .tel(number)
            } else {
                // RFC 5630 §3.1: the user is the same by either scheme; the HSS knows users by `sip`.
                sip.isSecure = false
                uri = .sip(sip)
            }
        }
        return PublicIdentity(uri).map { ServedIdentity(identity: $0, isOriginating: isOriginating) }
    }
}
