import IMS
import Octets
import SIP

// The side that is called, TS 24.229 §5.1.4.
extension Call {
    /// What Require may name (RFC 3261 §8.2.2.3).
    static let knownOptions: [OptionTag] = [.reliableProvisional, .precondition, .sessionTimer]

    static let allowed = "INVITE, ACK, CANCEL, BYE, PRACK, UPDATE, MESSAGE, NOTIFY, OPTIONS, INFO"

    /// The INVITE.
    ///
    /// - Parameter isBusy: another call goes on at this phone.
    mutating func receive(
        invite: SIPMessage, _ transaction: ServerTransactionID, media: CallMedia, isBusy: Bool, at now: Instant,
        into orders: inout [Order]
    ) {
        record.note("INVITE", at: now)
        check(invite)
        record.asserted = invite.firstValue(.pAssertedIdentity)?.string
        server = InviteServer(invite, toTag: localTag.string, timing: timing, entropy: &entropy)
        serverTransaction = transaction
        peerAllowsUpdate = invite.listContains(.allow, token: "UPDATE")
        if let unknown = unknownOptions(invite) {
            return turnDown(.badExtension, at: now, into: &orders) { $0.append(.unsupported, unknown) }
        }
        if isBusy, !manner.takesSecondCall { return turnDown(.busyHere, at: now, into: &orders) }
        if case .refuses(let status, nil) = manner.answering { return turnDown(status, at: now, into: &orders) }
        var stream = media
        if invite.hasSessionDescription {
            do throws(MediaFault) {
                prepared = try stream.answer(invite.sessionDescriptionBody)
            } catch {
                record.note("\(error)", at: now)
                return turnDown(error.status, at: now, into: &orders)
            }
        }
        guard openSession(invite, stream, at: now, into: &orders) else { return }
        if stream.isAgreed, !stream.preconditions.areMet, invite.allowsReliableProvisionals {
            showAnswer(at: now, into: &orders)
        } else {
            ring(at: now, into: &orders)
        }
    }

    /// Answers the call.
    mutating func answer(at now: Instant, into orders: inout [Order]) -> Complaint? {
        guard let server, server.state == .proceeding, state == .ringing, let id = chosen, record.answered == nil else {
            return Complaint("there is no ringing call to answer")
        }
        var response = server.response(.ok, contact: contact)
        describe(&response)
        if session?.offers.mustDescribe(.inviteSuccess) == true {
            let body = prepared ?? media[id]?.offer() ?? []
            prepared = nil
            response.setBody(body, contentType: "application/sdp")
        }
        record.answered = now
        record.note("200", at: now)
        response = complete(id, server.invite, response, at: now)
        if let actions = self.server?.accept(response, at: now) { carryOut(actions, at: now, into: &orders) }
        return nil
    }

    /// Refuses a call that has not been answered.
    mutating func refuse(_ status: Status, at now: Instant, into orders: inout [Order]) -> Complaint? {
        guard direction == .incoming, server?.state == .proceeding, record.answered == nil else {
            return Complaint("there is no call to refuse")
        }
        turnDown(status, at: now, into: &orders)
        return nil
    }

    /// The caller has sent CANCEL.
    mutating func cancelled(at now: Instant, into orders: inout [Order]) {
        guard let actions = server?.cancelled(), !actions.isEmpty else { return }
        carryOut(actions, at: now, into: &orders)
        session?.dialog.terminate()
        end(.cancelled, at: now)
    }

    /// An ACK for a 2xx of ours.
    mutating func receive(acknowledgement: SIPMessage, at now: Instant, into orders: inout [Order]) {
        guard let actions = server?.receive(acknowledgement: acknowledgement) else { return }
        carryOut(actions, at: now, into: &orders)
    }

    mutating func carryOut(_ actions: [InviteServer.Action], at now: Instant, into orders: inout [Order]) {
        for action in actions {
            switch action {
            case .respond(let response):
                if let serverTransaction { orders.append(.respond(response, serverTransaction)) }
            case .acknowledged(let ack):
                let meaning = session?.receive(acknowledgement: ack)
                if meaning == .answer, let chosen { takeAnswer(ack, chosen, at: now) }
                if isLeaving {
                    // Ordered before the ACK was there (RFC 3261 §15).
                    leave(at: now, into: &orders)
                } else {
                    move(to: .talking, at: now)
                }
            case .unacknowledged:
                record.note("no ACK", at: now)
                session?.acknowledgementLost()
                leave(at: now, into: &orders)
                end(.lost("no ACK came for the 200"), at: now)
            case .provisionalLost: end(.lost("no PRACK came"), at: now)
            }
        }
    }

    // MARK: Steps

    private func unknownOptions(_ invite: SIPMessage) -> String? {
        var unknown: [String] = []
        for value in invite.values(.require) {
            let isKnown = OptionTag(value).map { tag in
                Self.knownOptions.contains(tag) && (tag != .precondition || manner.usesPreconditions)
            }
            if isKnown != true { unknown.append(value.string) }
        }
        return unknown.isEmpty ? nil : unknown.joined(separator: ", ")
    }

