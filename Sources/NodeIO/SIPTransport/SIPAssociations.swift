import Diameter
import NIOCore
import Octets
import SIP

/// SIP over SCTP, RFC 4168: one SIP message is one SCTP message, on stream zero, unordered.
final class SIPAssociations: SIPTransport {
    private struct Remote: Hashable {
        var listener: ListenerID
        var endpoint: Endpoint
    }

    private struct Association {
        var number: AssociationID
        var listener: ListenerID
        var remote: Endpoint
        var isOpen: Bool
        /// Messages that wait for it to come up.
        var waiting: [(octets: [UInt8], hop: Hop)] = []
        var waitingOctets = 0
    }

    private let loop: any EventLoop
    private let limits: SIPTransportLimits
    private let deliver: (SIPTransportEvent) -> Void
    private let numbers: ConnectionNumbers
    private let associationNumbers = AssociationNumbers()
    private let settings: SIPSCTPSettings
    /// One per listener: an association that is accepted must say by whom.
    private var transports: [ListenerID: any AssociationTransport] = [:]
    private var associations: [ConnectionID: Association] = [:]
    private var connections: [AssociationID: ConnectionID] = [:]
    private var byRemote: [Remote: ConnectionID] = [:]
    private var locals: [ListenerID: Endpoint] = [:]
    private var isShutDown = false

    init(
        on loop: any EventLoop, settings: SIPSCTPSettings, limits: SIPTransportLimits, numbers: ConnectionNumbers,
        deliver: @escaping (SIPTransportEvent) -> Void
    ) {
        self.loop = loop
        self.settings = settings
        self.limits = limits
        self.numbers = numbers
        self.deliver = deliver
    }

    func listen(_ listener: ListenerID, at socket: SIPSocket) -> EventLoopFuture<Void> {
        let transport = transport(for: listener)
        locals[listener] = socket.local
        return socket.options.isForCalling ? loop.makeSucceededVoidFuture() : transport.listen(on: socket.local)
    }

    func transmit(_ octets: [UInt8], to hop: Hop) {
        let id = connection(for: hop) ?? open(to: hop)
        guard let id, var association = associations[id] else { return deliver(.sendFailed(hop)) }
        if association.isOpen {
            transports[association.listener]?.send(octets, on: association.number)
            return
        }
        guard association.waitingOctets + octets.count <= limits.queuedOctets else { return deliver(.sendFailed(hop)) }
        association.waiting.append((octets, hop))
        association.waitingOctets += octets.count
        associations[id] = association
    }

    func flush() {}  // the associations send at once

    func close(_ connection: ConnectionID) {
        guard let association = associations[connection] else { return }
        transports[association.listener]?.close(association.number)
    }

    func shutDown() {
        isShutDown = true
        for transport in transports.values { transport.shutDown() }
    }

    // MARK: Choosing an association

    /// RFC 4168 §5: as for TCP, that of the request, else one that is open to the same place.
    private func connection(for hop: Hop) -> ConnectionID? {
        if let id = hop.connection, associations[id] != nil { return id }
        return byRemote[Remote(listener: hop.listener, endpoint: hop.remote)]
    }

    private func open(to hop: Hop) -> ConnectionID? {
        guard !isShutDown, hop.remote.port != 0, let transport = transports[hop.listener],
            let local = locals[hop.listener]?.address, local.isV6 == hop.remote.address.isV6,
            associations.count < limits.connections
        else { return nil }
        let number = associationNumbers.next()
        let id = add(Association(number: number, listener: hop.listener, remote: hop.remote, isOpen: false))
        // From the listener's address, where the UDP socket of usrsctp is too.
        transport.connect(number, to: hop.remote, from: local.isUnspecified ? nil : Endpoint(local, 0))
        return id
    }

    private func add(_ association: Association) -> ConnectionID {
        let id = numbers.next()
        associations[id] = association
        connections[association.number] = id
        byRemote[Remote(listener: association.listener, endpoint: association.remote)] = id
        return id
    }

    // MARK: What the associations report

    private func receive(_ event: AssociationEvent, by listener: ListenerID) {
        guard !isShutDown else { return }
        switch event {
        case .accepted(let number, let remote, _):
            _ = add(Association(number: number, listener: listener, remote: remote, isOpen: true))
        case .connected(let number, _):
            guard let id = connections[number], var association = associations[id] else { return }
            let waiting = association.waiting
            association.isOpen = true
            association.waiting = []
            associations[id] = association
            for (octets, _) in waiting { transports[association.listener]?.send(octets, on: number) }
        case .received(let octets, let number):
            guard let id = connections[number], let association = associations[id] else { return }
            deliver(.datagram(octets, from: Hop(.sctp, association.listener, association.remote, connection: id)))
        case .connectFailed(let number, let reason):
            guard let association = forget(number)?.association else { return }
            deliver(.noticed("no SCTP association: \(reason)", peer: association.remote))
            for hop in Set(association.waiting.map(\.hop)) { deliver(.sendFailed(hop)) }
        case .closed(let number, _):
            guard let id = forget(number)?.id else { return }
            deliver(.closed(id))
        }
        deliver(.burstEnded)
    }

    private func forget(_ number: AssociationID) -> (id: ConnectionID, association: Association)? {
        guard let id = connections.removeValue(forKey: number), let association = associations.removeValue(forKey: id)
        else { return nil }
        let remote = Remote(listener: association.listener, endpoint: association.remote)
        if byRemote[remote] == id { byRemote[remote] = nil }
        return (id, association)
    }

    private func transport(for listener: ListenerID) -> any AssociationTransport {
        if let transport = transports[listener] { return transport }
        let deliver: (AssociationEvent) -> Void = { [weak self] in self?.receive($0, by: listener) }
        var bounds = AssociationLimits()
        bounds.connectTimeout = limits.connectTimeout
        bounds.pendingOctets = limits.unreadOctets
        bounds.accepted = limits.connections
        bounds.messageOctets = limits.messageOctets
        let made: any AssociationTransport =
            switch settings.resolved {
            case .kernel:
                KernelSCTPAssociations(
                    loop: loop, numbers: associationNumbers, settings: settings.sctp, limits: bounds, deliver: deliver)
            case .auto, .usrsctp:
                UsrsctpAssociations(
                    loop: loop, numbers: associationNumbers, settings: settings.sctp, limits: bounds, deliver: deliver)
            }
        transports[listener] = made
        return made
    }
}

/// How SIP gets its SCTP.
package struct SIPSCTPSettings: Sendable, Equatable {
    package enum Implementation: String, Sendable, CaseIterable { case auto, kernel, usrsctp }

    package var implementation = Implementation.auto
    package var sctp: SCTPSettings

    package init() {
        sctp = SCTPSettings()
        sctp.delivery = .sip
    }

    /// The kernel's where it has one.
    var resolved: Implementation {
        guard implementation == .auto else { return implementation }
        if case .available = SCTPCapability.kernel() { return .kernel }
        return .usrsctp
    }
}
