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
        case noticed(AssociationID, AssociationNotice)
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
    /// Which of a peer's addresses comes next where only one can be tried at a time.
    private var turns: [DiameterIdentity: Int] = [:]
    /// The SCTP paths that failed, so that their return is told once.
    private var failedPaths: Set<Path> = []
    private var tls: TLSCredentials?
    private var isShutDown = false

    private struct Path: Hashable {
        var association: AssociationID
        var address: IPAddress?
    }

    /// - Parameter tls: made from the settings when it is needed and nil.
    init(
        on loop: any EventLoop, settings: NodeSettings, tls: TLSCredentials? = nil, log: ObservationLog,
        deliver: @escaping (Event) -> Void
    ) {
        self.tls = tls
        self.loop = loop
        self.settings = settings
        self.log = log
        self.deliver = deliver
    }

    /// - Parameter kind: nil for the configured one.
    func listen(on local: Endpoint, over kind: DiameterTransport? = nil) -> EventLoopFuture<Void> {
        let transport: any AssociationTransport
        let name: String
        do throws(StartFailure) {
            (transport, name) = try self.transport(kind ?? settings.diameterTransport)
        } catch {
            return loop.makeFailedFuture(error)
        }
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
        let transport: any AssociationTransport
        do throws(StartFailure) {
            transport = try self.transport(peer.transport == .auto ? settings.diameterTransport : peer.transport).0
        } catch {
            return deliver(.peerConnectFailed(peer.identity, reason: "\(error)"))
        }
        let id = numbers.next()
        called[id] = peer.identity
        carriers[id] = transport
        transport.connect(id, to: addresses(of: peer, remote, all: transport is KernelSCTPAssociations), from: nil)
    }

    /// All that a peer has, or, where only one can be tried, the next one first.
    private func addresses(of peer: PeerConfiguration, _ remote: Endpoint, all: Bool) -> [Endpoint] {
        let endpoints = [remote] + peer.otherAddresses.map { Endpoint($0, remote.port) }
        guard !all, endpoints.count > 1 else { return endpoints }
        let turn = turns[peer.identity, default: 0] % endpoints.count
        turns[peer.identity] = turn + 1
        return [endpoints[turn]]
    }

    func send(_ octets: [UInt8], on association: AssociationID) { carriers[association]?.send(octets, on: association) }

    func close(_ association: AssociationID) { carriers[association]?.close(association) }

    func shutDown() {
        isShutDown = true
        for transport in transports.values { transport.shutDown() }
    }

    // MARK: Transports

    private func transport(
        _ kind: DiameterTransport
    ) throws(StartFailure) -> (any AssociationTransport, name: String) {
        let resolved = resolve(kind)
        let name =
            switch resolved {
            case .tcp: "TCP"
            case .tls: "TLS"
            case .kernel: "kernel SCTP"
            case .usrsctp, .auto: "SCTP by usrsctp"
            }
        if let transport = transports[resolved] { return (transport, name) }
        let made = try make(resolved)
        transports[resolved] = made
        return (made, name)
    }

    private func credentials() throws(StartFailure) -> TLSCredentials {
        if let tls { return tls }
        let made = try TLSCredentials(settings.tls)
        for notice in made.notices { log.write(Observation(.warning, notice)) }
        tls = made
        return made
    }

    private func make(_ kind: DiameterTransport) throws(StartFailure) -> any AssociationTransport {
        let tls: TLSCredentials? = if case .tls = kind { try credentials() } else { nil }
        let observe: (AssociationID, SCTPNotice) -> Void = { [unowned self] in self.observe($1, of: $0) }
        let carrier = Carrier()
        let deliver: (AssociationEvent) -> Void = { [unowned self] in self.receive($0, by: carrier.transport) }
        let transport: any AssociationTransport =
            switch kind {
            case .tcp, .tls:
                TCPAssociations(
                    on: loop, numbers: numbers, tls: tls, limits: settings.associationLimits, deliver: deliver)
            case .kernel:
                KernelSCTPAssociations(
                    loop: loop, numbers: numbers, settings: settings.sctp, limits: settings.associationLimits,
                    timing: settings.sctpTiming, observe: observe, deliver: deliver)
            case .usrsctp, .auto:
                UsrsctpAssociations(
                    loop: loop, numbers: numbers, settings: settings.sctp, limits: settings.associationLimits,
                    timing: settings.sctpTiming, observe: observe, deliver: deliver)
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
            guard let peer = called.removeValue(forKey: id) else {
                // Somebody called and did not get far enough to be an association.
                return log.write(Observation(.warning, "a Diameter connection failed: \(reason)"))
            }
            deliver(.peerConnectFailed(peer, reason: reason))
        case .accepted(let id, let remote, let detail):
            carriers[id] = transport
            deliver(.accepted(id, from: remote, detail: detail))
        case .received(let octets, let id): deliver(.received(octets, id))
        case .closed(let id, let reason):
            carriers[id] = nil
            failedPaths = failedPaths.filter { $0.association != id }
            deliver(.closed(id, reason: reason))
        }
    }

    /// What of SCTP's notifications an operator wants to know. The beginning and the end of an association he hears of
    /// anyway; a path is said to be available again only after it was said to have failed.
    private func observe(_ notice: SCTPNotice, of id: AssociationID) {
        guard !isShutDown else { return }
        switch notice {
        case .path(let address, .unreachable):
            guard failedPaths.insert(Path(association: id, address: address)).inserted else { return }
            deliver(.noticed(id, .pathFailed(address)))
        case .path(let address, .available), .path(let address, .confirmed):
            guard failedPaths.remove(Path(association: id, address: address)) != nil else { return }
            deliver(.noticed(id, .pathRestored(address)))
        case .sendFailed: deliver(.noticed(id, .sendFailed))
        case .restarted: deliver(.noticed(id, .restarted))
        case .lost: deliver(.noticed(id, .lost))
        case .up, .cannotStart, .shutDown, .peerShutsDown, .path(_, .other), .partialDeliveryAborted, .other: break
        }
    }
}
