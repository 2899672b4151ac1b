import Octets

/// What an element wants of session timers, RFC 4028 §7.1, §8.1, §9.
package struct SessionTimerPolicy: Sendable, Equatable {
    /// Seconds that we ask for; nil to support timers without asking.
    package var interval: Int?
    /// Below this we refuse; at least 90 (§5, §9).
    package let minimum: Int
    /// Who refreshes when the peer leaves it to us (§9, table 2); true for the element itself.
    package var prefersOwnRefresh: Bool

    package static let floor = 90

    package init(interval: Int? = 1800, minimum: Int = SessionTimerPolicy.floor, prefersOwnRefresh: Bool = false) {
        self.minimum = max(minimum, Self.floor)
        self.interval = interval.map { max($0, max(minimum, Self.floor)) }
        self.prefersOwnRefresh = prefersOwnRefresh
    }
}

/// The session timer of one dialog at a user agent, RFC 4028 §7, §9, §10.
///
///     off ─ 2xx with Session-Expires ─▶ running ─ 2xx again ─▶ running, from the start
///     running, we refresh ─ half the interval ─▶ refreshing ─ no 2xx ─▶ BYE before the end
///     running, peer refreshes ─ nothing until shortly before the end ─▶ BYE
///     running ─ 2xx without Session-Expires ─▶ off
package struct SessionTimer: Sendable, Equatable {
    package enum Action: Equatable, Sendable {
        /// Send UPDATE, or re-INVITE to a peer that does not know it (§7.4).
        case refresh
        /// Send BYE (§10).
        case terminate
    }

    package enum State: Equatable, Sendable {
        case off
        /// Until `expiration` at the latest; we refresh at `refreshAt`, nil when the peer does or we have begun to.
        case running(interval: Int, weRefresh: Bool, refreshAt: Instant?, expiration: Instant)
    }

    package enum Outcome: Equatable, Sendable {
        case unchanged
        /// 422: the same request again with a Min-SE (§7.3).
        case retry
    }

    package let policy: SessionTimerPolicy
    package private(set) var state = State.off
    /// The largest Min-SE of this dialog's requests and 422s (§7.4).
    package private(set) var minimum: Int?
    /// Whether the peer has said that it supports timers.
    package private(set) var peerSupports = false
    /// What our last request asked for: a 2xx without Session-Expires then means that only we run a timer (§7.2).
    private var asked: Int?

    package init(_ policy: SessionTimerPolicy) { self.policy = policy }

    /// When `fire` is due: half the interval (§7.2), or for the BYE the lesser of 32 s and a third of the interval
    /// before the end (§10).
    package var nextDeadline: Instant? {
        guard case .running(let interval, _, let refreshAt, let expiration) = state else { return nil }
        return refreshAt ?? expiration + .seconds(-min(32, interval / 3))
    }

    // MARK: Our request

    /// Puts Supported, Session-Expires and Min-SE into an INVITE or UPDATE of ours (§7.1, §7.4).
    package mutating func prepare(_ request: inout SIPMessage) {
        if !request.listContains(.supported, token: "timer") { request.append(.supported, "timer") }
        if let minimum { request.set(MinSE(max(minimum, policy.minimum))) }
        switch state {
        case .off:
            guard let interval = policy.interval else { return }
            ask(max(interval, minimum ?? 0), refresher: nil, in: &request)
        case .running(let interval, let weRefresh, _, _):
            ask(max(interval, minimum ?? SessionTimerPolicy.floor), refresher: weRefresh ? .uac : .uas, in: &request)
        }
    }

    /// Takes over what an INVITE asked for that was sent before its dialog existed.
    mutating func adopt(asked request: SIPMessage) { asked = Self.sessionExpires(request)?.seconds }

    /// A final response to it.
    package mutating func receive(_ response: SIPMessage, at now: Instant) -> Outcome {
        guard let status = response.status, status.isFinal else { return .unchanged }
        if status == .sessionIntervalTooSmall {
            guard let theirs = Self.minSE(response), theirs > minimum ?? 0 else { return .unchanged }
            minimum = theirs
            return .retry
        }
        guard status.isSuccess else { return .unchanged }
        if let answer = Self.sessionExpires(response) {
            peerSupports = true
            start(answer.seconds, weRefresh: answer.refresher != .uas, at: now)
        } else if let asked {
            start(asked, weRefresh: true, at: now)
        } else {
            state = .off
        }
        asked = nil
        return .unchanged
    }

    // MARK: The peer's request

    /// Looks at an INVITE or UPDATE of the peer's.
    ///
    /// - Returns: the Min-SE of the 422 that it gets (§9); nil when it is fine.
    package mutating func receive(_ request: SIPMessage) -> Int? {
        if let theirs = Self.minSE(request) { minimum = max(minimum ?? 0, theirs) }
        let supports = request.listContains(.supported, token: "timer")
        peerSupports = peerSupports || supports
        guard supports, let wanted = Self.sessionExpires(request), wanted.seconds < policy.minimum else { return nil }
        return policy.minimum
    }

    /// Puts Session-Expires and Require into our 2xx and starts the timer (§9, table 2). `now`: when it is sent.
    package mutating func answer(_ request: SIPMessage, with response: inout SIPMessage, at now: Instant) {
        let supports = request.listContains(.supported, token: "timer")
        let wanted = Self.sessionExpires(request)
        let least = max(Self.minSE(request) ?? SessionTimerPolicy.floor, SessionTimerPolicy.floor)
        let interval: Int
        if let wanted {
            // Never raised; lowered to what we want, not below Min-SE.
            interval = min(wanted.seconds, max(policy.interval ?? wanted.seconds, least))
        } else if supports, let ours = policy.interval {
            interval = max(ours, least)
        } else {
            state = .off
            return
        }
        let refresher: SessionExpires.Refresher =
            if !supports { .uas } else { wanted?.refresher ?? (policy.prefersOwnRefresh ? .uas : .uac) }
        response.set(SessionExpires(interval, refresher: refresher))
        if supports, !response.listContains(.require, token: "timer") { response.append(.require, "timer") }
        start(interval, weRefresh: refresher == .uas, at: now)
    }

    // MARK: Time

    package mutating func fire(at now: Instant) -> Action? {
        guard let deadline = nextDeadline, deadline <= now,
            case .running(let interval, let weRefresh, let refreshAt, let expiration) = state
        else { return nil }
        guard refreshAt != nil else {
            state = .off
            return .terminate
        }
        state = .running(interval: interval, weRefresh: weRefresh, refreshAt: nil, expiration: expiration)
        return .refresh
    }

    /// Our refresh had another answer than 2xx, or none. 408, 481 and silence end the session (§10); after any other
    /// the session goes on until its end.
    package func refreshFailed(_ status: Status?) -> Action? {
        guard let status, status != .requestTimeout, status != .callOrTransactionDoesNotExist else { return .terminate }
        return nil
    }

    // MARK: Steps

    private mutating func ask(_ seconds: Int, refresher: SessionExpires.Refresher?, in request: inout SIPMessage) {
        asked = seconds
        request.set(SessionExpires(seconds, refresher: refresher))
    }

    private mutating func start(_ seconds: Int, weRefresh: Bool, at now: Instant) {
        // A peer that answers with less than the least interval must not keep us busy.
        let interval = max(seconds, SessionTimerPolicy.floor)
        state = .running(
            interval: interval, weRefresh: weRefresh, refreshAt: weRefresh ? now + .seconds(interval / 2) : nil,
            expiration: now + .seconds(interval))
    }

    /// nil when it is missing or malformed: then there is no timer.
    static func sessionExpires(_ message: SIPMessage) -> SessionExpires? {
        do { return try message.first(SessionExpires.self) } catch { return nil }
    }

    static func minSE(_ message: SIPMessage) -> Int? {
        do { return try message.first(MinSE.self)?.seconds } catch { return nil }
    }
}
