import Octets

// Server transactions, RFC 3261 §17.2.
extension TransactionLayer {
    /// A request; `via` is its top Via as it came. §18.2.1 completes it when the request is more than a retransmission.
    mutating func receive(
        request: consuming SIPMessage, via: Via, from hop: Hop, at now: Instant, into output: inout [SIPStackOutput]
    ) {
        switch request.method {
        case .ack:
            return receive(acknowledgement: request, via: via, from: hop, at: now, into: &output)
        case .cancel:
            return receive(cancel: request, via: via, from: hop, into: &output)
        default: break
        }
        let key = TransactionKey(request, via: via, secret: secret)
        if let slot = serverSlots[key] { return absorb(slot, at: now, into: &output) }
        let isLegacyInvite = request.method == .invite && !TransactionKey.hasMagicCookie(via)
        let legacy = isLegacyInvite ? TransactionKey(legacyInvite: request, secret: secret) : nil
        request.completeVia(via, from: hop, takesOverload: takesOverload)
        let route = route(via, from: hop)
        guard load < limits.soft else {
            return refuse(request, key: key, via: via, route: route, .overloaded, from: hop, at: now, into: &output)
        }
        guard overload?.admits(request, at: now) ?? true else {
            return refuse(request, key: key, via: via, route: route, .shed, from: hop, at: now, into: &output)
        }
        let slot = open(copy request, key: key, legacy: legacy, route: route, at: now, into: &output)
        servers[slot].asksForFeedback = overload?.isAsked(via) ?? false
        let id = ServerTransactionID(rawValue: slot.rawValue)
        guard endpoint.contains(request.method), isMerged(request, on: slot) else {
            output.append(.request(request, id, from: hop))
            return
        }
        output.append(.refused(reason: .merged, from: hop))
        respond(.response(.loopDetected, to: request, toTag: key.tag), to: id, at: now, into: &output)
    }

    /// §8.2.2.2: the same request outside a dialog is being worked on in another transaction.
    private mutating func isMerged(_ request: SIPMessage, on slot: SlotID) -> Bool {
        guard request.toTag == nil else { return false }
        let key = TransactionKey(merging: request, secret: secret)
        if let first = merges[key], servers.contains(first) { return true }
        merges[key] = slot
        mergeKeys[slot] = key
        return false
    }

    mutating func respond(
        _ response: consuming SIPMessage, to id: ServerTransactionID, at now: Instant,
        into output: inout [SIPStackOutput]
    ) {
        let slot = SlotID(rawValue: id.rawValue)
        // RFC 6026 §8.3: a response whose server transaction is gone is discarded.
        guard servers.contains(slot), let status = response.status else { return }
        let timing = timing(servers[slot].route.hop)
        switch servers[slot].machine {
        case .invite(var machine):
            let actions = machine.respond(status, at: now, timing)
            servers[slot].machine = .invite(machine)
            perform(actions, on: slot, message: response, from: servers[slot].route.hop, at: now, into: &output)
            // RFC 6026 §7.1: in Accepted it is the TU that sends its 2xx again.
            if machine.state == .accepted, servers.contains(slot) { servers[slot].octets = [] }
        case .nonInvite(var machine):
            let wasCompleted = machine.state == .completed
            let actions = machine.respond(status, at: now, timing)
            servers[slot].machine = .nonInvite(machine)
            perform(actions, on: slot, message: response, at: now, into: &output)
            if machine.state == .completed, !wasCompleted { linger(slot) }
        }
    }

