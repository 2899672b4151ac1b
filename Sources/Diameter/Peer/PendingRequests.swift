import Octets

/// A request under way, whichever peer has it at the moment.
package struct Errand: Equatable, Sendable {
    /// Whom its answer is for.
    package enum Client: Equatable, Sendable {
        case role(AskID)
        case peer(RelayedRequest)
    }

    package var client: Client
    /// As it was sent, ready to be sent again.
    package var message: DiameterMessage
    package var deadline: Instant
    /// The peers that it has been at.
    package var tried: [Int] = []

    package init(for client: Client, message: DiameterMessage, deadline: Instant) {
        self.client = client
        self.message = message
        self.deadline = deadline
    }
}

/// Where the answer to a request that we forwarded goes, RFC 6733 §6.1.9.
package struct RelayedRequest: Equatable, Sendable {
    var peer: Int
    var association: AssociationID
    /// The Hop-by-Hop Identifier that it came with.
    var hopByHop: HopByHopID
}

/// Requests that wait for their answers, by Hop-by-Hop Identifier: the pending message queue of RFC 6733 §5.5.4.
package struct PendingRequests: Sendable {
    package struct Request: Equatable, Sendable {
        package var errand: Errand
        package var peer: Int
        package var association: AssociationID
        /// The one that finds out whether the peer answers again.
        package var isProbe: Bool
        /// How long this peer may keep it; never beyond the errand's own.
        package var deadline: Instant

        package init(
            _ errand: Errand, peer: Int, association: AssociationID, isProbe: Bool = false,
            until deadline: Instant? = nil
        ) {
            self.deadline = min(deadline ?? errand.deadline, errand.deadline)
            self.errand = errand
            self.peer = peer
            self.association = association
            self.isProbe = isProbe
        }
    }

    private var requests: [HopByHopID: Request] = [:]
    private var deadlines = DeadlineQueue<HopByHopID>()
    private var perPeer: [Int] = []

    package init() {}

    package var count: Int { requests.count }
    package func count(at peer: Int) -> Int { peer < perPeer.count ? perPeer[peer] : 0 }

    /// Some of what is due may have been answered by then.
    package var nextDeadline: Instant? { requests.isEmpty ? nil : deadlines.next }

    package func contains(_ hopByHop: HopByHopID) -> Bool { requests[hopByHop] != nil }

    package mutating func insert(_ request: Request) {
        let hopByHop = request.errand.message.hopByHop
        requests[hopByHop] = request
        deadlines.schedule(hopByHop, at: request.deadline)
        while perPeer.count <= request.peer { perPeer.append(0) }
        perPeer[request.peer] += 1
    }

    /// Takes out the request that an answer belongs to; nil when it comes too late, from elsewhere, or from nowhere.
    package mutating func take(answeredBy answer: DiameterMessage, on association: AssociationID) -> Request? {
        let hopByHop = answer.hopByHop
        guard let request = requests[hopByHop], request.association == association,
            request.errand.message.endToEnd == answer.endToEnd,
            request.errand.message.commandCode == answer.commandCode
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

    /// Takes out one request whose time, or whose time at its peer, is over.
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
        guard count(at: peer) > 0 else { return [] }
        let waiting = requests.filter { $0.value.peer == peer }
        for (hopByHop, request) in waiting { remove(hopByHop, request) }
        return waiting.values.sorted {
            ($0.errand.deadline, $0.errand.message.hopByHop.rawValue)
                < ($1.errand.deadline, $1.errand.message.hopByHop.rawValue)
        }
    }

    private mutating func remove(_ hopByHop: HopByHopID, _ request: Request) {
        requests[hopByHop] = nil
        perPeer[request.peer] -= 1
    }
}
