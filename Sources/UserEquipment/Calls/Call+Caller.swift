import IMS
import Octets
import SIP

// The side that calls, TS 24.229 §5.1.3.
extension Call {
    /// Sends the INVITE.
    ///
    /// - Parameter invite: with everything but what is this call's own: the offer and the session timer.
    mutating func invite(_ invite: SIPMessage, media: CallMedia, at now: Instant, into orders: inout [Order]) {
        var invite = invite
        var offered = media
        if let policy = manner.sessionTimer {
            invite.append(.supported, "timer")
            if let interval = policy.interval { invite.set(SessionExpires(interval)) }
            invite.set(MinSE(policy.minimum))
        }
        invite.setBody(offered.offer(), contentType: "application/sdp")
        self.offered = offered
        begin(invite, at: now, into: &orders)
    }

    private mutating func begin(_ invite: SIPMessage, at now: Instant, into orders: inout [Order]) {
        client = InviteClient(invite, timing: timing, policy: manner.sessionTimer)
        outstanding += 1
        record.note("INVITE", at: now)
        orders.append(.invite(invite))
    }

    /// A response to the INVITE that began the call.
    mutating func receive(_ response: SIPMessage, at now: Instant, into orders: inout [Order]) {
        guard let status = response.status else { return }
        if status.isFinal, client?.state == .calling { outstanding = max(0, outstanding - 1) }
        if status != .trying, state < .talking { record.note("\(status.rawValue)", at: now) }
        check(response, status)
        guard let actions = client?.receive(response, at: now) else { return }
        carryOut(actions, at: now, into: &orders)
    }

    /// The INVITE's transaction has ended without a final response.
    mutating func inviteFailed(_ failure: TransactionFailure, at now: Instant, into orders: inout [Order]) {
        outstanding = max(0, outstanding - 1)
        if let actions = client?.failed() { carryOut(actions, at: now, into: &orders) }
        end(isLeaving ? .cancelled : .lost("no answer to the INVITE: \(failure)"), at: now)
    }

    mutating func carryOut(_ actions: [InviteClient.Action], at now: Instant, into orders: inout [Order]) {
        for action in actions {
            switch action {
            case .early(let id): media[id] = offered
            case .progress(let id, let response): progress(response, id, at: now)
            case .acknowledge(let id, let rack, let response):
                progress(response, id, at: now)
                acknowledge(id, rack, at: now, into: &orders)
            case .confirmed(let id, let response): confirmed(id, response, at: now, into: &orders)
            case .sendAcknowledgement(let ack): orders.append(.acknowledge(ack))
            case .terminated(let id): media[id] = nil
            case .rejected(let response): rejected(response, at: now, into: &orders)
            }
        }
    }

    // MARK: Before the answer

    private mutating func progress(_ response: SIPMessage, _ id: DialogID?, at now: Instant) {
        if response.listContains(.allow, token: "UPDATE") { peerAllowsUpdate = true }
        if response.status == .ringing { move(to: .ringing, at: now) }
        guard let id, response.hasSessionDescription, media[id]?.isAgreed == false else { return }
        takeAnswer(response, id, at: now)
    }

    /// RFC 3262 §4.
    private mutating func acknowledge(_ id: DialogID, _ rack: RAck, at now: Instant, into orders: inout [Order]) {
        let prack = change(id) { session -> SIPMessage? in
            do throws(InviteSession.Obstacle) { return try session.acknowledge(rack) } catch { return nil }
        }
        guard let prack = prack ?? nil else { return }
        send(prack, into: &orders)
    }

    /// RFC 3312 §5.1: our resources are there, which the peer waits for before it rings.
    mutating func tellResources(_ id: DialogID, at now: Instant, into orders: inout [Order]) {
        guard var stream = media[id], stream.isAgreed, stream.preconditions.isInUse, !stream.preconditions.isLocalReady
        else { return }
        stream.preconditions.isLocalReady = true
        let offer = stream.offer()
        let update = change(id) { session -> SIPMessage? in
            do throws(InviteSession.Obstacle) {
                return try session.request(.update, description: offer)
            } catch {
                return nil
            }
        }
        guard let update = update ?? nil else { return }
        media[id] = stream
        record.note("UPDATE: resources are there", at: now)
        send(update, into: &orders)
    }

