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
        /// What it answers; nil: 2001.
        var answering: (@Sendable (DiameterMessage, DiameterOrigin) -> DiameterMessage)?
        /// How long it works on a request, at most; nil: no time.
        var workingTime: Duration?
        /// How often it has begun to work on each request since it started.
        var worked: [DuplicateDetection.Key: Int] = [:]
        /// Grows with every crash.
        var life = 0
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
        case answer(DiameterMessage, RequestToken, by: Int, life: Int)
    }

    var now = Instant.zero
    var nodes: [Node] = []
    var delay = Duration.milliseconds(1)
    /// Messages on one connection overtake each other by this much, as on the streams of an SCTP association.
    var disorder = Duration.zero
    var dice = Entropy(number: 1)
    private var recorded: [DiameterStackOutput]?
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

    /// A fresh connection on which that peer has said CER.
    mutating func openRaw(
        _ name: String, to index: Int, application: ApplicationID = Sample.application
    ) -> AssociationID {
        let association = connectRaw(to: index, from: Endpoint(.loopback, 40000))
        let capabilities = Sample.local(name, application: application).capabilities
        _ = sendRaw(CapabilitiesExchangeRequest(capabilities).message().octets, to: index, on: association)
        return association
    }

    /// - Returns: what the stack and the role above it did about the octets at once.
    mutating func sendRaw(_ octets: [UInt8], to index: Int, on association: AssociationID) -> [DiameterStackOutput] {
        var outputs: [DiameterStackOutput] = []
        nodes[index].stack.receive(octets: octets, on: association, at: now, into: &outputs)
        recorded = []
        carryOut(outputs, of: index)
        defer { recorded = nil }
        return recorded ?? []
    }

    /// The process of a node ends and another one takes its place, knowing nothing.
    ///
    /// - Parameter isSilent: its peers are not told; whatever they send next is refused.
    mutating func crash(_ index: Int, restartingAs stack: DiameterStack, isSilent: Bool = false) {
        for (association, end) in ends.sorted(by: { $0.key.rawValue < $1.key.rawValue })
        where owner[association] == index {
            ends[association] = nil
            owner[association] = nil
            if !isSilent { later(.close(end.node, end.peer)) }
        }
        nodes[index].stack = stack
        nodes[index].life += 1
        nodes[index].worked = [:]
        nodes[index].held = []
        perform(index) { $0.start(at: $1, into: &$2) }
    }

    /// A time between nothing and `span`.
    mutating func some(of span: Duration) -> Duration {
        guard span > .zero else { return .zero }
        return .nanoseconds(Int64(dice.next64() % UInt64(span.wholeNanoseconds)))
    }

    private mutating func later(_ happening: Happening, after span: Duration? = nil) {
        happenings.append(happening)
        queue.schedule(happenings.count - 1, at: now + (span ?? delay))
    }

    private mutating func makeAssociation() -> AssociationID {
        lastAssociation += 1
        return AssociationID(rawValue: lastAssociation)
    }

    private mutating func happen(_ happening: Happening) {
        switch happening {
        case .arrive(let octets, let index, let association):
            guard !nodes[index].isSilent else { return }
            guard owner[association] == index else {
                // A connection of an earlier life of the node: the sender hears that it is gone.
                if let far = ends.first(where: { $0.value.peer == association }) {
                    later(.close(owner[far.key] ?? 0, far.key))
                }
                return
            }
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
        case .answer(let answer, let token, let index, let life):
            guard nodes[index].life == life else { return }
            perform(index) { $0.answer(answer, to: token, at: $1, into: &$2) }
        case .refuse(let index, let identity):
            perform(index) { $0.connectFailed(identity, at: $1, into: &$2) }
        case .close(let index, let association):
            ends[association] = nil
            guard !nodes[index].isSilent else { return }
            perform(index) { $0.closed(association, at: $1, into: &$2) }
        }
    }

    private mutating func carryOut(_ outputs: [DiameterStackOutput], of index: Int) {
        recorded?.append(contentsOf: outputs)
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
                later(.arrive(octets, end.node, end.peer), after: delay + some(of: disorder))
            case .close(let association):
                guard let end = ends.removeValue(forKey: association) else { continue }
                later(.close(end.node, end.peer))
            case .request(let message, let token, _):
                nodes[index].requests.append(message)
                if let origin = message[.originHost] {
                    nodes[index].worked[.init(origin: origin, endToEnd: message.endToEnd), default: 0] += 1
                }
                if nodes[index].holdsAnswers {
                    nodes[index].held.append((message, token))
                } else {
                    let origin = nodes[index].stack.local.origin
                    let answer =
                        nodes[index].answering?(message, origin)
                        ?? message.answer(resultCode: .success, origin: origin)
                    guard let time = nodes[index].workingTime else {
                        perform(index) { $0.answer(answer, to: token, at: $1, into: &$2) }
                        continue
                    }
                    later(.answer(answer, token, by: index, life: nodes[index].life), after: some(of: time))
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
