import Cx
import Diameter
import IMS
import SIP

// What a caller is told when no server can be found for a request: TS 24.229 §5.3.2.1, §5.3.2.2.
extension LocationQuery {
    typealias Problem = InterrogatingCSCF.Problem

    /// A LIA that names nobody.
    func refusal(for result: CxResult) -> Problem {
        let identity = served.identity.text
        switch result {
        case .userUnknown: return unknown(identity)
        case .identityNotRegistered:
            return Problem(
                .temporarilyUnavailable, "NOT_REGISTERED",
                "\(identity) is not registered and has no services while it is not",
                hint: "see imsctl registrations; services for the unregistered state are filter criteria of its profile"
            )
        case .base(.authorizationRejected):
            return Problem(
                .notFound, "IDENTITY_BARRED", "the public identity \(identity) is barred",
                hint: "see imsctl subscriber show: barred identities belong to nobody outside the core")
        case .base(.unableToDeliver), .base(.realmNotServed), .base(.tooBusy), .base(.outOfSpace),
            .base(.unableToComply), .base(.resourcesExceeded):
            return Problem(
                .temporarilyUnavailable, "HSS_UNAVAILABLE", "the HSS cannot say now who serves \(identity): \(result)",
                hint: "see the log of the hss: its disk, its database, its load")
        default:
            return Problem(.notFound, "HSS_REFUSED", "the HSS refused to say who serves \(identity): \(result)")
        }
    }

    private func unknown(_ identity: String) -> Problem {
        let isNumber = identity.utf8.starts(with: "tel:".utf8)
        return Problem(
            .notFound, "UNKNOWN_SUBSCRIBER", "the HSS knows no subscriber with the identity \(identity)",
            hint: isNumber
                ? "a number of nobody here; towards other networks it is the caller's S-CSCF that routes numbers"
                : "compare the identity with imsctl subscriber list")
    }

    func askFailed(_ failure: AskFailure) -> Problem {
        let sentence =
            switch failure {
            case .unableToDeliver: "no HSS is connected over Diameter Cx"
            case .timeout: "the HSS did not answer the Location-Info-Request in time"
            case .tooBusy: "too many requests wait for the HSS already"
            }
        return Problem(
            .temporarilyUnavailable, "HSS_UNREACHABLE", sentence,
            hint: "see whether the hss is up: imsctl status, imsctl peers")
    }

    func answerUnreadable(_ sentence: String) -> Problem {
        Problem(
            .temporarilyUnavailable, "HSS_ANSWER_UNREADABLE", "the HSS's answer could not be understood: \(sentence)")
    }

    /// Nobody of those who could serve the request has answered.
    var unreachable: Problem {
        let name = destination?.name ?? "of \(served.identity)"
        guard destination?.isServingCSCF ?? true else {
            return Problem(
                .serverTimeout, "AS_UNREACHABLE", "the application server \(name) does not answer",
                hint: "it serves \(served.identity) itself; see whether it is up")
        }
        return Problem(
            .serverTimeout, "SCSCF_UNREACHABLE",
            "the S-CSCF \(name) \(isRetry ? "does not answer, nor did the others" : "does not answer")",
            hint: "see whether the scscf is up: imsctl status")
    }

    /// The name leads nowhere.
    func unknownHost(_ destination: Destination) -> Problem {
        Problem(
            .serverTimeout, "AS_UNKNOWN_HOST", "the application server \(destination.name) cannot be located",
            hint: "name its host and address under hosts in the I-CSCF's configuration")
    }
}
