import Octets

/// Requests of ours and answers to theirs, RFC 6733 §6.1.1, §6.1.2, §6.1.6 and §5.5.4.
extension DiameterStack {
    /// Sends a request to the best peer for it. Its answer, or why there is none, comes with `ask`.
    package mutating func ask(
        _ request: consuming DiameterMessage, as ask: AskID, at now: Instant,
        into outputs: inout [DiameterStackOutput]
    ) {
        request.endToEnd = makeEndToEnd()
        send(request, as: ask, deadline: now + settings.answerTimeout, except: nil, at: now, into: &outputs)
    }

    /// Answers a request by its token. Dropped when the connection it came over is gone: the peer asks again.
    package mutating func answer(
        _ answer: DiameterMessage, to token: RequestToken, at now: Instant,
        into outputs: inout [DiameterStackOutput]
    ) {
        guard let request = served.removeValue(forKey: token) else { return }
        table[request.peer].served -= 1
        guard associations[request.association] != nil else { return }
        var answer = answer
        // A role that made its answer from the request has them right; setting them would copy the message.
        if answer.hopByHop != request.hopByHop { answer.hopByHop = request.hopByHop }
        if answer.endToEnd != request.endToEnd { answer.endToEnd = request.endToEnd }
        outputs.append(.send(answer.octets, on: request.association))
    }

    private mutating func send(
        _ request: consuming DiameterMessage, as ask: AskID, deadline: Instant, except excluded: Int?, at now: Instant,
        into outputs: inout Outputs
    ) {
        switch route(request, except: excluded) {
        case .failure(let failure): outputs.append(.failed(ask, failure))
        case .success(let index):
            guard let association = table[index].association else {
                outputs.append(.failed(ask, .unableToDeliver))
                return
            }
            request.hopByHop = makeHopByHop()
            statistics.requestsSent &+= 1
            let octets = request.octets
            pending.insert(
                PendingRequests.Request(
                    ask: ask, message: request, peer: index, association: association, deadline: deadline))
            outputs.append(.send(octets, on: association))
        }
    }

    /// Destination-Host when it is a peer of ours, otherwise any peer of the Destination-Realm; a relay takes both.
    /// Least doubtful first, then by priority, then who has fewest requests in flight.
    func route(_ request: DiameterMessage, except excluded: Int? = nil) -> Result<Int, AskFailure> {
        let host = request[.destinationHost]
        let realm = request[.destinationRealm]
        let application = request.applicationID
        let isDirect = host.map { name in table.contains { $0.identity == name } } ?? false
        var best: Int?
        var bestRank = (0, 0, 0)
        var isFull = false
        for index in table.indices where index != excluded {
            guard let doubt = table[index].doubt, table[index].applications.contains(application) else { continue }
            if !table[index].isRelay {
                if isDirect, table[index].identity != host { continue }
                if !isDirect, let realm, table[index].configuration.realm != realm { continue }
            }
            let inFlight = pending.count(at: index)
            guard inFlight < settings.inFlightPerPeer else {
                isFull = true
                continue
            }
            let viaRelay = isDirect && table[index].identity != host ? 1 : 0
            let rank = (viaRelay * 4 + doubt, table[index].configuration.priority, inFlight)
            if best == nil || rank < bestRank {
                best = index
                bestRank = rank
            }
        }
        if let best { return .success(best) }
        return .failure(isFull ? .tooBusy : .unableToDeliver)
    }

    /// §5.5.4: what waits at a failed peer goes to another one with the T bit, under the same End-to-End Identifier.
    ///
    /// - Parameter isLost: the connection is gone. Otherwise it is only suspect, and what nobody else can take goes on
    ///   waiting for it.
    mutating func failOver(from index: Int, isLost: Bool, at now: Instant, into outputs: inout Outputs) {
        for request in pending.takeAll(at: index) {
            guard case .success = route(request.message, except: index) else {
                if isLost {
                    outputs.append(.failed(request.ask, .unableToDeliver))
                } else {
                    pending.insert(request)
                }
                continue
            }
            statistics.failovers &+= 1
            var message = request.message
            message.isRetransmitted = true
            send(message, as: request.ask, deadline: request.deadline, except: index, at: now, into: &outputs)
        }
    }

    /// Answers to requests of a peer that is gone have nowhere to go.
    mutating func forgetServed(of index: Int) {
        guard table[index].served > 0 else { return }
        served = served.filter { $0.value.peer != index }
        table[index].served = 0
    }
}