    mutating func fireServer(
        _ slot: SlotID, queuedAt: Instant, at now: Instant, into output: inout [SIPStackOutput]
    ) {
        guard servers.contains(slot), servers[slot].queuedAt == queuedAt else { return }
        servers[slot].queuedAt = .distantFuture
        while servers.contains(slot), let timer = servers[slot].timers.popDue(at: now) {
            let hop = servers[slot].route.hop
            switch servers[slot].machine {
            case .invite(var machine):
                guard let timer = InviteServerTransaction.Timer(rawValue: timer) else { continue }
                let actions = machine.fire(timer, at: now, timing(hop))
                servers[slot].machine = .invite(machine)
                perform(actions, on: slot, message: nil, from: hop, at: now, into: &output)
            case .nonInvite(var machine):
                guard let timer = NonInviteServerTransaction.Timer(rawValue: timer) else { continue }
                let actions = machine.fire(timer, at: now, timing(hop))
                servers[slot].machine = .nonInvite(machine)
                perform(actions, on: slot, message: nil, at: now, into: &output)
            }
        }
        guard servers.contains(slot) else { return }
        let earliest = servers[slot].timers.earliest
        if earliest < servers[slot].queuedAt { enqueueServer(slot, at: earliest) }
    }

    /// Sends outside every transaction, to where the request came from.
    func sendStateless(_ response: SIPMessage, by route: ResponseRoute, into output: inout [SIPStackOutput]) {
        output.append(.transmit(response.serialized(), to: path(route)))
    }

    /// A retransmission, absorbed (§17.2.1, §17.2.2).
    private mutating func absorb(_ slot: SlotID, at now: Instant, into output: inout [SIPStackOutput]) {
        switch servers[slot].machine {
        case .invite(var machine):
            let actions = machine.receiveInvite()
            servers[slot].machine = .invite(machine)
            perform(actions, on: slot, message: nil, from: servers[slot].route.hop, at: now, into: &output)
        case .nonInvite(var machine):
            let actions = machine.receiveRequest()
            servers[slot].machine = .nonInvite(machine)
            perform(actions, on: slot, message: nil, at: now, into: &output)
        }
    }

    private mutating func open(
        _ request: consuming SIPMessage, key: TransactionKey, legacy: TransactionKey?, route: ResponseRoute,
        at now: Instant, into output: inout [SIPStackOutput]
    ) -> SlotID {
        let timing = timing(route.hop)
        if request.method == .invite {
            let (machine, actions) = InviteServerTransaction.start(at: now, timing)
            let slot = servers.insert(
                ServerRecord(
                    machine: .invite(machine), key: key, route: route, request: request,
                    legacy: legacy.map(LegacyAcknowledgement.open)))
            serverSlots[key] = slot
            perform(actions, on: slot, message: nil, from: route.hop, at: now, into: &output)
            return slot
        }
        let (machine, actions) = NonInviteServerTransaction.start(at: now, timing)
        let slot = servers.insert(
            ServerRecord(machine: .nonInvite(machine), key: key, route: route, request: request))
        serverSlots[key] = slot
        perform(actions, on: slot, message: nil, at: now, into: &output)
        return slot
    }

    private mutating func receive(
        acknowledgement: consuming SIPMessage, via: Via, from hop: Hop, at now: Instant,
        into output: inout [SIPStackOutput]
    ) {
        let key = acknowledgementKey(acknowledgement, via: via)
        guard let slot = serverSlots[key], case .invite(var machine) = servers[slot].machine else {
            // §8.2.7: what was refused without state has a tag that can be computed again, and wants no ACK.
            let refused = TransactionKey(acknowledgement, via: via, as: .invite, toTag: nil, secret: secret)
            guard acknowledgement.toTag != OctetSlice(refused.tag) else { return }
            // No transaction: the ACK for a 2xx, the TU's (§13.2.2.4, §16.11).
            acknowledgement.completeVia(via, from: hop, takesOverload: takesOverload)
            output.append(.acknowledgement(acknowledgement, from: hop))
            return
        }
        acknowledgement.completeVia(via, from: hop, takesOverload: takesOverload)
        let actions = machine.receiveAcknowledgement(at: now, timing(servers[slot].route.hop))
        servers[slot].machine = .invite(machine)
        perform(actions, on: slot, message: acknowledgement, from: hop, at: now, into: &output)
    }

    private func acknowledgementKey(_ acknowledgement: SIPMessage, via: Via) -> TransactionKey {
        guard !TransactionKey.hasMagicCookie(via) else {
            return TransactionKey(acknowledgement, via: via, as: .invite, toTag: nil, secret: secret)
        }
        return TransactionKey(legacyInvite: acknowledgement, secret: secret)
            .acknowledgement(toTag: acknowledgement.toTag, secret: secret)
    }