    /// The answer to our offer, in whatever response it came.
    mutating func takeAnswer(_ message: SIPMessage, _ id: DialogID, at now: Instant) {
        guard var stream = media[id] ?? offered else { return }
        do throws(MediaFault) {
            try stream.accept(message.sessionDescriptionBody)
            media[id] = stream
            noteChange(of: stream)
        } catch {
            record.expect(false, "RFC 3264 §6", error.description)
        }
    }

    mutating func noteChange(of stream: CallMedia) {
        if let fault = stream.changeFault { record.expect(false, "RFC 3264 §8", "\(fault)") }
    }

    // MARK: The answer

    private mutating func confirmed(
        _ id: DialogID, _ response: SIPMessage, at now: Instant, into orders: inout [Order]
    ) {
        if media[id] == nil { media[id] = offered }
        if response.listContains(.allow, token: "UPDATE") { peerAllowsUpdate = true }
        if response.hasSessionDescription, media[id]?.isAgreed == false { takeAnswer(response, id, at: now) }
        guard let ack = client?.acknowledge(id) else { return }
        orders.append(.acknowledge(ack))
        guard var session = client?.take(id) else { return }
        let isWanted = chosen == nil && !isLeaving && state != .ended && media[id]?.isAgreed == true
        guard isWanted else {
            // RFC 3261 §13.2.2.4: acknowledged and ended. A second fork, a call given up, an answer of no use.
            if let bye = session.bye() { send(bye, into: &orders) }
            guard chosen == nil, state != .ended else { return }
            end(isLeaving ? .cancelled : .lost("the answer to the offer cannot be used"), at: now)
            return
        }
        self.session = session
        chosen = id
        record.answered = now
        move(to: .talking, at: now)
    }

    private mutating func rejected(_ response: SIPMessage, at now: Instant, into orders: inout [Order]) {
        guard let status = response.status else { return }
        if status == .sessionIntervalTooSmall, let again = longer(response) {
            return begin(again, at: now, into: &orders)
        }
        if status == .unsupportedURIScheme, !isLeaving, let again = client?.invite.withSIPURI(at: home) {
            return begin(again, at: now, into: &orders)
        }
        end(isLeaving ? .cancelled : .refused(status, reason: response.reason.string), at: now)
    }

    /// RFC 4028 §7.3: the INVITE again with the interval that the 422 asks for. nil when it asks for none longer.
    private func longer(_ response: SIPMessage) -> SIPMessage? {
        guard !isLeaving, var invite = client?.invite, let cseq = invite.cseq, cseq.number < 10 else { return nil }
        do {
            guard let least = try response.first(MinSE.self)?.seconds,
                least > (try invite.first(MinSE.self)?.seconds ?? 0)
            else { return nil }
            let wish = try invite.first(SessionExpires.self)?.seconds ?? least
            invite.set(MinSE(least))
            invite.set(SessionExpires(max(wish, least)))
        } catch {
            return nil
        }
        invite.set(CSeq(cseq.number + 1, .invite))
        return invite
    }

    // MARK: What the network must have done

    private mutating func check(_ response: SIPMessage, _ status: Status) {
        record.expect(
            !response.contains(.pChargingVector) && !response.contains(.pChargingFunctionAddresses),
            "TS 24.229 §5.2.6.3", "charging data reached the caller")
        guard status != .trying, status.rawValue < 300, response.toTag != nil else { return }
        record.expect(response.contains(.contact), "RFC 3261 §12.1.1", "the \(status.rawValue) has no Contact")
        record.expect(
            response.contains(.recordRoute), "TS 24.229 §5.2.6.3",
            "no Record-Route in the \(status.rawValue): the dialog would pass the P-CSCF by")
    }
}
