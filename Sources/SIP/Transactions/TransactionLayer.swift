import Octets

/// All transactions of a node, RFC 3261 §17: matches messages to machines, carries out the machines' orders and folds
/// their timers into one deadline.
struct TransactionLayer: Sendable {
    var clients = SlotTable<ClientRecord>()
    var servers = SlotTable<ServerRecord>()
    /// Server transactions by the key of their request, and of the ACK where that has one of its own.
    var serverSlots: [TransactionKey: SlotID] = [:]
    /// §8.2.2.2, of those requests that end here: the first to come, and what names it.
    var merges: [TransactionKey: SlotID] = [:]
    var mergeKeys: [SlotID: TransactionKey] = [:]
    /// INVITE client transactions by the TU's name, for `cancel`.
    var invites: [ClientTransactionID: SlotID] = [:]
    /// CANCEL transactions by the random part of the branch they share with their INVITE.
    var cancels: [UInt64: SlotID] = [:]
    var pending = PendingList()
    var lingering = LingeringQueue()
    var lingeringCount = 0
    var queue = DeadlineQueue<TimerKey>()
    /// Connections that have carried something to us and are still open.
    var connections: [ConnectionID: Hop] = [:]
    var datagramPeers = DatagramPeers()
    /// See `SIPStack.routeResponses`; by the hop of the requests without its connection.
    var responseRoutes: [Hop: Hop] = [:]
    var entropy: Entropy
    var overload: OverloadControl?
    let listeners: ListenerTable
    let limits: TransactionLimits
    let endpoint: EndpointMethods
    let secret: (UInt64, UInt64)

    init(
        listeners: [ListenerID: SIPListener], limits: TransactionLimits, endpoint: EndpointMethods,
        overload: OverloadSettings? = nil, entropy: Entropy
    ) {
        self.listeners = ListenerTable(listeners, offersFeedback: overload?.givesFeedback ?? false)
        self.limits = limits
        self.endpoint = endpoint
        self.entropy = entropy
        secret = (self.entropy.next64(), self.entropy.next64())
        if let overload { self.overload = OverloadControl(settings: overload, entropy: self.entropy.fork()) }
    }

    var liveTransactions: Int { clients.count + servers.count }

    /// Never later than the next timer; may be earlier, for a transaction that has ended since.
    var nextDeadline: Instant? { queue.next }

    /// Transactions that still owe or expect an answer.
    var load: Int { clients.count + servers.count - lingeringCount }

    mutating func fire(at now: Instant, into output: inout [SIPStackOutput]) {
        while let (key, deadline) = queue.popDue(at: now) {
            if key.isServer {
                fireServer(key.slot, queuedAt: deadline, at: now, into: &output)
            } else {
                fireClient(key.slot, queuedAt: deadline, at: now, into: &output)
            }
        }
    }

    /// Where the responses to a request go that has come by this hop.
    func route(_ via: Via, from hop: Hop) -> ResponseRoute {
        guard !responseRoutes.isEmpty else { return ResponseRoute(via, from: hop) }
        return ResponseRoute(via, from: hop, by: responseRoutes[Hop(hop.transport, hop.listener, hop.remote)])
    }

    /// Whether we take part in RFC 7339.
    var takesOverload: Bool { overload?.givesFeedback ?? false }

    func timing(_ hop: Hop) -> TransactionTiming { listeners.timing(hop.listener) }
    func clientTiming(_ hop: Hop) -> TransactionTiming { listeners.clientTiming(hop) }
}
