import SIP

/// The connections that ended last, so that a flow over one of them is known to be dead (RFC 5626 §5.3.1) before
/// somebody tries it. Numbers are never used again; the oldest are forgotten, and a flow over one of those fails when it
/// is tried.
struct ClosedConnections: Sendable {
    private var known: Set<ConnectionID> = []
    private var order: [ConnectionID] = []
    private var oldest = 0
    /// The first number of this run of the node: those below it are of earlier runs.
    private let first: UInt64

    private static let limit = 16_384

    /// - Parameter first: the first number of this run; nil when earlier runs have left nothing.
    init(before first: ConnectionID? = nil) { self.first = first?.rawValue ?? 0 }

    func contains(_ connection: ConnectionID) -> Bool {
        connection.rawValue < first || known.contains(connection)
    }

    mutating func insert(_ connection: ConnectionID) {
        guard known.insert(connection).inserted else { return }
        guard order.count == Self.limit else { return order.append(connection) }
        known.remove(order[oldest])
        order[oldest] = connection
        oldest = (oldest + 1) % Self.limit
    }
}
