import Octets

// Client transactions, RFC 3261 §17.1.
extension TransactionLayer {
    mutating func send(
        _ request: consuming SIPMessage, as id: ClientTransactionID, to hop: Hop, at now: Instant,
        into output: inout [SIPStackOutput]
    ) {
        guard let listener = listeners[hop.listener], listener.transport == hop.transport else {
            output.append(.failed(id, .transport))
            return
        }
        guard overload?.permits(request, to: hop.remote, at: now) ?? true else {
            output.append(.refused(reason: .throttled, from: hop))
            output.append(.failed(id, .throttled))
            return
        }
        let random = entropy.next64()
        let method = request.method
        let mark = LoopDetection.mark(forwarding: request)
        let machine: ClientRecord.Machine =
            method == .invite
            ? .invite(InviteClientTransaction.start(at: now, listeners.clientTiming(hop)).0)
            : .nonInvite(NonInviteClientTransaction.start(at: now, listeners.clientTiming(hop)).0)
        let slot = clients.insert(ClientRecord(machine: machine, id: id, random: random, method: method, hop: hop))
        let branch = ClientBranch(random: random, slot: slot, loopMark: mark)
        prepare(&request, on: slot, branch: branch, at: now)
        if method == .invite {
            clients[slot].invite = request
            invites[id] = slot
        }
        pending.insert(slot, in: &clients)
        restart(slot, at: now, into: &output)
    }

    /// Starts the machine of a place whose request is ready to leave.
    mutating func restart(_ slot: SlotID, at now: Instant, into output: inout [SIPStackOutput]) {
        let timing = clientTiming(clients[slot].hop)
        switch clients[slot].machine {
        case .invite(let old):
            var (machine, actions) = InviteClientTransaction.start(at: now, timing)
            if old.cancellation == .pending { _ = machine.cancel(at: now, timing) }
            clients[slot].machine = .invite(machine)
            perform(actions, on: slot, response: nil, at: now, into: &output)
        case .nonInvite:
            let (machine, actions) = NonInviteClientTransaction.start(at: now, timing)
            clients[slot].machine = .nonInvite(machine)
            perform(actions, on: slot, response: nil, at: now, into: &output)
        }
    }

    /// A message outside every transaction, the ACK for a 2xx: our Via goes on, no response will come (§13.2.2.4).
    mutating func sendStateless(
        _ message: consuming SIPMessage, to hop: Hop, at now: Instant, into output: inout [SIPStackOutput]
    ) {
        guard let listener = listeners[hop.listener], listener.transport == hop.transport else { return }
        let mark = LoopDetection.mark(forwarding: message)
        let branch = ClientBranch(random: entropy.next64(), slot: SlotID(rawValue: 0), loopMark: mark)
        message.pushVia { listener.write(branch, to: &$0) }
        let octets = message.serialized()
        guard let streamHop = streamHop(for: octets.count, to: hop, at: now), let stream = listeners[streamHop.listener]
        else {
            output.append(.transmit(octets, to: hop))
            return
        }
        message.removeFirstValue(.via)
        message.pushVia { stream.write(branch, to: &$0) }
        output.append(.transmit(message.serialized(), to: streamHop))
    }

    mutating func cancel(_ id: ClientTransactionID, at now: Instant, into output: inout [SIPStackOutput]) {
        guard let slot = invites[id], case .invite(var machine) = clients[slot].machine else { return }
        let actions = machine.cancel(at: now, clientTiming(clients[slot].hop))
        clients[slot].machine = .invite(machine)
        perform(actions, on: slot, response: nil, at: now, into: &output)
    }

