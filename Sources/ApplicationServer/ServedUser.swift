import IMS
import SIP

/// On whose behalf, and in which case, the S-CSCF asks: P-Served-User, RFC 5502 §4.
struct ServedUser: Equatable, Sendable {
    enum SessionCase: Equatable, Sendable {
        case originating, terminating
        /// The request is one that the user has diverted (RFC 8498: `orig-cdiv`).
        case originatingAfterDiversion
    }

    let identity: PublicIdentity
    let sessionCase: SessionCase
    /// Registered, too, when nothing is said.
    let isRegistered: Bool

    /// nil without the header, or when it does not name a user and a case.
    init?(_ request: SIPMessage) {
        do throws(SIPSyntaxError) {
            guard let header = try request.first(PServedUser.self),
                let identity = PublicIdentity(try header.address.parsedURI())
            else { return nil }
            self.identity = identity
            isRegistered = header.isRegistered ?? true
            switch header.sessionCase {
            case .originatingAfterDiversion: sessionCase = .originatingAfterDiversion
            case .originating:
                // An S-CSCF that does not know `orig-cdiv` says so: a request of a phone has no diversions behind it.
                let isDiverted = DiversionHistory.diversions(of: request) > 0
                sessionCase = isDiverted ? .originatingAfterDiversion : .originating
            case .terminating: sessionCase = .terminating
            case nil: return nil
            }
        } catch { return nil }
    }
}
