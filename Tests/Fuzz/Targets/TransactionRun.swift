import Octets
import SIP

/// A SIP stack driven by a program of events, RFC 3261 §17: messages good and spoilt, orders of a role, time.
///
/// What must hold: one failure or refusal to each client transaction at most, and in the end none is left.
struct TransactionRun {
    private var stack: SIPStack
    private var now = Instant.zero
    private var outputs: [SIPStackOutput] = []
    private var lastClient: UInt64 = 0
    private var open: [ServerTransactionID] = []
    private var requests: [ServerTransactionID: SIPMessage] = [:]
    /// What the stack sent as requests, so that they can be answered.
    private var sent: [(SIPMessage, Hop)] = []
    private var ended: [ClientTransactionID: Int] = [:]

    private static let udp = ListenerID(rawValue: 0)
    private static let tcp = ListenerID(rawValue: 1)
    private static let local = Endpoint(.loopback, 5060)
    private static let methods: [Method] = [
        .register, .invite, .ack, .cancel, .bye, .options, .message, .update, .subscribe,
    ]
    private static let statuses: [UInt16] = [100, 180, 183, 200, 202, 302, 401, 404, 487, 500, 503, 603]

    init() {
        stack = SIPStack(
            listeners: [Self.udp: SIPListener(.udp, Self.local), Self.tcp: SIPListener(.tcp, Self.local)],
            limits: TransactionLimits(soft: 60, hard: 80, lingering: 40), entropy: Entropy(number: 1))
    }

    mutating func step(_ program: inout Program) {
        switch program.below(10) {
        case 0, 1: receiveRequest(&program)
        case 2: respond(&program)
        case 3: send(&program)
        case 4: receiveResponse(&program)
        case 5: stack.cancel(client(&program), at: now, into: &outputs)
        case 6: pass(.milliseconds(10 << program.below(13)))
        case 7: stack.closed(ConnectionID(rawValue: UInt64(program.below(4))), at: now, into: &outputs)
        case 8: stack.sendFailed(to: hop(&program), at: now, into: &outputs)
        default: receive(program.run(Int(program.next())), from: hop(&program))
        }
        takeOutputs()
    }

    /// Answers what is open, lets all time pass, and looks whether anything is left.
    mutating func end() {
        for transaction in open { answer(transaction, with: .serverInternalError) }
        open = []
        takeOutputs()
        // An INVITE that rings waits for its role (timer C is the role's), so the other side refuses it now.
        for (request, from) in sent where request.method == .invite {
            receive(SIPMessage.response(.serverInternalError, to: request, toTag: "end").serialized(), from: from)
        }
        takeOutputs()
        var rounds = 0
        while let deadline = stack.nextDeadline {
            now = max(now, deadline)
            stack.fire(at: now, into: &outputs)
            takeOutputs()
            for transaction in open { answer(transaction, with: .serverInternalError) }
            open = []
            rounds += 1
            check(rounds < 100_000, "timers fire without end")
        }
        check(stack.liveTransactions == 0, "\(stack.liveTransactions) transactions never end")
    }

    // MARK: Steps

    private func hop(_ program: inout Program) -> Hop {
        let choice = program.next()
        let remote = Endpoint(.loopback, 6000 + UInt16(choice >> 2 & 3))
        guard choice & 1 == 0 else { return Hop(.udp, Self.udp, remote) }
        return Hop(.tcp, Self.tcp, remote, connection: ConnectionID(rawValue: UInt64(choice >> 2 & 3)))
    }

    private func client(_ program: inout Program) -> ClientTransactionID {
        ClientTransactionID(rawValue: lastClient > 0 ? 1 + UInt64(program.next()) % lastClient : 1)
    }

    private mutating func receive(_ octets: [UInt8], from hop: Hop) {
        if hop.connection != nil {
            stack.receive(stream: octets, from: hop, at: now, into: &outputs)
        } else {
            stack.receive(datagram: octets, from: hop, at: now, into: &outputs)
        }
    }