    /// §9.2: the CANCEL gets its 200 here, the TU hears of it once and sends the 487. Answered the same way each time
    /// it comes, so that no transaction is kept for it. One from another address than its request's is not believed.
    private mutating func receive(
        cancel: consuming SIPMessage, via: Via, from hop: Hop, into output: inout [SIPStackOutput]
    ) {
        let route = route(via, from: hop)
        let key = TransactionKey(cancel, via: via, secret: secret)
        let found = cancelled(by: cancel, via: via)
        cancel.completeVia(via, from: hop, takesOverload: takesOverload)
        guard let slot = found, servers[slot].route.hop.remote.address == hop.remote.address
        else {
            let response = SIPMessage.response(.callOrTransactionDoesNotExist, to: cancel, toTag: key.tag)
            sendStateless(response, by: route, into: &output)
            output.append(.refused(reason: .strayCancel, from: hop))
            return
        }
        sendStateless(.response(.ok, to: cancel, toTag: servers[slot].key.tag), by: route, into: &output)
        // A CANCEL has no effect on other methods, nor after the final response.
        guard case .invite(let machine) = servers[slot].machine, machine.state == .proceeding,
            !servers[slot].isCancelled
        else { return }
        servers[slot].isCancelled = true
        output.append(.cancelled(ServerTransactionID(rawValue: slot.rawValue)))
    }

    /// The transaction of whatever method that a CANCEL of this Via means, by the rules of §17.2.3.
    private func cancelled(by cancel: SIPMessage, via: Via) -> SlotID? {
        let toTag = cancel.toTag
        func slot(_ method: Method) -> SlotID? {
            serverSlots[TransactionKey(cancel, via: via, as: method, toTag: toTag, secret: secret)]
        }
        if let slot = slot(.invite) { return slot }
        for token in Method.Token.allCases {
            switch token {
            case .invite, .ack, .cancel, .other: continue
            case .register, .bye, .options, .prack, .subscribe, .notify, .publish, .info, .refer, .message, .update:
                if let slot = slot(Method(token)) { return slot }
            }
        }
        return nil
    }

    /// An answer without state to a request that is not worked on (§8.2.7).
    func refuse(
        _ request: consuming SIPMessage, _ status: Status, reason: String, via: Via, from hop: Hop,
        into output: inout [SIPStackOutput]
    ) {
        let tag = TransactionKey(request, via: via, secret: secret).tag
        request.completeVia(via, from: hop, takesOverload: takesOverload)
        let response = SIPMessage.response(status, reason: reason, to: request, toTag: tag)
        sendStateless(response, by: route(via, from: hop), into: &output)
    }

    /// Over the limit (RFC 3261 §21.5.4): a 503 without state, Retry-After spread so that they do not all come back at
    /// once; above the hard limit nothing.
    private mutating func refuse(
        _ request: SIPMessage, key: TransactionKey, via: Via, route: ResponseRoute, _ reason: SIPStackRefusal,
        from hop: Hop, at now: Instant, into output: inout [SIPStackOutput]
    ) {
        output.append(.refused(reason: reason, from: hop))
        guard load < limits.hard, overload?.answersRefusal(at: now) ?? true else { return }
        var response = SIPMessage.response(.serviceUnavailable, to: request, toTag: key.tag)
        let asks = overload?.isAsked(via) ?? false
        if let overload {
            if let seconds = overload.retryAfter(knowsFeedback: asks, entropy: &entropy) {
                response.set(.retryAfter, "\(seconds)")
            }
        } else {
            response.set(.retryAfter, "\(5 + entropy.next32() % 16)")
        }
        if asks { stamp(&response) }
        sendStateless(response, by: route, into: &output)
    }

