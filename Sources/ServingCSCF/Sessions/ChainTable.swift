import IMS
import Octets
import SIP
import ServiceTriggers

/// What the original dialog identifiers stand for that we have put into Routes, TS 24.229 §5.4.3.2 and §5.4.3.3.
///
/// An identifier is 64 random bits, so that none can be guessed, and stands for one visit of one request to one server.
/// It holds while the request is on its way and for some time afterwards; then, and in a full table, it is unknown.
struct ChainTable: Sendable {
    struct Entry: Sendable {
        let user: ServedUser
        let chain: ServiceChain
        let server: ServerTransactionID
        /// The request has come back under it: whatever happens from now on, the server is alive.
        var hasReturned = false
        /// When it is forgotten; nil while the request is on its way.
        var end: Instant?
    }

    private var entries: [UInt64: Entry] = [:]
    private var byServer: [ServerTransactionID: [UInt64]] = [:]
    private var deadlines = DeadlineQueue<UInt64>()
    private let limit: Int
    /// RFC 3261 §17: a copy may be under way for as long.
    private static let afterlife = Duration.seconds(32)

    init(limit: Int) { self.limit = limit }

    var count: Int { entries.count }
    var isFull: Bool { entries.count >= limit }
    var nextDeadline: Instant? { deadlines.next }

    subscript(token: UInt64) -> Entry? { entries[token] }

    mutating func insert(
        _ user: ServedUser, _ chain: ServiceChain, of server: ServerTransactionID, as token: UInt64
    ) {
        entries[token] = Entry(user: user, chain: chain, server: server)
        byServer[server, default: []].append(token)
    }

    mutating func returned(_ token: UInt64) { entries[token]?.hasReturned = true }

    mutating func remove(_ token: UInt64) {
        guard let entry = entries.removeValue(forKey: token) else { return }
        byServer[entry.server]?.removeAll { $0 == token }
        if byServer[entry.server]?.isEmpty == true { byServer[entry.server] = nil }
    }

    /// The request has had its final response.
    mutating func ended(_ server: ServerTransactionID, at now: Instant) {
        for token in byServer.removeValue(forKey: server) ?? [] {
            entries[token]?.end = now + Self.afterlife
            deadlines.schedule(token, at: now + Self.afterlife)
        }
    }

    mutating func expire(at now: Instant) {
        while let (token, deadline) = deadlines.popDue(at: now) {
            if entries[token]?.end == deadline { entries[token] = nil }
        }
    }

    /// As it stands in the Route.
    static func text(_ token: UInt64) -> String {
        let digits = String(token, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    static func token(_ text: OctetSlice) -> UInt64? {
        guard text.count == 16 else { return nil }
        var token: UInt64 = 0
        for index in text.indices {
            guard let digit = Hex.value(text[index]) else { return nil }
            token = token << 4 | UInt64(digit)
        }
        return token
    }
}
