import Octets
import SIP

/// A phone made of the real stack and the values of a dialog: one call at a time, over UDP.
struct Phone {
    let name: String
    let address: Endpoint
    var stack: SIPStack
    var entropy: Entropy
    var policy: SessionTimerPolicy?
    /// What it does with a call: rings reliably with a description, and answers so long after.
    var ringsReliably = true
    var answersAfter: Duration? = .seconds(1)

    var client: InviteClient?
    var session: InviteSession?
    var server: InviteServer?
    var log: [String] = []
    private var serverID: ServerTransactionID?
    private var answerAt: Instant?
    private var retry: (at: Instant, method: Method)?
    private var sent: [ClientTransactionID: SIPMessage] = [:]
    private var inviteID: ClientTransactionID?
    private var lastID: UInt64 = 0

    static let description = Array("v=0".utf8)
    static let timing = TransactionTiming(.core, isReliable: false)

    init(_ name: String, host: UInt32, seed: UInt64, policy: SessionTimerPolicy? = nil) {
        self.name = name
        self.policy = policy
        address = Endpoint(.v4(0xC000_0200 + host), 5060)
        entropy = Entropy(number: seed)
        stack = SIPStack(
            listeners: [ListenerID(rawValue: 0): SIPListener(.udp, address)], entropy: Entropy(number: seed + 1000))
    }

    var contact: String { "<sip:\(name)@\(address.address):5060>" }

    var nextDeadline: Instant? {
        [
            stack.nextDeadline, client?.nextDeadline, server?.nextDeadline, session?.nextDeadline, answerAt, retry?.at,
        ].compactMap { $0 }.min()
    }

    // MARK: Orders

    mutating func call(_ target: Endpoint, at now: Instant, into output: inout [SIPStackOutput]) {
        var invite = SIPMessage(.invite, uri: "sip:callee@\(target.address):5060")
        invite.append(.maxForwards, "70")
        invite.append(.from, "<sip:\(name)@example.com>;tag=\(name)")
        invite.append(.to, "<sip:callee@example.com>")
        invite.append(.callID, "call-of-\(name)")
        invite.append(.cseq, "1 INVITE")
        invite.append(.contact, contact)
        invite.append(.supported, "100rel, timer")
        if let interval = policy?.interval { invite.append(SessionExpires(interval)) }
        invite.setBody(Self.description, contentType: "application/sdp")
        client = InviteClient(invite, timing: Self.timing, policy: policy)
        inviteID = send(invite, at: now, into: &output)
    }

    mutating func cancel(at now: Instant, into output: inout [SIPStackOutput]) {
        if let inviteID { stack.cancel(inviteID, at: now, into: &output) }
    }

    mutating func hangUp(at now: Instant, into output: inout [SIPStackOutput]) {
        if let bye = session?.bye() { _ = send(bye, at: now, into: &output) }
    }

    /// A re-INVITE or UPDATE with an offer.
    mutating func modify(_ method: Method, at now: Instant, into output: inout [SIPStackOutput]) {
        do throws(InviteSession.Obstacle) {
            guard let request = try session?.request(method, description: Self.description) else { return }
            _ = send(request, at: now, into: &output)
        } catch {
            log.append("\(method) not now")
        }
    }

    mutating func refer(at now: Instant, into output: inout [SIPStackOutput]) {
        guard var request = session?.dialog.request(.refer) else { return }
        request.append(.referTo, "<sip:carol@example.com>")
        _ = send(request, at: now, into: &output)
    }

    // MARK: Events

    mutating func fire(at now: Instant, into output: inout [SIPStackOutput]) {
        stack.fire(at: now, into: &output)
        if let actions = client?.fire(at: now) { carryOut(actions, at: now, into: &output) }
        if let actions = server?.fire(at: now) { carryOut(actions, at: now, into: &output) }
        if let due = answerAt, due <= now {
            answerAt = nil
            accept(at: now, into: &output)
        }
        if let due = retry, due.at <= now {
            retry = nil
            modify(due.method, at: now, into: &output)
        }
        switch session?.fire(at: now) {
        case .refresh:
            log.append("refresh")
            do throws(InviteSession.Obstacle) {
                if let update = try session?.request(.update) { _ = send(update, at: now, into: &output) }
            } catch {
                log.append("UPDATE not now")
            }
        case .terminate:
            log.append("session expired")
            hangUp(at: now, into: &output)
        case nil: break
        }
    }