    /// Matching by §17.1.3. A response of no transaction is dropped (RFC 6026 §8.9).
    mutating func receive(
        response: consuming SIPMessage, via: Via, from hop: Hop, at now: Instant, into output: inout [SIPStackOutput]
    ) {
        guard let text = via.branch, let branch = ClientBranch(parsing: text), let status = response.status else {
            output.append(.refused(reason: listeners.isOurs(via) ? .strayResponse : .foreignVia, from: hop))
            return
        }
        let method = response.method
        let found = method == .cancel ? cancels[branch.random] : branch.slot
        guard let slot = found, clients.contains(slot), clients[slot].random == branch.random,
            clients[slot].method == method
        else {
            output.append(.refused(reason: .strayResponse, from: hop))
            return
        }
        // §18.1.2: the top Via must be the one we put there.
        guard let listener = listeners[clients[slot].hop.listener],
            via.host.equalsIgnoringCase(listener.sentByHost),
            (via.port ?? listener.transport.defaultPort) == listener.sentByPort
        else {
            output.append(.refused(reason: .foreignVia, from: hop))
            return
        }
        overload?.received(via, from: clients[slot].hop.remote, at: now)
        response.removeFirstValue(.via)
        if takesOverload { response.removeOverloadParameters() }
        let timing = clientTiming(clients[slot].hop)
        switch clients[slot].machine {
        case .invite(var machine):
            let actions = machine.receive(status, at: now, timing)
            clients[slot].machine = .invite(machine)
            if status.isFinal { pending.remove(slot, in: &clients) }
            perform(actions, on: slot, response: response, at: now, into: &output)
            // RFC 6026 §7.2: in Accepted nothing is sent any more.
            if machine.state == .accepted, clients.contains(slot) {
                clients[slot].octets = []
                clients[slot].invite = nil
            }
        case .nonInvite(var machine):
            let actions = machine.receive(status, at: now, timing)
            clients[slot].machine = .nonInvite(machine)
            if status.isFinal { pending.remove(slot, in: &clients) }
            perform(actions, on: slot, response: response, at: now, into: &output)
        }
    }

    /// §17.1.4 and §18.4: nothing reaches this remote, or only `connection` to it is gone.
    mutating func transportFailed(
        _ remote: Remote, connection: ConnectionID?, at now: Instant, into output: inout [SIPStackOutput]
    ) {
        if connection == nil, remote.transport == .tcp { datagramPeers.insert(remote.endpoint, at: now) }
        var next = pending.first(remote)
        while let slot = next {
            next = clients[slot].link?.next
            if let connection, let own = clients[slot].hop.connection, own != connection { continue }
            if fallBack(slot, at: now, into: &output) { continue }
            switch clients[slot].machine {
            case .invite(var machine):
                let actions = machine.transportFailed()
                clients[slot].machine = .invite(machine)
                perform(actions, on: slot, response: nil, at: now, into: &output)
            case .nonInvite(var machine):
                let actions = machine.transportFailed()
                clients[slot].machine = .nonInvite(machine)
                perform(actions, on: slot, response: nil, at: now, into: &output)
            }
        }
    }

    mutating func fireClient(
        _ slot: SlotID, queuedAt: Instant, at now: Instant, into output: inout [SIPStackOutput]
    ) {
        guard clients.contains(slot), clients[slot].queuedAt == queuedAt else { return }
        clients[slot].queuedAt = .distantFuture
        while clients.contains(slot), let timer = clients[slot].timers.popDue(at: now) {
            let timing = clientTiming(clients[slot].hop)
            switch clients[slot].machine {
            case .invite(var machine):
                guard let timer = InviteClientTransaction.Timer(rawValue: timer) else { continue }
                let actions = machine.fire(timer, at: now, timing)
                clients[slot].machine = .invite(machine)
                perform(actions, on: slot, response: nil, at: now, into: &output)
            case .nonInvite(var machine):
                guard let timer = NonInviteClientTransaction.Timer(rawValue: timer) else { continue }
                let actions = machine.fire(timer, at: now, timing)
                clients[slot].machine = .nonInvite(machine)
                perform(actions, on: slot, response: nil, at: now, into: &output)
            }
        }
        guard clients.contains(slot) else { return }
        let earliest = clients[slot].timers.earliest
        if earliest < clients[slot].queuedAt { enqueueClient(slot, at: earliest) }
    }

