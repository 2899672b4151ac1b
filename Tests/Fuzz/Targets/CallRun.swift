import Octets
import SIP

/// A caller and a callee without transactions between them, and a proxy that looks on: RFC 3261 §12 to §15, RFC 3262,
/// RFC 3311, RFC 4028. What they send comes late, twice, spoilt, from another fork, or never.
///
/// What must hold: the callee gives one final answer and nothing provisional after it; no dialog is confirmed twice;
/// requests of one side in a dialog have ever higher numbers; and when nothing arrives any more, no timer is left.
struct CallRun {
    private enum Side: CaseIterable { case caller, callee }

    private var now = Instant.zero
    private var entropy = Entropy(number: 1)
    private var client: InviteClient
    private var server: InviteServer?
    private var sessions: [Side: InviteSession] = [:]
    private var observed: ObservedDialog?
    private var onTheWay: [(to: Side, message: SIPMessage)] = []
    private var confirmed: Set<DialogID> = []
    private var rejections = 0
    private var finalAnswer: UInt16?
    private var numbers: [String: UInt32] = [:]
    /// Requests that wait for an answer of the side they came to.
    private var received: [Side: [SIPMessage]] = [:]

    private static let timing = TransactionTiming(.core, isReliable: false)
    private static let description = Array("v=0".utf8)
    private static let methods: [Method] = [.invite, .update, .bye, .info, .options, .message, .refer, .notify]
    private static let statuses: [UInt16] = [200, 202, 408, 422, 481, 487, 488, 491, 500]

    init(_ program: inout Program) {
        let shape = program.next()
        var invite = SIPMessage(.invite, uri: "sip:b@192.0.2.2")
        invite.append(.via, "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1")
        invite.append(.from, "<sip:a@example.org>;tag=a")
        invite.append(.to, "<sip:b@example.org>")
        invite.append(.callID, "call")
        invite.append(.cseq, shape & 16 == 0 ? "1 INVITE" : "2147483647 INVITE")
        invite.append(.contact, "<sip:a@192.0.2.1>")
        invite.append(.recordRoute, "<sip:p.example.org;lr>")
        invite.append(.maxForwards, "70")
        if shape & 1 != 0 { invite.append(.supported, "100rel, timer") }
        if shape & 2 != 0 { invite.append(.require, "100rel") }
        let policy = shape & 4 != 0 ? SessionTimerPolicy(interval: 90 + program.below(200)) : nil
        if let interval = policy?.interval { invite.append(SessionExpires(interval)) }
        if shape & 8 != 0 { invite.setBody(Self.description, contentType: "application/sdp") }
        client = InviteClient(invite, timing: Self.timing, policy: policy)
        onTheWay.append((.callee, invite))
    }

    mutating func step(_ program: inout Program) {
        let side: Side = program.below(2) == 0 ? .caller : .callee
        switch program.below(14) {
        case 0, 1, 2, 3: deliver(program.below(4), keeps: false)
        case 4: deliver(program.below(4), keeps: true)
        case 5: if !onTheWay.isEmpty { onTheWay.remove(at: program.below(onTheWay.count)) }
        case 6: spoil(&program)
        case 7: fork(&program)
        case 8: ring(&program)
        case 9: answerInvite(&program)
        case 10: ask(side, &program)
        case 11: answer(side, &program)
        case 12: pass(.milliseconds(100 << program.below(16)))
        default: fail(side, &program)
        }
    }

    mutating func end() {
        onTheWay = []
        if let server, server.state == .proceeding { perform(self.server?.cancelled() ?? []) }
        var rounds = 0
        while let deadline = nextDeadline {
            pass(max(deadline - now, .zero))
            onTheWay = []
            rounds += 1
            check(rounds < 1000, "timers fire without end")
        }
        check(server == nil || finalAnswer != nil, "an INVITE is never answered")
    }

    // MARK: The network

    private mutating func send(_ message: SIPMessage, to side: Side) {
        guard let copy = try? SIPMessage(parsing: message.serialized()) else {
            return check(false, "what is sent is not SIP: \(OctetSlice(message.serialized()).string)")
        }
        if copy.isRequest, copy.method != .ack, let number = copy.cseq?.number {
            let sender = "\(side) \(DialogID(sending: copy).map { "\($0)" } ?? "")"
            check(number > numbers[sender] ?? 0, "a request has the number \(number) again")
            numbers[sender] = number
        }
        if onTheWay.count < 64 { onTheWay.append((side, copy)) }
    }

