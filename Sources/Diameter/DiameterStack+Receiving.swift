import Octets

/// Octets in, RFC 6733 §6.1.3, §6.1.4 and §6.2.
extension DiameterStack {
    /// Octets of a stream as they come, or one message of SCTP.
    package mutating func receive(
        octets: [UInt8], on id: AssociationID, at now: Instant, into outputs: inout [DiameterStackOutput]
    ) {
        if let framer = associations[id]?.framer, framer.isWhole(octets) {
            // The usual case, one read or one SCTP message: the framer has nothing to do.
            return receivedMessage(octets, on: id, at: now, into: &outputs)
        }
        associations[id]?.framer.append(octets)
        while true {
            do {
                guard let message = try associations[id]?.framer.next() else { return }
                receivedMessage(message, on: id, at: now, into: &outputs)
            } catch {
                let rest = associations[id]?.framer.rest ?? []
                undecodable(rest, error, on: id, at: now, into: &outputs)
                abandon(id, at: now, into: &outputs)
                return
            }
        }
    }

    private mutating func receivedMessage(
        _ octets: [UInt8], on id: AssociationID, at now: Instant, into outputs: inout Outputs
    ) {
        guard let owner = associations[id]?.owner else { return }
        let message: DiameterMessage
        do {
            message = try DiameterMessage(decoding: octets, limits: settings.limits)
        } catch {
            undecodable(octets, error, on: id, at: now, into: &outputs)
            if case .unknown = owner { return abandon(id, at: now, into: &outputs) }
            switch error.remedy {
            case .answer: return
            case .answerAndClose, .close: return abandon(id, at: now, into: &outputs)
            }
        }
        switch owner {
        case .unknown: receivedFirst(message, on: id, at: now, into: &outputs)
        case .peer(let index, let side): received(message, from: index, side, on: id, at: now, into: &outputs)
        }
    }

    /// Answers what can be answered; the ask that a malformed answer was for fails at once.
    private mutating func undecodable(
        _ octets: [UInt8], _ failure: DiameterDecodeFailure, on id: AssociationID, at now: Instant,
        into outputs: inout Outputs
    ) {
        statistics.malformed &+= 1
        var peer: DiameterIdentity?
        if case .peer(let index, _) = associations[id]?.owner {
            peer = table[index].identity
            table[index].lastError = failure.description
        }
        var answered: ResultCode?
        if let answer = DiameterMessage.answer(undecodable: octets, failure: failure, origin: local.origin) {
            answered = failure.resultCode
            outputs.append(.send(answer.octets, on: id))
        } else if octets.count >= HeaderLayout.length, octets[HeaderLayout.flags] & 0x80 == 0 {
            let hopByHop = HopByHopID(rawValue: octets.bigEndian32(at: HeaderLayout.hopByHop))
            if let request = pending.take(hopByHop, on: id) {
                table[request.peer].circuit.answered()
                fail(request.errand, .unableToDeliver, into: &outputs)
            }
        }
        outputs.append(
            .refused(
                DiameterRefusal(
                    .malformed, peer: peer, remote: associations[id]?.remote, resultCode: answered,
                    "Malformed Diameter message: \(failure).")))
    }

    /// Closes a connection that is of no more use, and tells the machine of its peer.
    private mutating func abandon(_ id: AssociationID, at now: Instant, into outputs: inout Outputs) {
        guard let owner = associations[id]?.owner else { return }
        switch owner {
        case .unknown: close(id, into: &outputs)
        case .peer(let index, let side):
            table[index].downReason = .misbehaved
            apply(.disconnected(side), to: index, at: now, into: &outputs)
            close(id, into: &outputs)
        }
    }

    private mutating func received(
        _ message: DiameterMessage, from index: Int, _ side: PeerStateMachine.Side, on id: AssociationID,
        at now: Instant, into outputs: inout Outputs
    ) {
        let state = table[index].machine.state
        guard state.isOpen || state == .closing else {
            if side == .initiator, message.commandCode == .capabilitiesExchange, !message.isRequest {
                return receivedCEA(message, from: index, at: now, into: &outputs)
            }
            let sentence = "Command \(message.commandCode) came before the peer was open; connection closed."
            table[index].lastError = sentence
            outputs.append(.refused(DiameterRefusal(.messageBeforeOpen, peer: table[index].identity, sentence)))
            apply(side == .initiator ? .receivedNonCEA : .disconnected(.responder), to: index, at: now, into: &outputs)
            return
        }
        table[index].isDoubted = false
        if message.applicationID == .common {
            return receivedCommon(message, from: index, side, on: id, at: now, into: &outputs)
        }
        if state.isOpen { watch(index, .receivedOther, at: now, into: &outputs) }
        apply(.received(side), to: index, at: now, into: &outputs)
        if message.isRequest {
            receivedRequest(message, from: index, on: id, at: now, into: &outputs)
        } else {
            receivedAnswer(message, from: index, on: id, at: now, into: &outputs)
        }
    }

    /// The commands of the base protocol itself.
    private mutating func receivedCommon(
        _ message: DiameterMessage, from index: Int, _ side: PeerStateMachine.Side, on id: AssociationID,
        at now: Instant, into outputs: inout Outputs
    ) {
        let isOpen = table[index].machine.state.isOpen
        if message.commandCode == .deviceWatchdog, !message.isRequest {
            if let sent = table[index].watchdogSent, sent.hopByHop == message.hopByHop {
                table[index].roundTrip = now - sent.at
                table[index].watchdogSent = nil
            }
            noteRestart(of: index, message[.originStateID], into: &outputs)
            if isOpen { watch(index, .receivedDWA, at: now, into: &outputs) }
            return apply(.receivedDWA(side), to: index, at: now, into: &outputs)
        }
        if isOpen { watch(index, .receivedOther, at: now, into: &outputs) }
        do {
            if message.isRequest { try message.checkCommonRequest() }
            switch (message.commandCode, message.isRequest) {
            case (.deviceWatchdog, true):
                let request = try DeviceWatchdogRequest(decoding: message)
                noteRestart(of: index, request.originStateID, into: &outputs)
                let answer = DeviceWatchdogAnswer(origin: local.origin, originStateID: local.originStateID)
                outputs.append(.send(answer.message(answering: message).octets, on: id))
                apply(.receivedDWR(side), to: index, at: now, into: &outputs)
            case (.disconnectPeer, true):
                let request = try DisconnectPeerRequest(decoding: message)
                outputs.append(
                    .send(DisconnectPeerAnswer(origin: local.origin).message(answering: message).octets, on: id))
                if isOpen {
                    table[index].downReason = .peerDisconnected(request.cause)
                    table[index].lastError = table[index].downReason.description
                }
                apply(.receivedDPR(side), to: index, at: now, into: &outputs)
            case (.disconnectPeer, false):
                apply(.receivedDPA(side), to: index, at: now, into: &outputs)
            case (.capabilitiesExchange, false):
                break  // A second CEA says nothing new.
            case (_, true):
                apply(.received(side), to: index, at: now, into: &outputs)
                let code: ResultCode =
                    message.commandCode == .capabilitiesExchange ? .unableToComply : .commandUnsupported
                refuse(
                    message, code, .commandUnsupported, from: index, on: id,
                    "Command \(message.commandCode) is not served on an open connection.", into: &outputs)
            case (_, false):
                receivedAnswer(message, from: index, on: id, at: now, into: &outputs)
            }
        } catch {
            statistics.malformed &+= 1
            refuse(message, error, from: index, on: id, .malformed, into: &outputs)
        }
    }
}
