import Octets

// What comes back from the branches: RFC 3261 §16.7 steps 4, 5 and 10, RFC 6228 §6.
extension ForkingContext {
    /// 101 to 199 pass until there is a final response; 100 is the business of one hop.
    mutating func forwardProvisional(_ response: SIPMessage, of index: Int, into actions: inout [Action]) {
        guard outcome == .none, !branches[index].isFinished, response.status != .trying else { return }
        guard branches[index].earlyDialogs.receive(response) else { return }
        actions.append(.respond(response))
    }

    /// A 2xx passes at once, of an INVITE each one; the branches that have lost are cancelled.
    mutating func succeed(
        _ response: SIPMessage, of index: Int, at now: Instant, into actions: inout [Action]
    ) {
        branches[index].isFinished = true
        guard method == .invite ? outcome != .refusal : outcome == .none else { return }
        actions.append(.respond(response))
        if method == .invite { acceptedUntil = now + policy.acceptedTime }
        guard outcome == .none else { return }
        outcome = .success
        groupDeadline = .distantFuture
        targets.removeAll()
        if policy.cancelsLosers { cancelPending(into: &actions) }
    }

    /// The end of a branch that has not answered the request.
    mutating func finish(
        _ index: Int, with response: SIPMessage, at now: Instant, names: inout ClientTransactionNames,
        into actions: inout [Action]
    ) {
        branches[index].isFinished = true
        guard outcome == .none, let status = response.status else { return }
        if status.rawValue >= 600 {
            best.add(response)
            close()
            cancelPending(into: &actions)
        } else if let kept = status.isRedirection ? recurse(response) : response {
            best.add(kept)
        }
        forwardWaiting(at: now, names: &names, into: &actions)
        guard hasPending || !targets.waiting.isEmpty else { return }
        reportEarlyDialogs(of: index, because: status, into: &actions)
    }

    /// The final response is kept back: the caller hears of each early dialog that it has ended.
    private mutating func reportEarlyDialogs(of index: Int, because status: Status, into actions: inout [Action]) {
        let ended = branches[index].earlyDialogs.terminate()
        guard reportsEarlyDialogs else { return }
        for tag in ended {
            var response = SIPMessage.response(.earlyDialogTerminated, to: request, toTag: tag.string)
            response.append(Reason(cause: Int(status.rawValue)))
            actions.append(.respond(response))
        }
    }
}