    private mutating func deliver(_ position: Int, keeps: Bool) {
        guard !onTheWay.isEmpty else { return }
        let index = min(position, onTheWay.count - 1)
        let (side, message) = keeps ? onTheWay[index] : onTheWay.remove(at: index)
        arrive(message, at: side)
    }

    private mutating func spoil(_ program: inout Program) {
        guard !onTheWay.isEmpty else { return }
        let (side, message) = onTheWay.removeFirst()
        var octets = message.serialized()
        let place = (Int(program.next()) << 8 | Int(program.next())) % octets.count
        octets[place] = program.next()
        if let message = try? SIPMessage(parsing: octets) { arrive(message, at: side) }
    }

    /// A response comes from another phone too.
    private mutating func fork(_ program: inout Program) {
        guard let side = onTheWay.first?.to, var message = onTheWay.first?.message, message.status != nil else {
            return
        }
        message.set(.to, "<sip:b@example.org>;tag=fork\(program.below(8))")
        arrive(message, at: side)
    }

    private mutating func arrive(_ message: SIPMessage, at side: Side) {
        var message = message
        if message.isRequest {
            _ = observed?.forward(&message)
            receive(message, at: side)
        } else {
            if observed == nil, message.cseq?.method == .invite, message.toTag != nil {
                observed = try? ObservedDialog(
                    invite: client.invite, response: message, timer: ProxySessionTimer(SessionTimerPolicy()),
                    isOwn: { $0.host.equals("p.example.org") })
            }
            observed?.forward(response: &message, to: client.invite, at: now)
            receive(response: message, at: side)
        }
    }

    // MARK: Requests

    private mutating func receive(_ request: SIPMessage, at side: Side) {
        if request.toTag == nil {
            guard side == .callee, request.method == .invite, server == nil else { return }
            let server = InviteServer(request, toTag: "b", timing: Self.timing, entropy: &entropy)
            let early = server.response(.sessionProgress, contact: "<sip:b@192.0.2.2>")
            guard
                let session = try? InviteSession(
                    asServerOf: request, response: early, policy: SessionTimerPolicy(interval: 200))
            else { return }
            self.server = server
            sessions[.callee] = session
            return
        }
        if request.method == .ack {
            perform(server?.receive(acknowledgement: request) ?? [])
            return
        }
        guard let verdict = sessions[side]?.receive(request, entropy: &entropy) else { return }
        switch verdict {
        case .refuse(let response): send(response, to: other(side))
        case .process: received[side, default: []].append(request)
        }
        guard request.method == .prack, let rack = try? request.first(RAck.self) else { return }
        perform(server?.acknowledge(rack, at: now) ?? [])
    }

    private mutating func ring(_ program: inout Program) {
        guard let server else { return }
        let shape = program.next()
        var response = server.response(shape & 1 == 0 ? .ringing : .sessionProgress, contact: "<sip:b@192.0.2.2>")
        if shape & 2 != 0 { response.setBody(Self.description, contentType: "application/sdp") }
        let isReliable = shape & 4 != 0
        guard let ready = try? sessions[.callee]?.answer(server.invite, with: response, isReliable: isReliable, at: now)
        else { return }
        perform(self.server?.ring(ready, reliably: isReliable, at: now) ?? [])
    }

    private mutating func answerInvite(_ program: inout Program) {
        guard let server, server.state == .proceeding else { return }
        let shape = program.next()
        if shape & 7 == 0 { return perform(self.server?.cancelled() ?? []) }
        if shape & 7 == 1 {
            return perform(self.server?.reject(server.response(.busyHere, contact: "<sip:b@192.0.2.2>")) ?? [])
        }
        var response = server.response(.ok, contact: "<sip:b@192.0.2.2>")
        if shape & 8 != 0 { response.setBody(Self.description, contentType: "application/sdp") }
        guard let ready = try? sessions[.callee]?.answer(server.invite, with: response, at: now) else { return }
        perform(self.server?.accept(ready, at: now) ?? [])
    }

    private mutating func ask(_ side: Side, _ program: inout Program) {
        let method = Self.methods[program.below(Self.methods.count)]
        let body = program.next() & 1 == 0 ? nil : Self.description
        if method == .bye {
            if let bye = sessions[side]?.bye() { send(bye, to: other(side)) }
            check(sessions[side]?.bye() == nil, "a session is ended twice")
            return
        }
        if let request = try? sessions[side]?.request(method, description: body) { send(request, to: other(side)) }
    }

