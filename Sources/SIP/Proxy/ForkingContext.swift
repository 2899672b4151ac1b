import Octets

/// A response context: one request on its way to its targets, RFC 3261 §16.6 to §16.10.
///
///      start ──▶ forward … ──▶ 1xx: respond
///                     │
///                     ├─ 2xx ────────────▶ respond, cancel the others ──▶ every further 2xx: respond ──▶ done
///                     ├─ 3xx ────────────▶ its contacts become targets, or it is kept
///                     ├─ 4xx 5xx, failed ▶ kept; forward the next ones
///                     ├─ 6xx ────────────▶ kept; cancel the others, no new ones
///                     ╰─ all have ended ─▶ respond with the best ──▶ done
///
/// A branch is a request with its target. Where its next hop is, and which of several, is the business of whoever
/// carries out `.forward`; it says `moved` when it tries another under a new name, and `failed` when it has none left.
/// Timer C is in the client transaction, which cancels and gives up by itself (§16.8).
package struct ForkingContext: Sendable {
    package enum Action: Sendable, Equatable {
        /// Sends the request in a client transaction of this name, to where the URI leads (§16.6 step 7). Max-Forwards,
        /// Max-Breadth, Request-URI and Route are ready; Record-Route is not, it depends on the hop.
        case forward(SIPMessage, to: OctetSlice, as: ClientTransactionID)
        /// Answers the request.
        case respond(SIPMessage)
        case cancel(ClientTransactionID)
        /// Nothing more will come of it.
        case done
    }

    struct Branch: Sendable {
        var id: ClientTransactionID
        var breadth: Int
        var isFinished = false
        var isCancelled = false
        var earlyDialogs = EarlyDialogs()
    }

    /// What has been sent upstream.
    enum Outcome: Sendable, Equatable { case none, success, refusal }

    /// The transaction of the request.
    package let server: ServerTransactionID
    private(set) var request: SIPMessage
    let method: Method
    let policy: ForkingPolicy
    let own: OwnNames
    let tag: String
    let breadth: BranchBreadth
    let reportsEarlyDialogs: Bool
    var targets: TargetSet
    var redirectionsLeft: Int
    var branches: [Branch] = []
    var best = BestResponse()
    var outcome = Outcome.none
    var isCancelled = false
    /// A 6xx or the caller's CANCEL has come: no new branches.
    var isClosed = false
    /// The q of the targets that are being tried.
    var groupQ = 1000
    var groupDeadline = Instant.distantFuture
    /// Until when further 2xx may come.
    var acceptedUntil: Instant?
    var isDone = false

    /// - Parameters:
    ///   - request: valid by `RequestValidation`, its own Route entries taken off.
    ///   - own: under what names our Via entries are known (RFC 5393 §4.2.2).
    ///   - tag: the To tag of responses that we make ourselves.
    package static func start(
        _ request: SIPMessage, _ server: ServerTransactionID, to targets: [Target], policy: ForkingPolicy,
        own: OwnNames, tag: String, at now: Instant, names: inout ClientTransactionNames,
        into actions: inout [Action]
    ) -> ForkingContext {
        var context = ForkingContext(request, server, targets, policy, own, tag)
        context.forwardWaiting(at: now, names: &names, into: &actions)
        context.settle(into: &actions)
        return context
    }

    private init(
        _ request: SIPMessage, _ server: ServerTransactionID, _ targets: [Target], _ policy: ForkingPolicy,
        _ own: OwnNames, _ tag: String
    ) {
        var request = request
        // A request that may not go on has been refused before; one without the header gets it (§16.6 step 3).
        _ = request.countDownMaxForwards()
        breadth = BranchBreadth(request, maximum: policy.breadth)
        self.request = request
        self.server = server
        method = request.method
        self.policy = policy
        self.own = own
        self.tag = tag
        reportsEarlyDialogs = EarlyDialogs.areReported(for: request)
        redirectionsLeft = policy.redirections
        self.targets = TargetSet(limit: max(policy.targets, 1))
        for target in targets { _ = self.targets.insert(target) }
        if !policy.forks { self.targets.keepFirst() }
        if targets.isEmpty { best.add(.response(.temporarilyUnavailable, to: request, toTag: tag)) }  // §16.5
    }

    // MARK: Events

    /// A response of one of the branches, our Via taken off (§16.7).
    package mutating func receive(
        _ response: SIPMessage, from id: ClientTransactionID, at now: Instant,
        names: inout ClientTransactionNames, into actions: inout [Action]
    ) {
        guard let index = index(of: id), let status = response.status else { return }
        if status.isProvisional {
            forwardProvisional(response, of: index, into: &actions)
        } else if status.isSuccess {
            succeed(response, of: index, at: now, into: &actions)
        } else if !branches[index].isFinished {
            finish(index, with: response, at: now, names: &names, into: &actions)
        }
        settle(into: &actions)
    }

    /// No answer from any hop of the branch: as if a 408 or a 503 had come (§16.7, §16.9).
    package mutating func failed(
        _ id: ClientTransactionID, _ failure: TransactionFailure, at now: Instant,
        names: inout ClientTransactionNames, into actions: inout [Action]
    ) {
        guard let index = index(of: id), !branches[index].isFinished else { return }
        let status: Status =
            switch failure {
            case .timeout: isCancelled ? .requestTerminated : .requestTimeout
            case .transport, .throttled: .serviceUnavailable
            }
        let response = SIPMessage.response(status, to: request, toTag: tag)
        finish(index, with: response, at: now, names: &names, into: &actions)
        settle(into: &actions)
    }

    /// The branch is tried at another hop, in a new transaction (§16.6 step 7, RFC 3263 §4.3).
    package mutating func moved(_ id: ClientTransactionID, to next: ClientTransactionID, into actions: inout [Action]) {
        guard let index = index(of: id) else { return }
        branches[index].id = next
        if branches[index].isCancelled { actions.append(.cancel(next)) }
    }

    /// The caller has cancelled (§16.10); the CANCEL has had its 200.
    package mutating func cancel(into actions: inout [Action]) {
        guard outcome == .none, !isCancelled else { return }
        isCancelled = true
        close()
        cancelPending(into: &actions)
        settle(into: &actions)
    }

    /// The time of one group is over, or that of an answered call.
    package mutating func fire(at now: Instant, into actions: inout [Action]) {
        if groupDeadline <= now {
            groupDeadline = .distantFuture
            // The next ones are forwarded when these have ended.
            if !targets.waiting.isEmpty { cancelPending(into: &actions) }
        }
        if let until = acceptedUntil, until <= now { acceptedUntil = nil }
        settle(into: &actions)
    }

    // MARK: Queries

    package var nextDeadline: Instant? {
        guard !isDone else { return nil }
        let next = min(groupDeadline, acceptedUntil ?? .distantFuture)
        return next == .distantFuture ? nil : next
    }

    /// Whether this transaction is one of the branches.
    package func contains(_ id: ClientTransactionID) -> Bool { index(of: id) != nil }

    /// The transactions that have not ended.
    package var pending: [ClientTransactionID] { branches.filter { !$0.isFinished }.map(\.id) }

    // MARK: Steps

    var hasPending: Bool { branches.contains { !$0.isFinished } }

    private func index(of id: ClientTransactionID) -> Int? { branches.firstIndex { $0.id == id } }

    /// Sends the best response when all is over (§16.7 step 6), and says when nothing more will come.
    mutating func settle(into actions: inout [Action]) {
        guard !isDone, !hasPending else { return }
        if outcome == .success { letGo() }
        if outcome == .none {
            guard targets.waiting.isEmpty else { return }
            outcome = .refusal
            actions.append(.respond(bestResponse()))
        }
        guard acceptedUntil == nil else { return }
        isDone = true
        actions.append(.done)
    }

    /// What waits now, for as long as copies of a 2xx may come, needs nothing of the request nor of what came before.
    private mutating func letGo() {
        request = SIPMessage()
        best = BestResponse()
        targets.forget()
        for index in branches.indices { branches[index].earlyDialogs = EarlyDialogs() }
    }

    private func bestResponse() -> SIPMessage {
        guard let response = best.choose(isCancelled: isCancelled) else {
            return .response(.requestTimeout, to: request, toTag: tag)
        }
        // A 503 would say that we can serve nobody (§16.7 step 6).
        guard response.status == .serviceUnavailable else { return response }
        return .response(.serverInternalError, to: request, toTag: tag)
    }

    mutating func close() {
        isClosed = true
        targets.removeAll()
    }

    /// Only an INVITE can be cancelled (§9.1); a branch without a provisional response is when it gets one.
    mutating func cancelPending(into actions: inout [Action]) {
        guard method == .invite else { return }
        for index in branches.indices where !branches[index].isFinished && !branches[index].isCancelled {
            branches[index].isCancelled = true
            actions.append(.cancel(branches[index].id))
        }
    }
}