    private mutating func openSession(
        _ invite: SIPMessage, _ stream: CallMedia, at now: Instant, into orders: inout [Order]
    ) -> Bool {
        guard let first = server?.response(.ringing, contact: contact) else { return false }
        do throws(DialogError) {
            let session = try InviteSession(asServerOf: invite, response: first, policy: manner.sessionTimer)
            self.session = session
            chosen = session.dialog.id
            media[session.dialog.id] = stream
        } catch {
            turnDown(error.status, at: now, into: &orders)
            return false
        }
        // RFC 4028 §9: too short an interval.
        guard let policy = manner.sessionTimer else { return true }
        var timer = SessionTimer(policy)
        guard let minimum = timer.receive(invite) else { return true }
        turnDown(.sessionIntervalTooSmall, at: now, into: &orders) { $0.append(MinSE(minimum)) }
        return false
    }

    /// The answer in a reliable 183: the caller's resources, then ours, then ringing (TS 24.229 §5.1.4.1).
    private mutating func showAnswer(at now: Instant, into orders: inout [Order]) {
        guard let server, let id = chosen, let body = prepared else { return }
        var response = server.response(.sessionProgress, contact: contact)
        describe(&response)
        response.setBody(body, contentType: "application/sdp")
        prepared = nil
        // The bearer is set up on what the answer says.
        media[id]?.preconditions.isLocalReady = true
        record.note("183", at: now)
        provide(response, id, reliably: true, at: now, into: &orders)
    }

    /// Rings, once the preconditions are met.
    mutating func ring(at now: Instant, into orders: inout [Order]) {
        guard let server, server.state == .proceeding, state == .setup, let id = chosen, let session else { return }
        var response = server.response(.ringing, contact: contact)
        describe(&response)
        let reliably =
            server.invite.requiresReliableProvisionals
            || (manner.ringsReliably && server.invite.allowsReliableProvisionals && server.invite.hasSessionDescription)
        if reliably, session.offers.mustDescribe(.reliableProvisional), let offer = media[id]?.offer() {
            // RFC 3262 §5: an INVITE without an offer gets it in the first reliable response.
            response.setBody(offer, contentType: "application/sdp")
        }
        move(to: .ringing, at: now)
        record.note("180", at: now)
        provide(response, id, reliably: reliably, at: now, into: &orders)
        switch manner.answering {
        case .rings(let after?): due.append((now + after, .answer))
        case .refuses(let status, let after?): due.append((now + after, .refuse(status)))
        case .rings(nil), .refuses(_, nil): break
        }
    }

    private mutating func provide(
        _ response: SIPMessage, _ id: DialogID, reliably: Bool, at now: Instant, into orders: inout [Order]
    ) {
        guard let invite = server?.invite else { return }
        let response = complete(id, invite, response, isReliable: reliably, at: now)
        if let actions = server?.ring(response, reliably: reliably, at: now) {
            carryOut(actions, at: now, into: &orders)
        }
    }

    private func describe(_ response: inout SIPMessage) {
        response.append(.allow, Self.allowed)
        response.append(.supported, "100rel, precondition, timer")
    }

    private mutating func turnDown(
        _ status: Status, at now: Instant, into orders: inout [Order], _ edit: (inout SIPMessage) -> Void = { _ in }
    ) {
        guard let invite = server?.invite else { return }
        var response = SIPMessage.response(status, to: invite, toTag: localTag.string)
        edit(&response)
        if let chosen { response = complete(chosen, invite, response, at: now) }
        if let actions = server?.reject(response) { carryOut(actions, at: now, into: &orders) }
        end(.declined(status), at: now)
    }

    /// What the network must have done to an INVITE before it reaches a phone.
    private mutating func check(_ invite: SIPMessage) {
        record.expect(
            invite.contains(.pCalledPartyID), "TS 24.229 §5.4.3.3", "the INVITE has no P-Called-Party-ID")
        record.expect(
            invite.contains(.pAssertedIdentity) || invite.contains(.privacy), "RFC 3325 §5",
            "nobody has asserted the caller's identity")
        record.expect(
            !invite.contains(.pPreferredIdentity), "RFC 3325 §9.2", "P-Preferred-Identity of the caller came through")
        record.expect(
            !invite.contains(.pChargingVector) && !invite.contains(.pChargingFunctionAddresses),
            "TS 24.229 §5.2.6.4", "charging data reached the callee")
        record.expect(
            !invite.contains(.pAccessNetworkInfo), "TS 24.229 §4.4",
            "P-Access-Network-Info of the caller left its trust domain")
        record.expect(!invite.contains(.route), "RFC 3261 §16.4", "a Route is left that is nobody's")
        record.expect(
            invite.contains(.recordRoute), "TS 24.229 §5.2.6.4", "no Record-Route: the dialog would pass the P-CSCF by")
    }
}
