import Octets

/// Requests of ours and answers to theirs, RFC 6733 §6.1.1, §6.1.2 and §5.5.4.
extension DiameterStack {
    /// Sends a request to the best peer for it. Its answer, or why there is none, comes with `ask`.
    package mutating func ask(
        _ request: consuming DiameterMessage, as ask: AskID, at now: Instant,
        into outputs: inout [DiameterStackOutput]
    ) {
        request.endToEnd = makeEndToEnd()
        let deadline = now + settings.timeout(for: request.applicationID)
        send(Errand(for: .role(ask), message: request, deadline: deadline), at: now, into: &outputs)
    }

    /// Answers a request by its token. When the connection it came over is gone only copies that came elsewhere are
    /// answered; the peer asks again.
    package mutating func answer(
        _ answer: DiameterMessage, to token: RequestToken, at now: Instant,
        into outputs: inout [DiameterStackOutput]
    ) {
        guard let request = release(token) else { return }
        var answer = answer
        // A role that made its answer from the request has them right; setting them would copy the message.
        if answer.hopByHop != request.hopByHop { answer.hopByHop = request.hopByHop }
        if answer.endToEnd != request.endToEnd { answer.endToEnd = request.endToEnd }
        if associations[request.association] != nil { outputs.append(.send(answer.octets, on: request.association)) }
        guard let key = request.duplicateKey else { return }
        for copy in duplicates.answered(key, token, answer) where associations[copy.association] != nil {
            outputs.append(.send(answer.repeated(for: copy.request).octets, on: copy.association))
        }
    }

    mutating func send(_ errand: consuming Errand, at now: Instant, into outputs: inout Outputs) {
        switch route(errand, at: now) {
        case .failure(let failure): fail(errand, failure, into: &outputs)
        case .success(let index): send(errand, to: index, at: now, into: &outputs)
        }
    }

    mutating func send(
        _ errand: consuming Errand, to index: Int, at now: Instant, into outputs: inout Outputs
    ) {
        guard let association = table[index].association else {
            return fail(errand, .unableToDeliver, into: &outputs)
        }
        errand.message.hopByHop = makeHopByHop()
        statistics.requestsSent &+= 1
        table[index].counters.requests &+= 1
        let isProbe = table[index].circuit.asked(at: now)
        outputs.append(.send(errand.message.octets, on: association))
        let limit = table.count > 1 ? now + settings.patience(for: errand.message.applicationID) : errand.deadline
        pending.insert(
            PendingRequests.Request(errand, peer: index, association: association, isProbe: isProbe, until: limit))
    }

    /// Who asked is told that there will be no answer.
    mutating func fail(_ errand: Errand, _ failure: AskFailure, into outputs: inout Outputs) {
        switch errand.client {
        case .role(let ask): outputs.append(.failed(ask, failure))
        case .peer(let relayed):
            // §6.1: an agent that cannot deliver says 3002; 3004 is for the server itself (§7.1.3).
            let sentence =
                switch failure {
                case .unableToDeliver: "no peer can take the request"
                case .timeout: "no answer in time"
                case .tooBusy: "every peer for the request is busy"
                }
            let answer = errand.message.answer(.base(.unableToDeliver), origin: local.origin, errorMessage: sentence)
            relay(answer, to: relayed, into: &outputs)
        }
    }

    /// §5.5.4: what waits at a failed peer goes to another one with the T bit, under the same End-to-End Identifier.
    ///
    /// - Parameter isLost: the connection is gone. Otherwise it is only suspect, and what nobody else can take goes on
    ///   waiting for it.
    mutating func failOver(from index: Int, isLost: Bool, at now: Instant, into outputs: inout Outputs) {
        table[index].circuit.abandoned()
        for request in pending.takeAll(at: index) {
            var errand = request.errand
            errand.tried.append(index)
            switch route(errand, at: now) {
            case .success(let other):
                statistics.failovers &+= 1
                table[index].counters.failovers &+= 1
                errand.message.isRetransmitted = true
                send(errand, to: other, at: now, into: &outputs)
            case .failure(let failure):
                if isLost { fail(errand, failure, into: &outputs) } else { pending.insert(request) }
            }
        }
    }

    /// Takes a request out of those being served.
    mutating func release(_ token: RequestToken) -> ServedRequest? {
        guard let request = served.removeValue(forKey: token) else { return nil }
        if associations[request.association] != nil { table[request.peer].served -= 1 }
        return request
    }

    /// The connection of a peer is gone. What is being worked on for it stays when a copy of the request may come
    /// another way; the rest has nowhere to go.
    mutating func forgetServed(of index: Int) {
        guard table[index].served > 0 else { return }
        served = served.filter { $0.value.peer != index || $0.value.duplicateKey != nil }
        table[index].served = 0
    }
}
