/// Where offers and answers may stand, RFC 3261 §13.2.1, RFC 3262 §5, RFC 3311 §5: one machine a dialog.
///
///     stable ─ INVITE without description ─▶ offerless ─ first reliable response ─▶ offered
///     stable ─ description in INVITE, PRACK, UPDATE ─▶ offered ─ answer, or the request fails ─▶ stable
///
/// Knows messages by their kind and by who sent them, and of descriptions only whether there is one.
package struct OfferAnswer: Sendable, Equatable {
    package enum Side: Equatable, Sendable {
        case local, remote
        package var other: Side { self == .local ? .remote : .local }
    }

    /// A message that takes part. Provisional responses, `inviteSuccess` and `inviteFailure` are those to an INVITE.
    package enum Carrier: Equatable, Sendable, CaseIterable {
        case invite, unreliableProvisional, reliableProvisional, inviteSuccess, inviteFailure, ack
        case prack, prackSuccess, prackFailure
        case update, updateSuccess, updateFailure
    }

    package enum State: Equatable, Sendable {
        /// No exchange is open.
        case stable
        /// An INVITE of this side's had no offer: the other side owes one in its first reliable response.
        case offerless(by: Side)
        /// This side's offer stands in that message and has no answer.
        case offered(by: Side, in: Carrier)
    }

    /// What a message means for the session.
    package enum Meaning: Equatable, Sendable {
        /// No description, or one that has to be passed over: a repetition of an answer (§13.2.1).
        case nothing
        case offer
        case answer
    }

    package enum Violation: Error, Equatable, Sendable {
        /// An offer came while ours has no answer: 491 (RFC 3311 §5.2).
        case ownOfferPending
        /// An offer came while we owe an answer to another: 500 with Retry-After (RFC 3311 §5.2).
        case peerOfferPending
        /// The message must have an offer and has none.
        case offerMissing
        /// The message must have an answer and has none.
        case answerMissing
        /// A description stands where none may be.
        case notAllowed
    }

    package private(set) var state = State.stable
    /// The answer has come in an unreliable response: the session may begin, the exchange is not closed (§13.2.1).
    private var isPreviewed = false
    /// Our answer went out in a reliable provisional response that has no PRACK yet: no offer before it (RFC 3311 §5.1).
    private var awaitsPRACK = false

    package init() {}

    /// - Throws: what is wrong with sending this message; the state is as before.
    package mutating func send(_ carrier: Carrier, description: Bool) throws(Violation) -> Meaning {
        try take(carrier, from: .local, description)
    }

    /// - Throws: what is wrong with the peer's message; a missing answer closes the exchange, otherwise the state is as
    ///   before.
    package mutating func receive(_ carrier: Carrier, description: Bool) throws(Violation) -> Meaning {
        try take(carrier, from: .remote, description)
    }

    /// What a description in this message of ours would be; nil when there must be none.
    package func wouldSend(_ carrier: Carrier) -> Meaning? {
        var copy = self
        do {
            let meaning = try copy.send(carrier, description: true)
            return meaning == .nothing ? nil : meaning
        } catch {
            return nil
        }
    }

    /// Whether this message of ours has to have a description.
    package func mustDescribe(_ carrier: Carrier) -> Bool {
        var copy = self
        do {
            _ = try copy.send(carrier, description: false)
            return false
        } catch {
            return true
        }
    }

    // MARK: Steps

    private mutating func take(_ carrier: Carrier, from side: Side, _ described: Bool) throws(Violation) -> Meaning {
        switch carrier {
        case .invite: return try invite(from: side, described)
        case .unreliableProvisional: return try preview(from: side, described)
        case .reliableProvisional, .inviteSuccess: return try response(carrier, from: side, described)
        case .inviteFailure:
            inviteFailed()
            return .nothing
        case .ack: return try acknowledgement(.inviteSuccess, from: side, described)
        case .prack:
            if side == .remote { awaitsPRACK = false }
            if case .offered(by: side.other, in: .reliableProvisional) = state {
                return try acknowledgement(.reliableProvisional, from: side, described)
            }
            return described ? try offer(in: .prack, from: side) : .nothing
        case .update: return described ? try offer(in: .update, from: side) : .nothing
        case .prackSuccess: return try acknowledgement(.prack, from: side, described)
        case .updateSuccess: return try acknowledgement(.update, from: side, described)
        case .prackFailure: return failed(.prack, from: side)
        case .updateFailure: return failed(.update, from: side)
        }
    }

    private mutating func invite(from side: Side, _ described: Bool) throws(Violation) -> Meaning {
        if described {
            let meaning = try offer(in: .invite, from: side)
            isPreviewed = false
            return meaning
        }
        try checkStable(for: side)
        state = .offerless(by: side)
        return .nothing
    }

    /// A new offer in a request.
    private mutating func offer(in carrier: Carrier, from side: Side) throws(Violation) -> Meaning {
        try checkStable(for: side)
        guard side == .remote || !awaitsPRACK else { throw .notAllowed }
        state = .offered(by: side, in: carrier)
        return .offer
    }

    private func checkStable(for side: Side) throws(Violation) {
        switch state {
        case .stable: return
        case .offerless(by: let owner), .offered(by: let owner, in: _):
            guard side == .remote else { throw .notAllowed }
            throw owner == .local ? .ownOfferPending : .peerOfferPending
        }
    }

    /// An unreliable response may show the answer early (§13.2.1); it makes no offer.
    private mutating func preview(from side: Side, _ described: Bool) throws(Violation) -> Meaning {
        guard described else { return .nothing }
        switch state {
        case .offered(by: side.other, in: .invite):
            defer { isPreviewed = true }
            return isPreviewed ? .nothing : .answer
        case .stable: return .nothing
        case .offerless, .offered:
            guard side == .remote else { throw .notAllowed }
            return .nothing
        }
    }

    /// A reliable non-failure response to an INVITE.
    private mutating func response(
        _ carrier: Carrier, from side: Side, _ described: Bool
    ) throws(Violation) -> Meaning {
        switch state {
        case .offered(by: side.other, in: .invite):
            guard described else {
                guard carrier == .inviteSuccess else { return .nothing }
                if side == .remote { state = .stable }
                throw .answerMissing
            }
            state = .stable
            awaitsPRACK = side == .local && carrier == .reliableProvisional
            return isPreviewed ? .nothing : .answer
        case .offerless(by: side.other):
            guard described else {
                guard side == .local || carrier == .inviteSuccess else { return .nothing }
                if side == .remote { state = .stable }
                throw .offerMissing
            }
            state = .offered(by: side, in: carrier)
            return .offer
        case .stable: return .nothing
        case .offered, .offerless:
            // RFC 3262 §5: the 2xx waits until what was described in a provisional response is acknowledged.
            guard side == .remote else { throw .notAllowed }
            return .nothing
        }
    }

    /// The message that answers the one in which the other side's offer stands.
    private mutating func acknowledgement(
        _ offered: Carrier, from side: Side, _ described: Bool
    ) throws(Violation) -> Meaning {
        guard state == .offered(by: side.other, in: offered) else {
            guard described, side == .local else { return .nothing }
            throw .notAllowed
        }
        guard described else {
            if side == .remote { state = .stable }
            throw .answerMissing
        }
        state = .stable
        return .answer
    }

    /// RFC 3261 §14.1, RFC 3311 §5.3: the session stays as it was.
    private mutating func failed(_ request: Carrier, from side: Side) -> Meaning {
        if state == .offered(by: side.other, in: request) { state = .stable }
        return .nothing
    }

    private mutating func inviteFailed() {
        isPreviewed = false
        awaitsPRACK = false
        switch state {
        case .offerless, .offered(by: _, in: .invite), .offered(by: _, in: .reliableProvisional): state = .stable
        case .stable, .offered: return
        }
    }
}

extension OfferAnswer.Violation {
    /// What a request with this fault is refused with; nil when it came in a response or ACK, which nobody refuses.
    package var status: Status? {
        switch self {
        case .ownOfferPending: .requestPending
        case .peerOfferPending: .serverInternalError
        case .offerMissing, .answerMissing, .notAllowed: nil
        }
    }
}

extension OfferAnswer.Violation: CustomStringConvertible {
    package var description: String {
        switch self {
        case .ownOfferPending: "an offer crossed ours"
        case .peerOfferPending: "an offer before the last one was answered"
        case .offerMissing: "the offer is missing"
        case .answerMissing: "the answer is missing"
        case .notAllowed: "a session description where none may be"
        }
    }
}
