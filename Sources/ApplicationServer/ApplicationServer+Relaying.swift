import IMS
import Octets
import SIP

// Requests on their way back to the S-CSCF, and their responses.
extension ApplicationServer {
    /// Sends a request on: to its Request-URI, or to where its user has it diverted.
    mutating func forward(
        _ note: RelayedRequest, _ server: ServerTransactionID, at now: Instant, into actions: inout Actions
    ) {
        let request = note.request
        guard !relay.isFull else {
            var response = SIPMessage.response(.serviceUnavailable, to: request, toTag: note.tag)
            response.append(.retryAfter, "5")
            return actions.append(.respond(response, server))
        }
        var policy = ForkingPolicy()
        // The one contact that we put into a 302 of our own making.
        policy.redirections = note.call == nil ? 0 : 1
        do throws(SIPSyntaxError) {
            let target = try Target(note.diversion?.targetText ?? request.requestURI)
            var orders: [RequestRelay.Order] = []
            relayed[server] = note
            relay.start(
                request, server, to: [target], policy: policy, tag: note.tag, at: now, names: &names, into: &orders)
            if note.isKept { deadlines.schedule(.relayed(server), at: now + configuration.answerTime) }
            if let deadline = note.call?.deadline { deadlines.schedule(.relayed(server), at: deadline) }
            carryOut(orders, at: now, into: &actions)
        } catch { actions.append(.respond(.response(error.status, to: request, toTag: note.tag), server)) }
    }

    mutating func receive(
        _ response: SIPMessage, of client: ClientTransactionID, at now: Instant, into actions: inout Actions
    ) {
        guard let server = relay.server(of: client) else {
            guard response.status?.isFinal == true else { return }
            if case .notification(let id) = ownRequests[client] {
                ownRequests[client] = nil
                return notified(id, response, at: now, into: &actions)
            }
            return ended(client, response.status, at: now, into: &actions)
        }
        if let status = response.status, status.isFinal, !status.isSuccess, !Self.isLasting(status),
            keepInstead(server, client, at: now, into: &actions)
        {
            return
        }
        var verdict = DivertibleCall.Verdict.pass
        if relayed[server]?.diversion == nil, relayed[server]?.call != nil {
            let before = relayed[server]?.call?.deadline
            verdict = relayed[server]?.call?.receive(response, at: now) ?? .pass
            if let deadline = relayed[server]?.call?.deadline, deadline != before {
                deadlines.schedule(.relayed(server), at: deadline)
            }
        }
        var orders: [RequestRelay.Order] = []
        switch verdict {
        case .pass: _ = relay.receive(response, from: client, at: now, names: &names, into: &orders)
        case .divert(_, .voicemail, _) where takeForMailbox(server, into: &actions): return
        case .divert(let reason, let target, let status):
            let replaced = divert(server, reason, to: target, after: status, into: &actions) ?? response
            _ = relay.receive(replaced, from: client, at: now, names: &names, into: &orders)
        }
        carryOut(orders, at: now, into: &actions)
    }

    mutating func failed(
        _ client: ClientTransactionID, _ failure: TransactionFailure, at now: Instant, into actions: inout Actions
    ) {
        guard let server = relay.server(of: client) else {
            ended(client, nil, at: now, into: &actions)
            return
        }
        if keepInstead(server, client, at: now, into: &actions) { return }
        var orders: [RequestRelay.Order] = []
        let verdict = relayed[server]?.diversion == nil ? relayed[server]?.call?.failed() ?? .pass : .pass
        var replaced: SIPMessage?
        switch verdict {
        case .pass: break
        case .divert(_, .voicemail, _) where takeForMailbox(server, into: &actions): return
        case .divert(let reason, let target, let status):
            replaced = divert(server, reason, to: target, after: status, into: &actions)
        }
        if let replaced {
            _ = relay.receive(replaced, from: client, at: now, names: &names, into: &orders)
        } else {
            _ = relay.failed(client, failure, at: now, names: &names, into: &orders)
        }
        carryOut(orders, at: now, into: &actions)
    }

    mutating func carryOut(_ orders: [RequestRelay.Order], at now: Instant, into actions: inout Actions) {
        var orders = orders
        var taken = 0
        while taken < orders.count {
            carryOut(orders[taken], at: now, further: &orders, into: &actions)
            taken += 1
        }
    }

    private mutating func carryOut(
        _ order: RequestRelay.Order, at now: Instant, further orders: inout [RequestRelay.Order],
        into actions: inout Actions
    ) {
        switch order {
        case .forward(var request, let hop, let client, let server):
            relayed[server]?.client = client
            relayed[server]?.diversion?.decorate(&request)
            if !send(request, toward: hop, client, into: &actions) {
                _ = relay.failed(client, .transport, at: now, names: &names, into: &orders)
            }
        case .respond(var response, let server):
            if let note = relayed[server] { edit(&response, note) }
            actions.append(.respond(response, server))
        case .cancel(let client): actions.append(.cancel(client))
        case .ended(let server): relayed[server] = nil
        }
    }

    /// What the caller may see of who answers: TIP and TIR, TS 24.608 (not at hand), and what a diversion keeps secret.
    private func edit(_ response: inout SIPMessage, _ note: RelayedRequest) {
        note.diversion?.edit(&response, to: note.request)
        guard let user = note.user else { return }
        switch user.sessionCase {
        case .originating: if !settings[user.identity].seesConnected { response.remove(.pAssertedIdentity) }
        case .terminating:
            // Of a diverted call, the identity is another one's.
            if note.diversion == nil, settings[user.identity].hidesConnected { response.askForIdentityPrivacy() }
        case .originatingAfterDiversion: break
        }
    }

    /// To where a URI leads, by the table of hosts or the domain name system. - Returns: false when it leads nowhere.
    func send(_ request: SIPMessage, toward uri: OctetSlice, _ client: ClientTransactionID, into actions: inout Actions)
        -> Bool
    {
        do {
            guard case .sip(let target) = try URI(parsing: uri) else { return false }
            do throws(LocationFailure) {
                actions.append(.forward(request, to: try configuration.locator.locate(target), client))
            } catch .unknownHost where configuration.usesDNS {
                actions.append(.send(request, toward: try LocationQuestion(target), client))
            }
            return true
        } catch { return false }
    }

    /// A request of our own has its final response, or will have none.
    private mutating func ended(
        _ client: ClientTransactionID, _ status: Status?, at now: Instant, into actions: inout Actions
    ) {
        switch ownRequests.removeValue(forKey: client) {
        case .delivery(let recipient): delivered(recipient, status, at: now, into: &actions)
        case .notification(let id): notified(id, nil, at: now, into: &actions)
        case .bye, .report, .unsolicited, nil: break
        }
    }

    /// A MESSAGE that has not reached its user is kept for him, once.
    mutating func keepInstead(
        _ server: ServerTransactionID, _ client: ClientTransactionID, at now: Instant, into actions: inout Actions
    ) -> Bool {
        guard let note = relayed[server], note.isKept, let user = note.user else { return false }
        relayed[server]?.isKept = false
        return keep(note.request, for: user.identity, nil, note.tag, insteadOf: client, at: now, into: &actions)
    }

    /// A request of our own. - Returns: false when it leads nowhere.
    @discardableResult mutating func send(
        _ request: SIPMessage, toward uri: OctetSlice, as purpose: OwnRequest, into actions: inout Actions
    ) -> Bool {
        let client = names.next()
        guard send(request, toward: uri, client, into: &actions) else { return false }
        ownRequests[client] = purpose
        return true
    }
}
