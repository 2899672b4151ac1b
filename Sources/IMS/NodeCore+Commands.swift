import Diameter
import Octets
import SIP

/// What every node answers to its operator, whatever its role.
extension NodeCore {
    /// - Returns: nil when the command is the role's own.
    func answer(_ command: Command, at now: Instant) -> Report? {
        switch command.name {
        case "status": status(at: now)
        case "peers": ["peers": .list(peerReports(at: now))]
        case "counters": allCounters
        case "trace": traceReport(command, at: now)
        default: nil
        }
    }

    private func status(at now: Instant) -> Report {
        [
            "role": .text(identity.role.rawValue),
            "name": .text(identity.name),
            "uptime-seconds": .number((now - began).milliseconds / 1_000),
            "transactions": .integer(sip.liveTransactions),
            "peers": .list(peerReports(at: now)),
            "counters": allCounters,
            "draining": .boolean(isDraining),
        ]
    }

    /// The role's counters, then those of Diameter that are not zero.
    private var allCounters: Report {
        guard case .record(var members) = counters.report, let diameter else { return counters.report }
        for (name, value) in diameter.statistics.named where value > 0 {
            members.append(.init("diameter_\(name)_total", .integer(Int(clamping: value))))
        }
        return .record(members)
    }

    private func peerReports(at now: Instant) -> [Report] {
        (diameter?.peers ?? []).map { peer in
            [
                "identity": .text(peer.identity.name),
                "realm": .text(peer.realm.name),
                "open": .boolean(peer.isOpen),
                "state": .text(peer.state),
                "watchdog": .text(peer.watchdog),
                "carrier": carrier(of: peer.identity).map { .text($0) } ?? .null,
                "remote": peer.remote.map { .text($0.description) } ?? .null,
                "priority": .integer(peer.priority),
                "weight": .integer(peer.weight),
                "circuit": .text(peer.circuit.rawValue),
                "in-flight": .integer(peer.inFlight),
                "requests": .integer(Int(clamping: peer.counters.requests)),
                "timeouts": .integer(Int(clamping: peer.counters.timeouts)),
                "late-answers": .integer(Int(clamping: peer.counters.lateAnswers)),
                "failovers": .integer(Int(clamping: peer.counters.failovers)),
                "round-trip-ms": peer.roundTrip.map { .number($0.milliseconds) } ?? .null,
                "last-error": peer.lastError.map { .text($0) } ?? .null,
                "next-attempt-seconds": peer.nextAttempt.map { .number(($0 - now).milliseconds / 1_000) } ?? .null,
            ]
        }
    }

    /// `trace {from: N}`: the kept entries from number N on, keys blotted out; `next` is where to go on.
    private func traceReport(_ command: Command, at now: Instant) -> Report {
        let first = command.arguments["from"].flatMap(UInt64.init) ?? 0
        return [
            "next": .integer(Int(clamping: trace.next)),
            "entries": .list(trace.entries(from: first).map(report)),
        ]
    }

    private func report(_ entry: Trace.Entry) -> Report {
        var members: [Report.Member] = [
            .init("number", .integer(Int(clamping: entry.number))),
            .init("nanoseconds", .integer(Int(entry.time.nanoseconds))),
        ]
        func add(_ name: String, _ value: Report) { members.append(.init(name, value)) }
        switch entry.content {
        case .sip(let octets, let direction, let hop):
            add("protocol", "sip")
            add("direction", .text(direction.rawValue))
            add("peer", .text(hop.remote.description))
            add("transport", .text("\(hop.transport)"))
            add("octets", .text(Base64.encode(Redaction.sip(octets))))
        case .diameter(let octets, let direction, let peer):
            add("protocol", "diameter")
            add("direction", .text(direction.rawValue))
            add("peer", .text(peer))
            add("octets", .text(Base64.encode(Redaction.diameter(octets))))
        case .observation(let observation):
            add("protocol", "observation")
            add("observation", observation.report)
        }
        return .record(members)
    }
}

extension Observation {
    /// As it stands in a log line and in a trace.
    package var report: Report {
        var members: [Report.Member] = []
        func add(_ name: String, _ value: String?) {
            if let value { members.append(.init(name, .text(value))) }
        }
        add("level", "\(level)")
        add("message", message)
        add("call_id", subject.callID)
        add("impi", subject.privateIdentity)
        add("impu", subject.publicIdentity)
        add("peer", subject.peer)
        add("reason", refusal?.code)
        add("answer", refusal?.answer)
        if let refusal, !refusal.hint.isEmpty { add("hint", refusal.hint) }
        return .record(members)
    }
}
