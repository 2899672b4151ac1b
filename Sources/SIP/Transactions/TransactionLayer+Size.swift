import Octets

// Requests too long for a datagram, RFC 3261 §18.1.1.
extension TransactionLayer {
    /// The TCP hop for a request of so many octets; nil when it may, or has to, go where it was sent.
    func streamHop(for count: Int, to hop: Hop, at now: Instant) -> Hop? {
        guard hop.transport == .udp, !hop.isFlow, let datagrams = listeners[hop.listener],
            count > datagrams.datagramLimit, let stream = datagrams.stream, !datagramPeers.contains(hop.remote, at: now)
        else { return nil }
        return Hop(.tcp, stream, hop.remote)
    }

    /// Puts our Via on and keeps the octets. A request that is too long for UDP gets the Via of TCP, and its place the
    /// other hop.
    mutating func prepare(_ request: inout SIPMessage, on slot: SlotID, branch: ClientBranch, at now: Instant) {
        let hop = clients[slot].hop
        guard let listener = listeners[hop.listener] else { return }
        request.pushVia { listener.write(branch, to: &$0) }
        var octets = request.serialized()
        if let streamHop = streamHop(for: octets.count, to: hop, at: now), let stream = listeners[streamHop.listener] {
            request.removeFirstValue(.via)
            request.pushVia { stream.write(branch, to: &$0) }
            octets = request.serialized()
            clients[slot].datagramListener = hop.listener
            clients[slot].hop = streamHop
        }
        clients[slot].octets = octets
    }

    /// No connection for a request that is only on TCP for its size: the same request, of the same branch, over UDP.
    /// - Returns: false when it did not come to that, or an answer has been there already.
    mutating func fallBack(_ slot: SlotID, at now: Instant, into output: inout [SIPStackOutput]) -> Bool {
        guard let id = clients[slot].datagramListener, let listener = listeners[id], clients[slot].machine.isUnanswered,
            var request = Self.parsed(clients[slot].octets), let branch = Self.branch(of: request)
        else { return false }
        pending.remove(slot, in: &clients)
        request.removeFirstValue(.via)
        request.pushVia { listener.write(branch, to: &$0) }
        clients[slot].hop = Hop(.udp, id, clients[slot].hop.remote)
        clients[slot].datagramListener = nil
        clients[slot].octets = request.serialized()
        if clients[slot].method == .invite { clients[slot].invite = request }
        clients[slot].timers = ArmedTimers()
        pending.insert(slot, in: &clients)
        restart(slot, at: now, into: &output)
        return true
    }

    private static func parsed(_ octets: [UInt8]) -> SIPMessage? {
        do { return try SIPMessage(parsing: octets) } catch { return nil }
    }

    private static func branch(of request: SIPMessage) -> ClientBranch? {
        do { return try request.first(Via.self)?.branch.flatMap(ClientBranch.init(parsing:)) } catch { return nil }
    }
}

extension ClientRecord.Machine {
    /// Nothing has come back yet.
    var isUnanswered: Bool {
        switch self {
        case .invite(let machine): machine.state == .calling
        case .nonInvite(let machine): machine.state == .trying
        }
    }
}
