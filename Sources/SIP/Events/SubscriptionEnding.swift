import Octets

/// Why a subscription is over, and what that says about trying again: RFC 6665 §4.1.2, §4.1.3.
package enum SubscriptionEnding: Equatable, Sendable {
    /// The reasons of a NOTIFY with the state terminated, §4.1.3.
    case deactivated, probation, rejected, timeout, giveUp, noResource, invariant
    /// Terminated without a reason, or with one we do not know.
    case unspecified
    /// Timer N: no NOTIFY came.
    case noNotify
    /// The SUBSCRIBE was refused; nil when there was no response at all.
    case refused(Status?)
    /// We have ended it.
    case unsubscribed

    package enum Retry: Equatable, Sendable {
        case never
        /// At once; after repeated failures with a growing wait.
        case immediately
        /// After a growing wait, or what the notifier asks for.
        case later
    }

    package init(_ state: SubscriptionState) {
        guard let reason = state.reason else {
            self = .unspecified
            return
        }
        let known: [(StaticString, SubscriptionEnding)] = [
            ("deactivated", .deactivated), ("probation", .probation), ("rejected", .rejected), ("timeout", .timeout),
            ("giveup", .giveUp), ("noresource", .noResource), ("invariant", .invariant),
        ]
        self = known.first { reason.equalsIgnoringCase($0.0) }?.1 ?? .unspecified
    }

    package var retry: Retry {
        switch self {
        case .deactivated, .timeout, .unspecified, .giveUp: .immediately
        case .probation, .noNotify: .later
        case .rejected, .noResource, .invariant, .unsubscribed: .never
        case .refused(let status): Self.retry(refused: status)
        }
    }

    /// §4.1.3: whether `retry-after` means anything with this reason.
    package var heedsRetryAfter: Bool {
        switch self {
        case .probation, .giveUp, .unspecified, .noNotify, .refused: true
        case .deactivated, .rejected, .timeout, .noResource, .invariant, .unsubscribed: false
        }
    }

    /// What a server says for good is not asked again (RFC 3261 §21.4, §21.6).
    private static func retry(refused status: Status?) -> Retry {
        guard let status else { return .later }
        switch status.rawValue {
        case 408, 480, 481, 486, 491, 500, 503, 504, 600: return .later
        default: return .never
        }
    }
}

/// The wait before the next attempt to subscribe: doubles with each failure in a row and is spread, so that the
/// subscribers of a notifier that comes back do not come all at once.
package struct SubscriptionBackOff: Sendable, Equatable {
    package let base: Duration
    package let limit: Duration
    /// A subscription that stood so long was no failure.
    package let settled: Duration
    package private(set) var failures = 0

    package init(base: Duration = .seconds(5), limit: Duration = .seconds(1800), settled: Duration = .seconds(60)) {
        self.base = base
        self.limit = limit
        self.settled = settled
    }

    /// When to try again; nil for never.
    ///
    /// - Parameters:
    ///   - stood: how long the subscription was active or pending.
    ///   - retryAfter: seconds that the notifier asks for.
    package mutating func next(
        after ending: SubscriptionEnding, stood: Duration, retryAfter: Int?, at now: Instant, entropy: inout Entropy
    ) -> Instant? {
        if stood >= settled { failures = 0 }
        defer { failures += 1 }
        let asked = ending.heedsRetryAfter ? retryAfter.map { Duration.seconds($0) } : nil
        switch ending.retry {
        case .never: return nil
        case .immediately where failures == 0: return now + (asked ?? .zero)
        case .immediately, .later: return now + max(spread(&entropy), asked ?? .zero)
        }
    }

    /// Between half of and the whole doubled wait.
    private func spread(_ entropy: inout Entropy) -> Duration {
        let whole = min(base * (1 << min(failures, 20)), limit)
        return whole * (500 + Int(entropy.next32() % 501)) / 1000
    }
}
