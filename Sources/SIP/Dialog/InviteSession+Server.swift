import Octets

// The peer's requests within the session and our responses to them.
extension InviteSession {
    package enum Verdict: Equatable, Sendable {
        /// To be worked on and answered; a description in it means this.
        case process(OfferAnswer.Meaning)
        /// Send this response; nothing has changed.
        case refuse(SIPMessage)
    }

    /// A request within the dialog, other than ACK and CANCEL: order (RFC 3261 §12.2.2), overlapping and crossing
    /// INVITEs and UPDATEs (§14.2, RFC 3311 §5.2), offers at the wrong time, too short a session interval (RFC 4028 §9).
    package mutating func receive(_ request: SIPMessage, entropy: inout Entropy) -> Verdict {
        let method = request.method
        guard dialog.state != .terminated else { return refuse(request, .callOrTransactionDoesNotExist) }
        guard dialog.takeSequence(of: request) else { return refuse(request, .serverInternalError) }
        let open = modification
        switch modification.receive(method) {
        case .accept: break
        case .requestPending: return refuse(request, .requestPending)
        case .overlapping:
            return refuse(
                request, .serverInternalError, retryAfter: ModificationGuard.retryAfter(entropy: &entropy))
        }
        if method == .invite || method == .update, let minimum = timer?.receive(request) {
            modification = open
            return refuse(request, .sessionIntervalTooSmall, minimum: minimum)
        }
        if method == .bye {
            dialog.terminate()
            return .process(.nothing)
        }
        guard let carrier = OfferAnswer.Carrier(request: method) else { return .process(.nothing) }
        do throws(OfferAnswer.Violation) {
            return .process(try offers.receive(carrier, description: request.hasSessionDescription))
        } catch {
            modification = open
            switch error {
            case .ownOfferPending: return refuse(request, .requestPending)
            case .peerOfferPending:
                return refuse(
                    request, .serverInternalError, retryAfter: ModificationGuard.retryAfter(entropy: &entropy))
            case .answerMissing, .offerMissing, .notAllowed:
                violation = error
                return refuse(request, .badRequest)
            }
        }
    }

    /// Makes a response of ours complete and takes its effects: Contact, Session-Expires, remote target, offer or
    /// answer. Every response to an INVITE of this dialog and to a request that `receive` let through goes this way.
    ///
    /// - Parameters:
    ///   - isReliable: a provisional response that `ReliableProvisionalServer` will send.
    package mutating func answer(
        _ request: SIPMessage, with response: SIPMessage, isReliable: Bool = false, at now: Instant
    ) throws(OfferAnswer.Violation) -> SIPMessage {
        guard let status = response.status else { return response }
        let method = request.method
        if let carrier = OfferAnswer.Carrier(response: status, to: method, isReliable: isReliable) {
            _ = try offers.send(carrier, description: response.hasSessionDescription)
        }
        var response = response
        if status.isSuccess || isReliable {
            // RFC 6141 §4.6: with these the peer's new target counts.
            dialog.refreshTarget(from: request)
            if Dialog.isTargetRefresh(method), let contact = dialog.localContact, !response.contains(.contact) {
                response.append(.contact, contact)
            }
        }
        if status.isSuccess, method == .invite || method == .update {
            timer?.answer(request, with: &response, at: now)
        }
        modification.answered(method, status)
        if method == .invite {
            if status.isSuccess {
                dialog.confirm()
                isAnswered = true
            } else if status.isFinal, dialog.state == .early {
                dialog.terminate()
            }
        }
        return response
    }

    /// The ACK for our 2xx, once.
    package mutating func receive(acknowledgement: SIPMessage) -> OfferAnswer.Meaning {
        isAcknowledged = true
        modification.acknowledged()
        return note(receiving: .ack, description: acknowledgement.hasSessionDescription)
    }

    // MARK: Steps

    private func refuse(
        _ request: SIPMessage, _ status: Status, retryAfter: Int? = nil, minimum: Int? = nil
    ) -> Verdict {
        var response = SIPMessage.response(status, to: request, toTag: nil)
        if let retryAfter { response.append(RetryAfter(retryAfter)) }
        if let minimum { response.append(MinSE(minimum)) }
        return .refuse(response)
    }
}
