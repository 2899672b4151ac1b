import Diameter
import IMS
import Octets
import SIP

/// What a node does to the network.
package enum SimulatedEffect {
    case datagram([UInt8], to: Hop)
    case association([UInt8], on: AssociationID)
    case close(AssociationID)
    case connect(PeerConfiguration)
    case resolve(DNSQuery)
}

/// A node as the network sees it, whatever its role.
package protocol SimulatedNode: AnyObject {
    var index: Int { get set }
    var isUp: Bool { get set }
    var armed: Instant? { get set }
    var identity: DiameterIdentity? { get }
    var address: Endpoint { get }
    var listeners: [ListenerID: Endpoint] { get }
    /// Those of TCP.
    var streams: Set<ListenerID> { get }
    /// Of the host; nil where nothing is protected.
    var security: SimulatedSecurity? { get }
    var nextDeadline: Instant? { get }

    func start(at now: Instant) -> [SimulatedEffect]
    func receive(datagram: [UInt8], from hop: Hop, at now: Instant) -> [SimulatedEffect]
    func receive(stream octets: [UInt8], from hop: Hop, at now: Instant) -> [SimulatedEffect]
    func receive(_ octets: [UInt8], on association: AssociationID, at now: Instant) -> [SimulatedEffect]
    func closed(_ association: AssociationID, at now: Instant) -> [SimulatedEffect]
    func noticed(_ notice: AssociationNotice, of association: AssociationID, at now: Instant) -> [SimulatedEffect]
    func connected(_ peer: DiameterIdentity, _ association: AssociationID, at now: Instant) -> [SimulatedEffect]
    func connectFailed(_ peer: DiameterIdentity, at now: Instant) -> [SimulatedEffect]
    func accepted(_ association: AssociationID, from: Endpoint, at now: Instant) -> [SimulatedEffect]
    func resolved(_ query: DNSQuery, _ answer: DNSAnswer, at now: Instant) -> [SimulatedEffect]
    func sendFailed(to hop: Hop, at now: Instant) -> [SimulatedEffect]
    /// How long a datagram has waited that is handed in next.
    func waited(_ delay: Duration, at now: Instant)
    func command(_ command: Command, at now: Instant) -> [SimulatedEffect]
    func fire(at now: Instant) -> [SimulatedEffect]
}

extension SimulatedNode {
    package var streams: Set<ListenerID> { [] }
    package var security: SimulatedSecurity? { nil }
    package func receive(stream octets: [UInt8], from hop: Hop, at now: Instant) -> [SimulatedEffect] { [] }
}

