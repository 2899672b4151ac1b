import Octets

/// The requests that a proxying role has on their way: each with its response context, and the transactions of its
/// branches (RFC 3261 §16).
///
///     request ─▶ start ──▶ forward … ◀─ receive, failed, cancelled, fire ─▶ respond, cancel ──▶ ended
///
/// What happens to one is told to its `ForkingContext`; what that wants comes out as orders that name the request and the
/// branch. The role carries them out: it edits a request or response last, and finds the way. It goes through the orders
/// by index, because to say that there is no way (`failed`) may add to them:
///
///     while taken < orders.count { carryOut(orders[taken], into: &orders); taken += 1 }
///
/// What else the role wants to know of a request it keeps under the same name until `.ended`.
package struct RequestRelay: Sendable {
    package enum Order: Sendable, Equatable {
        /// A branch: `ForkingContext.Action.forward`.
        case forward(SIPMessage, to: OctetSlice, as: ClientTransactionID, of: ServerTransactionID)
        case respond(SIPMessage, to: ServerTransactionID)
        case cancel(ClientTransactionID)
        /// Nothing more will come of the request; its name is forgotten.
        case ended(ServerTransactionID)
    }

    private struct Passage: Sendable {
        var context: ForkingContext
        var branches: [ClientTransactionID] = []
    }

    private let own: OwnNames
    private let limit: Int
    private var passages: [ServerTransactionID: Passage] = [:]
    private var owners: [ClientTransactionID: ServerTransactionID] = [:]
    private var deadlines = DeadlineQueue<ServerTransactionID>()

    /// - Parameters:
    ///   - own: under what names our Via entries are known (RFC 5393 §4.2.2).
    ///   - limit: requests at once; above it `isFull`, and the role answers 503.
    package init(own: OwnNames, limit: Int) {
        self.own = own
        self.limit = limit
    }

    package var count: Int { passages.count }
    package var isFull: Bool { passages.count >= limit }
    package var nextDeadline: Instant? { deadlines.next }

    /// Whose branch a transaction is; nil when it is not one of these.
    package func server(of client: ClientTransactionID) -> ServerTransactionID? { owners[client] }

    package func contains(_ server: ServerTransactionID) -> Bool { passages[server] != nil }

    /// - Parameters:
    ///   - request: valid by `RequestValidation`, our own Route entries taken off.
    ///   - tag: the To tag of responses that are made here.
    package mutating func start(
        _ request: SIPMessage, _ server: ServerTransactionID, to targets: [Target],
        policy: ForkingPolicy = ForkingPolicy(), tag: String, at now: Instant, names: inout ClientTransactionNames,
        into orders: inout [Order]
    ) {
        var actions: [ForkingContext.Action] = []
        let context = ForkingContext.start(
            request, server, to: targets, policy: policy, own: own, tag: tag, at: now, names: &names, into: &actions)
        take(actions, of: server, Passage(context: context), into: &orders)
    }

    /// A response to a branch, our Via taken off. - Returns: false when the transaction is not one of these.
    package mutating func receive(
        _ response: SIPMessage, from client: ClientTransactionID, at now: Instant,
        names: inout ClientTransactionNames, into orders: inout [Order]
    ) -> Bool {
        guard let server = owners[client] else { return false }
        change(server, into: &orders) { context, actions in
            context.receive(response, from: client, at: now, names: &names, into: &actions)
        }
        return true
    }

    /// A branch has no answer, or nowhere to go. - Returns: false when the transaction is not one of these.
    package mutating func failed(
        _ client: ClientTransactionID, _ failure: TransactionFailure, at now: Instant,
        names: inout ClientTransactionNames, into orders: inout [Order]
    ) -> Bool {
        guard let server = owners[client] else { return false }
        change(server, into: &orders) { context, actions in
            context.failed(client, failure, at: now, names: &names, into: &actions)
        }
        return true
    }

    /// A branch is to be forgotten, and another way to the same phone taken (`ForkingContext.replace`).
    package mutating func replace(
        _ client: ClientTransactionID, by target: Target, names: inout ClientTransactionNames,
        into orders: inout [Order]
    ) {
        guard let server = owners[client] else { return }
        change(server, into: &orders) { context, actions in
            context.replace(client, by: target, names: &names, into: &actions)
        }
    }

    /// The caller gave up. - Returns: false when the request is not one of these.
    package mutating func cancelled(_ server: ServerTransactionID, into orders: inout [Order]) -> Bool {
        change(server, into: &orders) { context, actions in context.cancel(into: &actions) }
    }

    package mutating func fire(at now: Instant, into orders: inout [Order]) {
        while let (server, _) = deadlines.popDue(at: now) {
            change(server, into: &orders) { context, actions in context.fire(at: now, into: &actions) }
        }
    }

    /// Drops a request and its branches, whose responses belong to nobody then: the role goes about it in another way.
    package mutating func forget(_ server: ServerTransactionID) {
        for client in passages.removeValue(forKey: server)?.branches ?? [] { owners[client] = nil }
    }

    @discardableResult
    private mutating func change(
        _ server: ServerTransactionID, into orders: inout [Order],
        _ event: (inout ForkingContext, inout [ForkingContext.Action]) -> Void
    ) -> Bool {
        // Taken out and put back, so that it is changed where it is.
        guard var passage = passages.removeValue(forKey: server) else { return false }
        var actions: [ForkingContext.Action] = []
        event(&passage.context, &actions)
        take(actions, of: server, passage, into: &orders)
        return true
    }

    /// Carries out what the response context of a request wants, and keeps it unless it is done.
    private mutating func take(
        _ actions: [ForkingContext.Action], of server: ServerTransactionID, _ passage: consuming Passage,
        into orders: inout [Order]
    ) {
        var isDone = false
        for action in actions {
            switch action {
            case .forward(let request, let uri, let client):
                owners[client] = server
                passage.branches.append(client)
                orders.append(.forward(request, to: uri, as: client, of: server))
            case .respond(let response): orders.append(.respond(response, to: server))
            case .cancel(let client): orders.append(.cancel(client))
            case .done:
                for client in passage.branches { owners[client] = nil }
                orders.append(.ended(server))
                isDone = true
            }
        }
        guard !isDone else { return }
        if let next = passage.context.nextDeadline { deadlines.schedule(server, at: next) }
        passages[server] = passage
    }
}
