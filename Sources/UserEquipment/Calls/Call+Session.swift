import IMS
import Octets
import SIP

// What both sides do within a dialog.
extension Call {
    // MARK: Orders

    /// Puts the peer on hold or takes it back (RFC 3264 §8.4), or refreshes the session (RFC 4028 §10).
    mutating func modify(_ change: Change, at now: Instant, into orders: inout [Order]) -> Complaint? {
        guard state == .talking, !isLeaving, let id = chosen, var stream = media[id] else {
            return Complaint("there is no call that goes on")
        }
        guard pending == nil else { return Complaint("another change of the call is under way") }
        let before = stream
        switch change {
        case .hold: stream.isOnHold = true
        case .resume: stream.isOnHold = false
        case .refresh: break
        }
        let isBare = change == .refresh && peerAllowsUpdate
        let method: Method = isBare ? .update : .invite
        let body = isBare ? nil : stream.offer()
        do throws(InviteSession.Obstacle) {
            guard let request = try session?.request(method, description: body) else {
                return Complaint("there is no call that goes on")
            }
            media[id] = stream
            pending = (change, before)
            record.note(isBare ? "UPDATE: refresh" : "re-INVITE: \(change)", at: now)
            send(request, into: &orders)
            return nil
        } catch {
            guard error != .noDialog else { return Complaint("there is no call that goes on") }
            // Another change has not ended yet, or the answer or ACK to the last one is on its way.
            due.append((now + .milliseconds(200), .change(change)))
            return nil
        }
    }

    /// Hangs up: CANCEL before the answer, BYE after it, a refusal of what comes in.
    mutating func leave(at now: Instant, into orders: inout [Order]) {
        guard state != .ended else { return }
        if chosen == nil, direction == .outgoing {
            guard !isLeaving else { return }
            isLeaving = true
            record.note("CANCEL", at: now)
            orders.append(.cancel)
            return
        }
        if direction == .incoming, record.answered == nil {
            _ = refuse(.decline, at: now, into: &orders)
            return
        }
        isLeaving = true
        // The callee waits for its ACK: then again.
        guard let bye = session?.bye() else { return }
        record.note("BYE", at: now)
        send(bye, into: &orders)
    }

    mutating func send(_ request: SIPMessage, into orders: inout [Order]) {
        outstanding += 1
        orders.append(.send(request))
    }

    // MARK: Responses to our requests

    mutating func receive(
        _ response: SIPMessage, to request: SIPMessage, at now: Instant, into orders: inout [Order]
    ) {
        guard let status = response.status, let id = DialogID(sending: request) else { return }
        if request.method == .bye {
            if status.isFinal { outstanding = max(0, outstanding - 1) }
            if status.isFinal, id == chosen { end(.hungUp, at: now) }
            return
        }
        var dice = entropy
        let outcome = change(id) { $0.receive(response, at: now, entropy: &dice) }
        entropy = dice
        if case .sendAcknowledgement(let ack)? = outcome { return orders.append(.acknowledge(ack)) }  // a 2xx again
        if status.isFinal { outstanding = max(0, outstanding - 1) }
        guard let outcome else { return }
        settle(outcome, response, request, id, at: now, into: &orders)
    }

    mutating func failed(_ request: SIPMessage, at now: Instant, into orders: inout [Order]) {
        outstanding = max(0, outstanding - 1)
        guard let id = DialogID(sending: request) else { return }
        if request.method == .bye {
            if id == chosen { end(.hungUp, at: now) }
            return
        }
        guard let outcome = change(id, { $0.failed(request.method) }) else { return }
        settle(outcome, nil, request, id, at: now, into: &orders)
    }

