import Octets

/// A 2xx to an INVITE at its server until the ACK comes, RFC 3261 §13.3.1.4.
///
///     awaiting ─ ACK ─▶ acknowledged
///        └── 64·T1 ─▶ unacknowledged: the dialog is confirmed, the session ends with a BYE
///
/// Repeated after T1, 2·T1 … at most T2, whatever the transport.
package struct AcceptedInvite: Sendable, Equatable {
    package enum State: Equatable, Sendable { case awaiting, acknowledged, unacknowledged }
    package enum Action: Equatable, Sendable { case retransmit, giveUp }

    package private(set) var state = State.awaiting
    private var repeatAt: Instant
    private var interval: Duration
    private let giveUpAt: Instant
    private let t2: Duration

    /// - Parameter now: when the 2xx went out for the first time.
    package init(timing: TransactionTiming, at now: Instant) {
        interval = timing.timers.t1
        t2 = timing.timers.t2
        repeatAt = now + interval
        giveUpAt = now + timing.lifetime
    }

    package var nextDeadline: Instant? { state == .awaiting ? min(repeatAt, giveUpAt) : nil }

    package mutating func receiveAcknowledgement() {
        if state == .awaiting { state = .acknowledged }
    }

    package mutating func fire(at now: Instant) -> Action? {
        guard state == .awaiting else { return nil }
        if giveUpAt <= now {
            state = .unacknowledged
            return .giveUp
        }
        guard repeatAt <= now else { return nil }
        interval = min(interval * 2, t2)
        repeatAt = now + interval
        return .retransmit
    }
}
