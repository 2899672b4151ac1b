import Octets

/// Non-INVITE client transaction, RFC 3261 §17.1.2.
///
///                        │ start: request, arm E F
///                        ▼
///      fire(E): request ╭────────╮ fire(F), transportFailed: fail
///              ╭────────│ Trying │────────────────────────────────────╮
///              ╰───────▶╰────────╯                                    │
///                         │    │ 1xx: deliver                         │
///       200-699: deliver, │    ▼                                      │
///       arm K             │ ╭────────────╮ fire(F), transportFailed   │
///                         │ │ Proceeding │────────────────────────────┤
///                         │ ╰────────────╯ fire(E): request           │
///                         ▼    │ 200-699     1xx: deliver             │
///                       ╭───────────╮                                 ▼
///                       │ Completed │ fire(K) ──────────────▶ ╭────────────╮
///                       ╰───────────╯                         │ Terminated │
///                                                             ╰────────────╯
package struct NonInviteClientTransaction: Sendable, Equatable {
    package enum State: UInt8, Sendable, CaseIterable { case trying, proceeding, completed, terminated }

    package enum Timer: UInt8, Sendable, CaseIterable { case e, f, k }

    package enum Action: Equatable, Sendable {
        /// Sends the request, again or for the first time.
        case transmit
        /// Passes the response just received to the TU.
        case deliver
        case fail(TransactionFailure)
        case arm(Timer, at: Instant)
        case disarm(Timer)
        case terminate
    }

    package private(set) var state = State.trying
    private var retransmissions: UInt8 = 0

    private init() {}

    package static func start(at now: Instant, _ timing: TransactionTiming) -> (Self, ActionList<Action>) {
        var actions: ActionList<Action> = [.transmit]
        if !timing.isReliable { actions.append(.arm(.e, at: now + timing.timers.t1)) }
        actions.append(.arm(.f, at: now + timing.lifetime))
        return (Self(), actions)
    }

    package mutating func receive(
        _ status: Status, at now: Instant, _ timing: TransactionTiming
    ) -> ActionList<Action> {
        switch state {
        case .trying, .proceeding:
            guard status.isFinal else {
                state = .proceeding
                return [.deliver]
            }
            guard !timing.isReliable else {
                state = .terminated  // timer K is zero
                return [.deliver, .terminate]
            }
            state = .completed
            // One by one: a literal of four would cost an allocation.
            var actions: ActionList<Action> = [.deliver]
            actions.append(.disarm(.e))
            actions.append(.disarm(.f))
            actions.append(.arm(.k, at: now + timing.timers.t4))
            return actions
        case .completed, .terminated:
            return []  // §17.1.2.2: retransmissions of the response are absorbed
        }
    }

    package mutating func fire(_ timer: Timer, at now: Instant, _ timing: TransactionTiming) -> ActionList<Action> {
        switch (state, timer) {
        case (.trying, .e):
            retransmissions = min(retransmissions + 1, 10)
            return [.transmit, .arm(.e, at: now + timing.capped(after: retransmissions))]
        case (.proceeding, .e):
            return [.transmit, .arm(.e, at: now + timing.timers.t2)]
        case (.trying, .f), (.proceeding, .f):
            return end(.timeout)
        case (.completed, .k):
            state = .terminated
            return [.terminate]
        case (.trying, .k), (.proceeding, .k), (.completed, .e), (.completed, .f), (.terminated, _):
            return []  // a timer of a state that was left
        }
    }

    package mutating func transportFailed() -> ActionList<Action> {
        switch state {
        case .trying, .proceeding: end(.transport)
        case .completed, .terminated: []
        }
    }

    private mutating func end(_ failure: TransactionFailure) -> ActionList<Action> {
        state = .terminated
        return [.fail(failure), .terminate]
    }
}