    private mutating func settle(
        _ outcome: InviteSession.Outcome, _ response: SIPMessage?, _ request: SIPMessage, _ id: DialogID,
        at now: Instant, into orders: inout [Order]
    ) {
        switch outcome {
        case .done(let meaning):
            guard let response, let status = response.status, status.isFinal else { return }
            if meaning == .answer { takeAnswer(response, id, at: now) }
            if request.method == .prack, status.isSuccess { tellResources(id, at: now, into: &orders) }
            if request.method == .invite || request.method == .update { finishChange(status, id, at: now) }
        case .acknowledge(let meaning):
            if meaning == .answer, let response { takeAnswer(response, id, at: now) }
            let ack = change(id) { $0.acknowledge(reInvite: request) }
            if let ack { orders.append(.acknowledge(ack)) }
            finishChange(.ok, id, at: now)
        case .sendAcknowledgement(let ack): orders.append(.acknowledge(ack))
        case .retry(let delay):
            if let pending {
                media[id] = pending.before
                due.append((now + delay, .change(pending.change)))
                self.pending = nil
            } else {
                media[id]?.preconditions.isLocalReady = false
                due.append((now + delay, .reserve(id)))
            }
        case .retryWithMinimum:
            guard let pending else { return }
            media[id] = pending.before
            self.pending = nil
            _ = modify(pending.change, at: now, into: &orders)
        case .lost(let bye):
            if let bye { send(bye, into: &orders) }
            let answer = response?.status.map { "\($0.rawValue)" } ?? "nothing"
            if id == chosen || chosen == nil {
                end(.lost("the \(request.method) was answered by \(answer)"), at: now)
            }
        }
    }

    private mutating func finishChange(_ status: Status, _ id: DialogID, at now: Instant) {
        guard let pending else { return }
        self.pending = nil
        if status.isSuccess {
            record.note("\(pending.change): done", at: now)
        } else {
            media[id] = pending.before
            record.note("\(pending.change): refused with \(status.rawValue)", at: now)
        }
    }

    // MARK: The peer's requests

    mutating func receive(
        _ request: SIPMessage, _ transaction: ServerTransactionID, at now: Instant, into orders: inout [Order]
    ) {
        guard let id = DialogID(receiving: request) else { return }
        var dice = entropy
        let verdict = change(id) { $0.receive(request, entropy: &dice) }
        entropy = dice
        switch verdict {
        case .refuse(let response)?:
            record.note("\(request.method) refused with \(response.status?.rawValue ?? 0)", at: now)
            orders.append(.respond(response, transaction))
        case .process(let meaning)?: process(request, meaning, id, transaction, at: now, into: &orders)
        case nil:
            orders.append(
                .respond(.response(.callOrTransactionDoesNotExist, to: request, toTag: nil), transaction))
        }
    }

    private mutating func process(
        _ request: SIPMessage, _ meaning: OfferAnswer.Meaning, _ id: DialogID, _ transaction: ServerTransactionID,
        at now: Instant, into orders: inout [Order]
    ) {
        record.note("\(request.method)", at: now)
        switch request.method {
        case .bye:
            orders.append(.respond(.response(.ok, to: request, toTag: nil), transaction))
            if let invite = server?.invite, server?.state == .proceeding {
                // RFC 3261 §15.1.2: what has no final response yet gets 487.
                let response = SIPMessage.response(.requestTerminated, to: invite, toTag: localTag.string)
                if let actions = server?.reject(response) { carryOut(actions, at: now, into: &orders) }
            }
            end(.hungUpByPeer, at: now)
        case .prack: acknowledged(request, meaning, id, transaction, at: now, into: &orders)
        case .invite, .update: modified(request, meaning, id, transaction, at: now, into: &orders)
        case .info where request.contains(HeaderName("Info-Package")):
            orders.append(.respond(.response(.badInfoPackage, to: request, toTag: nil), transaction))
        case .info, .message, .options:
            var response = SIPMessage.response(.ok, to: request, toTag: nil)
            if request.method == .options { response.append(.allow, Self.allowed) }
            orders.append(.respond(response, transaction))
        default:
            var response = SIPMessage.response(.methodNotAllowed, to: request, toTag: nil)
            response.append(.allow, Self.allowed)
            orders.append(.respond(response, transaction))
        }
    }

