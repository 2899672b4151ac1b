import IMS
import Octets
import SIP

// Calls that we answer ourselves, RFC 3261 §13.3, §14.2, §15.
extension ApplicationServer {
    /// Answers a call that says by its end what there is to say.
    mutating func confirm(
        _ request: SIPMessage, _ server: ServerTransactionID, _ sentence: String, _ tag: String, _ isReliable: Bool,
        at now: Instant, into actions: inout Actions
    ) {
        guard calls.count < configuration.callLimit else {
            return actions.append(.respond(.response(.serviceUnavailable, to: request, toTag: tag), server))
        }
        let unknown = request.unsupportedOptions(in: .require, known: Self.options)
        guard unknown.isEmpty else {
            return actions.append(.respond(.badExtension(unknown, to: request, toTag: tag), server))
        }
        let id = entropy.next64() >> 1
        let description = SilentDescription.answer(to: request, id: id, version: 1, address: configuration.address)
        guard let description else {
            return actions.append(.respond(.response(.notAcceptableHere, to: request, toTag: tag), server))
        }
        _ = answer(
            request, server, description, descriptionID: id, for: .confirmation(sentence), tag, isReliable, at: now,
            into: &actions)
    }

    /// The 200. - Returns: the dialog; nil when none can be made of the INVITE, which has its answer then.
    mutating func answer(
        _ request: SIPMessage, _ server: ServerTransactionID, _ description: [UInt8], descriptionID: UInt64,
        for purpose: AnsweredCall.Purpose, _ tag: String, _ isReliable: Bool, at now: Instant,
        into actions: inout Actions
    ) -> DialogID? {
        let timing = TransactionTiming(.core, isReliable: isReliable)
        var invite = InviteServer(request, toTag: tag, timing: timing, entropy: &entropy)
        var response = invite.response(.ok, contact: configuration.contact)
        response.append(.allow, Self.methods)
        response.setBody(description, contentType: "application/sdp")
        do {
            var session = try InviteSession(asServerOf: request, response: response)
            response = try session.answer(request, with: response, at: now)
            let orders = invite.accept(response, at: now)
            let call = AnsweredCall(
                server: invite, session: session, transaction: server, purpose: purpose, descriptionID: descriptionID)
            calls[call.id] = call
            carryOut(orders, call.id, at: now, into: &actions)
            schedule(call.id)
            return call.id
        } catch {
            actions.append(.respond(.response(.badRequest, to: request, toTag: tag), server))
            return nil
        }
    }

    /// Option tags that a Require may name.
    static let options: [OctetSlice] = ["100rel", "timer", "histinfo", "replaces", "precondition"]

    mutating func acknowledge(_ ack: SIPMessage, at now: Instant, into actions: inout Actions) {
        guard let id = DialogID(receiving: ack), calls[id] != nil else { return }
        let orders = calls[id]?.server.receive(acknowledgement: ack) ?? []
        carryOut(orders, id, at: now, into: &actions)
    }

    /// A request within the call.
    mutating func receive(
        _ request: SIPMessage, inCall id: DialogID, _ server: ServerTransactionID, at now: Instant,
        into actions: inout Actions
    ) {
        guard let verdict = calls[id]?.session.receive(request, entropy: &entropy) else { return }
        switch verdict {
        case .refuse(let response): actions.append(.respond(response, server))
        case .process: respond(to: request, inCall: id, server, at: now, into: &actions)
        }
        if calls[id]?.session.dialog.state == .terminated { forget(id, into: &actions) }
    }

    /// Ends a call by a BYE that says why.
    mutating func hangUp(_ id: DialogID, into actions: inout Actions) {
        guard var call = forget(id, into: &actions), var bye = call.session.bye() else { return }
        switch call.purpose {
        case .confirmation(let sentence): bye.append(Reason(cause: 200, text: sentence))
        case .mailbox: break
        }
        send(bye, toward: call.session.dialog.nextHop, as: .bye, into: &actions)
    }

    /// Drops a call that is over, and its audio with it.
    @discardableResult
    private mutating func forget(_ id: DialogID, into actions: inout Actions) -> AnsweredCall? {
        guard let call = calls.removeValue(forKey: id) else { return nil }
        if case .mailbox(let media) = call.purpose { close(media, into: &actions) }
        return call
    }

    mutating func fire(_ id: DialogID, at now: Instant, into actions: inout Actions) {
        guard let call = calls[id], let deadline = call.nextDeadline else { return }
        guard deadline <= now else { return schedule(id) }
        carryOut(calls[id]?.server.fire(at: now) ?? [], id, at: now, into: &actions)
        schedule(id)
    }

    // MARK: Steps

    private mutating func respond(
        to request: SIPMessage, inCall id: DialogID, _ server: ServerTransactionID, at now: Instant,
        into actions: inout Actions
    ) {
        var response = SIPMessage.response(.ok, to: request, toTag: nil)
        switch request.method {
        case .bye, .options: break
        case .info:
            // RFC 6086 leaves this use without a package to those who know it.
            guard case .mailbox(let media) = calls[id]?.purpose, let key = request.dialledKey else {
                response = .response(.unsupportedMediaType, to: request, toTag: nil)
                break
            }
            told(.pressed(key), of: media, at: now, into: &actions)
        case .invite, .update:
            // RFC 3264 §8: the version grows with each description.
            let version = (calls[id]?.descriptionVersion ?? 1) + 1
            calls[id]?.descriptionVersion = version
            guard request.method == .invite || request.hasSessionDescription else { break }
            let body: [UInt8]?
            if case .mailbox(let media) = calls[id]?.purpose {
                body = describe(media, request, into: &actions)
            } else {
                body = SilentDescription.answer(
                    to: request, id: calls[id]?.descriptionID ?? 0, version: version, address: configuration.address)
            }
            if let body {
                response.setBody(body, contentType: "application/sdp")
            } else {
                response = .response(.notAcceptableHere, to: request, toTag: nil)
            }
        default:
            response = .response(.methodNotAllowed, to: request, toTag: nil)
            response.append(.allow, Self.methods)
        }
        do throws(OfferAnswer.Violation) {
            response = try calls[id]?.session.answer(request, with: response, at: now) ?? response
        } catch {
            response = .response(.serverInternalError, to: request, toTag: nil)
        }
        actions.append(.respond(response, server))
    }

    private mutating func carryOut(
        _ orders: [InviteServer.Action], _ id: DialogID, at now: Instant, into actions: inout Actions
    ) {
        for order in orders {
            switch order {
            case .respond(let response):
                if let call = calls[id] { actions.append(.respond(response, call.transaction)) }
            case .acknowledged(let ack):
                _ = calls[id]?.session.receive(acknowledgement: ack)
                guard case .mailbox(let media) = calls[id]?.purpose, begin(media, ack, at: now, into: &actions) else {
                    hangUp(id, into: &actions)
                    break
                }
            case .unacknowledged, .provisionalLost:
                calls[id]?.session.acknowledgementLost()
                hangUp(id, into: &actions)
            }
        }
    }

    private mutating func schedule(_ id: DialogID) {
        if let deadline = calls[id]?.nextDeadline { deadlines.schedule(.call(id), at: deadline) }
    }
}
