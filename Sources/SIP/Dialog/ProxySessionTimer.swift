import Octets

/// The session timer of one session at a proxy that stays on the path, RFC 4028 §8.
///
/// `forward` looks at each INVITE and UPDATE, `forward(response:)` at its 2xx. When the time is up the proxy forgets the
/// session; it sends no BYE (§8.3).
package struct ProxySessionTimer: Sendable, Equatable {
    package enum Verdict: Equatable, Sendable {
        case forward
        /// 422 with this Min-SE (§8.1).
        case refuse(minimum: Int)
    }

    /// What is remembered of a request until its final response (§8.1).
    package struct Pending: Sendable, Equatable {
        var interval: Int?
        var clientSupports: Bool
    }

    package let policy: SessionTimerPolicy
    /// When the session is over unless somebody refreshes it; nil without a timer.
    package private(set) var expiration: Instant?

    package init(_ policy: SessionTimerPolicy) { self.policy = policy }

    /// As it was stored.
    init(_ policy: SessionTimerPolicy, expiration: Instant?) {
        self.policy = policy
        self.expiration = expiration
    }

    /// A session refresh request on its way, changed as §8.1 allows.
    package func forward(_ request: inout SIPMessage) -> (Verdict, Pending) {
        let supports = request.listContains(.supported, token: "timer")
        var pending = Pending(interval: nil, clientSupports: supports)
        var least = SessionTimer.minSE(request)
        if let wanted = SessionTimer.sessionExpires(request) {
            if wanted.seconds < policy.minimum {
                guard !supports else { return (.refuse(minimum: policy.minimum), pending) }
                // A client that knows no 422: the least interval is raised on its behalf.
                least = max(least ?? 0, policy.minimum)
                request.set(MinSE(least ?? policy.minimum))
            }
            let floor = max(least ?? SessionTimerPolicy.floor, SessionTimerPolicy.floor)
            var interval = wanted.seconds
            if interval < floor {
                interval = floor
            } else if let ours = policy.interval {
                interval = min(interval, max(ours, floor))
            }
            if interval != wanted.seconds {
                var changed = wanted
                changed.seconds = interval
                request.set(changed)
            }
            pending.interval = interval
        } else if let ours = policy.interval {
            let interval = max(ours, least ?? SessionTimerPolicy.floor)
            request.set(SessionExpires(interval))
            pending.interval = interval
        }
        return (.forward, pending)
    }

    /// Its final response on the way back, §8.2. `now`: when it is forwarded.
    package mutating func forward(response: inout SIPMessage, _ pending: Pending, at now: Instant) {
        guard response.status?.isSuccess == true else { return }
        if let answer = SessionTimer.sessionExpires(response) {
            expiration = now + .seconds(answer.seconds)
        } else if let interval = pending.interval, pending.clientSupports {
            // The server knows no timers: the client refreshes alone.
            response.set(SessionExpires(interval, refresher: .uac))
            if !response.listContains(.require, token: "timer") { response.append(.require, "timer") }
            expiration = now + .seconds(interval)
        } else {
            expiration = nil
        }
    }

    /// §8.3: whether the session may be forgotten.
    package func isExpired(at now: Instant) -> Bool { expiration.map { $0 <= now } ?? false }
}
