import Octets
import SIP

/// The response context of a proxy under a program of responses, failures and CANCELs, RFC 3261 §16.7, RFC 5393 §5.3.
///
/// What must hold: one final response goes upstream beside further 2xx of an INVITE, no provisional one after it; no
/// more branches and no more breadth than allowed, none after the caller has cancelled; each branch is cancelled once;
/// and when every branch has ended and time has passed, it is done, once.
struct ProxyRun {
    private var context: ForkingContext
    private var names = ClientTransactionNames()
    private var now = Instant.zero
    private var actions: [ForkingContext.Action] = []
    private let method: Method
    private let breadth: Int
    private let branchLimit: Int
    /// What was sent, by name; a branch that has moved has its last name.
    private var branches: [(id: ClientTransactionID, request: SIPMessage, isOpen: Bool)] = []
    private var cancelled: Set<ClientTransactionID> = []
    private var isCancelled = false
    private var refusals = 0
    private var successes = 0
    private var ends = 0

    private static let statuses: [UInt16] = [
        100, 180, 183, 199, 200, 202, 301, 302, 305, 401, 404, 407, 408, 420, 440, 480, 482, 486, 487, 500, 503, 600,
        603,
    ]

    init(_ program: inout Program) {
        let shape = program.next()
        method = shape & 1 == 0 ? .invite : .message
        var policy = ForkingPolicy()
        policy.order = [.byPreference, .parallel, .sequential][program.below(3)]
        policy.forks = shape & 2 == 0
        policy.redirections = program.below(6)
        policy.targets = 1 + program.below(12)
        policy.refusesNarrowing = shape & 4 != 0
        policy.cancelsLosers = shape & 8 == 0
        policy.groupTime = shape & 16 == 0 ? nil : .seconds(15)
        let isSecure = shape & 32 != 0
        var request = SIPMessage(method, uri: isSecure ? "sips:b@example.org" : "sip:b@example.org")
        request.append(.via, "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1")
        request.append(.from, "<sip:a@example.org>;tag=1")
        request.append(.to, "<sip:b@example.org>")
        request.append(.callID, "call")
        request.append(.cseq, "1 \(method.text)")
        request.append(.maxForwards, "\(1 + program.below(70))")
        let asked = program.below(12)
        if asked > 0 { request.append(.maxBreadth, "\(asked)") }
        breadth = asked > 0 ? asked : policy.breadth
        if shape & 64 != 0 { request.append(.supported, "199") }
        let targets = (0..<program.below(16)).compactMap { _ -> Target? in
            let choice = program.next()
            let routes: [OctetSlice] = choice & 64 == 0 ? [] : ["<sip:p.example.org;lr>", "<sip:q.example.org>"]
            return try? Target(Self.place(choice), q: Int(choice & 3) * 300, routes: routes)
        }
        branchLimit = policy.targets + policy.redirections
        let own = OwnNames(listeners: [SIPListener(.udp, Endpoint(.loopback, 5060))])
        context = ForkingContext.start(
            request, ServerTransactionID(rawValue: 1), to: targets, policy: policy, own: own, tag: "own", at: now,
            names: &names, into: &actions)
        takeActions()
    }

    mutating func step(_ program: inout Program) {
        let event = program.below(12)
        guard ends == 0 else { return }  // whoever drove it has thrown it away
        switch event {
        case 0: pass(.seconds(Int64(program.below(40))))
        case 1: cancel()
        case 2: fail(program.below(max(branches.count, 1)), program.next() & 1 == 0 ? .timeout : .transport)
        case 3: move(program.below(max(branches.count, 1)))
        default: respond(&program)
        }
        takeActions()
    }

    /// Nobody answers any more.
    mutating func end() {
        var index = 0
        while index < branches.count, ends == 0 {
            fail(index, .timeout)
            takeActions()
            index += 1
        }
        for _ in 0..<4 { pass(.seconds(60)) }
        check(ends == 1 && context.pending.isEmpty && context.nextDeadline == nil, "a context does not end")
        check(refusals + successes > 0, "a request is never answered")
    }

    // MARK: Steps