    private mutating func receiveRequest(_ program: inout Program) {
        let method = Self.methods[program.below(Self.methods.count)]
        let shape = program.next()
        let hop = hop(&program)
        let transport = hop.transport == .udp ? "UDP" : "TCP"
        let cookie = shape & 0x40 == 0 ? "z9hG4bK" : ""
        var request = SIPMessage(method, uri: shape & 0x20 == 0 ? "sip:b@example.org" : "sip:c@example.org")
        request.append(.via, "SIP/2.0/\(transport) 127.0.0.1:\(hop.remote.port);branch=\(cookie)\(shape & 7)")
        request.append(.from, "<sip:a@example.org>;tag=\(shape >> 3 & 1)")
        request.append(.to, shape & 0x10 == 0 ? "<sip:b@example.org>" : "<sip:b@example.org>;tag=t")
        request.append(.callID, "call")
        request.append(.cseq, "\(1 + shape % 3) \(method.text)")
        request.append(.maxForwards, "70")
        receive(request.serialized(), from: hop)
    }

    private mutating func respond(_ program: inout Program) {
        guard !open.isEmpty else { return }
        let index = program.below(open.count)
        let status = Status(rawValue: Self.statuses[program.below(Self.statuses.count)]) ?? .ok
        answer(open[index], with: status)
        if status.isFinal { open.remove(at: index) }
    }

    private mutating func answer(_ transaction: ServerTransactionID, with status: Status) {
        guard let request = requests[transaction] else { return }
        stack.respond(.response(status, to: request, toTag: "r"), to: transaction, at: now, into: &outputs)
    }

    private mutating func send(_ program: inout Program) {
        let methods: [Method] = [.invite, .register, .options, .message, .bye]
        let method = methods[program.below(methods.count)]
        var request = SIPMessage(method, uri: "sip:d@example.org")
        request.append(.from, "<sip:a@example.org>;tag=f")
        request.append(.to, "<sip:d@example.org>")
        request.append(.callID, "own-\(lastClient)")
        request.append(.cseq, "1 \(method.text)")
        request.append(.maxForwards, "70")
        lastClient += 1
        let id = ClientTransactionID(rawValue: lastClient)
        stack.send(request, as: id, to: hop(&program), at: now, into: &outputs)
    }

    private mutating func receiveResponse(_ program: inout Program) {
        guard !sent.isEmpty else { return }
        let (request, from) = sent[program.below(sent.count)]
        let status = Status(rawValue: Self.statuses[program.below(Self.statuses.count)]) ?? .ok
        receive(SIPMessage.response(status, to: request, toTag: "\(program.below(3))").serialized(), from: from)
    }

    private mutating func pass(_ span: Duration) {
        now += span
        if let deadline = stack.nextDeadline, deadline <= now { stack.fire(at: now, into: &outputs) }
    }

    // MARK: What comes out

    private mutating func takeOutputs() {
        for output in outputs {
            switch output {
            case .transmit(let octets, let hop):
                guard let message = try? SIPMessage(parsing: octets) else {
                    check(octets == [13, 10], "the stack sends what is not SIP: \(OctetSlice(octets).string)")
                    continue
                }
                if message.isRequest, message.method != .ack, sent.count < 64 { sent.append((message, hop)) }
            case .request(let request, let transaction, _):
                check(requests[transaction] == nil, "a transaction is handed up twice")
                requests[transaction] = request
                open.append(transaction)
            case .response(let response, let id):
                if let status = response.status, status.isFinal, !status.isSuccess { count(id) }
            case .failed(let id, _): count(id)
            case .acknowledgement, .cancelled, .close, .refused: break
            }
        }
        outputs.removeAll(keepingCapacity: true)
    }

    private mutating func count(_ id: ClientTransactionID) {
        ended[id, default: 0] += 1
        check(ended[id] == 1, "a client transaction ends twice")
    }
}
