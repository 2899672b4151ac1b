import Diameter
import Octets
import Rx
import SIP

/// The sessions of Rx, what has been asked of the PCRF, and the messages that wait for its word.
///
///     message ── ask ─▶ waiting ── granted ───────────────▶ goes on
///                          └────── refused, or its time ──▶ as the policy says
///     call, registration ── end ─▶ ending ── STR answered ─▶ forgotten
///                                    └────── not answered: sent again later
struct PolicyControl: Sendable {
    typealias Call = MediaRelay.Call

    enum Held: Sendable {
        case request(SIPMessage, Passage, ServerTransactionID)
        case response(ServerTransactionID)
        /// Nothing waits: an ACK, or a registration.
        case nothing
    }

    enum Question: Sendable {
        case authorization(PolicySession.Purpose, Held, isSecond: Bool)
        case termination(String)
    }

    /// A session that is over, until the PCRF has heard of it.
    struct Ending: Sendable {
        var peer: DiameterIdentity?
        var cause: TerminationCause
        var tries = 0
    }

    private enum Wake: Sendable {
        case question(AskID)
        case ending(String)
        case acknowledgement(PolicySession.Purpose, id: String)
    }

    private(set) var settings: PolicyControlSettings
    private(set) var sessions: [PolicySession.Purpose: PolicySession] = [:]
    private var names: [String: PolicySession.Purpose] = [:]
    private(set) var endings: [String: Ending] = [:]
    private var questions: [AskID: Question] = [:]
    private var deadlines = DeadlineQueue<Wake>()
    private var lastAsk: UInt64 = 0
    /// Answers that wait.
    var responses = HeldResponses<AskID>()
    /// Sessions, by their Session-Id, for the store.
    var changes = Changes<String>()
    /// The flows by which each user is registered, where signalling is watched.
    var registered: [RegisteredContacts.User: Set<Hop>] = [:]
    /// Flows whose phones are known to be out of reach, until they register again (TS 23.228 §5.10.3.0).
    var lostFlows: Set<Hop> = []

    /// How often an STR without an answer is sent again, and after how long at first and at most.
    private static let tries = 12
    private static let pauses = (first: Duration.seconds(2), longest: Duration.seconds(300))
    /// RFC 3261 §13.3.1.4: after that no ACK comes any more.
    private static let acknowledgementTime = Duration.seconds(32)

    init(_ settings: PolicyControlSettings) { self.settings = settings }

    var nextDeadline: Instant? { deadlines.next }
    var waiting: Int { questions.count }

    subscript(purpose: PolicySession.Purpose) -> PolicySession? { sessions[purpose] }

    subscript(id: String) -> PolicySession? { names[id].flatMap { sessions[$0] } }

    // MARK: Sessions

    mutating func begin(_ session: PolicySession) {
        names[session.id] = session.purpose
        sessions[session.purpose] = session
    }

    mutating func newID() -> String { settings.sessions.next() }

    mutating func change(_ purpose: PolicySession.Purpose, _ body: (inout PolicySession) -> Void) {
        // Taken out and put back, so that it is changed where it is.
        guard var session = sessions.removeValue(forKey: purpose) else { return }
        body(&session)
        sessions[purpose] = session
    }

    /// It is to be in the store as it is now, when the PCRF may know of it.
    mutating func keep(_ purpose: PolicySession.Purpose) {
        if let session = sessions[purpose] { changes.note(session.id) }
    }

    /// The session under a new Session-Id: the PCRF does not know the old one.
    mutating func rename(_ purpose: PolicySession.Purpose) {
        guard var session = sessions[purpose] else { return }
        names[session.id] = nil
        changes.note(session.id)
        session.id = newID()
        session.isGranted = false
        session.peer = nil
        begin(session)
    }

    /// A session is over. - Returns: the STR, when the PCRF may know of it.
    mutating func end(
        _ purpose: PolicySession.Purpose, _ cause: TerminationCause, at now: Instant
    ) -> (DiameterMessage, AskID)? {
        guard let session = sessions.removeValue(forKey: purpose) else { return nil }
        names[session.id] = nil
        // What the PCRF may know stays in the store until it has heard of the end.
        guard session.mayBeKnown else { return nil }
        endings[session.id] = Ending(peer: session.peer, cause: cause)
        return terminate(session.id, at: now)
    }

