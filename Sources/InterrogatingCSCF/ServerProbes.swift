import IMS
import Octets
import SIP

/// Whether the S-CSCFs of the pool are there, asked by OPTIONS (RFC 3261 §11) so that no user's request has to find out:
/// one that is gone costs nobody a wait here once the question about it has gone unanswered.
///
///     due ─ OPTIONS to each ─┬─ any final response ─▶ there
///      ▲                     └─ none in time, twice ▶ silent, until it answers again
///      └──── interval ───────┘
struct ServerProbes: Sendable {
    private let names: [String]
    private let interval: Duration?
    private let patience: Duration
    private var due: Instant?
    private var asked: [ClientTransactionID: String] = [:]
    private var deadlines = DeadlineQueue<ClientTransactionID>()
    /// Questions in a row that were not answered.
    private var failures: [String: Int] = [:]

    /// One lost datagram, or one hiccup, moves nobody's users.
    private static let enough = 2

    /// - Parameter interval: nil to ask nobody.
    init(of names: [String], every interval: Duration?, patience: Duration) {
        self.names = names
        self.interval = interval
        self.patience = patience
    }

    var nextDeadline: Instant? {
        guard !asked.isEmpty, let next = deadlines.next else { return due }
        return due.map { min($0, next) } ?? next
    }

    /// The node is at work: from now on they are asked.
    mutating func begin(at now: Instant) {
        if due == nil, interval != nil, !names.isEmpty { due = now }
    }

    /// Who is to be asked now.
    mutating func takeDue(at now: Instant) -> [String] {
        guard let due, due <= now, let interval else { return [] }
        self.due = now + interval
        return names
    }

    mutating func asked(_ name: String, by client: ClientTransactionID, at now: Instant) {
        asked[client] = name
        deadlines.schedule(client, at: now + patience)
    }

    func isProbe(_ client: ClientTransactionID) -> Bool { asked[client] != nil }

    /// - Returns: the S-CSCF, and whether it had been silent; nil when the response is to no question of these.
    mutating func answered(_ client: ClientTransactionID) -> (name: String, isBack: Bool)? {
        guard let name = asked.removeValue(forKey: client) else { return nil }
        return (name, (failures.removeValue(forKey: name) ?? 0) >= Self.enough)
    }

    /// What a failure says of an S-CSCF.
    enum Verdict { case notYet, silent, stillSilent }

    /// nil when it was no question of these.
    mutating func failed(_ client: ClientTransactionID) -> (name: String, verdict: Verdict)? {
        guard let name = asked.removeValue(forKey: client) else { return nil }
        let count = min((failures[name] ?? 0) + 1, Self.enough + 1)
        failures[name] = count
        return (name, count < Self.enough ? .notYet : count == Self.enough ? .silent : .stillSilent)
    }

    /// The next question that has had its time.
    mutating func popSilent(at now: Instant) -> ClientTransactionID? {
        while let (client, _) = deadlines.popDue(at: now) {
            if asked[client] != nil { return client }
        }
        return nil
    }
}

extension InterrogatingCSCF {
    /// Asks those whose turn it is, and gives up those that were silent.
    mutating func probe(at now: Instant) -> [Action<Never>] {
        var actions: [Action<Never>] = []
        while let client = probes.popSilent(at: now) { actions += probeFailed(client, at: now) ?? [] }
        for name in probes.takeDue(at: now) {
            let client = names.next()
            probes.asked(name, by: client, at: now)
            guard case .sip(let uri)? = try? URI(parsing: OctetSlice(name)), let way = configuration.way(to: uri) else {
                actions += probeFailed(client, at: now) ?? []
                continue
            }
            actions.append(.send(question(to: name, client), by: way, client))
        }
        return actions
    }

    private func question(to name: String, _ client: ClientTransactionID) -> SIPMessage {
        let host = configuration.origin.host.name
        var message = SIPMessage(.options, uri: name)
        message.append(.maxForwards, "70")
        message.append(.from, "<sip:\(host)>;tag=p\(String(client.rawValue, radix: 36))")
        message.append(.to, "<\(name)>")
        message.append(.callID, "probe-\(client.rawValue)@\(host)")
        message.append(CSeq(1, .options))
        return message
    }

    /// nil when it is the answer to no question of ours.
    mutating func probeAnswered(_ client: ClientTransactionID, _ response: SIPMessage) -> [Action<Never>]? {
        guard probes.isProbe(client) else { return nil }
        guard response.status?.isFinal ?? false, let (name, isBack) = probes.answered(client) else { return [] }
        silent.answered(name)
        guard isBack else { return [] }
        return [.observe(Observation(.notice, "The S-CSCF \(name) answers again.", about: Subject(peer: name)))]
    }

    /// nil when it was no question of ours.
    mutating func probeFailed(_ client: ClientTransactionID, at now: Instant) -> [Action<Never>]? {
        guard let (name, verdict) = probes.failed(client) else { return nil }
        guard verdict != .notYet else { return [] }
        silent.mark(name, at: now)
        guard verdict == .silent else { return [] }
        return [
            .observe(
                Observation(
                    .warning, "The S-CSCF \(name) does not answer OPTIONS; others take its users until it does.",
                    about: Subject(peer: name)))
        ]
    }
}