    private mutating func perform(
        _ actions: ActionList<InviteClientTransaction.Action>, on slot: SlotID, response: SIPMessage?,
        at now: Instant, into output: inout [SIPStackOutput]
    ) {
        for action in actions {
            switch action {
            case .transmit: output.append(.transmit(clients[slot].octets, to: clients[slot].hop))
            case .deliver: deliver(response, to: slot, into: &output)
            case .acknowledge: acknowledge(response, on: slot, into: &output)
            case .cancel: sendCancel(for: slot, at: now, into: &output)
            case .fail(let failure): fail(slot, failure, into: &output)
            case .arm(let timer, let deadline): armClient(timer.rawValue, of: slot, at: deadline)
            case .disarm(let timer): clients[slot].timers.disarm(timer.rawValue)
            case .terminate: removeClient(slot)
            }
        }
    }

    private mutating func perform(
        _ actions: ActionList<NonInviteClientTransaction.Action>, on slot: SlotID, response: SIPMessage?,
        at now: Instant, into output: inout [SIPStackOutput]
    ) {
        for action in actions {
            switch action {
            case .transmit: output.append(.transmit(clients[slot].octets, to: clients[slot].hop))
            case .deliver: deliver(response, to: slot, into: &output)
            case .fail(let failure): fail(slot, failure, into: &output)
            case .arm(let timer, let deadline): armClient(timer.rawValue, of: slot, at: deadline)
            case .disarm(let timer): clients[slot].timers.disarm(timer.rawValue)
            case .terminate: removeClient(slot)
            }
        }
        // In Completed nothing is sent any more.
        if let response, response.status?.isFinal == true, clients.contains(slot) { clients[slot].octets = [] }
    }

    private func deliver(_ response: SIPMessage?, to slot: SlotID, into output: inout [SIPStackOutput]) {
        guard let response, let id = clients[slot].id else { return }
        output.append(.response(response, id))
    }

    private func fail(_ slot: SlotID, _ failure: TransactionFailure, into output: inout [SIPStackOutput]) {
        guard let id = clients[slot].id else { return }
        output.append(.failed(id, failure))
    }

    /// The ACK is made once, from the first final response, and sent again as it is.
    private mutating func acknowledge(
        _ response: SIPMessage?, on slot: SlotID, into output: inout [SIPStackOutput]
    ) {
        if let invite = clients[slot].invite, let response {
            clients[slot].octets = invite.acknowledgement(for: response).serialized()
            clients[slot].invite = nil
        }
        output.append(.transmit(clients[slot].octets, to: clients[slot].hop))
    }

    private mutating func sendCancel(for slot: SlotID, at now: Instant, into output: inout [SIPStackOutput]) {
        guard let invite = clients[slot].invite else { return }
        let hop = clients[slot].hop
        let random = clients[slot].random
        let (machine, actions) = NonInviteClientTransaction.start(at: now, clientTiming(hop))
        let cancel = clients.insert(
            ClientRecord(machine: .nonInvite(machine), id: nil, random: random, method: .cancel, hop: hop))
        clients[cancel].octets = invite.cancellation().serialized()
        cancels[random] = cancel
        pending.insert(cancel, in: &clients)
        perform(actions, on: cancel, response: nil, at: now, into: &output)
    }

    private mutating func armClient(_ timer: UInt8, of slot: SlotID, at deadline: Instant) {
        clients[slot].timers.arm(timer, at: deadline)
        if deadline < clients[slot].queuedAt { enqueueClient(slot, at: deadline) }
    }

    private mutating func enqueueClient(_ slot: SlotID, at deadline: Instant) {
        clients[slot].queuedAt = deadline
        queue.schedule(.client(slot), at: deadline)
    }

    private mutating func removeClient(_ slot: SlotID) {
        pending.remove(slot, in: &clients)
        if clients[slot].method == .cancel {
            cancels[clients[slot].random] = nil
        } else if clients[slot].method == .invite, let id = clients[slot].id, invites[id] == slot {
            invites[id] = nil
        }
        clients.remove(slot)
    }
}
