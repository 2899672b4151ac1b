import Octets

/// Answers to requests of ours and of those we relay for, RFC 6733 §6.2.1, §6.2.2 and §7.1.3.
extension DiameterStack {
    mutating func receivedAnswer(
        _ message: DiameterMessage, from index: Int, on id: AssociationID, at now: Instant, into outputs: inout Outputs
    ) {
        guard let request = pending.take(answeredBy: message, on: id) else {
            // §3: an answer with an unknown Hop-by-Hop Identifier is discarded.
            statistics.lateAnswers &+= 1
            table[index].counters.lateAnswers &+= 1
            outputs.append(
                .refused(
                    DiameterRefusal(
                        .lateAnswer, peer: table[index].identity,
                        "An answer from \(table[index].identity) came too late or to no request of ours; dropped.")))
            return
        }
        statistics.answersReceived &+= 1
        answered(index, into: &outputs)
        guard message.isError, let code = message[.resultCode] else {
            table[index].busy.ended()
            return deliver(message, to: request.errand.client, into: &outputs)
        }
        if code == .tooBusy {
            statistics.busyAnswers &+= 1
            table[index].busy.refused(
                first: settings.firstBusyPause, longest: settings.longestBusyPause, at: now)
        }
        var errand = request.errand
        errand.tried.append(index)
        let isHandled =
            switch code {
            case .redirectIndication: follow(message, errand, from: index, at: now, into: &outputs)
            // §7.1.3: these three are worth another peer.
            case .unableToDeliver, .tooBusy, .loopDetected: retry(errand, at: now, into: &outputs)
            default: false
            }
        if !isHandled { deliver(message, to: errand.client, into: &outputs) }
    }

    /// The peer has answered: its circuit closes.
    private mutating func answered(_ index: Int, into outputs: inout Outputs) {
        let before = table[index].circuit.state
        table[index].circuit.answered()
        if before != .closed { outputs.append(.noticed(table[index].identity, .answersAgain)) }
    }

    mutating func deliver(_ answer: DiameterMessage, to client: Errand.Client, into outputs: inout Outputs) {
        switch client {
        case .role(let ask): outputs.append(.answer(answer, ask))
        case .peer(let relayed): relay(answer, to: relayed, into: &outputs)
        }
    }

    /// - Returns: whether another peer has it now.
    private mutating func retry(_ errand: Errand, at now: Instant, into outputs: inout Outputs) -> Bool {
        guard errand.tried.count < settings.attempts, case .success(let other) = route(errand, at: now) else {
            return false
        }
        statistics.retries &+= 1
        send(errand, to: other, at: now, into: &outputs)
        return true
    }

    /// §6.1.8: to the first host of the answer that is a peer of ours. Others are not called: only configured peers may
    /// speak here, and a redirect must not undo that.
    private mutating func follow(
        _ answer: DiameterMessage, _ errand: Errand, from agent: Int, at now: Instant, into outputs: inout Outputs
    ) -> Bool {
        let hosts = answer.all(.redirectHost).map(\.host)
        var found: Int?
        for host in hosts where found == nil {
            found = table.firstIndex { $0.identity == host }.flatMap { canTake(errand, $0, at: now) ? $0 : nil }
        }
        guard let found, errand.tried.count < settings.attempts else {
            outputs.append(
                .refused(
                    DiameterRefusal(
                        .redirectNotFollowed, peer: table[agent].identity,
                        "\(table[agent].identity) redirects to \(hosts.map(\.name).joined(separator: ", ")): "
                            + "none is an open peer that has not had the request.")))
            return false
        }
        statistics.redirects &+= 1
        redirects.insert(
            answer[.redirectHostUsage] ?? .dontCache, to: table[found].identity, for: errand.message,
            by: table[agent].identity, lasting: .seconds(Int64(answer[.redirectMaxCacheTime] ?? 0)), at: now)
        send(errand, to: found, at: now, into: &outputs)
        return true
    }

    /// §6.2.2: the answer goes where its request came from, with the Hop-by-Hop Identifier it had there. We add no
    /// Proxy-Info, so there is none to take off.
    mutating func relay(_ answer: DiameterMessage, to relayed: RelayedRequest, into outputs: inout Outputs) {
        guard associations[relayed.association] != nil else { return }
        table[relayed.peer].served -= 1
        var answer = answer
        answer.hopByHop = relayed.hopByHop
        outputs.append(.send(answer.octets, on: relayed.association))
    }

    /// Requests that their peer keeps too long: to another one with the T bit, as after a failover (§5.5.4), or, when
    /// there is none or no more time, to their end.
    mutating func expireRequests(at now: Instant, into outputs: inout Outputs) {
        while let request = pending.takeExpired(at: now) {
            let index = request.peer
            let isOver = request.errand.deadline <= now
            var errand = request.errand
            errand.tried.append(index)
            var other: Int?
            if !isOver {
                guard errand.tried.count < settings.attempts, case .success(let found) = route(errand, at: now) else {
                    var request = request
                    request.deadline = request.errand.deadline
                    pending.insert(request)
                    continue
                }
                other = found
            }
            countTimeout(of: request, at: now, into: &outputs)
            guard let other else {
                statistics.timeouts &+= 1
                fail(errand, .timeout, into: &outputs)
                continue
            }
            statistics.failovers &+= 1
            table[index].counters.failovers &+= 1
            errand.message.isRetransmitted = true
            send(errand, to: other, at: now, into: &outputs)
        }
    }

    private mutating func countTimeout(
        of request: PendingRequests.Request, at now: Instant, into outputs: inout Outputs
    ) {
        let index = request.peer
        table[index].counters.timeouts &+= 1
        let before = table[index].circuit.state
        table[index].circuit.timedOut(isProbe: request.isProbe, settings: settings.circuit, at: now)
        guard before == .closed, table[index].circuit.state == .open else { return }
        statistics.circuitsOpened &+= 1
        outputs.append(.noticed(table[index].identity, .doesNotAnswer(timeouts: table[index].circuit.timeouts)))
    }
}