    private mutating func answer(_ side: Side, _ program: inout Program) {
        guard let count = received[side]?.count, count > 0,
            let request = received[side]?.remove(at: program.below(count)),
            let status = Status(rawValue: Self.statuses[program.below(Self.statuses.count)])
        else { return }
        var response = SIPMessage.response(status, to: request, toTag: nil)
        if program.next() & 1 == 0 { response.setBody(Self.description, contentType: "application/sdp") }
        if status == .sessionIntervalTooSmall { response.append(MinSE(program.below(256) * 10)) }
        guard let ready = try? sessions[side]?.answer(request, with: response, at: now) else { return }
        send(ready, to: other(side))
    }

    // MARK: Responses

    private mutating func receive(response: SIPMessage, at side: Side) {
        guard let cseq = response.cseq else { return }
        if side == .caller, cseq.method == .invite, cseq.number == client.invite.cseq?.number {
            perform(client.receive(response, at: now))
        } else if let outcome = sessions[side]?.receive(response, at: now, entropy: &entropy) {
            settle(outcome, of: response, at: side)
        }
    }

    private mutating func settle(_ outcome: InviteSession.Outcome, of response: SIPMessage, at side: Side) {
        switch outcome {
        case .acknowledge:
            var invite = SIPMessage(.invite, uri: "sip:b@192.0.2.2")
            invite.append(.cseq, "\(response.cseq?.number ?? 0) INVITE")
            if let ack = sessions[side]?.acknowledge(reInvite: invite) { send(ack, to: other(side)) }
        case .sendAcknowledgement(let ack): send(ack, to: other(side))
        case .lost(let bye?): send(bye, to: other(side))
        case .retry(let delay): check(delay >= .zero && delay <= .seconds(4), "RFC 3261 §14.1: \(delay)")
        case .done, .retryWithMinimum, .lost(nil): break
        }
    }

    private mutating func fail(_ side: Side, _ program: inout Program) {
        if program.below(4) == 0 {
            if side == .caller { perform(client.failed()) }
        } else if let outcome = sessions[side]?.failed(Self.methods[program.below(Self.methods.count)]) {
            if case .lost(let bye?) = outcome { send(bye, to: other(side)) }
        }
    }

    // MARK: What comes out

    private mutating func perform(_ actions: [InviteClient.Action]) {
        for action in actions {
            switch action {
            case .acknowledge(let id, let rack, _):
                let prack = client.update(id) { session in try? session.acknowledge(rack) }
                if let prack = prack ?? nil { send(prack, to: .callee) }
            case .confirmed(let id, _):
                check(confirmed.insert(id).inserted, "a dialog is confirmed twice")
                if let ack = client.acknowledge(id) { send(ack, to: .callee) }
                guard var session = client.take(id) else { continue }
                guard sessions[.caller] != nil else {
                    sessions[.caller] = session
                    continue
                }
                if let bye = session.bye() { send(bye, to: .callee) }
            case .sendAcknowledgement(let ack): send(ack, to: .callee)
            case .rejected: rejections += 1
            case .early, .progress, .terminated: break
            }
        }
        check(rejections <= 1, "an INVITE is rejected twice")
        check(client.dialogs.count <= InviteClient.forkLimit, "\(client.dialogs.count) forks")
    }

    private mutating func perform(_ actions: [InviteServer.Action]) {
        for action in actions {
            switch action {
            case .respond(let response):
                guard let status = response.status else { continue }
                if let finalAnswer { check(status.rawValue == finalAnswer, "\(status.rawValue) after \(finalAnswer)") }
                if status.isFinal { finalAnswer = status.rawValue }
                send(response, to: .caller)
            case .acknowledged(let ack): _ = sessions[.callee]?.receive(acknowledgement: ack)
            case .unacknowledged:
                sessions[.callee]?.acknowledgementLost()
                if let bye = sessions[.callee]?.bye() { send(bye, to: .caller) }
            case .provisionalLost: break
            }
        }
    }

    // MARK: Time

    private var nextDeadline: Instant? {
        let deadlines =
            [client.nextDeadline, server?.nextDeadline, observed?.nextDeadline] + sessions.values.map(\.nextDeadline)
        return deadlines.compactMap { $0 }.min()
    }

    private mutating func pass(_ span: Duration) {
        now += span
        perform(client.fire(at: now))
        perform(server?.fire(at: now) ?? [])
        _ = observed?.fire(at: now)
        for side in Side.allCases {
            switch sessions[side]?.fire(at: now) {
            case .refresh:
                if let update = try? sessions[side]?.request(.update) { send(update, to: other(side)) }
            case .terminate: if let bye = sessions[side]?.bye() { send(bye, to: other(side)) }
            case nil: break
            }
        }
    }

    private func other(_ side: Side) -> Side { side == .caller ? .callee : .caller }
}
