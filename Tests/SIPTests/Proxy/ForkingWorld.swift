import Octets
import SIP
import Testing

/// A caller, proxies and phones, each a stack of its own, joined by a network in virtual time that delays as a seed
/// wills. A proxy sends a request for one of its users to the user's targets; a phone does as it is told.
struct ForkingWorld {
    /// What a phone does with an INVITE: rings after a while, then answers, or never does.
    struct Behaviour {
        var ringsAfter: Duration? = .milliseconds(100)
        var answersAfter: Duration?
        var status: Status = .ok
        /// Of a redirection.
        var contacts: [String] = []
        /// Answers its 200 although the CANCEL is there already.
        var ignoresCancel = false
    }

    private enum Kind { case caller, proxy, phone }

    private struct Node {
        let kind: Kind
        let name: String
        var stack: SIPStack
        var relay: RequestRelay
        /// Branches without a final response.
        var pending: Set<ClientTransactionID> = []
        var names = ClientTransactionNames()
    }

    private enum Happening {
        case arrive([UInt8], from: Int, at: Int)
        case respond(Status, [String], SIPMessage, ServerTransactionID, at: Int)
        case cancel
    }

    private var nodes: [Node] = []
    private var numbers: [String: Int] = [:]
    /// By user name: the targets a proxy knows.
    private var users: [String: [Target]] = [:]
    private var behaviours: [Int: Behaviour] = [:]
    private var agenda = DeadlineQueue<Int>()
    private var happenings: [Happening] = []
    private var dice: Entropy
    private(set) var now = Instant.zero
    var policy = ForkingPolicy()
    /// What the caller has got, in order.
    private(set) var responses: [SIPMessage] = []
    private(set) var failures: [TransactionFailure] = []
    /// Phones by number: CANCELs they have got, INVITEs they have seen.
    private(set) var cancelled: [String: Int] = [:]
    private(set) var rung: [String: Int] = [:]
    /// Requests that have left any proxy.
    private(set) var forwarded = 0
    /// The most client transactions of proxies that lived at one time.
    private(set) var widest = 0
    private var longest = Duration.milliseconds(50)

    private static let listener = ListenerID(rawValue: 0)

    init(seed: UInt64) {
        dice = Entropy(number: seed)
        add("caller", .caller)
    }

    private mutating func add(_ name: String, _ kind: Kind) {
        // Timer C is a proxy's; the caller waits as long as it likes.
        var timers = TransactionTimers.core
        if kind == .caller { timers.timerC = .seconds(3600) }
        let listener = SIPListener(
            .udp, Self.endpoint(nodes.count), sentBy: "\(name).example.com", port: 5060, timers: timers)
        let stack = SIPStack(listeners: [Self.listener: listener], entropy: dice.fork())
        numbers["\(name).example.com"] = nodes.count
        var own = OwnNames(listeners: [SIPListener]())
        own.insert(host: "\(name).example.com", port: 5060)
        nodes.append(Node(kind: kind, name: name, stack: stack, relay: RequestRelay(own: own, limit: 100)))
    }

    mutating func addProxy(_ name: String) { add(name, .proxy) }

    mutating func addPhone(_ name: String, _ behaviour: Behaviour) {
        behaviours[nodes.count] = behaviour
        add(name, .phone)
    }

    /// - Parameter targets: `sip:user@node.example.com`, perhaps with a q behind it.
    mutating func register(_ user: String, at targets: String...) throws {
        users[user] = try targets.map(ForkingBench.target)
    }

    mutating func slowDown(to span: Duration) { longest = span }

    mutating func call(_ uri: String, headers: [(HeaderName, String)] = []) {
        var invite = outgoing(.invite, callID: "call")
        invite.setRequestURI(uri)
        for (name, value) in headers { invite.append(name, value) }
        var output: [SIPStackOutput] = []
        nodes[0].stack.send(
            invite, as: ClientTransactionID(rawValue: 1), to: hop(to: numbers["p.example.com"] ?? 0), at: now,
            into: &output)
        handle(output, at: 0)
    }

    mutating func cancel(after span: Duration) { schedule(.cancel, after: span) }

    /// Lets everything happen that will within the span.
    mutating func run(for span: Duration) {
        let end = now + span
        while let next = nextDeadline, next <= end {
            now = max(now, next)
            while let (index, _) = agenda.popDue(at: now) { take(happenings[index]) }
            for index in nodes.indices { fire(index) }
            widest = max(widest, nodes.reduce(0) { $0 + $1.pending.count })
        }
        now = end
    }

    /// What is left of transactions and contexts anywhere.
    var leftovers: Int { nodes.reduce(0) { $0 + $1.stack.liveTransactions + $1.relay.count } }

    var finals: [Status] { responses.compactMap(\.status).filter(\.isFinal) }

    // MARK: Steps

    private var nextDeadline: Instant? {
        var deadlines = nodes.compactMap(\.stack.nextDeadline) + [agenda.next].compactMap(\.self)
        deadlines += nodes.compactMap(\.relay.nextDeadline)
        return deadlines.min()
    }

    private static func endpoint(_ number: Int) -> Endpoint {
        Endpoint(.v4(0x0A00_0000 + UInt32(number)), 5060)
    }

    private func hop(to number: Int) -> Hop { Hop(.udp, Self.listener, Self.endpoint(number)) }

    private mutating func schedule(_ happening: Happening, after span: Duration) {
        happenings.append(happening)
        agenda.schedule(happenings.count - 1, at: now + span)
    }

    private mutating func fire(_ index: Int) {
        var output: [SIPStackOutput] = []
        nodes[index].stack.fire(at: now, into: &output)
        handle(output, at: index)
        change(index) { relay, _, now, orders in relay.fire(at: now, into: &orders) }
    }

