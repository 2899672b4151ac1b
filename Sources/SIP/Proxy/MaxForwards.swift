import Octets

/// The Max-Forwards rules of a proxy, RFC 3261 §16.3 step 3 and §16.6 step 3.
package enum MaxForwards: Equatable, Sendable {
    /// The request may go on with this value.
    case remaining(Int)
    /// 483 (Too Many Hops).
    case exhausted
    /// Not a number up to 255 (§20.22): 400.
    case malformed

    /// What a request gets that has none (§16.6 step 3).
    package static let initial = 70

    package init(_ request: SIPMessage) {
        guard request.contains(.maxForwards) else {
            self = .remaining(Self.initial)
            return
        }
        guard let value = request.maxForwards, (0...255).contains(value) else {
            self = .malformed
            return
        }
        self = value == 0 ? .exhausted : .remaining(value - 1)
    }
}

extension SIPMessage {
    /// Checks Max-Forwards and, when the request may go on, counts it down.
    package mutating func countDownMaxForwards() -> MaxForwards {
        let verdict = MaxForwards(self)
        if case .remaining(let value) = verdict { set(.maxForwards, "\(value)") }
        return verdict
    }
}
