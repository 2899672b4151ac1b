import Octets

/// Which INVITE and UPDATE transactions of a dialog are open, and what that forbids: RFC 3261 §14, RFC 3311 §5.2.
package struct ModificationGuard: Sendable, Equatable {
    package enum Verdict: Equatable, Sendable {
        case accept
        /// 491: ours is in progress (§14.2).
        case requestPending
        /// 500 with a Retry-After of 0 to 10 s: the peer's last one has no final answer yet (§14.2, RFC 3311 §5.2).
        case overlapping
    }

    /// An INVITE of the peer's, until its final response and, for a 2xx, until the ACK (§14.1).
    package enum ServerInvite: Equatable, Sendable { case none, proceeding, awaitingAcknowledgement }

    package private(set) var clientInvite = false
    package private(set) var serverInvite = ServerInvite.none
    package private(set) var clientUpdate = false
    package private(set) var serverUpdate = false

    package init() {}

    /// §14.1: no new INVITE while one is in progress in either direction.
    package var mayInvite: Bool { !clientInvite && serverInvite == .none }
    /// One UPDATE at a time: the peer would have to refuse a second one (RFC 3311 §5.2).
    package var mayUpdate: Bool { !clientUpdate }

    package mutating func sent(_ method: Method) {
        switch method {
        case .invite: clientInvite = true
        case .update: clientUpdate = true
        default: break
        }
    }

    /// The final response to one of ours, or its transaction has failed.
    package mutating func finished(_ method: Method) {
        switch method {
        case .invite: clientInvite = false
        case .update: clientUpdate = false
        default: break
        }
    }

    /// A request of the peer's; when it is accepted it counts as open.
    package mutating func receive(_ method: Method) -> Verdict {
        switch method {
        case .invite:
            // An INVITE whose 2xx waits for its ACK has its final response: the next one is no longer too early.
            guard serverInvite != .proceeding else { return .overlapping }
            guard !clientInvite else { return .requestPending }
            serverInvite = .proceeding
        case .update:
            guard !serverUpdate else { return .overlapping }
            serverUpdate = true
        default: break
        }
        return .accept
    }

    /// We have answered one of the peer's for good.
    package mutating func answered(_ method: Method, _ status: Status) {
        guard status.isFinal else { return }
        switch method {
        case .invite: serverInvite = status.isSuccess ? .awaitingAcknowledgement : .none
        case .update: serverUpdate = false
        default: break
        }
    }

    /// The ACK for our 2xx has come, or will not come any more.
    package mutating func acknowledged() {
        if serverInvite == .awaitingAcknowledgement { serverInvite = .none }
    }

    /// How long to wait after a 491, §14.1, RFC 3311 §5.3: 2.1 to 4 s for the owner of the Call-ID, else 0 to 2 s, in
    /// steps of 10 ms.
    package static func retryDelay(ownsCallID: Bool, entropy: inout Entropy) -> Duration {
        let steps = ownsCallID ? 210 + entropy.next32() % 191 : entropy.next32() % 201
        return .milliseconds(10 * Int64(steps))
    }

    /// The Retry-After of a 500, §14.2: 0 to 10 s.
    package static func retryAfter(entropy: inout Entropy) -> Int { Int(entropy.next32() % 11) }
}
