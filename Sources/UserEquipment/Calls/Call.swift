import IMS
import Octets
import SIP

/// One call at one of its ends, TS 24.229 §5.1.3 and §5.1.4: everything the phone does in it, over the dialog values of
/// the SIP library.
///
///     setup ─ 180 sent or received ─▶ ringing ─ 200 (caller), ACK (callee) ─▶ talking ─ BYE ─▶ ended
///       └────────── refusal, CANCEL, silence ────┴──────────────────────────────────────────────▶
///
/// A call that has ended stays until nothing can be repeated any more, see `isOver`.
struct Call: Sendable {
    enum Direction: String, Sendable { case outgoing, incoming }

    enum State: Int, Comparable, Sendable {
        case setup, ringing, talking, ended

        static func < (left: State, right: State) -> Bool { left.rawValue < right.rawValue }

        var word: String {
            switch self {
            case .setup: "setup"
            case .ringing: "ringing"
            case .talking: "talking"
            case .ended: "ended"
            }
        }

        init?(word: String) {
            guard let state = [State.setup, .ringing, .talking, .ended].first(where: { $0.word == word }) else {
                return nil
            }
            self = state
        }
    }

    /// What the phone has to do for the call.
    enum Order: Sendable {
        /// The INVITE that begins it, in a transaction that `cancel` means.
        case invite(SIPMessage)
        case cancel
        /// A request within a dialog.
        case send(SIPMessage)
        case acknowledge(SIPMessage)
        case respond(SIPMessage, ServerTransactionID)
    }

    /// A change of a session that goes on.
    enum Change: Equatable, Sendable { case hold, resume, refresh }

    /// What comes with time.
    enum Step: Equatable, Sendable {
        case answer
        case refuse(Status)
        case hangUp
        case change(Change)
        /// Tell the peer of this fork that our resources are there.
        case reserve(DialogID)
    }

    let number: Int
    let phone: String
    let direction: Direction
    /// Whom it is with: the URI that was called, or the caller's.
    let peer: String
    let callID: OctetSlice
    /// Our tag, the same in all dialogs of the call.
    let localTag: OctetSlice
    let contact: String
    /// The phone's home domain.
    let home: String
    let manner: CallManner
    let timing: TransactionTiming

    var state = State.setup
    var record: CallRecord
    var entropy: Entropy
    /// The INVITE at its sender; nil at the callee.
    var client: InviteClient?
    /// The INVITE that was answered last, at its receiver.
    var server: InviteServer?
    var serverTransaction: ServerTransactionID?
    /// The session of the dialog that counts: the callee's only one, the caller's first confirmed one.
    var session: InviteSession?
    var chosen: DialogID?
    /// By dialog: each fork answers for itself.
    var media: [DialogID: CallMedia] = [:]
    /// The caller's offer, before anybody has answered it.
    var offered: CallMedia?
    /// The callee's answer until it has gone out.
    var prepared: [UInt8]?
    /// Our re-INVITE or UPDATE under way, and the media before it.
    var pending: (change: Change, before: CallMedia)?
    var due: [(at: Instant, step: Step)] = []
    /// CANCEL or BYE has gone out.
    var isLeaving = false
    /// Requests of ours without a final response.
    var outstanding = 0
    /// Whether the peer knows UPDATE, by its Allow.
    var peerAllowsUpdate = false
    /// Until when the other side may repeat what has been answered.
    private var lingersUntil: Instant?

    init(
        _ number: Int, of phone: String, _ direction: Direction, with peer: String, callID: OctetSlice,
        localTag: OctetSlice, contact: String, home: String, manner: CallManner, timing: TransactionTiming,
        entropy: Entropy,
        at now: Instant
    ) {
        self.number = number
        self.phone = phone
        self.direction = direction
        self.peer = peer
        self.callID = OctetSlice(callID.array)
        self.localTag = OctetSlice(localTag.array)
        self.contact = contact
        self.home = home
        self.manner = manner
        self.timing = timing
        self.entropy = entropy
        record = CallRecord(at: now)
    }

    // MARK: Queries

    /// The stream of the dialog that counts; before there is one, of the last that has answered.
    var stream: CallMedia? { chosen.flatMap { media[$0] } ?? client?.dialogs.last.flatMap { media[$0] } ?? offered }

    /// A hold, resume or refresh of ours has no answer yet, or is going to be tried again.
    var isChanging: Bool { pending != nil || due.contains { if case .change = $0.step { true } else { false } } }

    /// Nothing can come for it any more.
    var isOver: Bool { state == .ended && lingersUntil == nil && outstanding == 0 }

    var nextDeadline: Instant? {
        var next = earliest(client?.nextDeadline, server?.nextDeadline)
        next = earliest(next, state == .ended ? nil : session?.nextDeadline)
        next = earliest(next, lingersUntil)
        for step in due { next = earliest(next, step.at) }
        return next
    }

    private func earliest(_ one: Instant?, _ other: Instant?) -> Instant? {
        guard let one, let other else { return one ?? other }
        return min(one, other)
    }

    // MARK: Time

    mutating func fire(at now: Instant, into orders: inout [Order]) {
        if let actions = client?.fire(at: now) { carryOut(actions, at: now, into: &orders) }
        if let actions = server?.fire(at: now) { carryOut(actions, at: now, into: &orders) }
        if let until = lingersUntil, until <= now { lingersUntil = nil }
        while let index = due.firstIndex(where: { $0.at <= now }) {
            let step = due.remove(at: index).step
            take(step, at: now, into: &orders)
        }
        guard state != .ended, let wish = session?.fire(at: now) else { return }
        switch wish {
        case .refresh: take(.change(.refresh), at: now, into: &orders)
        case .terminate:
            record.note("session timer ran out", at: now)
            leave(at: now, into: &orders)
        }
    }

    private mutating func take(_ step: Step, at now: Instant, into orders: inout [Order]) {
        guard state != .ended else { return }
        switch step {
        case .answer: _ = answer(at: now, into: &orders)
        case .refuse(let status): _ = refuse(status, at: now, into: &orders)
        case .hangUp: leave(at: now, into: &orders)
        case .reserve(let id): tellResources(id, at: now, into: &orders)
        case .change(let change):
            // One that cannot be made after all is dropped; a session without its refresh lasts as long as granted.
            _ = modify(change, at: now, into: &orders)
        }
    }

    // MARK: Ways of state

    mutating func move(to next: State, at now: Instant) {
        guard next > state else { return }
        state = next
        if next == .ringing, record.rang == nil { record.rang = now }
        if next == .talking, let span = manner.talksFor { due.append((now + span, .hangUp)) }
    }

    mutating func end(_ ending: CallRecord.Ending, at now: Instant) {
        guard state != .ended else { return }
        state = .ended
        record.ending = ending
        record.ended = now
        record.note(ending.word, at: now)
        due = []
        pending = nil
        lingersUntil = now + timing.lifetime
    }

    /// Changes the session of a dialog, wherever it is kept.
    mutating func change<Result>(_ id: DialogID, _ body: (inout InviteSession) -> Result) -> Result? {
        guard id == chosen, var open = session else { return client?.update(id, body) }
        session = nil  // not shared while it changes
        defer { session = open }
        return body(&open)
    }
}
