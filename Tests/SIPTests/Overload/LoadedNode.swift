import Octets
import SIP

/// A node that handles one message after the other in virtual time, each at its price, behind a queue as deep as a
/// socket's buffer; in front of it senders who do not listen to refusals, or do.
struct LoadedNode {
    /// What a request costs that is handled, and what one costs that is refused.
    var price = Duration.milliseconds(1)
    var refusalPrice = Duration.microseconds(10)
    /// Messages that would wait longer find the buffer full.
    var buffer = Duration.seconds(1)

    var control = AdmissionControl()
    private var free = Instant.zero
    private(set) var now = Instant.zero
    private var entropy: Entropy

    struct Result {
        var offered = 0
        var handled = 0
        var refused = 0
        var lost = 0
        var byPriority: [RequestPriority: (offered: Int, handled: Int)] = [:]
        /// Of those that were handled.
        var waits: [Duration] = []
        /// How long the node worked on refusals.
        var wasted = Duration.zero

        /// The wait that one of a hundred exceeds.
        var longWait: Duration { waits.isEmpty ? .zero : waits.sorted()[waits.count * 99 / 100] }
    }

    init(seed: UInt64) { entropy = Entropy(number: seed) }

    /// Nothing is handled for a while; what arrives waits.
    mutating func stall(for span: Duration) { free = now + span }

    /// - Parameters:
    ///   - rate: requests a second, at random intervals.
    ///   - obeys: whether the senders send less when asked to (RFC 7339).
    mutating func run(
        for span: Duration, rate: Int, obeys: Bool = false, mix: (UInt32) -> RequestPriority = { _ in .ordinary }
    ) -> Result {
        var result = Result()
        let end = now + span
        let gap = UInt64(2_000_000_000 / rate)
        while now < end {
            now += .nanoseconds(Int64(entropy.next64() % gap))
            let priority = mix(entropy.next32())
            result.offered += 1
            result.byPriority[priority, default: (0, 0)].offered += 1
            let dice = Double(entropy.next32() % 1_000) / 1_000
            if obeys, priority == .ordinary, dice < control.reduction {
                result.refused += 1
                continue
            }
            let start = max(now, free)
            guard start - now <= buffer else {
                result.lost += 1
                continue
            }
            if control.admits(priority, waited: start - now, at: start) {
                result.handled += 1
                result.byPriority[priority, default: (0, 0)].handled += 1
                result.waits.append(start - now)
                free = start + price
            } else {
                result.refused += 1
                result.wasted += refusalPrice
                free = start + refusalPrice
            }
        }
        return result
    }
}
