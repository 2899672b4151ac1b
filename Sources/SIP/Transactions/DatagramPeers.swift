import Octets

/// Peers that have refused a TCP connection lately, RFC 3261 §18.1.1: long requests go to them as datagrams, at once.
struct DatagramPeers: Sendable {
    private var refusals: [Endpoint: Instant] = [:]

    /// How long a refusal is remembered.
    static let memory = Duration.seconds(600)
    /// How many are; the others cost one attempt more.
    static let capacity = 1000

    mutating func insert(_ peer: Endpoint, at now: Instant) {
        if refusals.count >= Self.capacity {
            refusals = refusals.filter { $0.value + Self.memory > now }
            if refusals.count >= Self.capacity { refusals.removeAll(keepingCapacity: true) }
        }
        refusals[peer] = now
    }

    func contains(_ peer: Endpoint, at now: Instant) -> Bool {
        guard let refused = refusals[peer] else { return false }
        return refused + Self.memory > now
    }
}
