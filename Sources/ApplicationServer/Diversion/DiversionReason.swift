import SIP

/// Why a call is diverted, with the cause that RFC 4458 §2 and TS 24.604 give it in the URI of the new target.
package enum DiversionReason: CaseIterable, Sendable {
    case unconditional, busy, noReply, notReachable, notLoggedIn
    /// CD: the user's phone answered 3xx, before or while it rang.
    case deflection, deflectionWhileAlerting

    /// The status code of the `cause` parameter. 302, 404, 408, 480, 486, 487 and 503 are the values of RFC 4458's registry
    /// as TS 24.604 uses them; that text was not at hand.
    package var cause: Int {
        switch self {
        case .unconditional: 302
        case .busy: 486
        case .noReply: 408
        case .notReachable: 503
        case .notLoggedIn: 404
        case .deflection: 480
        case .deflectionWhileAlerting: 487
        }
    }

    /// The rule that provides for it; none for a deflection, whose target the phone gives.
    var condition: ForwardingCondition? {
        switch self {
        case .unconditional: .unconditional
        case .busy: .busy
        case .noReply: .noReply
        case .notReachable: .notReachable
        case .notLoggedIn: .notLoggedIn
        case .deflection, .deflectionWhileAlerting: nil
        }
    }

    /// What the caller gets when the call has been diverted too often, TS 24.604 §4.5.2.6.1 (not at hand).
    var refusal: Status { self == .busy ? .busyHere : .temporarilyUnavailable }
}
