import Octets

/// Non-INVITE server transaction, RFC 3261 §17.2.2 as changed by RFC 4320.
///
///                                 │ start: request to the TU
///                                 ▼
///                              ╭────────╮ request: absorbed
///                              │ Trying │────────────────────────────╮
///                              ╰────────╯                            │
///          respond(200-699): │     │ fire(trying): 100               │
///          send, arm J       │     ▼ respond(100): send              │
///                            │ ╭────────────╮ request: last response │
///                            │ │ Proceeding │ respond(100): send     │
///                            │ ╰────────────╯────────────────────────┤
///                            ▼     │ respond(200-699): send, arm J   │ fire(abandon)
///                          ╭───────────╮                             ▼
///   request: last response │ Completed │ fire(J) ────────────▶ ╭────────────╮
///                          ╰───────────╯                       │ Terminated │
///                                                              ╰────────────╯
///
/// RFC 4320 §4.1: no provisional response but 100, over an unreliable transport not before the client's timer E has
/// reached T2, and then always. §4.2: no 408; the client has given up by itself when `abandon` fires. RFC 6026
/// §8.8: a transport error on a response changes no state.
package struct NonInviteServerTransaction: Sendable, Equatable {
    package enum State: UInt8, Sendable, CaseIterable { case trying, proceeding, completed, terminated }

    package enum Timer: UInt8, Sendable, CaseIterable { case j, trying, abandon }

    package enum Action: Equatable, Sendable {
        /// Sends the response just given and keeps it for retransmission.
        case send
        /// Sends the kept response again.
        case retransmit
        /// Sends a 100 of our own and keeps it.
        case sendTrying
        case arm(Timer, at: Instant)
        case disarm(Timer)
        case terminate
    }

    package private(set) var state = State.trying
    private var hasFinal = false

    private init() {}

    package static func start(at now: Instant, _ timing: TransactionTiming) -> (Self, ActionList<Action>) {
        (Self(), [.arm(.trying, at: now + timing.nonInviteTrying), .arm(.abandon, at: now + timing.nonInviteAbandon)])
    }

    /// A retransmission of the request.
    package mutating func receiveRequest() -> ActionList<Action> {
        switch state {
        case .trying: []
        case .proceeding: [.retransmit]
        case .completed: hasFinal ? [.retransmit] : []
        case .terminated: []
        }
    }

    package mutating func respond(
        _ status: Status, at now: Instant, _ timing: TransactionTiming
    ) -> ActionList<Action> {
        switch state {
        case .trying, .proceeding:
            if status.isFinal { return complete(status, at: now, timing) }
            // RFC 4320 §4.1. In Proceeding the time for a 100 has come, over any transport.
            guard status == .trying, timing.isReliable || state == .proceeding else { return [] }
            state = .proceeding
            return [.send, .disarm(.trying)]
        case .completed, .terminated:
            return []  // §17.2.2: further final responses are discarded
        }
    }

    package mutating func fire(_ timer: Timer, at now: Instant, _ timing: TransactionTiming) -> ActionList<Action> {
        switch (state, timer) {
        case (.trying, .trying):
            state = .proceeding
            return [.sendTrying]
        case (.trying, .abandon), (.proceeding, .abandon), (.completed, .j):
            state = .terminated
            return [.terminate]
        case (.trying, .j), (.proceeding, .j), (.proceeding, .trying),
            (.completed, .trying), (.completed, .abandon), (.terminated, _):
            return []  // a timer of a state that was left
        }
    }

    private mutating func complete(
        _ status: Status, at now: Instant, _ timing: TransactionTiming
    ) -> ActionList<Action> {
        hasFinal = status != .requestTimeout  // RFC 4320 §4.2
        var actions: ActionList<Action> = hasFinal ? [.send] : []
        guard !timing.isReliable else {
            state = .terminated  // timer J is zero
            actions.append(.terminate)
            return actions
        }
        state = .completed
        actions.append(.disarm(.trying))
        actions.append(.disarm(.abandon))
        actions.append(.arm(.j, at: now + timing.lifetime))
        return actions
    }
}