    /// One that has ended while we were away.
    mutating func resume(_ id: String, _ ending: Ending, at now: Instant) {
        endings[id] = ending
        deadlines.schedule(.ending(id), at: now + Self.pauses.first)
    }

    private mutating func terminate(_ id: String, at now: Instant) -> (DiameterMessage, AskID)? {
        guard let ending = endings[id] else { return nil }
        let request = SessionTerminationRequest(session: id, terminationCause: ending.cause)
        let ask = nextAsk(.termination(id), at: now)
        return (
            request.message(
                origin: settings.origin, destinationRealm: settings.realm,
                destinationHost: ending.peer ?? settings.host), ask
        )
    }

    // MARK: Questions

    private mutating func nextAsk(_ question: Question, at now: Instant) -> AskID {
        lastAsk += 1
        let ask = AskID(rawValue: lastAsk)
        questions[ask] = question
        deadlines.schedule(.question(ask), at: now + settings.patience)
        return ask
    }

    /// The AAR of a session as it is known now. - Returns: nil when there is nothing to ask.
    mutating func ask(
        _ purpose: PolicySession.Purpose, for held: Held, isSecond: Bool = false, at now: Instant
    ) -> (DiameterMessage, AskID)? {
        guard let request = sessions[purpose]?.request(settings) else { return nil }
        change(purpose) { $0.mayBeKnown = true }
        let ask = nextAsk(.authorization(purpose, held, isSecond: isSecond), at: now)
        return (
            request.message(
                origin: settings.origin, destinationRealm: settings.realm,
                destinationHost: sessions[purpose]?.peer ?? settings.host), ask
        )
    }

    /// nil for one whose time was over.
    mutating func answered(_ ask: AskID) -> Question? { questions.removeValue(forKey: ask) }

    /// A request that waits is given up by its sender. - Returns: nil when none of this transaction waits.
    mutating func cancel(_ server: ServerTransactionID) -> Passage? {
        for (ask, question) in questions {
            guard case .authorization(let purpose, .request(_, let passage, server), let isSecond) = question else {
                continue
            }
            questions[ask] = .authorization(purpose, .nothing, isSecond: isSecond)
            return passage
        }
        return nil
    }

    // MARK: The end of a session at the PCRF

    mutating func terminated(_ id: String) {
        endings[id] = nil
        changes.note(id)
    }

    /// The PCRF has not heard of it. - Returns: false when it is given up.
    mutating func notTerminated(_ id: String, at now: Instant) -> Bool {
        guard var ending = endings[id] else { return true }
        ending.tries += 1
        guard ending.tries < Self.tries else {
            terminated(id)
            return false
        }
        endings[id] = ending
        let pause = min(Self.pauses.first * (1 << ending.tries), Self.pauses.longest)
        deadlines.schedule(.ending(id), at: now + pause)
        return true
    }

    // MARK: Time

    /// A call is to end with its ACK, or without one when none comes.
    mutating func expectAcknowledgement(_ purpose: PolicySession.Purpose, _ why: String, at now: Instant) {
        guard let id = sessions[purpose]?.id else { return }
        sessions[purpose]?.end = why
        deadlines.schedule(.acknowledgement(purpose, id: id), at: now + Self.acknowledgementTime)
    }

    enum Due: Sendable {
        case question(AskID, Question)
        case termination(DiameterMessage, AskID)
        /// The ACK of this call does not come.
        case call(PolicySession.Purpose)
    }

    mutating func nextDue(at now: Instant) -> Due? {
        while let (wake, _) = deadlines.popDue(at: now) {
            switch wake {
            case .question(let ask):
                if let question = questions.removeValue(forKey: ask) { return .question(ask, question) }
            case .ending(let id):
                if let (message, ask) = terminate(id, at: now) { return .termination(message, ask) }
            case .acknowledgement(let purpose, let id):
                if sessions[purpose]?.id == id, sessions[purpose]?.end != nil { return .call(purpose) }
            }
        }
        return nil
    }
}
