import Octets
import SIP

/// What a role names a session by.
package protocol ChargedSessionKey: Hashable, Sendable {
    /// As the caller names it.
    var id: DialogID { get }
    var side: ChargingRecord.Side { get }
}

/// The sessions under way that are charged for, by what the role names them by. Empty where nothing is charged.
package struct ChargedSessions<Key: ChargedSessionKey>: Sendable {
    private var sessions: [Key: ChargedSession] = [:]
    private let limit: Int

    /// - Parameter limit: of sessions; those beyond end without a record.
    package init(limit: Int) { self.limit = limit }

    package var count: Int { sessions.count }
    /// As it is to be stored.
    package subscript(key: Key) -> ChargedSession? { sessions[key] }

    /// A 2xx begins a session, unless it is a copy of the one that did. - Returns: the record of its start.
    package mutating func begin(_ key: Key, _ session: ChargedSession) -> ChargingRecord? {
        guard sessions[key] == nil, sessions.count < limit else { return nil }
        sessions[key] = session
        return session.start
    }

    /// One that was stored.
    package mutating func restore(_ key: Key, _ session: ChargedSession) {
        guard sessions.count < limit else { return }
        sessions[key] = session
    }

    /// The answer to a request within a session, be it one that nothing is known of any more. - Returns: nil when nothing
    /// has changed that is charged for.
    package mutating func answered(
        _ response: SIPMessage, to request: SIPMessage, in key: Key, at now: Instant
    ) -> ChargingRecord? {
        guard let status = response.status, status.isFinal else { return nil }
        switch request.method {
        case .bye where sessions[key] == nil:
            var stop = ChargingRecord(.stop, of: key.id, key.side)
            stop.number = 1
            stop.endedAt = now
            return stop
        case .bye: return end(key, reason: nil, at: now)
        case .invite, .update: return status.isSuccess ? sessions[key]?.changed(answer: response, to: request) : nil
        default: return nil
        }
    }

    /// - Parameter reason: nil when one of the parties ended it.
    package mutating func end(_ key: Key, reason: String?, at now: Instant) -> ChargingRecord? {
        sessions.removeValue(forKey: key)?.stop(reason: reason, at: now)
    }
}