    private mutating func perform(
        _ actions: ActionList<InviteServerTransaction.Action>, on slot: SlotID, message: SIPMessage?, from hop: Hop,
        at now: Instant, into output: inout [SIPStackOutput]
    ) {
        for action in actions {
            switch action {
            case .send: send(message, on: slot, into: &output)
            case .retransmit: retransmit(slot, into: &output)
            case .sendTrying: sendTrying(slot, into: &output)
            case .deliverAcknowledgement:
                if let message { output.append(.acknowledgement(message, from: hop)) }
            case .arm(let timer, let deadline): armServer(timer.rawValue, of: slot, at: deadline)
            case .disarm(let timer): servers[slot].timers.disarm(timer.rawValue)
            case .terminate: removeServer(slot)
            }
        }
    }

    private mutating func perform(
        _ actions: ActionList<NonInviteServerTransaction.Action>, on slot: SlotID, message: SIPMessage?,
        at now: Instant, into output: inout [SIPStackOutput]
    ) {
        for action in actions {
            switch action {
            case .send: send(message, on: slot, into: &output)
            case .retransmit: retransmit(slot, into: &output)
            case .sendTrying: sendTrying(slot, into: &output)
            case .arm(let timer, let deadline): armServer(timer.rawValue, of: slot, at: deadline)
            case .disarm(let timer): servers[slot].timers.disarm(timer.rawValue)
            case .terminate: removeServer(slot)
            }
        }
    }

    private mutating func send(_ response: SIPMessage?, on slot: SlotID, into output: inout [SIPStackOutput]) {
        guard var response else { return }
        if servers[slot].asksForFeedback { stamp(&response) }
        servers[slot].octets = response.serialized()
        servers[slot].request = nil
        if case .open(let common) = servers[slot].legacy, let status = response.status, status.rawValue >= 300 {
            let key = common.acknowledgement(toTag: response.toTag, secret: secret)
            servers[slot].legacy = .refused(key)
            serverSlots[key] = slot
        }
        retransmit(slot, into: &output)
    }

    /// RFC 7339 §5.2: our word on how much we want to be sent, in the Via of whom it concerns.
    private func stamp(_ response: inout SIPMessage) {
        guard let overload else { return }
        do {
            guard let via = try response.first(Via.self) else { return }
            response.replaceFirstValue(overload.feedback.written(in: via))
        } catch {
            return  // the Via of a request that was read already
        }
    }

    private mutating func sendTrying(_ slot: SlotID, into output: inout [SIPStackOutput]) {
        guard let request = servers[slot].request else { return }
        servers[slot].octets = SIPMessage.response(.trying, to: request, toTag: nil).serialized()
        servers[slot].request = nil
        retransmit(slot, into: &output)
    }

    private func retransmit(_ slot: SlotID, into output: inout [SIPStackOutput]) {
        output.append(.transmit(servers[slot].octets, to: path(servers[slot].route)))
    }

    /// §18.2.2: the connection of the request while it is open, else a new one to the sender.
    func path(_ route: ResponseRoute) -> Hop {
        guard let connection = route.hop.connection, connections[connection] == nil else { return route.hop }
        return route.fallback
    }

    private mutating func armServer(_ timer: UInt8, of slot: SlotID, at deadline: Instant) {
        servers[slot].timers.arm(timer, at: deadline)
        if deadline < servers[slot].queuedAt { enqueueServer(slot, at: deadline) }
    }

    private mutating func enqueueServer(_ slot: SlotID, at deadline: Instant) {
        servers[slot].queuedAt = deadline
        queue.schedule(.server(slot), at: deadline)
    }

    /// An answered transaction waits for retransmissions only; of those we keep a limited number.
    private mutating func linger(_ slot: SlotID) {
        servers[slot].request = nil
        servers[slot].isLingering = true
        lingeringCount += 1
        lingering.append(slot)
        while let oldest = lingering.first {
            if servers.contains(oldest) {
                guard lingeringCount > limits.lingering else { return }
                removeServer(oldest)
            }
            lingering.removeFirst()
        }
    }

    private mutating func removeServer(_ slot: SlotID) {
        if servers[slot].isLingering { lingeringCount -= 1 }
        serverSlots[servers[slot].key] = nil
        if case .refused(let key) = servers[slot].legacy { serverSlots[key] = nil }
        if let key = mergeKeys.removeValue(forKey: slot) { merges[key] = nil }
        servers.remove(slot)
    }
}
