import Diameter
import Octets

/// Diameter stacks joined by connections with a delay, in virtual time. Who asks is answered with 2001 unless muted.
struct DiameterWorld {
    struct Node {
        var stack: DiameterStack
        var endpoint: Endpoint
        var up: [DiameterIdentity] = []
        var down: [PeerDownReason] = []
        var notices: [PeerNotice] = []
        var answers: [(AskID, DiameterMessage)] = []
        var failures: [(AskID, AskFailure)] = []
        var refusals: [DiameterRefusal] = []
        /// Requests that came, with their T bit.
        var requests: [DiameterMessage] = []
        /// Takes requests and says nothing.
        var holdsAnswers = false
        var held: [(DiameterMessage, RequestToken)] = []
        /// When it asked for connections.
        var attempts: [Instant] = []
        /// Nothing gets in or out: a stopped process or a dead path.
        var isSilent = false
        /// Connections to it are refused.
        var refusesConnections = false
        /// Commands that it sent, in order.
        var sent: [String] = []
    }

    private enum Happening {
        case arrive([UInt8], Int, AssociationID)
        case establish(Int, Int)
        case refuse(Int, DiameterIdentity)
        case close(Int, AssociationID)
    }

    var now = Instant.zero
    var nodes: [Node] = []
    var delay = Duration.milliseconds(1)
    private var queue = DeadlineQueue<Int>()
    private var happenings: [Happening] = []
    /// The far end of each connection.
    private var ends: [AssociationID: (node: Int, peer: AssociationID)] = [:]
    private var owner: [AssociationID: Int] = [:]
    private var lastAssociation: UInt64 = 0

    mutating func add(_ stack: DiameterStack, port: UInt16) -> Int {
        nodes.append(Node(stack: stack, endpoint: Endpoint(.loopback, port)))
        return nodes.count - 1
    }

    /// Lets one stack do something now.
    mutating func perform(_ index: Int, _ body: (inout DiameterStack, Instant, inout [DiameterStackOutput]) -> Void) {
        var outputs: [DiameterStackOutput] = []
        body(&nodes[index].stack, now, &outputs)
        carryOut(outputs, of: index)
    }

    mutating func start() {
        for index in nodes.indices { perform(index) { $0.start(at: $1, into: &$2) } }
    }

    /// Lets time pass.
    mutating func run(for span: Duration) {
        let end = now + span
        while true {
            var next = queue.next ?? .distantFuture
            for node in nodes where !node.isSilent { next = min(next, node.stack.nextDeadline ?? .distantFuture) }
            guard next <= end else { break }
            now = max(now, next)
            while let (index, _) = queue.popDue(at: now) { happen(happenings[index]) }
            for index in nodes.indices where !nodes[index].isSilent {
                if let deadline = nodes[index].stack.nextDeadline, deadline <= now {
                    perform(index) { $0.fire(at: $1, into: &$2) }
                }
            }
        }
        now = end
    }

    /// A connection ends, as by a reset, without either side wanting it.
    mutating func cut(_ left: Int, _ right: Int) {
        for (association, end) in ends.sorted(by: { $0.key.rawValue < $1.key.rawValue })
        where owner[association] == left && end.node == right {
            later(.close(left, association))
            later(.close(right, end.peer))
        }
    }

    /// Octets from nowhere on a fresh connection to a node; gives the connection.
    mutating func connectRaw(to index: Int, from remote: Endpoint) -> AssociationID {
        let association = makeAssociation()
        owner[association] = index
        perform(index) { $0.accepted(association, from: remote, at: $1, into: &$2) }
        return association
    }

    mutating func sendRaw(_ octets: [UInt8], to index: Int, on association: AssociationID) -> [DiameterStackOutput] {
        var outputs: [DiameterStackOutput] = []
        nodes[index].stack.receive(octets: octets, on: association, at: now, into: &outputs)
        carryOut(outputs, of: index)
        return outputs
    }

    private mutating func later(_ happening: Happening) {
        happenings.append(happening)
        queue.schedule(happenings.count - 1, at: now + delay)
    }

    private mutating func makeAssociation() -> AssociationID {
        lastAssociation += 1
        return AssociationID(rawValue: lastAssociation)
    }

    private mutating func happen(_ happening: Happening) {
        switch happening {
        case .arrive(let octets, let index, let association):
            guard !nodes[index].isSilent else { return }
            perform(index) { $0.receive(octets: octets, on: association, at: $1, into: &$2) }
        case .establish(let from, let to):
            let mine = makeAssociation()
            let theirs = makeAssociation()
            ends[mine] = (to, theirs)
            ends[theirs] = (from, mine)
            owner[mine] = from
            owner[theirs] = to
            let remote = nodes[from].endpoint
            let identity = nodes[to].stack.local.originHost
            perform(to) { $0.accepted(theirs, from: remote, via: .tcp, at: $1, into: &$2) }
            perform(from) { $0.connected(identity, mine, via: .tcp, at: $1, into: &$2) }
        case .refuse(let index, let identity):
            perform(index) { $0.connectFailed(identity, at: $1, into: &$2) }
        case .close(let index, let association):
            ends[association] = nil
            guard !nodes[index].isSilent else { return }
            perform(index) { $0.closed(association, at: $1, into: &$2) }
        }
    }

