import Diameter
import IMS
import Octets
import SIP

/// How the network treats datagrams. Streams and associations are reliable, as TCP and SCTP are.
package struct LinkConditions: Sendable {
    package var latency: Duration = .milliseconds(1)
    /// Added to the latency, evenly spread; more than the gap between two datagrams reorders them.
    package var jitter: Duration = .zero
    /// Of 1,000.
    package var loss: UInt64 = 0
    package var duplication: UInt64 = 0
    /// How many a duplicated datagram becomes.
    package var copies = 2

    package init(
        latency: Duration = .milliseconds(1), jitter: Duration = .zero, loss: UInt64 = 0, duplication: UInt64 = 0,
        copies: Int = 2
    ) {
        self.latency = latency
        self.jitter = jitter
        self.loss = loss
        self.duplication = duplication
        self.copies = copies
    }

    package static let perfect = LinkConditions()
}

/// Whole nodes on a network that exists only as a queue of deliveries in virtual time.
///
/// One seed decides latency, loss, duplication and order; the same seed gives the same octets at the same instants,
/// which `digest` shows.
package final class SimulatedNetwork {
    package private(set) var now = Instant.zero
    package var conditions: LinkConditions
    /// FNV-1a over every datagram and message delivered, with its time.
    package private(set) var digest: UInt64 = 0xcbf2_9ce4_8422_2325
    package private(set) var delivered = 0
    package private(set) var lost = 0
    package var dns = SimulatedDNS()
    /// Where the network itself says that nobody is there (ICMP); elsewhere a datagram to nobody is lost in silence.
    package var unreachable: Set<Endpoint> = []
    /// Changes what is delivered, datagrams and messages of associations alike.
    package var tamper: (([UInt8]) -> [UInt8])?
    /// How much longer a message of an association takes, by its sender: a node that is slow with some of its work.
    package var slowness: ((_ message: [UInt8], _ sender: any SimulatedNode) -> Duration)?

    private var entropy: Entropy
    private var nodes: [any SimulatedNode] = []
    private var deliveries = DeadlineQueue<Delivery>()
    private var associations: [AssociationEnd: AssociationEnd] = [:]
    private var lastAssociation: UInt64 = 0
    private var silent: Set<Int> = []
    /// Each end of a stream with the other, and the streams of each node by where they lead.
    private var streams: [StreamEnd: StreamEnd] = [:]
    private var streamsByRemote: [StreamKey: ConnectionID] = [:]
    private var lastConnection: UInt64 = 0
    /// What waits for each frozen node.
    private var held: [Int: [Delivery]] = [:]

    private struct AssociationEnd: Hashable, Sendable {
        var node: Int
        var association: AssociationID
    }

    private struct StreamEnd: Hashable {
        var node: Int
        var connection: ConnectionID
        var listener: ListenerID
        var remote: Endpoint
    }

    private struct StreamKey: Hashable {
        var node: Int
        var listener: ListenerID
        var remote: Endpoint
    }

    private enum Delivery: Sendable {
        /// Or a piece of a stream, when the hop names a connection.
        case datagram([UInt8], node: Int, Hop, SimulatedSecurity.Cover)
        case association([UInt8], AssociationEnd)
        case accepted(AssociationEnd, from: Endpoint)
        case closed(AssociationEnd)
        case connect(from: Int, PeerConfiguration)
        case deadline(node: Int, Instant)
        case call(Int)
        case resolved(node: Int, DNSQuery, DNSAnswer)
        case sendFailed(node: Int, Hop)

        /// Whom it is for; nil for the network itself.
        var target: Int? {
            switch self {
            case .datagram(_, let node, _, _), .deadline(let node, _), .resolved(let node, _, _),
                .sendFailed(let node, _):
                node
            case .association(_, let end), .accepted(let end, _), .closed(let end): end.node
            case .connect, .call: nil
            }
        }

        var isOfTheWire: Bool { if case .deadline = self { false } else { target != nil } }
    }

    private var calls: [(SimulatedNetwork) -> Void] = []

    package init(seed: UInt64, conditions: LinkConditions = .perfect) {
        entropy = Entropy(number: seed)
        self.conditions = conditions
    }

    /// Adds a node; it starts when the network runs.
    package func add(_ node: any SimulatedNode) {
        node.index = nodes.count
        nodes.append(node)
        perform(node.start(at: now), from: node)
    }

    /// Does something at an instant of the virtual time.
    package func at(_ instant: Instant, _ call: @escaping (SimulatedNetwork) -> Void) {
        calls.append(call)
        deliveries.schedule(.call(calls.count - 1), at: instant)
    }

    /// Takes a node off the network at once, as `kill -9` does; its associations end.
    package func crash(_ node: any SimulatedNode) {
        node.isUp = false
        let ends = associations.filter { $0.key.node == node.index }
        for (end, other) in ends.sorted(by: { $0.key.association.rawValue < $1.key.association.rawValue }) {
            associations[end] = nil
            associations[other] = nil
            deliveries.schedule(.closed(other), at: now + conditions.latency)
        }
    }

    /// Brings back a node that crashed, with nothing of what it knew: its core is a new one.
    package func restart<Function: NetworkFunction>(
        _ node: SimulatedCore<Function>, with core: NodeCore<Function>
    ) {
        node.core = core
        node.isUp = true
        node.armed = nil
        perform(node.start(at: now), from: node)
    }

    /// A cable pulled, or a firewall that drops: nothing reaches the node or leaves it from now on, and nobody is told. Its
    /// associations stand, its timers run.
    package func silence(_ node: any SimulatedNode) { silent.insert(node.index) }

    /// Ends `silence`. What was sent meanwhile is lost.
    package func unsilence(_ node: any SimulatedNode) { silent.remove(node.index) }

    /// `SIGSTOP`: the node does nothing, while its system still accepts connections and what is sent to it waits.
    package func freeze(_ node: any SimulatedNode) { held[node.index] = held[node.index] ?? [] }

    /// `SIGCONT`: the node finds all that has waited for it, late.
    package func thaw(_ node: any SimulatedNode) {
        for delivery in held.removeValue(forKey: node.index) ?? [] { deliveries.schedule(delivery, at: now) }
    }

    /// Lets the virtual time pass until `instant`, or until nothing is under way and nobody waits.
    package func run(until instant: Instant) {
        while let due = deliveries.next, due <= instant, let (delivery, time) = deliveries.popDue(at: due) {
            now = time
            deliver(delivery)
        }
        now = max(now, instant)
    }

    package func command(_ command: Command, to node: any SimulatedNode) {
        perform(node.command(command, at: now), from: node)
    }

    /// A further result of a piece of work that a node has ordered.
    package func deliver<Function: NetworkFunction>(
        _ result: Function.WorkResult, of work: WorkID, to node: SimulatedCore<Function>
    ) { perform(node.performed(work, result, at: now), from: node) }

    /// A datagram from a place where no node is.
    package func inject(_ octets: [UInt8], from hop: Hop, to node: any SimulatedNode) {
        record(octets)
        perform(node.receive(datagram: octets, from: hop, at: now), from: node)
    }

    /// Somebody connects to a node from a place where no node is; what it is answered gets lost.
    package func connect(_ association: AssociationID, from stranger: Endpoint, to node: any SimulatedNode) {
        perform(node.accepted(association, from: stranger, at: now), from: node)
    }

    /// A message of such a stranger.
    package func inject(_ octets: [UInt8], on association: AssociationID, to node: any SimulatedNode) {
        record(octets)
        perform(node.receive(octets, on: association, at: now), from: node)
    }

    /// Such a stranger goes.
    package func hangUp(_ association: AssociationID, of node: any SimulatedNode) {
        perform(node.closed(association, at: now), from: node)
    }

    /// The transport of an association says something of it, as SCTP does of its paths.
    package func notice(_ notice: AssociationNotice, of association: AssociationID, to node: any SimulatedNode) {
        perform(node.noticed(notice, of: association, at: now), from: node)
    }

    private func deliver(_ delivery: Delivery) {
        if let target = delivery.target {
            guard held[target] == nil else {
                held[target]?.append(delivery)
                return
            }
            guard !silent.contains(target) || !delivery.isOfTheWire else {
                lost += 1
                return
            }
        }
        switch delivery {
        case .datagram(let octets, let index, let hop, let cover):
            guard nodes[index].isUp else { return }
            if let security = nodes[index].security, let local = nodes[index].listeners[hop.listener],
                !security.admits(cover, from: hop.remote, to: local)
            {
                lost += 1
                return
            }
            let octets = tamper?(octets) ?? octets
            record(octets)
            let effects =
                hop.connection == nil
                ? nodes[index].receive(datagram: octets, from: hop, at: now)
                : nodes[index].receive(stream: octets, from: hop, at: now)
            perform(effects, from: nodes[index])
        case .association(let octets, let end):
            guard nodes[end.node].isUp, associations[end] != nil else { return }
            let octets = tamper?(octets) ?? octets
            record(octets)
            perform(nodes[end.node].receive(octets, on: end.association, at: now), from: nodes[end.node])
        case .accepted(let end, let remote):
            perform(nodes[end.node].accepted(end.association, from: remote, at: now), from: nodes[end.node])
        case .closed(let end):
            guard nodes[end.node].isUp else { return }
            perform(nodes[end.node].closed(end.association, at: now), from: nodes[end.node])
        case .connect(let index, let peer): connect(nodes[index], to: peer)
        case .deadline(let index, let deadline):
            guard nodes[index].isUp, nodes[index].armed == deadline else { return }
            nodes[index].armed = nil
            perform(nodes[index].fire(at: now), from: nodes[index])
        case .call(let index): calls[index](self)
        case .resolved(let index, let query, let answer):
            guard nodes[index].isUp else { return }
            perform(nodes[index].resolved(query, answer, at: now), from: nodes[index])
        case .sendFailed(let index, let hop):
            guard nodes[index].isUp else { return }
            perform(nodes[index].sendFailed(to: hop, at: now), from: nodes[index])
        }
    }

    private func connect(_ node: any SimulatedNode, to peer: PeerConfiguration) {
        guard node.isUp else { return }
        guard let other = nodes.first(where: { $0.isUp && $0.identity == peer.identity }) else {
            return perform(node.connectFailed(peer.identity, at: now), from: node)
        }
        // Nobody answers: the node itself gives up some time.
        guard !silent.contains(other.index), !silent.contains(node.index) else { return }
        lastAssociation += 2
        let mine = AssociationEnd(node: node.index, association: AssociationID(rawValue: lastAssociation - 1))
        let theirs = AssociationEnd(node: other.index, association: AssociationID(rawValue: lastAssociation))
        associations[mine] = theirs
        associations[theirs] = mine
        deliver(.accepted(theirs, from: node.address))
        perform(node.connected(peer.identity, mine.association, at: now), from: node)
    }

    private func perform(_ effects: [SimulatedEffect], from node: any SimulatedNode) {
        for effect in effects {
            switch effect {
            case .datagram(let octets, let hop) where hop.transport.isStream: stream(octets, to: hop, from: node)
            case .datagram(let octets, let hop): send(octets, to: hop, from: node)
            case .association(let octets, let association):
                let end = AssociationEnd(node: node.index, association: association)
                guard let other = associations[end], !silent.contains(node.index) else { continue }
                let delay = conditions.latency + (slowness?(octets, node) ?? .zero)
                deliveries.schedule(.association(octets, other), at: now + delay)
            case .close(let association):
                let end = AssociationEnd(node: node.index, association: association)
                guard let other = associations.removeValue(forKey: end) else { continue }
                associations[other] = nil
                if !silent.contains(node.index) {
                    deliveries.schedule(.closed(other), at: now + conditions.latency)
                }
                deliveries.schedule(.closed(end), at: now)
            case .resolve(let query):
                guard let answer = dns.answer(query) else { continue }
                deliveries.schedule(.resolved(node: node.index, query, answer), at: now + dns.delay)
            case .connect(let peer):
                deliveries.schedule(.connect(from: node.index, peer), at: now + conditions.latency)
            }
        }
        if let next = node.nextDeadline, node.armed.map({ next < $0 }) ?? true {
            node.armed = max(next, now)
            deliveries.schedule(.deadline(node: node.index, max(next, now)), at: max(next, now))
        }
    }

    private func send(_ octets: [UInt8], to hop: Hop, from node: any SimulatedNode) {
        guard let (target, listener) = listener(at: hop.remote), let source = node.listeners[hop.listener],
            !silent.contains(node.index)
        else {
            lost += 1
            if unreachable.contains(hop.remote) {
                deliveries.schedule(.sendFailed(node: node.index, hop), at: now + conditions.latency)
            }
            return
        }
        let cover = node.security.map { $0.outgoing(from: source, to: hop.remote) } ?? .clear
        guard let cover else {
            lost += 1
            return
        }
        let copies = happens(conditions.duplication) ? conditions.copies : 1
        for _ in 0..<copies {
            guard !happens(conditions.loss) else {
                lost += 1
                continue
            }
            let jitter = conditions.jitter.wholeNanoseconds
            let delay = jitter > 0 ? Duration.nanoseconds(Int64(entropy.next64() % UInt64(jitter))) : .zero
            deliveries.schedule(
                .datagram(octets, node: target, Hop(.udp, listener, source), cover),
                at: now + conditions.latency + delay)
        }
    }

    /// TCP: nothing is lost but what the hosts' associations do not let through, and what leads to nobody fails.
    private func stream(_ octets: [UInt8], to hop: Hop, from node: any SimulatedNode) {
        guard let source = node.listeners[hop.listener], !silent.contains(node.index), let end = streamEnd(hop, node)
        else {
            deliveries.schedule(.sendFailed(node: node.index, hop), at: now + conditions.latency)
            return
        }
        let remote = nodes[end.node].listeners[end.listener] ?? hop.remote
        let cover = node.security.map { $0.outgoing(from: source, to: remote) } ?? .clear
        guard let cover else {
            lost += 1
            deliveries.schedule(.sendFailed(node: node.index, hop), at: now + .seconds(5))
            return
        }
        let arrival = Hop(.tcp, end.listener, end.remote, connection: end.connection)
        deliveries.schedule(.datagram(octets, node: end.node, arrival, cover), at: now + conditions.latency)
    }

    /// The far end of the stream that a hop means, opened when there is none.
    private func streamEnd(_ hop: Hop, _ node: any SimulatedNode) -> StreamEnd? {
        let key = StreamKey(node: node.index, listener: hop.listener, remote: hop.remote)
        for connection in [hop.connection, streamsByRemote[key]] {
            guard let connection else { continue }
            let own = StreamEnd(node: node.index, connection: connection, listener: hop.listener, remote: hop.remote)
            if let other = streams[own], nodes[other.node].isUp { return other }
        }
        guard let (target, listener) = listener(at: hop.remote, streams: true),
            let source = node.listeners[hop.listener]
        else { return nil }
        lastConnection += 2
        let mine = StreamEnd(
            node: node.index, connection: ConnectionID(rawValue: lastConnection - 1), listener: hop.listener,
            remote: hop.remote)
        let theirs = StreamEnd(
            node: target, connection: ConnectionID(rawValue: lastConnection), listener: listener, remote: source)
        for (one, other) in [(mine, theirs), (theirs, mine)] {
            streams[one] = other
            streamsByRemote[StreamKey(node: one.node, listener: one.listener, remote: one.remote)] = one.connection
        }
        return theirs
    }

    private func listener(at endpoint: Endpoint, streams: Bool = false) -> (node: Int, ListenerID)? {
        for node in nodes where node.isUp {
            if let listener = node.listeners.first(where: {
                $0.value == endpoint && node.streams.contains($0.key) == streams
            })?.key {
                return (node.index, listener)
            }
        }
        return nil
    }

    private func happens(_ perMille: UInt64) -> Bool { perMille > 0 && entropy.next64() % 1_000 < perMille }

    private func record(_ octets: [UInt8]) {
        delivered += 1
        for shift in stride(from: Int64(0), to: 64, by: 8) {
            digest = (digest ^ UInt64(truncatingIfNeeded: now.nanoseconds >> shift & 255)) &* 0x100_0000_01b3
        }
        for octet in octets { digest = (digest ^ UInt64(octet)) &* 0x100_0000_01b3 }
    }
}