    private static func place(_ choice: UInt8) -> OctetSlice {
        let scheme = choice & 32 == 0 ? "sip" : "sips"
        return OctetSlice("\(scheme):\(choice >> 2 & 7)@example.org;method=INVITE?Subject=x")
    }

    private mutating func respond(_ program: inout Program) {
        guard !branches.isEmpty else { return }
        let index = program.below(branches.count)
        guard let status = Status(rawValue: Self.statuses[program.below(Self.statuses.count)]) else { return }
        var response = SIPMessage.response(status, to: branches[index].request, toTag: "\(program.below(4))")
        if status.isRedirection {
            for _ in 0..<program.below(4) {
                let choice = program.next()
                if choice & 128 == 0 {
                    response.append(.contact, "<\(Self.place(choice).string)>;q=0.\(choice & 7)")
                } else {
                    response.append(.contact, OctetSlice(program.run(Int(choice & 31))))
                }
            }
        }
        if status == .unauthorized || status == .proxyAuthenticationRequired {
            response.append(.proxyAuthenticate, "Digest realm=\"\(index)\", nonce=\"a\"")
        }
        if program.next() & 8 != 0 { response.append(.require, "100rel") }
        guard let response = try? SIPMessage(parsing: response.serialized()) else { return }
        if status.isFinal { branches[index].isOpen = false }
        context.receive(response, from: branches[index].id, at: now, names: &names, into: &actions)
    }

    private mutating func fail(_ index: Int, _ failure: TransactionFailure) {
        guard branches.indices.contains(index) else { return }
        branches[index].isOpen = false
        context.failed(branches[index].id, failure, at: now, names: &names, into: &actions)
    }

    private mutating func move(_ index: Int) {
        guard branches.indices.contains(index), branches[index].isOpen else { return }
        let next = names.next()
        let old = branches[index].id
        branches[index].id = next
        context.moved(old, to: next, into: &actions)
        check(!context.contains(old) && context.contains(next), "a branch that moved has its old name")
    }

    private mutating func cancel() {
        context.cancel(into: &actions)
        takeActions()
        isCancelled = true
    }

    private mutating func pass(_ span: Duration) {
        now += span
        if let deadline = context.nextDeadline, deadline <= now {
            context.fire(at: now, into: &actions)
            check(context.nextDeadline.map { $0 > now } ?? true, "a timer is due again at once")
        }
        takeActions()
    }

    // MARK: What comes out

    private mutating func takeActions() {
        let due = actions
        actions.removeAll(keepingCapacity: true)
        for action in due {
            check(ends == 0, "something comes after the end")
            switch action {
            case .forward(let request, let next, let id):
                check(!isCancelled && refusals + successes == 0, "a branch is begun too late")
                check((try? SIPMessage(parsing: request.serialized())) != nil, "a request is forwarded that is none")
                check((try? URI(parsing: next)) != nil, "a request goes to what is no URI: \(next.string)")
                branches.append((id, request, true))
            case .respond(let response): count(response)
            case .cancel(let id):
                check(method == .invite && branches.contains { $0.id == id }, "a CANCEL for nothing")
                check(cancelled.insert(id).inserted, "a branch is cancelled twice")
            case .done: ends += 1
            }
        }
        check(branches.count <= branchLimit, "\(branches.count) branches, \(branchLimit) are allowed")
        let used = branches.filter(\.isOpen).reduce(0) { $0 + Int($1.request.firstValue(.maxBreadth)?.decimal ?? 0) }
        check(used <= breadth, "a breadth of \(used), \(breadth) is allowed")
    }

    private mutating func count(_ response: SIPMessage) {
        guard let status = response.status else { return check(false, "a request is answered with a request") }
        check(status != .trying && status != .serviceUnavailable, "\(status.rawValue) goes upstream")
        check(refusals == 0, "\(status.rawValue) after the final response")
        if status.isSuccess {
            successes += 1
            check(method == .invite || successes == 1, "two 2xx for \(method.text)")
        } else {
            check(successes == 0, "\(status.rawValue) after a 2xx")
            if status.isFinal { refusals += 1 }
        }
    }
}