    private mutating func carryOut(_ outputs: [DiameterStackOutput], of index: Int) {
        for output in outputs {
            switch output {
            case .connect(let peer):
                nodes[index].attempts.append(now)
                let to = nodes.firstIndex { $0.stack.local.originHost == peer.identity }
                if let to, !nodes[to].refusesConnections {
                    if !nodes[to].isSilent { later(.establish(index, to)) }
                } else {
                    later(.refuse(index, peer.identity))
                }
            case .send(let octets, let association):
                if let message = try? DiameterMessage(decoding: octets) {
                    nodes[index].sent.append("\(message.commandCode.rawValue)\(message.isRequest ? "R" : "A")")
                }
                guard !nodes[index].isSilent, let end = ends[association] else { continue }
                later(.arrive(octets, end.node, end.peer))
            case .close(let association):
                guard let end = ends.removeValue(forKey: association) else { continue }
                later(.close(end.node, end.peer))
            case .request(let message, let token, _):
                nodes[index].requests.append(message)
                if nodes[index].holdsAnswers {
                    nodes[index].held.append((message, token))
                } else {
                    let answer = message.answer(resultCode: .success, origin: nodes[index].stack.local.origin)
                    perform(index) { $0.answer(answer, to: token, at: $1, into: &$2) }
                }
            case .answer(let message, let ask): nodes[index].answers.append((ask, message))
            case .failed(let ask, let failure): nodes[index].failures.append((ask, failure))
            case .peerUp(let identity): nodes[index].up.append(identity)
            case .peerDown(_, let reason): nodes[index].down.append(reason)
            case .noticed(_, let notice): nodes[index].notices.append(notice)
            case .refused(let refusal): nodes[index].refusals.append(refusal)
            }
        }
    }
}

/// Names and numbers of the tests.
enum Sample {
    static let application = ApplicationID(rawValue: 16_777_216)
    static let command = CommandCode(rawValue: 300)
    static let realm = DiameterIdentity("example.org")

    static func host(_ name: String) -> DiameterIdentity { DiameterIdentity("\(name).example.org") }

    static func local(_ name: String, stateID: UInt32? = 1, application: ApplicationID = application) -> LocalNode {
        LocalNode(
            originHost: host(name), originRealm: realm,
            applications: [DiameterApplication(id: application, vendor: 10415, commands: [command])],
            originStateID: stateID)
    }

    static func peer(
        _ name: String, port: UInt16, initiates: Bool = true, priority: Int = 0
    ) -> PeerConfiguration {
        PeerConfiguration(
            identity: host(name), realm: realm, remote: Endpoint(.loopback, port), transport: .tcp,
            initiates: initiates, priority: priority)
    }

    static func stack(
        _ name: String, peers: [PeerConfiguration],
        settings: DiameterSettings = DiameterSettings(watchdog: .seconds(6)),
        stateID: UInt32? = 1, application: ApplicationID = application
    ) -> DiameterStack {
        DiameterStack(
            local: local(name, stateID: stateID, application: application), peers: peers, settings: settings,
            entropy: Entropy(number: UInt64(name.utf8.reduce(7) { $0 * 31 + Int($1) })))
    }

    static func request(
        from name: String = "cscf", to host: DiameterIdentity? = nil, realm: DiameterIdentity = realm
    ) -> DiameterMessage {
        var request = DiameterMessage(command, application: application)
        request.append(.sessionID, "\(name);1;1")
        request.append(.authSessionState, .noStateMaintained)
        request.append(.originHost, self.host(name))
        request.append(.originRealm, Self.realm)
        request.append(.destinationHost, host)
        request.append(.destinationRealm, realm)
        return request
    }

    /// cscf connects to hss1, and with two also to hss2 of lower preference.
    static func world(servers: Int = 1, settings: DiameterSettings = DiameterSettings(watchdog: .seconds(6)))
        -> DiameterWorld
    {
        var world = DiameterWorld()
        let peers = (1...servers).map { peer("hss\($0)", port: 3868 + UInt16($0), priority: $0) }
        _ = world.add(stack("cscf", peers: peers, settings: settings), port: 1000)
        for number in 1...servers {
            _ = world.add(
                stack(
                    "hss\(number)", peers: [peer("cscf", port: 1000, initiates: false)],
                    settings: DiameterSettings(watchdog: .seconds(30))), port: 3868 + UInt16(number))
        }
        return world
    }
}
