import Octets
import SIP

/// A request on its way to a next hop that had to be located, RFC 3263 §4.3.
///
///     locating ─ located ─▶ at a target ─ failed, and there is another ─▶ at the next target
///                                      └ answered, or failed at the last ─▶ the role hears of it
///
/// Each target gets the request in a client transaction of its own, with a branch of its own; all under the role's one
/// number, for at most one of them is alive.
struct Errand: Sendable {
    let request: SIPMessage
    /// Where it is now; nil while it is being located.
    var current: Hop?
    /// Where it may go next, in order.
    var others: [Hop] = []
    /// The target has answered at least provisionally: a timeout says no more that it is dead.
    var isAnswered = false
    /// The role wants it no more; it goes to no other target.
    var isCancelled = false

    init(_ request: SIPMessage) { self.request = request }

    enum Verdict: Equatable {
        /// The role hears of it, and the errand goes on.
        case report
        /// The role hears of it, and the errand is over; `isTargetWell` says what to remember of the target.
        case end(isTargetWell: Bool)
        /// The role hears nothing of it: the next target is tried.
        case failOver
    }

    mutating func received(_ status: Status) -> Verdict {
        isAnswered = true
        guard status.isFinal else { return .report }
        guard status == .serviceUnavailable else { return .end(isTargetWell: true) }
        return others.isEmpty || isCancelled ? .end(isTargetWell: false) : .failOver
    }

    /// §4.3: a timeout counts only when nothing at all was received.
    func failed(_ failure: TransactionFailure) -> Verdict {
        switch failure {
        case .timeout:
            guard !isAnswered else { return .end(isTargetWell: true) }
            return others.isEmpty || isCancelled ? .end(isTargetWell: false) : .failOver
        case .transport, .throttled:
            return others.isEmpty || isCancelled ? .end(isTargetWell: false) : .failOver
        }
    }
}
