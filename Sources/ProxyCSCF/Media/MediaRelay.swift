import IMS
import Octets
import SIP

/// The questions to the media relay, and the messages that wait for their answers.
///
///     message ── ask ─▶ waiting ── answered ─────────────▶ goes on with the relay's description
///                          │ fire: asked again at 1/4, 3/4 of the patience
///                          └───── its end, or refused ───▶ as the policy says
struct MediaRelay: Sendable {
    /// A session as the relay knows it. One between two of our phones goes through us twice.
    struct Call: Hashable, Sendable {
        let callID: OctetSlice
        let phoneIsCaller: Bool

        init(_ callID: OctetSlice, phoneIsCaller: Bool) {
            self.callID = OctetSlice(callID.array)
            self.phoneIsCaller = phoneIsCaller
        }

        var name: OctetSlice { OctetSlice(callID.array + [UInt8]((phoneIsCaller ? ";o" : ";t").utf8)) }
    }

    enum Held: Sendable {
        case request(SIPMessage, Passage, ServerTransactionID)
        case response(ServerTransactionID)
        case acknowledgement(SIPMessage, NextHop)
    }

    struct Waiting: Sendable {
        let question: MediaRelayQuestion
        let held: Held
        var resendAt: Instant
        let end: Instant
    }

    let settings: MediaRelaySettings
    /// Whether the offer that is open has come in a response, so that the next request answers it.
    private(set) var calls: [Call: Bool] = [:]
    private var waiting: [UInt64: Waiting] = [:]
    /// Descriptions in responses that wait.
    var responses = HeldResponses<UInt64>()
    private var deadlines = DeadlineQueue<UInt64>()
    private var cookies: UInt64

    /// - Parameter cookie: the first one; drawn, so that those of an earlier run are not taken for ours.
    init(_ settings: MediaRelaySettings, from cookie: UInt64) {
        self.settings = settings
        cookies = cookie
    }

    var nextDeadline: Instant? { deadlines.next }

    func relays(_ call: Call) -> Bool { calls[call] != nil }

    mutating func begin(_ call: Call) { calls[call] = false }

    mutating func offered(_ call: Call, inResponse: Bool) {
        if calls[call] != nil { calls[call] = inResponse }
    }

    /// - Returns: the datagram that ends it at the relay; nil when it is not known.
    mutating func end(_ call: Call) -> [UInt8]? {
        guard calls.removeValue(forKey: call) != nil else { return nil }
        cookies &+= 1
        return MediaRelayQuestion(call: call, description: nil).datagram(cookies)
    }

    // MARK: Questions

    /// - Returns: the datagram.
    mutating func ask(_ question: MediaRelayQuestion, for held: Held, at now: Instant) -> [UInt8] {
        cookies &+= 1
        let entry = Waiting(
            question: question, held: held, resendAt: now + settings.patience / 4, end: now + settings.patience)
        waiting[cookies] = entry
        deadlines.schedule(cookies, at: entry.resendAt)
        return question.datagram(cookies)
    }

    /// Asks for a description in a response.
    mutating func ask(
        _ question: MediaRelayQuestion, for response: SIPMessage, _ passage: Passage?, _ server: ServerTransactionID,
        at now: Instant
    ) -> [UInt8] {
        let datagram = ask(question, for: .response(server), at: now)
        responses.hold(response, passage, server, for: cookies)
        return datagram
    }

    mutating func answered(_ cookie: UInt64) -> Waiting? { waiting.removeValue(forKey: cookie) }

    /// Those that are to be asked again, and those whose time is over.
    mutating func fire(at now: Instant) -> (again: [[UInt8]], over: [(cookie: UInt64, Waiting)]) {
        var again: [[UInt8]] = []
        var over: [(cookie: UInt64, Waiting)] = []
        while let (cookie, _) = deadlines.popDue(at: now) {
            guard var entry = waiting[cookie] else { continue }
            if entry.end <= now {
                waiting[cookie] = nil
                over.append((cookie, entry))
                continue
            }
            again.append(entry.question.datagram(cookie))
            entry.resendAt = min(entry.end, now + settings.patience / 2)
            waiting[cookie] = entry
            deadlines.schedule(cookie, at: entry.resendAt)
        }
        return (again, over)
    }

    /// A request that waits is given up by its sender. - Returns: nil when none of this transaction waits.
    mutating func cancel(_ server: ServerTransactionID) -> (SIPMessage, Passage)? {
        for (cookie, entry) in waiting {
            guard case .request(let message, let passage, server) = entry.held else { continue }
            waiting[cookie] = nil
            return (message, passage)
        }
        return nil
    }
}
