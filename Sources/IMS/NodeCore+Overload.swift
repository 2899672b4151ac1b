import Octets
import SIP

// What an operator hears of overload: that it begins and that it is over, not each of ten thousand refusals.
extension NodeCore {
    /// - Returns: whether the refusal has been dealt with; others are worth a line each.
    mutating func countRefusal(_ reason: SIPStackRefusal) -> Bool {
        switch reason {
        case .shed: counters.add(.requestShed)
        case .tooManyFromSource: counters.add(.sourceLimited)
        case .throttled: counters.add(.requestThrottled)
        default: return false  // the other refusals are of single messages
        }
        return true
    }

    mutating func reportOverload(at now: Instant, into outputs: inout [Output]) {
        let isLimiting = sip.admittedRate != nil
        guard isLimiting != wasLimiting else { return }
        wasLimiting = isLimiting
        if isLimiting {
            shedBefore = counters[.requestShed]
            let rate = Int(clamping: Int64((sip.admittedRate ?? 0).rounded()))
            observe(
                Observation(
                    .warning,
                    "overload: requests wait too long, \(rate) new ones a second are let in; dialogs and "
                        + "emergency calls go first"), at: now, into: &outputs)
        } else {
            let refused = counters[.requestShed] - shedBefore
            observe(
                Observation(.notice, "the overload is over; \(refused) requests were refused"), at: now, into: &outputs)
        }
    }
}
