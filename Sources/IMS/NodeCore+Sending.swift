import Octets
import SIP

// Requests to a next hop that is a URI: located, sent, and sent elsewhere when that fails, RFC 3263.
extension NodeCore {
    mutating func send(
        _ request: SIPMessage, toward nextHop: LocationQuestion, as id: ClientTransactionID, at now: Instant
    ) {
        guard locator != nil else {
            if request.method != .ack { sipOutputs.append(.failed(id, .transport)) }
            return
        }
        errands[id] = Errand(request)
        locator?.locate(nextHop, as: LocationID(rawValue: id.rawValue), at: now, into: &locatorOutputs)
    }

    mutating func take(_ output: Locator.Output, at now: Instant, into outputs: inout [Output]) {
        switch output {
        case .ask(let query): outputs.append(.resolve(query))
        case .answered(let id, let answer):
            perform(function.handle(.lookedUp(answer, id), at: now), at: now, into: &outputs)
        case .located(let id, let hops):
            let id = ClientTransactionID(rawValue: id.rawValue)
            guard errands[id] != nil else { return }
            errands[id]?.others = hops
            sendToNextTarget(id, at: now)
        case .failed(let id, let failure):
            let id = ClientTransactionID(rawValue: id.rawValue)
            guard let errand = errands.removeValue(forKey: id) else { return }
            counters.add(.locationFailed)
            observe(
                Observation(
                    .warning, "a request has nowhere to go: \(failure)",
                    about: Subject(callID: errand.request.callID?.string)), at: now, into: &outputs)
            if errand.request.method != .ack { sipOutputs.append(.failed(id, .transport)) }
        }
    }

    /// What the stack reports of a transaction that may be an errand's. - Returns: whether the role hears of it.
    mutating func errandReceived(_ response: SIPMessage, _ id: ClientTransactionID, at now: Instant) -> Bool {
        guard !errands.isEmpty, let status = response.status, var errand = errands[id] else { return true }
        let verdict = errand.received(status)
        errands[id] = errand
        return carryOut(verdict, id, retryAfter: retryAfter(of: response), mayShun: true, at: now)
    }

    mutating func errandFailed(_ id: ClientTransactionID, _ failure: TransactionFailure, at now: Instant) -> Bool {
        guard !errands.isEmpty, let errand = errands[id] else { return true }
        // RFC 7339 §5.10: who asked for fewer requests is alive.
        return carryOut(errand.failed(failure), id, retryAfter: nil, mayShun: failure != .throttled, at: now)
    }

    /// The role's CANCEL. - Returns: whether it goes to the stack.
    mutating func errandCancelled(_ id: ClientTransactionID) -> Bool {
        guard !errands.isEmpty, let errand = errands[id] else { return true }
        errands[id]?.isCancelled = true
        guard errand.current == nil else { return true }
        errands[id] = nil
        locator?.cancel(LocationID(rawValue: id.rawValue))
        sipOutputs.append(.failed(id, .transport))
        return false
    }

    private mutating func carryOut(
        _ verdict: Errand.Verdict, _ id: ClientTransactionID, retryAfter: Duration?, mayShun: Bool, at now: Instant
    ) -> Bool {
        guard let target = errands[id]?.current else { return true }
        switch verdict {
        case .report: return true
        case .end(isTargetWell: true): locator?.succeeded(target)
        case .end(isTargetWell: false): if mayShun { locator?.failed(target, retryAfter: retryAfter, at: now) }
        case .failOver:
            if mayShun { locator?.failed(target, retryAfter: retryAfter, at: now) }
            counters.add(.nextTargetTried)
            sendToNextTarget(id, at: now)
            return false
        }
        errands[id] = nil
        return true
    }

    private mutating func sendToNextTarget(_ id: ClientTransactionID, at now: Instant) {
        guard var errand = errands[id], !errand.others.isEmpty else { return }
        let target = errand.others.removeFirst()
        guard errand.request.method != .ack else {
            errands[id] = nil
            return sip.sendAcknowledgement(errand.request, to: target, at: now, into: &sipOutputs)
        }
        errand.current = target
        errand.isAnswered = false
        errands[id] = errand
        sip.send(errand.request, as: id, to: target, at: now, into: &sipOutputs)
    }

    private func retryAfter(of response: SIPMessage) -> Duration? {
        guard response.status == .serviceUnavailable, let value = response.firstValue(.retryAfter) else { return nil }
        do {
            return .seconds(Int64(try RetryAfter(parsing: value).seconds))
        } catch {
            return nil
        }
    }
}
