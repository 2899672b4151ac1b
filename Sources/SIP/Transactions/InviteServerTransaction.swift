import Octets

/// INVITE server transaction, RFC 3261 §17.2.1 as changed by RFC 6026 §8.5 to §8.7.
///
///                                │ start: INVITE to the TU
///                                ▼
///       INVITE: last response  ╭────────────╮ fire(trying): 100
///                     ╭────────│ Proceeding │ respond(1xx): send
///                     ╰───────▶╰────────────╯
///     respond(300-699): send, arm G H │   │ respond(2xx): send, arm L
///                                ╭────╯   ╰────╮
///                                ▼             ▼
///  INVITE, fire(G): send  ╭───────────╮   ╭──────────╮ respond(2xx): send
///                ╭────────│ Completed │   │ Accepted │ ACK: to the TU
///                ╰───────▶╰───────────╯   ╰──────────╯ INVITE: absorbed
///                    ACK: arm I │   │ fire(H)  │ fire(L)
///                               ▼   │          │
///                     ╭───────────╮ │          ▼
///                     │ Confirmed │ ╰──▶ ╭────────────╮
///                     ╰───────────╯─────▶│ Terminated │
///                               fire(I)  ╰────────────╯
///
/// A transport error on a response changes no state (RFC 6026 §8.6, §8.8), so there is no such event here. Timer
/// `abandon` is ours: a TU that has been silent for longer than timer C of any proxy before us has lost the request.
package struct InviteServerTransaction: Sendable, Equatable {
    package enum State: UInt8, Sendable, CaseIterable { case proceeding, completed, confirmed, accepted, terminated }

    package enum Timer: UInt8, Sendable, CaseIterable { case g, h, i, l, trying, abandon }

    package enum Action: Equatable, Sendable {
        /// Sends the response just given and keeps it for retransmission.
        case send
        /// Sends the kept response again.
        case retransmit
        /// Sends a 100 of our own and keeps it.
        case sendTrying
        /// Passes the ACK just received to the TU.
        case deliverAcknowledgement
        case arm(Timer, at: Instant)
        case disarm(Timer)
        case terminate
    }

    package private(set) var state = State.proceeding
    private var hasResponse = false
    private var retransmissions: UInt8 = 0

    private init() {}

    package static func start(at now: Instant, _ timing: TransactionTiming) -> (Self, ActionList<Action>) {
        (
            Self(),
            [.arm(.trying, at: now + timing.inviteTrying), .arm(.abandon, at: now + timing.inviteAbandon)]
        )
    }

    /// A retransmission of the INVITE.
    package mutating func receiveInvite() -> ActionList<Action> {
        switch state {
        case .proceeding: hasResponse ? [.retransmit] : []
        case .completed: [.retransmit]
        case .confirmed, .accepted, .terminated: []
        }
    }

    package mutating func receiveAcknowledgement(
        at now: Instant, _ timing: TransactionTiming
    ) -> ActionList<Action> {
        switch state {
        case .completed:
            guard !timing.isReliable else {
                state = .terminated  // timer I is zero
                return [.terminate]
            }
            state = .confirmed
            return [.disarm(.g), .disarm(.h), .arm(.i, at: now + timing.timers.t4)]
        case .accepted:
            return [.deliverAcknowledgement]
        case .proceeding, .confirmed, .terminated:
            return []  // nothing to acknowledge, or acknowledged already
        }
    }

    package mutating func respond(
        _ status: Status, at now: Instant, _ timing: TransactionTiming
    ) -> ActionList<Action> {
        switch state {
        case .proceeding:
            guard status.isFinal else {
                hasResponse = true
                return [.send, .disarm(.trying), .arm(.abandon, at: now + timing.inviteAbandon)]
            }
            guard !status.isSuccess else {
                state = .accepted
                // One by one: a literal of four would cost an allocation.
                var actions: ActionList<Action> = [.send, .disarm(.trying), .disarm(.abandon)]
                actions.append(.arm(.l, at: now + timing.lifetime))
                return actions
            }
            state = .completed
            var actions: ActionList<Action> = [.send, .disarm(.trying), .disarm(.abandon)]
            if !timing.isReliable { actions.append(.arm(.g, at: now + timing.timers.t1)) }
            actions.append(.arm(.h, at: now + timing.lifetime))
            return actions
        case .accepted:
            return status.isSuccess ? [.send] : []
        case .completed, .confirmed, .terminated:
            return []  // one final response, the first
        }
    }

    package mutating func fire(_ timer: Timer, at now: Instant, _ timing: TransactionTiming) -> ActionList<Action> {
        switch (state, timer) {
        case (.proceeding, .trying):
            guard !hasResponse else { return [] }
            hasResponse = true
            return [.sendTrying]
        case (.completed, .g):
            retransmissions = min(retransmissions + 1, 10)
            return [.retransmit, .arm(.g, at: now + timing.capped(after: retransmissions))]
        case (.proceeding, .abandon), (.completed, .h), (.confirmed, .i), (.accepted, .l):
            state = .terminated
            return [.terminate]
        case (.proceeding, .g), (.proceeding, .h), (.proceeding, .i), (.proceeding, .l),
            (.completed, .i), (.completed, .l), (.completed, .trying), (.completed, .abandon),
            (.confirmed, .g), (.confirmed, .h), (.confirmed, .l), (.confirmed, .trying), (.confirmed, .abandon),
            (.accepted, .g), (.accepted, .h), (.accepted, .i), (.accepted, .trying), (.accepted, .abandon),
            (.terminated, _):
            return []  // a timer of a state that was left
        }
    }
}