    private mutating func take(_ happening: Happening) {
        var output: [SIPStackOutput] = []
        switch happening {
        case .arrive(let octets, let source, let index):
            nodes[index].stack.receive(datagram: octets, from: hop(to: source), at: now, into: &output)
            handle(output, at: index)
        case .respond(let status, let contacts, let request, let id, let index):
            var response = SIPMessage.response(status, to: request, toTag: nodes[index].name)
            for contact in contacts { response.append(.contact, contact) }
            nodes[index].stack.respond(response, to: id, at: now, into: &output)
            handle(output, at: index)
        case .cancel:
            nodes[0].stack.cancel(ClientTransactionID(rawValue: 1), at: now, into: &output)
            handle(output, at: 0)
        }
    }

    private mutating func handle(_ output: [SIPStackOutput], at index: Int) {
        for item in output {
            switch item {
            case .transmit(let octets, let hop):
                let number = Self.number(of: hop)
                guard number < nodes.count else { continue }  // nobody there
                let delay = Int64(1 + dice.next32() % UInt32(max(longest.milliseconds, 1)))
                schedule(.arrive(octets, from: index, at: number), after: .milliseconds(delay))
            case .request(let request, let id, _):
                switch nodes[index].kind {
                case .caller: break
                case .proxy: proxy(request, id, at: index)
                case .phone: ring(request, id, at: index)
                }
            case .response(let response, let id):
                if nodes[index].kind == .caller { responses.append(response) } else { back(response, id, at: index) }
            case .failed(let id, let failure):
                guard nodes[index].kind == .proxy else {
                    failures.append(failure)
                    continue
                }
                nodes[index].pending.remove(id)
                change(index) { relay, names, now, orders in
                    _ = relay.failed(id, failure, at: now, names: &names, into: &orders)
                }
            case .cancelled(let id): cancelled(id, at: index)
            case .acknowledgement, .close, .refused: break
            }
        }
    }

    private static func number(of hop: Hop) -> Int {
        guard case .v4(let address) = hop.remote.address else { return 255 }
        return Int(address & 0xFF)
    }

    private mutating func proxy(_ request: SIPMessage, _ id: ServerTransactionID, at index: Int) {
        var output: [SIPStackOutput] = []
        if case .refuse(let response) = RequestValidation().verdict(on: request, tag: "v") {
            nodes[index].stack.respond(response, to: id, at: now, into: &output)
            return handle(output, at: index)
        }
        var targets: [Target] = []
        do {
            guard case .sip(let uri) = try request.parsedRequestURI() else { return }
            targets = try users[uri.user?.string ?? ""] ?? [Target(request.requestURI)]
        } catch {
            Issue.record("\(error)")
        }
        let policy = policy
        let tag = "\(nodes[index].name)tag"
        change(index) { relay, names, now, orders in
            relay.start(
                request, id, to: targets, policy: policy, tag: tag, at: now, names: &names, into: &orders)
        }
    }

    private mutating func back(_ response: SIPMessage, _ id: ClientTransactionID, at index: Int) {
        if response.status?.isFinal == true { nodes[index].pending.remove(id) }
        change(index) { relay, names, now, orders in
            _ = relay.receive(response, from: id, at: now, names: &names, into: &orders)
        }
    }

    private mutating func change(
        _ index: Int,
        _ body: (inout RequestRelay, inout ClientTransactionNames, Instant, inout [RequestRelay.Order]) -> Void
    ) {
        var node = nodes[index]
        var orders: [RequestRelay.Order] = []
        body(&node.relay, &node.names, now, &orders)
        nodes[index] = node
        perform(orders, at: index)
    }

    private mutating func perform(_ orders: [RequestRelay.Order], at index: Int) {
        for order in orders {
            var output: [SIPStackOutput] = []
            switch order {
            case .forward(let request, let next, let id, _):
                forwarded += 1
                nodes[index].pending.insert(id)
                nodes[index].stack.send(request, as: id, to: hop(to: number(of: next)), at: now, into: &output)
            case .respond(let response, let server):
                nodes[index].stack.respond(response, to: server, at: now, into: &output)
            case .cancel(let id): nodes[index].stack.cancel(id, at: now, into: &output)
            case .ended: break
            }
            handle(output, at: index)
        }
    }

    private func number(of uri: OctetSlice) -> Int {
        do {
            guard case .sip(let uri) = try URI(parsing: uri) else { return 255 }
            return numbers[uri.host.string] ?? 255
        } catch {
            return 255
        }
    }

    private mutating func ring(_ request: SIPMessage, _ id: ServerTransactionID, at index: Int) {
        guard let behaviour = behaviours[index] else { return }
        rung[nodes[index].name, default: 0] += 1
        served[index] = (request, id)
        if let after = behaviour.ringsAfter { schedule(.respond(.ringing, [], request, id, at: index), after: after) }
        if let after = behaviour.answersAfter {
            schedule(.respond(behaviour.status, behaviour.contacts, request, id, at: index), after: after)
        }
    }

    private var served: [Int: (request: SIPMessage, id: ServerTransactionID)] = [:]

    private mutating func cancelled(_ id: ServerTransactionID, at index: Int) {
        if nodes[index].kind == .proxy {
            return change(index) { relay, _, _, orders in _ = relay.cancelled(id, into: &orders) }
        }
        cancelled[nodes[index].name, default: 0] += 1
        guard let (request, transaction) = served[index], transaction == id, behaviours[index]?.ignoresCancel != true
        else { return }
        schedule(.respond(.requestTerminated, [], request, id, at: index), after: .zero)
    }
}