/// A `NodeCore` with its role on the simulated network. Work is done at once, by the closure given.
package final class SimulatedCore<Function: NetworkFunction>: SimulatedNode {
    package var index = 0
    package var isUp = true
    package var armed: Instant?
    package let identity: DiameterIdentity?
    package let listeners: [ListenerID: Endpoint]
    package let streams: Set<ListenerID>
    package let security: SimulatedSecurity?
    package internal(set) var core: NodeCore<Function>
    package private(set) var observed: [(at: Instant, observation: Observation)] = []
    /// Lines of its charging file.
    package private(set) var charged: [ChargingRecord] = []
    package private(set) var reports: [CommandID: Report] = [:]
    /// When each command was answered.
    package private(set) var reported: [CommandID: Instant] = [:]

    private let work: (Function.Work) -> Function.WorkResult
    package private(set) var lastCommand: UInt64 = 0
    /// Called before and after what the node itself does, to measure one among others.
    package var bracket: (begin: () -> Void, end: () -> Void)?

    package init(
        _ core: NodeCore<Function>, identity: DiameterIdentity? = nil, listeners: [ListenerID: Endpoint],
        streams: Set<ListenerID> = [], security: SimulatedSecurity? = nil,
        work: @escaping (Function.Work) -> Function.WorkResult
    ) {
        self.core = core
        self.identity = identity
        self.listeners = listeners
        self.streams = streams
        self.security = security
        self.work = work
    }

    /// Takes over what another one holds, and lets go of what this one held.
    package func replaceState(by other: SimulatedCore<Function>) { core = other.core }

    package var address: Endpoint { listeners.values.first ?? Endpoint(.loopback, 0) }
    package var nextDeadline: Instant? { core.nextDeadline }
    package var observations: [Observation] { observed.map(\.observation) }
    package var refusals: [Refusal] { observations.compactMap(\.refusal) }

    package func start(at now: Instant) -> [SimulatedEffect] { handle(.start, at: now) }

    package func receive(datagram: [UInt8], from hop: Hop, at now: Instant) -> [SimulatedEffect] {
        handle(.datagram(datagram, from: hop), at: now)
    }

    package func receive(stream octets: [UInt8], from hop: Hop, at now: Instant) -> [SimulatedEffect] {
        handle(.stream(octets, from: hop), at: now)
    }

    package func receive(_ octets: [UInt8], on association: AssociationID, at now: Instant) -> [SimulatedEffect] {
        handle(.association(octets, association), at: now)
    }

    package func closed(_ association: AssociationID, at now: Instant) -> [SimulatedEffect] {
        handle(.associationClosed(association, reason: "closed by the peer"), at: now)
    }

    package func noticed(
        _ notice: AssociationNotice, of association: AssociationID, at now: Instant
    ) -> [SimulatedEffect] { handle(.associationNoticed(association, notice), at: now) }

    package func connected(
        _ peer: DiameterIdentity, _ association: AssociationID, at now: Instant
    ) -> [SimulatedEffect] { handle(.peerConnected(peer, association, detail: "memory"), at: now) }

    package func connectFailed(_ peer: DiameterIdentity, at now: Instant) -> [SimulatedEffect] {
        handle(.peerConnectFailed(peer, reason: "refused"), at: now)
    }

    package func accepted(_ association: AssociationID, from: Endpoint, at now: Instant) -> [SimulatedEffect] {
        handle(.associationAccepted(association, from: from, detail: "memory"), at: now)
    }

    package func resolved(_ query: DNSQuery, _ answer: DNSAnswer, at now: Instant) -> [SimulatedEffect] {
        handle(.resolved(query, answer), at: now)
    }

    package func sendFailed(to hop: Hop, at now: Instant) -> [SimulatedEffect] { handle(.sendFailed(hop), at: now) }

    package func waited(_ delay: Duration, at now: Instant) { _ = handle(.waited(delay), at: now) }

    package func command(_ command: Command, at now: Instant) -> [SimulatedEffect] {
        lastCommand += 1
        return handle(.command(command, CommandID(rawValue: lastCommand)), at: now)
    }

    package func fire(at now: Instant) -> [SimulatedEffect] { handle(.deadline, at: now) }

    /// A further result of a piece of work.
    func performed(_ work: WorkID, _ result: Function.WorkResult, at now: Instant) -> [SimulatedEffect] {
        handle(.performed(work, result), at: now)
    }

    private func handle(_ input: NodeInput<Function.WorkResult>, at now: Instant) -> [SimulatedEffect] {
        var effects: [SimulatedEffect] = []
        var inputs = [input]
        var handled = 0
        while handled < inputs.count {
            var outputs: [NodeOutput<Function.Work>] = []
            bracket?.begin()
            core.handle(inputs[handled], at: now, into: &outputs)
            bracket?.end()
            handled += 1
            for output in outputs {
                switch output {
                case .transmit(let octets, let hop): effects.append(.datagram(octets, to: hop))
                case .send(let octets, let association): effects.append(.association(octets, on: association))
                case .closeAssociation(let association): effects.append(.close(association))
                case .connect(let peer): effects.append(.connect(peer))
                case .resolve(let query): effects.append(.resolve(query))
                case .perform(let task, let id):
                    bracket?.begin()
                    inputs.append(.performed(id, work(task)))
                    bracket?.end()
                case .reply(let report, let id):
                    reports[id] = report
                    reported[id] = now
                case .observe(let observation): observed.append((now, observation))
                case .charge(let record): charged.append(record)
                case .closeConnection, .alias, .keepRecord, .drained: break
                }
            }
        }
        return effects
    }
}
