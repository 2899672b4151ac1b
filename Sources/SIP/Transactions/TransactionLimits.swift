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