    mutating func handle(_ event: SIPStackOutput, at now: Instant, into output: inout [SIPStackOutput]) {
        switch event {
        case .request(let request, let id, _): receive(request, id, at: now, into: &output)
        case .acknowledgement(let ack, _):
            if let actions = server?.receive(acknowledgement: ack) { carryOut(actions, at: now, into: &output) }
        case .response(let response, let id): receive(response, id, at: now, into: &output)
        case .failed(let id, let failure):
            log.append("\(sent[id]?.method.text ?? "?") \(failure)")
            if id == inviteID, sent[id]?.toTag == nil {
                if let actions = client?.failed() { carryOut(actions, at: now, into: &output) }
            } else if let request = sent[id], let outcome = session?.failed(request.method) {
                settle(outcome, of: request, at: now, into: &output)
            }
        case .cancelled:
            log.append("cancelled")
            answerAt = nil
            if let actions = server?.cancelled() { carryOut(actions, at: now, into: &output) }
        case .transmit, .close, .refused: break
        }
    }

    // MARK: The answering side

    private mutating func receive(
        _ request: SIPMessage, _ id: ServerTransactionID, at now: Instant, into output: inout [SIPStackOutput]
    ) {
        log.append("got \(request.method)")
        guard request.toTag != nil else {
            guard request.method == .invite else {
                return respond(.notImplemented, request, id, at: now, into: &output)
            }
            let server = InviteServer(request, toTag: "tag-\(name)", timing: Self.timing, entropy: &entropy)
            self.server = server
            serverID = id
            var ringing = server.response(.sessionProgress, contact: contact)
            do throws(DialogError) {
                session = try InviteSession(asServerOf: request, response: ringing, policy: policy)
            } catch {
                return respond(error.status, request, id, at: now, into: &output)
            }
            if ringsReliably { ringing.setBody(Self.description, contentType: "application/sdp") }
            ringing = answer(request, ringing, isReliable: ringsReliably, at: now)
            if let actions = self.server?.ring(ringing, reliably: ringsReliably, at: now) {
                carryOut(actions, at: now, into: &output)
            }
            answerAt = answersAfter.map { now + $0 }
            return
        }
        guard session?.dialog.id == DialogID(receiving: request),
            let verdict = session?.receive(request, entropy: &entropy)
        else { return respond(.callOrTransactionDoesNotExist, request, id, at: now, into: &output) }
        switch verdict {
        case .refuse(let response):
            log.append("refused \(response.status?.rawValue ?? 0)")
            stack.respond(response, to: id, at: now, into: &output)
        case .process(let meaning): process(request, meaning, id, at: now, into: &output)
        }
    }

    private mutating func process(
        _ request: SIPMessage, _ meaning: OfferAnswer.Meaning, _ id: ServerTransactionID, at now: Instant,
        into output: inout [SIPStackOutput]
    ) {
        var response = SIPMessage.response(.ok, to: request, toTag: nil)
        var later: [InviteServer.Action] = []
        if request.method == .prack {
            var rack: RAck?
            do { rack = try request.first(RAck.self) } catch { rack = nil }
            guard let rack, let actions = server?.acknowledge(rack, at: now) else {
                return respond(.callOrTransactionDoesNotExist, request, id, at: now, into: &output)
            }
            later = actions
        }
        if meaning == .offer { response.setBody(Self.description, contentType: "application/sdp") }
        response = answer(request, response, isReliable: false, at: now)
        if request.method == .invite {
            var server = InviteServer(request, toTag: "", timing: Self.timing, entropy: &entropy)
            serverID = id
            let actions = server.accept(response, at: now)
            self.server = server
            return carryOut(actions, at: now, into: &output)
        }
        stack.respond(response, to: id, at: now, into: &output)
        carryOut(later, at: now, into: &output)
    }

    private mutating func accept(at now: Instant, into output: inout [SIPStackOutput]) {
        guard let server, server.state == .proceeding else { return }
        var response = server.response(.ok, contact: contact)
        if session?.offers.mustDescribe(.inviteSuccess) == true {
            response.setBody(Self.description, contentType: "application/sdp")
        }
        response = answer(server.invite, response, isReliable: false, at: now)
        if let actions = self.server?.accept(response, at: now) { carryOut(actions, at: now, into: &output) }
    }

    private mutating func answer(
        _ request: SIPMessage, _ response: SIPMessage, isReliable: Bool, at now: Instant
    ) -> SIPMessage {
        do throws(OfferAnswer.Violation) {
            return try session?.answer(request, with: response, isReliable: isReliable, at: now) ?? response
        } catch {
            log.append("\(error)")
            return response
        }
    }

