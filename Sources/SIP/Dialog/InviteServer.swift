import Octets

/// One INVITE at the user agent that answers it, RFC 3261 §13.3, RFC 3262 §3: what is to be repeated, what waits for
/// what. The dialog and the session stand in `InviteSession`.
///
///     proceeding ─ accept ─▶ accepted ─ ACK ─▶ done
///         │  └── accept while a PRACK is due ─▶ accept is kept back until it comes
///         └── reject, CANCEL, 64·T1 without PRACK ─▶ done
package struct InviteServer: Sendable {
    package enum State: Equatable, Sendable { case proceeding, accepted, done }

    package enum Action: Equatable, Sendable {
        /// Hand it to the server transaction; a 2xx also the second time and later (RFC 6026 §8.3).
        case respond(SIPMessage)
        /// The ACK for our 2xx, once; its body may be the answer.
        case acknowledged(SIPMessage)
        /// 64·T1 without an ACK: send BYE (§13.3.1.4).
        case unacknowledged
        /// 64·T1 without a PRACK: the 504 is among the actions, the call is over (RFC 3262 §3).
        case provisionalLost
    }

    package let invite: SIPMessage
    package private(set) var state = State.proceeding
    private var provisionals: ReliableProvisionalServer
    private var accepted: AcceptedInvite?
    private var success: SIPMessage?
    private let timing: TransactionTiming
    private let toTag: String

    /// - Parameter toTag: of the responses made here; the tag of the dialog.
    package init(_ invite: SIPMessage, toTag: String, timing: TransactionTiming, entropy: inout Entropy) {
        self.invite = invite
        self.toTag = toTag
        self.timing = timing
        provisionals = ReliableProvisionalServer(
            invite: invite.cseq ?? CSeq(0, .invite), timing: timing, entropy: &entropy)
    }

    package var nextDeadline: Instant? {
        switch state {
        case .proceeding: provisionals.nextDeadline
        case .accepted: accepted?.nextDeadline
        case .done: nil
        }
    }

    /// A response to the INVITE with what makes a dialog: the Record-Route of the request (§12.1.1) and a Contact.
    package func response(_ status: Status, contact: String) -> SIPMessage {
        var response = SIPMessage.response(status, to: invite, toTag: toTag)
        guard status != .trying, status.rawValue < 300 else { return response }
        for route in invite.values(.recordRoute) { response.append(.recordRoute, route) }
        response.append(.contact, contact)
        return response
    }

    /// A provisional response; reliably when asked for, or when the client insists on it (RFC 3262 §3).
    package mutating func ring(_ response: SIPMessage, reliably: Bool, at now: Instant) -> [Action] {
        guard state == .proceeding, success == nil else { return [] }
        let isReliable = reliably || invite.requiresReliableProvisionals
        guard isReliable, invite.allowsReliableProvisionals, response.status != .trying else {
            return [.respond(response)]
        }
        return carryOut(provisionals.send(response, at: now), at: now)
    }

    /// The 2xx. Kept back while a provisional response with a session description has no PRACK (RFC 3262 §5).
    package mutating func accept(_ response: SIPMessage, at now: Instant) -> [Action] {
        guard state == .proceeding, success == nil else { return [] }
        success = response
        return releaseSuccess(at: now)
    }

    /// A final response other than 2xx.
    package mutating func reject(_ response: SIPMessage) -> [Action] {
        guard state == .proceeding else { return [] }
        return finish(response)
    }

    /// The CANCEL has come (§9.2): 487, unless the 2xx has gone out.
    package mutating func cancelled() -> [Action] {
        guard state == .proceeding else { return [] }
        return finish(.response(.requestTerminated, to: invite, toTag: toTag))
    }

    /// A PRACK of the dialog. nil when it acknowledges nothing: 481.
    package mutating func acknowledge(_ rack: RAck, at now: Instant) -> [Action]? {
        guard let actions = provisionals.acknowledge(rack, at: now) else { return nil }
        return carryOut(actions, at: now) + releaseSuccess(at: now)
    }

    /// An ACK of the dialog for a 2xx; only that of this INVITE counts.
    package mutating func receive(acknowledgement: SIPMessage) -> [Action] {
        guard state == .accepted, acknowledgement.cseq?.number == invite.cseq?.number else { return [] }
        accepted?.receiveAcknowledgement()
        state = .done
        return [.acknowledged(acknowledgement)]
    }

    package mutating func fire(at now: Instant) -> [Action] {
        switch state {
        case .proceeding: return carryOut(provisionals.fire(at: now), at: now)
        case .accepted:
            switch accepted?.fire(at: now) {
            case .retransmit: return success.map { [.respond($0)] } ?? []
            case .giveUp:
                state = .done
                return [.unacknowledged]
            case nil: return []
            }
        case .done: return []
        }
    }

    // MARK: Steps

    private mutating func releaseSuccess(at now: Instant) -> [Action] {
        guard state == .proceeding, let success, !provisionals.delaysSuccess else { return [] }
        provisionals.finish()
        state = .accepted
        accepted = AcceptedInvite(timing: timing, at: now)
        return [.respond(success)]
    }

    private mutating func finish(_ response: SIPMessage) -> [Action] {
        provisionals.finish()
        success = nil
        state = .done
        return [.respond(response)]
    }

    private mutating func carryOut(_ actions: [ReliableProvisionalServer.Action], at now: Instant) -> [Action] {
        actions.flatMap { action -> [Action] in
            switch action {
            case .respond(let response): [.respond(response)]
            case .giveUp: finish(.response(.serverTimeout, to: invite, toTag: toTag)) + [.provisionalLost]
            }
        }
    }
}
