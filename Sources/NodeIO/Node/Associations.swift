import Diameter
import IMS
import NIOCore
import Octets

/// All Diameter associations of a node, whatever carries them.
final class Associations {
    enum Event {
        case peerConnected(DiameterIdentity, AssociationID, detail: String)
        case peerConnectFailed(DiameterIdentity, reason: String)
        case accepted(AssociationID, from: Endpoint, detail: String)
        case received([UInt8], AssociationID)
        case closed(AssociationID, reason: String)
    }

    private let loop: any EventLoop
    private let settings: NodeSettings
    private let log: ObservationLog
    private let deliver: (Event) -> Void
    private let numbers = AssociationNumbers()

    private var transports: [DiameterTransport: any AssociationTransport] = [:]
    private var carriers: [AssociationID: any AssociationTransport] = [:]
    /// Those that we are opening.
    private var called: [AssociationID: DiameterIdentity] = [:]
    private var automatic: DiameterTransport?
    private var isShutDown = false

    init(
        on loop: any EventLoop, settings: NodeSettings, log: ObservationLog, deliver: @escaping (Event) -> Void
    ) {
        self.loop = loop
        self.settings = settings
        self.log = log
        self.deliver = deliver
    }

    func listen(on local: Endpoint) -> EventLoopFuture<Void> {
        let (transport, name) = transport(settings.diameterTransport)
        let log = NIOLoopBound(log, eventLoop: loop)
        return transport.listen(on: local).map {
            log.value.write(Observation(.info, "Diameter over \(name) on \(local)"))
        }
    }

    func connect(_ peer: PeerConfiguration) {
        guard !isShutDown else { return }
        guard let remote = peer.remote else {
            return deliver(.peerConnectFailed(peer.identity, reason: "the configuration has no address for it"))
        }
        let (transport, _) = transport(peer.transport == .auto ? settings.diameterTransport : peer.transport)
        let id = numbers.next()
        called[id] = peer.identity
        carriers[id] = transport
        transport.connect(id, to: remote, from: nil)
    }

    func send(_ octets: [UInt8], on association: AssociationID) { carriers[association]?.send(octets, on: association) }

    func close(_ association: AssociationID) { carriers[association]?.close(association) }

    func shutDown() {
        isShutDown = true
        for transport in transports.values { transport.shutDown() }
    }

    // MARK: Transports

    private func transport(_ kind: DiameterTransport) -> (any AssociationTransport, name: String) {
        let resolved = resolve(kind)
        let name =
            switch resolved {
            case .tcp: "TCP"
            case .kernel: "kernel SCTP"
            case .usrsctp, .auto: "SCTP by usrsctp"
            }
        if let transport = transports[resolved] { return (transport, name) }
        let made = make(resolved)
        transports[resolved] = made
        return (made, name)
    }

    private func make(_ kind: DiameterTransport) -> any AssociationTransport {
        let carrier = Carrier()
        let deliver: (AssociationEvent) -> Void = { [unowned self] in self.receive($0, by: carrier.transport) }
        let transport: any AssociationTransport =
            switch kind {
            case .tcp:
                TCPAssociations(on: loop, numbers: numbers, limits: settings.associationLimits, deliver: deliver)
            case .kernel:
                KernelSCTPAssociations(
                    loop: loop, numbers: numbers, settings: settings.sctp, limits: settings.associationLimits,
                    deliver: deliver)
            case .usrsctp, .auto:
                UsrsctpAssociations(
                    loop: loop, numbers: numbers, settings: settings.sctp, limits: settings.associationLimits,
                    deliver: deliver)
            }
        carrier.transport = transport
        return transport
    }

    /// Lets a transport's events name the transport, which does not exist yet when its closure is made.
    private final class Carrier {
        weak var transport: (any AssociationTransport)?
    }

    /// `auto` is decided once, and the log says how.
    private func resolve(_ kind: DiameterTransport) -> DiameterTransport {
        guard case .auto = kind else { return kind }
        if let automatic { return automatic }
        let choice: DiameterTransport
        switch SCTPCapability.kernel() {
        case .available:
            choice = .kernel
            log.write(Observation(.notice, "Diameter transport auto: kernel SCTP"))
        case .missing(let reason):
            choice = .usrsctp
            log.write(Observation(.notice, "Diameter transport auto: usrsctp over UDP (RFC 6951), as \(reason)"))
        }
        automatic = choice
        return choice
    }

    private func receive(_ event: AssociationEvent, by transport: (any AssociationTransport)?) {
        guard !isShutDown else { return }
        switch event {
        case .connected(let id, let detail):
            guard let peer = called.removeValue(forKey: id) else { return }
            deliver(.peerConnected(peer, id, detail: detail))
        case .connectFailed(let id, let reason):
            carriers[id] = nil
            guard let peer = called.removeValue(forKey: id) else { return }
            deliver(.peerConnectFailed(peer, reason: reason))
        case .accepted(let id, let remote, let detail):
            carriers[id] = transport
            deliver(.accepted(id, from: remote, detail: detail))
        case .received(let octets, let id): deliver(.received(octets, id))
        case .closed(let id, let reason):
            carriers[id] = nil
            deliver(.closed(id, reason: reason))
        }
    }
}
