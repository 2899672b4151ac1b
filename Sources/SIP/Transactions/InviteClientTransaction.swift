import Octets

/// INVITE client transaction, RFC 3261 §17.1.1 as changed by RFC 6026 §8.4, with CANCEL (§9.1) and timer C (§16.8).
///
///                       │ start: INVITE, arm A B
///                       ▼
///      fire(A): INVITE ╭─────────╮ fire(B), transportFailed: fail
///             ╭────────│ Calling │──────────────────────────────────────╮
///             ╰───────▶╰─────────╯                                      │
///        300-699: ACK,  │   │ 1xx    ╲ 2xx: deliver, arm M              │
///        deliver, arm D │   ▼         ╲                                 │
///                       │ ╭────────────╮ 2xx  ╭──────────╮              │
///        1xx: deliver,  │ │ Proceeding │─────▶│ Accepted │ 2xx: deliver │
///        arm C          │ ╰────────────╯      ╰──────────╯              │
///                       ▼  ╱ 300-699               │ fire(M)            │
///                ╭───────────╮                     ▼                    ▼
///   300-699: ACK │ Completed │ fire(D) ──────▶ ╭────────────────────────────╮
///                ╰───────────╯                 │         Terminated         │
///                                              ╰────────────────────────────╯
///
/// `cancel` in Calling waits for the first provisional response (§9.1). In Proceeding, `cancel` and timer C order a
/// CANCEL; 64·T1 later the transaction is given up if no final response came (§9.1).
package struct InviteClientTransaction: Sendable, Equatable {
    package enum State: UInt8, Sendable, CaseIterable { case calling, proceeding, completed, accepted, terminated }

    package enum Timer: UInt8, Sendable, CaseIterable {
        case a, b, c, d, m
        /// §9.1: 64·T1 after the CANCEL.
        case cancelled
    }

    /// How far a CANCEL has got.
    package enum Cancellation: UInt8, Sendable, CaseIterable { case none, pending, sent }

    package enum Action: Equatable, Sendable {
        /// Sends the INVITE, again or for the first time.
        case transmit
        /// Passes the response just received to the TU.
        case deliver
        /// Sends the ACK for the response just received, or the same ACK again (§17.1.1.3).
        case acknowledge
        /// Sends a CANCEL in a transaction of its own.
        case cancel
        case fail(TransactionFailure)
        case arm(Timer, at: Instant)
        case disarm(Timer)
        case terminate
    }

    package private(set) var state = State.calling
    package private(set) var cancellation = Cancellation.none
    private var retransmissions: UInt8 = 0

    private init() {}

    package static func start(at now: Instant, _ timing: TransactionTiming) -> (Self, ActionList<Action>) {
        var actions: ActionList<Action> = [.transmit]
        if !timing.isReliable { actions.append(.arm(.a, at: now + timing.timers.t1)) }
        actions.append(.arm(.b, at: now + timing.lifetime))
        return (Self(), actions)
    }

    package mutating func receive(
        _ status: Status, at now: Instant, _ timing: TransactionTiming
    ) -> ActionList<Action> {
        switch state {
        case .calling, .proceeding:
            if status.isProvisional { return receiveProvisional(status, at: now, timing) }
            return status.isSuccess ? accept(at: now, timing) : complete(at: now, timing)
        case .completed:
            // A provisional or 2xx response after the final one is dropped (figure 5 has no arrow for it).
            return status.isFinal && !status.isSuccess ? [.acknowledge] : []
        case .accepted:
            return status.isSuccess ? [.deliver] : []
        case .terminated:
            return []
        }
    }

    package mutating func fire(_ timer: Timer, at now: Instant, _ timing: TransactionTiming) -> ActionList<Action> {
        switch (state, timer) {
        case (.calling, .a):
            retransmissions = min(retransmissions + 1, 10)
            return [.transmit, .arm(.a, at: now + timing.doubling(after: retransmissions))]
        case (.calling, .b), (.proceeding, .cancelled):
            return end(.timeout)
        case (.proceeding, .c):
            return cancellation == .none ? sendCancel(at: now, timing) : []
        case (.completed, .d), (.accepted, .m):
            state = .terminated
            return [.terminate]
        case (.calling, .c), (.calling, .d), (.calling, .m), (.calling, .cancelled),
            (.proceeding, .a), (.proceeding, .b), (.proceeding, .d), (.proceeding, .m),
            (.completed, .a), (.completed, .b), (.completed, .c), (.completed, .m), (.completed, .cancelled),
            (.accepted, .a), (.accepted, .b), (.accepted, .c), (.accepted, .d), (.accepted, .cancelled),
            (.terminated, _):
            return []  // a timer of a state that was left
        }
    }

    /// §9.1: nothing is sent before a provisional response has come, and nothing after a final one.
    package mutating func cancel(at now: Instant, _ timing: TransactionTiming) -> ActionList<Action> {
        switch state {
        case .calling:
            cancellation = .pending
            return []
        case .proceeding:
            return cancellation == .sent ? [] : sendCancel(at: now, timing)
        case .completed, .accepted, .terminated:
            return []
        }
    }

    package mutating func transportFailed() -> ActionList<Action> {
        switch state {
        case .calling:
            return end(.transport)
        case .proceeding:
            return []  // the request arrived; the response may take another connection (§18.2.2)
        case .completed:
            // Figure 5 informs the TU. It has its final response; a lost ACK is the other side's timer H.
            state = .terminated
            return [.terminate]
        case .accepted, .terminated:
            return []
        }
    }

    private mutating func receiveProvisional(
        _ status: Status, at now: Instant, _ timing: TransactionTiming
    ) -> ActionList<Action> {
        var actions: ActionList<Action> = [.deliver]
        let wasCalling = state == .calling
        if wasCalling {
            state = .proceeding
            actions.append(.disarm(.a))
            actions.append(.disarm(.b))
        }
        switch cancellation {
        case .none:
            // §16.7 step 2: 101 to 199 reset timer C; the 100 only finds it unset.
            if wasCalling || status != .trying { actions.append(.arm(.c, at: now + timing.timers.timerC)) }
        case .pending:
            cancellation = .sent
            actions.append(.cancel)
            actions.append(.arm(.cancelled, at: now + timing.lifetime))
        case .sent:
            break
        }
        return actions
    }

    private mutating func accept(at now: Instant, _ timing: TransactionTiming) -> ActionList<Action> {
        var actions: ActionList<Action> = [.deliver]
        disarmBeforeFinal(&actions)
        actions.append(.arm(.m, at: now + timing.lifetime))
        state = .accepted
        return actions
    }

    private mutating func complete(at now: Instant, _ timing: TransactionTiming) -> ActionList<Action> {
        guard !timing.isReliable else {
            state = .terminated  // timer D is zero
            return [.acknowledge, .deliver, .terminate]
        }
        var actions: ActionList<Action> = [.acknowledge, .deliver]
        disarmBeforeFinal(&actions)
        actions.append(.arm(.d, at: now + timing.timerD))
        state = .completed
        return actions
    }

    private func disarmBeforeFinal(_ actions: inout ActionList<Action>) {
        if state == .calling {
            actions.append(.disarm(.a))
            actions.append(.disarm(.b))
        } else {
            actions.append(.disarm(cancellation == .none ? .c : .cancelled))
        }
    }

    private mutating func sendCancel(at now: Instant, _ timing: TransactionTiming) -> ActionList<Action> {
        cancellation = .sent
        return [.cancel, .disarm(.c), .arm(.cancelled, at: now + timing.lifetime)]
    }

    private mutating func end(_ failure: TransactionFailure) -> ActionList<Action> {
        state = .terminated
        return [.fail(failure), .terminate]
    }
}
