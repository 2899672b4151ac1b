import IMS
import Octets
import SIP

/// Why a subscription to registration state is refused.
enum WatcherFault: Error, Equatable, Sendable {
    /// Nobody vouches for the subscriber.
    case anonymous
    /// TS 24.229 §5.4.2.1.1: neither the user, nor a proxy of his, nor an application server of his.
    case notAllowed(subscriber: String, resource: PublicIdentity)
    case tooManyForUser(Int), tooMany
    /// RFC 6665 §4.2.1.1: another package, too short a time, no body type that both know.
    case unfit(Status)
    /// The SUBSCRIBE makes no dialog.
    case malformed(String)

    var status: Status {
        switch self {
        case .anonymous, .notAllowed, .tooManyForUser: .forbidden
        case .tooMany: .serviceUnavailable
        case .unfit(let status): status
        case .malformed: .badRequest
        }
    }

    var refusal: Refusal {
        let answer = "\(status.rawValue)"
        switch self {
        case .anonymous:
            return Refusal(
                "WATCHER_ANONYMOUS", answer: answer,
                "The SUBSCRIBE to registration state has no P-Asserted-Identity: nobody says who subscribes.",
                hint: "The P-CSCF asserts the phone's identity; application servers and P-CSCFs assert their own.")
        case .notAllowed(let subscriber, let resource):
            return Refusal(
                "WATCHER_NOT_ALLOWED", answer: answer,
                "\(subscriber) may not watch the registration of \(resource).",
                hint: """
                    It is open to the user's own identities that are not barred, to the P-CSCFs on the path of a \
                    contact and to the application servers of the user's filter criteria.
                    """)
        case .tooManyForUser(let limit):
            return Refusal(
                "TOO_MANY_WATCHERS", answer: answer, "The user's registration has \(limit) watchers already.",
                hint: "A watcher that subscribes again and again, instead of refreshing, fills the places.")
        case .tooMany:
            return Refusal(
                "TOO_MANY_SUBSCRIPTIONS", answer: answer,
                "This S-CSCF holds as many subscriptions to registration state as it may.")
        case .unfit(let status):
            return Refusal(
                "SUBSCRIPTION_UNFIT", answer: answer,
                "The subscription to registration state cannot be had like this: \(status.defaultReason).")
        case .malformed(let what):
            return Refusal("MALFORMED_SUBSCRIBE", answer: answer, "The SUBSCRIBE is malformed: \(what).")
        }
    }
}
