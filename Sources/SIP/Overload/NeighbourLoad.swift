import Octets

/// What the servers we send to have asked of us, RFC 7339 §5.4, by address and port; and whether a request may go there,
/// §7.2.
package struct NeighbourLoad: Sendable {
    private struct Neighbour: Sendable {
        var loss: Int
        var sequence: OverloadFeedback.Sequence
        var until: Instant
        /// The part of the requests that are candidates for reduction, category 1 of §7.2; it follows the traffic.
        var ordinary = 0.8
    }

    private var neighbours: [Endpoint: Neighbour] = [:]
    private var entropy: Entropy
    private let limit: Int

    package init(limit: Int = 4_096, entropy: Entropy) {
        self.limit = limit
        self.entropy = entropy
    }

    package var count: Int { neighbours.count }

    package mutating func received(_ feedback: OverloadFeedback, from server: Endpoint, at now: Instant) {
        let known = neighbours[server]
        if let known, known.until > now {
            // §5.4: the same number says nothing new, a lesser one came late; §4.4: a much lesser one begins again.
            guard feedback.sequence > known.sequence || isRestart(feedback.sequence, after: known.sequence) else {
                return
            }
        }
        guard feedback.validity > .zero, feedback.loss > 0 else {
            neighbours[server] = nil  // §5.7
            return
        }
        if known == nil, neighbours.count >= limit {
            neighbours = neighbours.filter { $0.value.until > now }
            guard neighbours.count < limit else { return }
        }
        neighbours[server] = Neighbour(
            loss: feedback.loss, sequence: feedback.sequence, until: now + feedback.validity,
            ordinary: known?.ordinary ?? 0.8)
    }

    /// Whether a request may be sent, §7.2. When not, it is refused with 503 or goes to another server (§5.10).
    package mutating func permits(_ priority: RequestPriority, to server: Endpoint, at now: Instant) -> Bool {
        guard !neighbours.isEmpty, var neighbour = neighbours[server] else { return true }
        guard neighbour.until > now else {
            neighbours[server] = nil
            return true
        }
        let isOrdinary = priority <= .continuing
        neighbour.ordinary += ((isOrdinary ? 1 : 0) - neighbour.ordinary) / 64
        neighbours[server] = neighbour
        let loss = Double(neighbour.loss) / 100
        let chance: Double
        if isOrdinary {
            chance = neighbour.ordinary > 0 ? loss / neighbour.ordinary : 1
        } else {
            chance = neighbour.ordinary < 1 ? (loss - neighbour.ordinary) / (1 - neighbour.ordinary) : 0
        }
        return Double(entropy.next32() % 1_000_000) >= chance * 1_000_000
    }

    private func isRestart(_ new: OverloadFeedback.Sequence, after old: OverloadFeedback.Sequence) -> Bool {
        new.whole < old.whole && old.whole - new.whole > 3_600
    }
}