    private mutating func respond(
        _ status: Status, _ request: SIPMessage, _ id: ServerTransactionID, at now: Instant,
        into output: inout [SIPStackOutput]
    ) {
        log.append("refused \(status.rawValue)")
        stack.respond(.response(status, to: request, toTag: "tag-\(name)"), to: id, at: now, into: &output)
    }

    private mutating func carryOut(
        _ actions: [InviteServer.Action], at now: Instant, into output: inout [SIPStackOutput]
    ) {
        for action in actions {
            switch action {
            case .respond(let response):
                if let serverID { stack.respond(response, to: serverID, at: now, into: &output) }
                if response.status?.isSuccess == false, response.status?.isFinal == true { session?.dialog.terminate() }
            case .acknowledged(let ack):
                log.append("got ACK")
                _ = session?.receive(acknowledgement: ack)
            case .unacknowledged:
                log.append("no ACK")
                session?.acknowledgementLost()
                hangUp(at: now, into: &output)
            case .provisionalLost: log.append("no PRACK")
            }
        }
    }

    // MARK: The asking side

    private mutating func send(
        _ request: SIPMessage, at now: Instant, into output: inout [SIPStackOutput]
    ) -> ClientTransactionID {
        lastID += 1
        let id = ClientTransactionID(rawValue: lastID)
        sent[id] = request
        stack.send(request, as: id, to: hop(request), at: now, into: &output)
        return id
    }

    private func hop(_ request: SIPMessage) -> Hop {
        var remote = address
        do {
            if case .sip(let uri) = try request.parsedRequestURI(), let host = IPAddress(uri.host) {
                remote = Endpoint(host, uri.port ?? 5060)
            }
        } catch {
            remote = address  // comes back to the phone itself, which refuses it
        }
        return Hop(.udp, ListenerID(rawValue: 0), remote)
    }

    private mutating func receive(
        _ response: SIPMessage, _ id: ClientTransactionID, at now: Instant, into output: inout [SIPStackOutput]
    ) {
        guard let request = sent[id], let status = response.status else { return }
        log.append("\(status.rawValue) to \(request.method)")
        if id == inviteID, request.toTag == nil {
            if let actions = client?.receive(response, at: now) { carryOut(actions, at: now, into: &output) }
        } else if let outcome = session?.receive(response, at: now, entropy: &entropy) {
            settle(outcome, of: request, at: now, into: &output)
        }
    }

    private mutating func settle(
        _ outcome: InviteSession.Outcome, of request: SIPMessage, at now: Instant, into output: inout [SIPStackOutput]
    ) {
        switch outcome {
        case .done: break
        case .acknowledge:
            if let ack = session?.acknowledge(reInvite: request) {
                stack.sendAcknowledgement(ack, to: hop(ack), at: now, into: &output)
            }
        case .sendAcknowledgement(let ack):
            log.append("ACK again")
            stack.sendAcknowledgement(ack, to: hop(ack), at: now, into: &output)
        case .retry(let delay): retry = (now + delay, request.method)
        case .retryWithMinimum: modify(request.method, at: now, into: &output)
        case .lost(let bye):
            log.append("lost")
            if let bye { _ = send(bye, at: now, into: &output) }
        }
    }

    private mutating func carryOut(
        _ actions: [InviteClient.Action], at now: Instant, into output: inout [SIPStackOutput]
    ) {
        for action in actions {
            switch action {
            case .early(let id): log.append("early \(id.remoteTag)")
            case .progress: break
            case .acknowledge(let id, let rack, _):
                let prack = client?.update(id) { session -> SIPMessage? in
                    do throws(InviteSession.Obstacle) { return try session.acknowledge(rack) } catch { return nil }
                }
                if let prack = prack ?? nil { _ = send(prack, at: now, into: &output) }
            case .confirmed(let id, _):
                guard let ack = client?.acknowledge(id) else { continue }
                stack.sendAcknowledgement(ack, to: hop(ack), at: now, into: &output)
                if session == nil {
                    session = client?.take(id)
                    log.append("talks to \(id.remoteTag)")
                } else if var extra = client?.take(id), let bye = extra.bye() {
                    // §13.2.2.4: a second 2xx is acknowledged and ended.
                    log.append("ends \(id.remoteTag)")
                    _ = send(bye, at: now, into: &output)
                }
            case .sendAcknowledgement(let ack):
                log.append("ACK again")
                stack.sendAcknowledgement(ack, to: hop(ack), at: now, into: &output)
            case .terminated(let id): log.append("over \(id.remoteTag)")
            case .rejected(let response): log.append("rejected \(response.status?.rawValue ?? 0)")
            }
        }
    }
}
