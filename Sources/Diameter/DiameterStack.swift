import Octets

/// The Diameter base protocol of one node: octets, requests and the time in; octets, requests and answers out.
///
/// It joins the peer machines (RFC 6733 §5.6) and watchdogs (RFC 3539), the pending requests, and routing by
/// Destination-Host and Destination-Realm. It opens no socket: the driver does what the outputs say, in their order.
package struct DiameterStack: Sendable {
    package let local: LocalNode
    package let settings: DiameterSettings
    package internal(set) var statistics = DiameterStatistics()

    var table: [Peer] = []
    var associations: [AssociationID: Association] = [:]
    var pending = PendingRequests()
    var served: [RequestToken: ServedRequest] = [:]
    var duplicates: DuplicateDetection
    var redirects = RedirectCache()
    var entropy: Entropy
    var isStopping = false
    private var lastHopByHop: UInt32
    private var lastEndToEnd: UInt32
    private var lastToken: UInt64 = 0

    package init(
        local: LocalNode, peers: [PeerConfiguration], settings: DiameterSettings = .standard, entropy: Entropy
    ) {
        self.local = local
        self.settings = settings
        table = peers.map { Peer($0) }
        duplicates = DuplicateDetection(settings: settings.duplicates)
        var entropy = entropy
        lastHopByHop = entropy.next32()
        // RFC 6733 §3: the upper 12 bits grow with the time of start, the lower 20 are random.
        lastEndToEnd = (local.originStateID ?? entropy.next32()) << 20 | entropy.next32() & 0xF_FFFF
        self.entropy = entropy
    }

    /// The peers as the operator sees them, configured ones first.
    package var peers: [PeerSnapshot] {
        table.indices.filter { !table[$0].isTransient || table[$0].machine.state != .closed }.map { index in
            let peer = table[index]
            return PeerSnapshot(
                identity: peer.identity, realm: peer.configuration.realm, state: peer.machine.state.rawValue,
                isOpen: peer.machine.state.isOpen, watchdog: peer.watchdog.state.rawValue,
                remote: peer.remote ?? peer.configuration.remote,
                transport: peer.transport ?? peer.configuration.transport,
                applications: peer.applications.sorted { $0.rawValue < $1.rawValue }, isRelay: peer.isRelay,
                priority: peer.configuration.priority, weight: peer.configuration.weight,
                circuit: peer.circuit.state, counters: peer.counters, lastError: peer.lastError,
                inFlight: pending.count(at: index),
                roundTrip: peer.roundTrip, originStateID: peer.originStateID,
                nextAttempt: peer.machine.state == .closed ? peer.watchdogDeadline : nil)
        }
    }

    /// After `disconnect`: every connection has ended.
    package var isDrained: Bool { isStopping && associations.isEmpty }

    /// Our requests without an answer yet.
    package var inFlight: Int { pending.count }

    /// When `fire` is due.
    package var nextDeadline: Instant? {
        var next = pending.nextDeadline
        for peer in table {
            next = earlier(next, peer.stateDeadline)
            next = earlier(next, peer.watchdogDeadline)
        }
        for association in associations.values {
            if case .unknown(let deadline) = association.owner { next = earlier(next, deadline) }
        }
        return next
    }

    /// Timers that are due.
    package mutating func fire(at now: Instant, into outputs: inout [DiameterStackOutput]) {
        for index in table.indices {
            if let deadline = table[index].stateDeadline, deadline <= now {
                table[index].stateDeadline = nil
                stateTimedOut(index, at: now, into: &outputs)
            }
            if let deadline = table[index].watchdogDeadline, deadline <= now {
                table[index].watchdogDeadline = nil
                watch(index, .timerExpired, at: now, into: &outputs)
            }
        }
        closeSilentNewcomers(at: now, into: &outputs)
        expireRequests(at: now, into: &outputs)
    }

    mutating func makeHopByHop() -> HopByHopID {
        repeat { lastHopByHop &+= 1 } while pending.contains(HopByHopID(rawValue: lastHopByHop))
        return HopByHopID(rawValue: lastHopByHop)
    }

    mutating func makeEndToEnd() -> EndToEndID {
        lastEndToEnd &+= 1
        return EndToEndID(rawValue: lastEndToEnd)
    }

    mutating func makeToken() -> RequestToken {
        lastToken &+= 1
        return RequestToken(rawValue: lastToken)
    }

    private func earlier(_ left: Instant?, _ right: Instant?) -> Instant? {
        guard let left, let right else { return left ?? right }
        return min(left, right)
    }
}
