import Cx
import Diameter
import IMS
import NIOCore
import NodeIO
import Octets
import SIP

/// A role that speaks only Diameter: `ask` sends a UAR, and every UAR is answered with the name that was asked for.
struct DiameterFunction: NetworkFunction {
    typealias Work = String
    typealias WorkResult = String

    static let realm = "ims.example"

    let origin: LocalOrigin
    private var sessions: SessionIDGenerator
    private var waiting: [AskID: CommandID] = [:]

    init(_ name: String) {
        origin = LocalOrigin(host: DiameterIdentity("\(name).\(Self.realm)"), realm: DiameterIdentity(Self.realm))
        sessions = SessionIDGenerator(originHost: origin.host, start: 1)
    }

    var nextDeadline: Instant? { nil }

    mutating func handle(_ event: RoleEvent<String>, at now: Instant) -> [Action<String>] {
        switch event {
        case .command(let command, let id):
            let ask = AskID(rawValue: id.rawValue)
            waiting[ask] = id
            let question = UserAuthorizationRequest(
                userName: "a@\(Self.realm)", publicIdentity: command.arguments["identity"] ?? "sip:a@\(Self.realm)",
                visitedNetworkIdentifier: "v")
            return [
                .ask(
                    question.message(
                        session: sessions.next(), origin: origin, destinationRealm: DiameterIdentity(Self.realm)), ask)
            ]
        case .asked(let message, let token, from: _):
            do {
                let request = try UserAuthorizationRequest(decoding: message)
                let answer = UserAuthorizationAnswer(.success, serverName: request.publicIdentity)
                return [.answer(answer.message(answering: message, origin: origin), token)]
            } catch {
                return [.answer(error.answer(to: message, origin: origin), token)]
            }
        case .answer(let message, let ask):
            guard let id = waiting.removeValue(forKey: ask) else { return [] }
            do {
                return [.reply(.text(try UserAuthorizationAnswer(decoding: message).serverName ?? "none"), id)]
            } catch {
                return [.reply(.error("\(error)"), id)]
            }
        case .askFailed(let ask, let failure):
            return waiting.removeValue(forKey: ask).map { [.reply(.error("\(failure)"), $0)] } ?? []
        default: return []  // the rest means nothing to it
        }
    }
}

/// A node that speaks Diameter over TCP on loopback, with one peer.
struct DiameterNode: Sendable {
    private let node: NIOLoopBound<Node<DiameterFunction>>
    private let loop: any EventLoop

    /// - Parameters:
    ///   - listen: where the peer may call; nil when we call it.
    ///   - remote: where the peer is called; nil when it calls us.
    init(_ name: String, peer: String, listen: Endpoint?, remote: Endpoint?) async throws {
        var settings = NodeSettings(name: name)
        settings.diameterListen = listen.map { [$0] } ?? []
        settings.diameterTransport = .tcp
        let final = settings
        let fixture = LoopFixture<Void>()
        let loop = fixture.loop
        self.loop = loop
        node = try await fixture.make {
            let role = DiameterFunction(name)
            let local = LocalNode(
                originHost: role.origin.host, originRealm: role.origin.realm,
                applications: [
                    DiameterApplication(
                        id: CxDictionary.application, vendor: CxDictionary.vendor3GPP, commands: [.userAuthorization])
                ])
            let configuration = PeerConfiguration(
                identity: DiameterIdentity("\(peer).\(DiameterFunction.realm)"),
                realm: DiameterIdentity(DiameterFunction.realm), remote: remote, transport: .tcp,
                initiates: remote != nil)
            let core = NodeCore(
                NodeIdentity(.icscf, name: name), role, sip: SIPStack(listeners: [:], entropy: Entropy(number: 1)),
                diameter: DiameterStack(local: local, peers: [configuration], entropy: Entropy(number: 2)))
            return Node(
                core, settings: final, log: ObservationLog(role: name, level: .error), on: loop,
                perform: EchoFunction.perform)
        }
    }

    func start() async throws {
        let node = node
        try await loop.flatSubmit { node.value.start() }.get()
    }

    func command(_ command: Command) async throws -> Report {
        let node = node
        let loop = loop
        return try await loop.flatSubmit {
            let promise = loop.makePromise(of: Report.self)
            node.value.command(command) { promise.succeed($0) }
            return promise.futureResult
        }.get()
    }

    /// Waits until the peer is open, or is not.
    func peer(isOpen: Bool) async throws -> Report {
        while true {
            let peers = try await command(Command("peers"))["peers"]?.list ?? []
            if let peer = peers.first, peer["open"] == .boolean(isOpen) { return peer }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    func stop() async throws {
        let node = node
        try await loop.flatSubmit {
            node.value.drain()
            return node.value.whenStopped
        }.get()
    }
}
