import Octets
import SIP

/// S-CSCFs that have been sent something and not said anything yet, and those that are known to be silent.
struct ServerWatch: Sendable {
    private var waiting: [ClientTransactionID: (until: Instant, server: OctetSlice)] = [:]
    private var deadlines = DeadlineQueue<ClientTransactionID>()
    private var silent: [OctetSlice: Instant] = [:]

    /// How long one that was silent is passed over without being asked again.
    private static let rest = Duration.seconds(60)
    /// Names come from Service-Routes: more than this are not remembered.
    private static let limit = 256

    var nextDeadline: Instant? { waiting.isEmpty ? nil : deadlines.next }

    mutating func wait(for client: ClientTransactionID, of server: OctetSlice, until: Instant) {
        waiting[client] = (until, server)
        deadlines.schedule(client, at: until)
    }

    func isWaiting(for client: ClientTransactionID) -> Bool { waiting[client] != nil }

    mutating func heard(_ client: ClientTransactionID) {
        guard let entry = waiting.removeValue(forKey: client), !silent.isEmpty else { return }
        silent[entry.server] = nil
    }

    /// It has failed without a word.
    mutating func failed(_ client: ClientTransactionID, at now: Instant) {
        guard let entry = waiting.removeValue(forKey: client) else { return }
        if silent.count >= Self.limit { silent = silent.filter { $0.value > now } }
        guard silent.count < Self.limit || silent[entry.server] != nil else { return }
        silent[OctetSlice(entry.server.array)] = now + Self.rest
    }

    func isSilent(_ server: OctetSlice, at now: Instant) -> Bool { silent[server].map { $0 > now } ?? false }

    /// The next request whose S-CSCF has had its time.
    mutating func popSilent(at now: Instant) -> ClientTransactionID? {
        while let (client, deadline) = deadlines.popDue(at: now) {
            if waiting[client]?.until == deadline { return client }
        }
        return nil
    }
}
