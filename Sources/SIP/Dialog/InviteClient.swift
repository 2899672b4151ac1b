import Octets

/// One initial INVITE at the user agent that sent it, with all the dialogs its forks make: RFC 3261 §13.2.2.
///
///     calling ─ 1xx with a tag ─▶ an early dialog more
///     calling ─ first 2xx ─▶ accepted ─ 64·T1 ─▶ completed: early dialogs that got no 2xx are terminated
///     calling ─ 3xx…6xx, timeout ─▶ completed: all early dialogs are terminated
///
/// Each further 2xx makes a dialog of its own; a repeated one gets the same ACK again.
package struct InviteClient: Sendable {
    package enum State: Equatable, Sendable { case calling, accepted, completed }

    package enum Action: Equatable, Sendable {
        /// A dialog came into being with a provisional response.
        case early(DialogID)
        /// A reliable provisional response: send PRACK with this RAck in that dialog (RFC 3262 §4).
        case acknowledge(DialogID, RAck, SIPMessage)
        /// A provisional response to look at: unreliable or without a dialog.
        case progress(DialogID?, SIPMessage)
        /// The first 2xx of a dialog: make its ACK with `acknowledge(_:with:)` and send it.
        case confirmed(DialogID, SIPMessage)
        /// A 2xx again: send this ACK again (§13.2.2.4).
        case sendAcknowledgement(SIPMessage)
        /// An early dialog is over, by 199 (RFC 6228 §4) or because the INVITE is.
        case terminated(DialogID)
        /// The final answer to the INVITE when it is none of success.
        case rejected(SIPMessage)
    }

    package let invite: SIPMessage
    package private(set) var state = State.calling
    /// Of the forks, early and confirmed.
    package private(set) var sessions: [DialogID: InviteSession] = [:]
    private var order: [DialogID] = []
    private var provisionals: [DialogID: ReliableProvisionalClient] = [:]
    private var acknowledgements: [DialogID: SIPMessage] = [:]
    private var completesAt: Instant?
    private let template: InviteSession.Template
    private let timing: TransactionTiming

    /// More forks than this are not followed: each costs memory that somebody else decides about.
    package static let forkLimit = 64

    /// - Parameter invite: as it is sent, with its Session-Expires if it asks for a timer.
    package init(
        _ invite: SIPMessage, timing: TransactionTiming, policy: SessionTimerPolicy? = nil, overTLS: Bool = false
    ) {
        self.invite = invite
        self.timing = timing
        template = InviteSession.Template(invite, policy: policy, overTLS: overTLS)
    }

    package var nextDeadline: Instant? { completesAt }

    /// The forks in the order they came.
    package var dialogs: [DialogID] { order }

    /// Whether a CANCEL makes sense: nobody has accepted yet (§9.1).
    package var mayCancel: Bool { state == .calling }

    /// Takes the session of a confirmed dialog out: it goes on by itself. Repeated 2xx are still acknowledged here.
    package mutating func take(_ id: DialogID) -> InviteSession? { sessions.removeValue(forKey: id) }

    /// Changes the session of a fork, to make a request in its dialog.
    package mutating func update<Result>(
        _ id: DialogID, _ change: (inout InviteSession) -> Result
    ) -> Result? {
        guard var session = sessions.removeValue(forKey: id) else { return nil }
        defer { sessions[id] = session }
        return change(&session)
    }

    /// A response to the INVITE.
    package mutating func receive(_ response: SIPMessage, at now: Instant) -> [Action] {
        guard let status = response.status else { return [] }
        if status.isProvisional { return state == .calling ? progress(status, response) : [] }
        if status.isSuccess { return success(response, at: now) }
        guard state == .calling else { return [] }  // §13.2.2.3: later final responses are ignored
        return complete() + [.rejected(response)]
    }

    /// The transaction has ended without a final response; counts as 408 or 503 (§8.1.3.1).
    package mutating func failed() -> [Action] {
        guard state == .calling else { return [] }
        return complete()
    }

    /// The ACK for the 2xx of a dialog, with an answer when the 2xx had the offer. Kept for repetitions.
    package mutating func acknowledge(_ id: DialogID, with body: [UInt8] = [], contentType: String = "") -> SIPMessage?
    {
        guard let session = sessions[id] else { return nil }
        var ack = session.dialog.acknowledgement(for: invite)
        if !body.isEmpty { ack.setBody(body, contentType: contentType) }
        sessions[id]?.noteAcknowledgement(description: !body.isEmpty)
        acknowledgements[id] = ack
        return ack
    }

    package mutating func fire(at now: Instant) -> [Action] {
        guard let deadline = completesAt, deadline <= now else { return [] }
        let actions = complete()
        acknowledgements = [:]
        return actions
    }

    // MARK: Steps

    private mutating func progress(_ status: Status, _ response: SIPMessage) -> [Action] {
        guard status != .trying, response.toTag != nil, let id = DialogID(sending: response) else {
            return [.progress(nil, response)]
        }
        var actions: [Action] = []
        if sessions[id] == nil {
            guard status != .earlyDialogTerminated, open(id, response) else { return [.progress(nil, response)] }
            actions.append(.early(id))
        }
        let verdict = provisionals[id, default: ReliableProvisionalClient()].receive(response)
        switch verdict {
        case .discard: return actions
        case .unreliable:
            _ = sessions[id]?.take(response, status, .invite)
            // A 199 that was sent reliably has to be acknowledged in its dialog, which therefore stays.
            return actions + [status == .earlyDialogTerminated ? close(id) : .progress(id, response)]
        case .acknowledge(let rack):
            sessions[id]?.dialog.refreshTarget(from: response)
            _ = sessions[id]?.take(response, status, .invite)
            return actions + [.acknowledge(id, rack, response)]
        }
    }

    private mutating func success(_ response: SIPMessage, at now: Instant) -> [Action] {
        guard let id = DialogID(sending: response) else { return [] }
        if let ack = acknowledgements[id] { return [.sendAcknowledgement(ack)] }
        guard state != .completed else { return [] }
        if state == .calling {
            state = .accepted
            completesAt = now + timing.lifetime
        }
        if sessions[id] == nil { guard open(id, response) else { return [] } }
        guard let session = sessions[id] else { return [] }
        // Again before the caller has made its ACK.
        guard session.dialog.state == .early || !session.isAnswered else { return [] }
        sessions[id]?.accept(response, at: now)
        return [.confirmed(id, response)]
    }

    private mutating func open(_ id: DialogID, _ response: SIPMessage) -> Bool {
        guard order.count < Self.forkLimit else { return false }
        do throws(DialogError) {
            sessions[id] = try InviteSession(template, invite: invite, response: response)
        } catch {
            return false
        }
        order.append(id)
        return true
    }

    private mutating func close(_ id: DialogID) -> Action {
        sessions[id] = nil
        provisionals[id] = nil
        order.removeAll { $0 == id }
        return .terminated(id)
    }

    private mutating func complete() -> [Action] {
        state = .completed
        completesAt = nil
        let early = order.filter { sessions[$0]?.dialog.state == .early }
        return early.map { close($0) }
    }
}
