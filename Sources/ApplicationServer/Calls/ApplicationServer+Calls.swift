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
                server: invite, session: session, transaction: server, purpose: .confirmation(sentence),
                descriptionID: id)
            calls[call.id] = call
            carryOut(orders, call.id, into: &actions)
            schedule(call.id)
        } catch {
            actions.append(.respond(.response(.badRequest, to: request, toTag: tag), server))
        }
    }

    /// Option tags that a Require may name.
    static let options: [OctetSlice] = ["100rel", "timer", "histinfo", "replaces", "precondition"]

    mutating func acknowledge(_ ack: SIPMessage, at now: Instant, into actions: inout Actions) {
        guard let id = DialogID(receiving: ack), calls[id] != nil else { return }
        let orders = calls[id]?.server.receive(acknowledgement: ack) ?? []
        carryOut(orders, id, into: &actions)
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
        if calls[id]?.session.dialog.state == .terminated { calls[id] = nil }
    }

    mutating func fire(_ id: DialogID, at now: Instant, into actions: inout Actions) {
        guard let call = calls[id], let deadline = call.nextDeadline else { return }
        guard deadline <= now else { return schedule(id) }
        carryOut(calls[id]?.server.fire(at: now) ?? [], id, into: &actions)
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
        case .invite, .update:
            // RFC 3264 §8: the version grows with each description.
            let version = (calls[id]?.descriptionVersion ?? 1) + 1
            calls[id]?.descriptionVersion = version
            guard request.method == .invite || request.hasSessionDescription else { break }
            let body = SilentDescription.answer(
                to: request, id: calls[id]?.descriptionID ?? 0, version: version, address: configuration.address)
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

    private mutating func carryOut(_ orders: [InviteServer.Action], _ id: DialogID, into actions: inout Actions) {
        for order in orders {
            switch order {
            case .respond(let response):
                if let call = calls[id] { actions.append(.respond(response, call.transaction)) }
            case .acknowledged(let ack):
                _ = calls[id]?.session.receive(acknowledgement: ack)
                hangUp(id, into: &actions)
            case .unacknowledged, .provisionalLost:
                calls[id]?.session.acknowledgementLost()
                hangUp(id, into: &actions)
            }
        }
    }

    /// Ends a call by a BYE that says why.
    private mutating func hangUp(_ id: DialogID, into actions: inout Actions) {
        guard var call = calls.removeValue(forKey: id), var bye = call.session.bye() else { return }
        switch call.purpose {
        case .confirmation(let sentence): bye.append(Reason(cause: 200, text: sentence))
        }
        send(bye, toward: call.session.dialog.nextHop, as: .bye, into: &actions)
    }

    private mutating func schedule(_ id: DialogID) {
        if let deadline = calls[id]?.nextDeadline { deadlines.schedule(.call(id), at: deadline) }
    }
}
