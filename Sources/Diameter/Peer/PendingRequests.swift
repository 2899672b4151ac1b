import Octets

/// Requests that wait for their answers, by Hop-by-Hop Identifier: the pending message queue of RFC 6733 §5.5.4.
package struct PendingRequests: Sendable {
    package struct Request: Equatable, Sendable {
        package var ask: AskID
        /// As it was sent, ready to be sent again.
        package var message: DiameterMessage
        package var peer: Int
        package var association: AssociationID
        package var deadline: Instant

        package init(ask: AskID, message: DiameterMessage, peer: Int, association: AssociationID, deadline: Instant) {
            self.ask = ask
            self.message = message
            self.peer = peer
            self.association = association
            self.deadline = deadline
        }
    }

    private var requests: [HopByHopID: Request] = [:]
    private var deadlines = DeadlineQueue<HopByHopID>()
    private var perPeer: [Int: Int] = [:]

    package init() {}

    package var count: Int { requests.count }
    package func count(at peer: Int) -> Int { perPeer[peer] ?? 0 }

    /// Some of what is due may have been answered by then.
    package var nextDeadline: Instant? { requests.isEmpty ? nil : deadlines.next }

    package func contains(_ hopByHop: HopByHopID) -> Bool { requests[hopByHop] != nil }

    package mutating func insert(_ request: Request) {
        let hopByHop = request.message.hopByHop
        requests[hopByHop] = request
        deadlines.schedule(hopByHop, at: request.deadline)
        perPeer[request.peer, default: 0] += 1
    }

    /// Takes out the request that an answer belongs to; nil when it comes too late, from elsewhere, or from nowhere.
    package mutating func take(
        answeredBy hopByHop: HopByHopID, _ endToEnd: EndToEndID, on association: AssociationID
    ) -> Request? {
        guard let request = requests[hopByHop], request.association == association,
            request.message.endToEnd == endToEnd
        else { return nil }
        remove(hopByHop, request)
        return request
    }

    /// Takes out the request of that identifier on that connection, whatever came for it.
    package mutating func take(_ hopByHop: HopByHopID, on association: AssociationID) -> Request? {
        guard let request = requests[hopByHop], request.association == association else { return nil }
        remove(hopByHop, request)
        return request
    }

    /// Takes out one request whose time is over.
    package mutating func takeExpired(at now: Instant) -> Request? {
        while let (hopByHop, deadline) = deadlines.popDue(at: now) {
            guard let request = requests[hopByHop], request.deadline == deadline else { continue }
            remove(hopByHop, request)
            return request
        }
        return nil
    }

    /// Takes out all that wait at a peer, oldest first.
    package mutating func takeAll(at peer: Int) -> [Request] {
        let waiting = requests.filter { $0.value.peer == peer }
        for (hopByHop, request) in waiting { remove(hopByHop, request) }
        return waiting.values.sorted {
            ($0.deadline, $0.message.hopByHop.rawValue) < ($1.deadline, $1.message.hopByHop.rawValue)
        }
    }

    private mutating func remove(_ hopByHop: HopByHopID, _ request: Request) {
        requests[hopByHop] = nil
        perPeer[request.peer, default: 1] -= 1
    }
}
