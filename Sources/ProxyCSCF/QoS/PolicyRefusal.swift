import Cx
import Diameter
import Rx
import SIP

/// Why the PCRF has not agreed, and what a phone is told where nothing goes on without it.
struct PolicyRefusal: Sendable {
    let status: Status
    /// Behind "the PCRF", and without the full stop.
    let sentence: String
    /// Seconds after which it may agree.
    var retryAfter: Int?
    /// Whether it may have the session all the same: it has said nothing.
    var mayBeKnown = false
    /// Whether it has lost the session.
    var isUnknownSession = false

    static let silent = PolicyRefusal(status: .serviceUnavailable, sentence: "does not answer", mayBeKnown: true)

    init(
        status: Status, sentence: String, retryAfter: Int? = nil, mayBeKnown: Bool = false
    ) {
        self.status = status
        self.sentence = sentence
        self.retryAfter = retryAfter
        self.mayBeKnown = mayBeKnown
    }

    init(_ failure: AskFailure) {
        switch failure {
        case .unableToDeliver: self.init(status: .serviceUnavailable, sentence: "cannot be reached")
        case .timeout: self = .silent
        case .tooBusy: self.init(status: .serviceUnavailable, sentence: "has too many requests of ours to answer")
        }
    }

    init(_ failure: CxDecodeFailure) {
        self.init(status: .serviceUnavailable, sentence: "answers what cannot be read: \(failure)")
    }

    /// TS 29.214 §5.5: what the request has asked for is 488, what the user may not have is 403; the rest is the network's
    /// trouble. The clause says nothing of SIP; the choice is ours.
    init(_ answer: AAAnswer) {
        let status: Status =
            switch answer.result {
            case .experimental(.invalidServiceInformation), .experimental(.filterRestrictions): .notAcceptableHere
            case .experimental(.requestedServiceNotAuthorized), .experimental(.unauthorizedNonEmergencySession),
                .base(.authorizationRejected):
                .forbidden
            default: .serviceUnavailable
            }
        self.init(
            status: status, sentence: "refuses: \(answer.result)",
            retryAfter: answer.retryInterval.map { Int(clamping: $0) })
        isUnknownSession = answer.result == .base(.unknownSessionID)
    }
}
