/// How much the transaction layer holds at once.
package struct TransactionLimits: Sendable, Equatable {
    /// Unanswered or unfinished transactions from which on new requests get a 503 with Retry-After.
    package var soft = 100_000
    /// From here on new requests are dropped without an answer.
    package var hard = 120_000
    /// Answered non-INVITE server transactions kept for retransmissions; beyond it the oldest go before timer J.
    package var lingering = 100_000

    package init() {}

    package init(soft: Int, hard: Int, lingering: Int) {
        self.soft = soft
        self.hard = hard
        self.lingering = lingering
    }
}

/// The methods of which requests end at this node: it is their user agent server, not a proxy on the way.
///
/// Only for those are merged requests an error (RFC 3261 §8.2.2.2); a proxy must not treat them so (§16.3).
package enum EndpointMethods: Sendable, Equatable {
    case none
    case all
    case some(Set<Method>)

    func contains(_ method: Method) -> Bool {
        switch self {
        case .none: false
        case .all: true
        case .some(let methods): methods.contains(method)
        }
    }
}