    private mutating func acknowledged(
        _ request: SIPMessage, _ meaning: OfferAnswer.Meaning, _ id: DialogID, _ transaction: ServerTransactionID,
        at now: Instant, into orders: inout [Order]
    ) {
        let rack: RAck?
        do { rack = try request.first(RAck.self) } catch { rack = nil }
        guard let rack, let later = server?.acknowledge(rack, at: now) else {
            let response = SIPMessage.response(.callOrTransactionDoesNotExist, to: request, toTag: nil)
            return orders.append(.respond(complete(id, request, response, at: now), transaction))
        }
        respond(to: request, meaning, id, transaction, at: now, into: &orders)
        carryOut(later, at: now, into: &orders)
    }

    /// A re-INVITE or UPDATE.
    private mutating func modified(
        _ request: SIPMessage, _ meaning: OfferAnswer.Meaning, _ id: DialogID, _ transaction: ServerTransactionID,
        at now: Instant, into orders: inout [Order]
    ) {
        let wasHeld = media[id]?.isHeldByPeer ?? false
        respond(to: request, meaning, id, transaction, at: now, into: &orders)
        guard let stream = media[id] else { return }
        if stream.isHeldByPeer != wasHeld {
            record.note(wasHeld ? "resumed by the peer" : "held by the peer", at: now)
        }
        if direction == .incoming, state == .setup, stream.preconditions.areMet { ring(at: now, into: &orders) }
    }

    /// Answers a request that may carry an offer.
    private mutating func respond(
        to request: SIPMessage, _ meaning: OfferAnswer.Meaning, _ id: DialogID, _ transaction: ServerTransactionID,
        at now: Instant, into orders: inout [Order]
    ) {
        var response = SIPMessage.response(.ok, to: request, toTag: nil)
        if meaning == .offer, var stream = media[id] {
            do throws(MediaFault) {
                response.setBody(
                    try stream.answer(request.sessionDescriptionBody), contentType: "application/sdp")
                media[id] = stream
                noteChange(of: stream)
            } catch {
                record.note("\(request.method) refused: \(error)", at: now)
                response = .response(error.status, to: request, toTag: nil)
            }
        } else if meaning == .answer {
            takeAnswer(request, id, at: now)
        } else if request.method == .invite, let offer = media[id]?.offer() {
            response.setBody(offer, contentType: "application/sdp")  // RFC 3261 §14.2: without one, we offer
        }
        if request.method == .invite || request.method == .update { response.append(.allow, Self.allowed) }
        response = complete(id, request, response, at: now)
        guard request.method == .invite else { return orders.append(.respond(response, transaction)) }
        server = InviteServer(request, toTag: localTag.string, timing: timing, entropy: &entropy)
        serverTransaction = transaction
        let actions = response.status == .ok ? server?.accept(response, at: now) : server?.reject(response)
        carryOut(actions ?? [], at: now, into: &orders)
    }

    /// A response through the session, which puts in what belongs there and takes its effects.
    mutating func complete(
        _ id: DialogID, _ request: SIPMessage, _ response: SIPMessage, isReliable: Bool = false, at now: Instant
    ) -> SIPMessage {
        let completed = change(id) { session -> SIPMessage? in
            do throws(OfferAnswer.Violation) {
                return try session.answer(request, with: response, isReliable: isReliable, at: now)
            } catch {
                return nil
            }
        }
        guard let completed = completed ?? nil else {
            record.expect(false, "RFC 3261 §13.2.1", "a description of ours stands where none may be")
            return response
        }
        return completed
    }
}

extension SIPMessage {
    /// The session description in the body, alone or in a multipart; the body as it is when none can be found.
    var sessionDescriptionBody: OctetSlice {
        do throws(MultipartError) {
            return try bodyParts().first { $0.is("application", "sdp") }?.content ?? body
        } catch {
            return body
        }
    }
}
