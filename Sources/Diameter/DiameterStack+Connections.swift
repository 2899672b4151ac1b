import Octets

/// Connections coming and going, RFC 6733 §2.1 and §5.6.1.
extension DiameterStack {
    /// Connects to every peer that we are to connect to.
    package mutating func start(at now: Instant, into outputs: inout [DiameterStackOutput]) {
        for index in table.indices where table[index].configuration.connects {
            apply(.start, to: index, at: now, into: &outputs)
        }
    }

    /// The connection asked for by `.connect` stands.
    package mutating func connected(
        _ identity: DiameterIdentity, _ association: AssociationID, via transport: DiameterTransport? = nil,
        at now: Instant, into outputs: inout [DiameterStackOutput]
    ) {
        guard !isStopping, let index = table.firstIndex(where: { $0.identity == identity }),
            table[index].machine.state == .waitConnAck || table[index].machine.state == .waitConnAckElect
        else {
            outputs.append(.close(association))
            return
        }
        associations[association] = Association(
            framer: DiameterFramer(limits: settings.limits), owner: .peer(index, .initiator),
            remote: table[index].configuration.remote, transport: transport)
        table[index].initiator = association
        apply(.connected, to: index, at: now, into: &outputs)
    }

    /// The connection asked for by `.connect` could not be made.
    package mutating func connectFailed(
        _ identity: DiameterIdentity, reason: String = "connection refused", at now: Instant,
        into outputs: inout [DiameterStackOutput]
    ) {
        guard let index = table.firstIndex(where: { $0.identity == identity }) else { return }
        table[index].lastError = reason
        apply(.connectFailed, to: index, at: now, into: &outputs)
    }

    /// Somebody has connected to us. Nothing but a CER is taken from them, and not for long.
    package mutating func accepted(
        _ association: AssociationID, from remote: Endpoint, via transport: DiameterTransport? = nil,
        at now: Instant, into outputs: inout [DiameterStackOutput]
    ) {
        var waiting = 0
        for other in associations.values { if case .unknown = other.owner { waiting += 1 } }
        guard !isStopping, waiting < settings.waitingConnections else {
            let reason: DiameterRefusal.Reason = isStopping ? .stopping : .tooManyConnections
            outputs.append(.close(association))
            outputs.append(.refused(DiameterRefusal(reason, remote: remote, "Connection from \(remote) closed.")))
            return
        }
        associations[association] = Association(
            framer: DiameterFramer(limits: settings.limits), owner: .unknown(until: now + settings.capabilitiesTimeout),
            remote: remote, transport: transport)
    }

    /// A connection has ended by itself.
    package mutating func closed(
        _ id: AssociationID, reason: String = "closed by the peer", at now: Instant,
        into outputs: inout [DiameterStackOutput]
    ) {
        guard let association = associations.removeValue(forKey: id) else { return }
        guard case .peer(let index, let side) = association.owner else { return }
        if table[index].machine.state != .closing { table[index].lastError = reason }
        apply(.disconnected(side), to: index, at: now, into: &outputs)
    }

    /// Says DPR to every open peer and lets nobody in any more; `isDrained` when all have gone.
    package mutating func disconnect(
        cause: DisconnectCause = .rebooting, at now: Instant, into outputs: inout [DiameterStackOutput]
    ) {
        isStopping = true
        for (id, association) in byNumber() {
            if case .unknown = association.owner { close(id, into: &outputs) }
        }
        for index in table.indices {
            table[index].disconnectCause = cause
            table[index].downReason = .stopped
            apply(.stop, to: index, at: now, into: &outputs)
            table[index].watchdogDeadline = nil
        }
    }

    /// A dictionary's own order differs from run to run.
    private func byNumber() -> [(AssociationID, Association)] {
        associations.sorted { $0.key.rawValue < $1.key.rawValue }.map { ($0.key, $0.value) }
    }

    mutating func close(_ id: AssociationID, into outputs: inout [DiameterStackOutput]) {
        guard associations.removeValue(forKey: id) != nil else { return }
        outputs.append(.close(id))
    }

    mutating func closeSilentNewcomers(at now: Instant, into outputs: inout [DiameterStackOutput]) {
        for (id, association) in byNumber() {
            guard case .unknown(let deadline) = association.owner, deadline <= now else { continue }
            close(id, into: &outputs)
            outputs.append(
                .refused(
                    DiameterRefusal(
                        .capabilitiesTimeout, remote: association.remote,
                        "Nobody said CER on a connection from \(association.remote.map(\.description) ?? "a peer").")))
        }
    }
}
