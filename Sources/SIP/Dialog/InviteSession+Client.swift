import Octets

// Our requests within the session and the responses to them.
extension InviteSession {
    /// Why a request is not sent now.
    package enum Obstacle: Error, Equatable, Sendable {
        /// The dialog is over, or not yet there for this method.
        case noDialog
        /// Another INVITE or UPDATE is open (RFC 3261 §14.1).
        case pending
        case description(OfferAnswer.Violation)
    }

    /// What a response to one of our requests within the dialog comes to.
    package enum Outcome: Equatable, Sendable {
        /// Nothing more to do; a description in it means this.
        case done(OfferAnswer.Meaning)
        /// A 2xx to a re-INVITE: make its ACK with `acknowledge`.
        case acknowledge(OfferAnswer.Meaning)
        /// That 2xx again: send this again.
        case sendAcknowledgement(SIPMessage)
        /// 491: the request again after this time, if still wanted (§14.1).
        case retry(after: Duration)
        /// 422: the request again; it will have the Min-SE asked for (RFC 4028 §7.3).
        case retryWithMinimum
        /// 408, 481 or silence: the dialog is over. For an INVITE dialog a BYE goes out (§12.2.1.2).
        case lost(bye: SIPMessage?)
    }

    /// A request within the dialog.
    ///
    /// - Parameter description: an offer or, in a PRACK, perhaps an answer; nil for none.
    package mutating func request(
        _ method: Method, description: [UInt8]? = nil, contentType: String = "application/sdp"
    ) throws(Obstacle) -> SIPMessage {
        guard dialog.state != .terminated else { throw .noDialog }
        if method == .invite {
            guard dialog.state == .confirmed else { throw .noDialog }
            guard modification.mayInvite else { throw .pending }
        }
        if method == .update { guard modification.mayUpdate else { throw .pending } }
        if let carrier = OfferAnswer.Carrier(request: method) {
            do throws(OfferAnswer.Violation) {
                _ = try offers.send(carrier, description: description != nil)
            } catch {
                throw .description(error)
            }
        }
        modification.sent(method)
        var request = dialog.request(method)
        if method == .invite || method == .update { timer?.prepare(&request) }
        if let description { request.setBody(description, contentType: contentType) }
        return request
    }

    /// The PRACK for a reliable provisional response (RFC 3262 §4).
    package mutating func acknowledge(
        _ rack: RAck, description: [UInt8]? = nil, contentType: String = "application/sdp"
    ) throws(Obstacle) -> SIPMessage {
        var prack = try request(.prack, description: description, contentType: contentType)
        prack.append(rack)
        return prack
    }

    /// The ACK for the 2xx to a re-INVITE of ours; kept for repetitions.
    package mutating func acknowledge(
        reInvite: SIPMessage, description: [UInt8]? = nil, contentType: String = "application/sdp"
    ) -> SIPMessage {
        var ack = dialog.acknowledgement(for: reInvite)
        if let description { ack.setBody(description, contentType: contentType) }
        noteAcknowledgement(description: description != nil)
        acknowledgement = (reInvite.cseq?.number ?? 0, ack)
        return ack
    }

    /// A response to a request that `request` made.
    package mutating func receive(
        _ response: SIPMessage, at now: Instant, entropy: inout Entropy
    ) -> Outcome {
        guard let status = response.status, let cseq = response.cseq else { return .done(.nothing) }
        let method = cseq.method
        if method == .invite, status.isSuccess, let kept = acknowledgement, kept.sequence == cseq.number {
            return .sendAcknowledgement(kept.message)
        }
        let meaning = take(response, status, method)
        guard status.isFinal else {
            if response.listContains(.require, token: "100rel") { dialog.refreshTarget(from: response) }
            return .done(meaning)
        }
        modification.finished(method)
        if status.isSuccess {
            dialog.refreshTarget(from: response)
            if method == .invite || method == .update { _ = timer?.receive(response, at: now) }
            if method == .invite { return .acknowledge(meaning) }
            return .done(meaning)
        }
        switch status {
        case .requestPending where method == .invite || method == .update:
            return .retry(after: ModificationGuard.retryDelay(ownsCallID: ownsCallID, entropy: &entropy))
        case .sessionIntervalTooSmall where timer?.receive(response, at: now) == .retry: return .retryWithMinimum
        case .requestTimeout, .callOrTransactionDoesNotExist: return lost(method)
        default: return .done(meaning)
        }
    }

    /// The transaction of such a request has ended without a final response: as 408 (§12.2.1.2).
    package mutating func failed(_ method: Method) -> Outcome {
        modification.finished(method)
        if let carrier = OfferAnswer.Carrier(response: .requestTimeout, to: method, isReliable: true) {
            note(receiving: carrier, description: false)
        }
        return lost(method)
    }

    // MARK: Steps

    /// The 2xx of the first INVITE.
    mutating func accept(_ response: SIPMessage, at now: Instant) {
        _ = take(response, .ok, .invite)
        isAnswered = true
        modification.finished(.invite)
        do throws(DialogError) {
            try dialog.confirm(response)
        } catch {
            // Its Contact cannot be used: the early dialog's target stays.
        }
        _ = timer?.receive(response, at: now)
    }

    /// What a response's description means to the exchange.
    mutating func take(_ response: SIPMessage, _ status: Status, _ method: Method) -> OfferAnswer.Meaning {
        let isReliable = response.listContains(.require, token: "100rel")
        guard let carrier = OfferAnswer.Carrier(response: status, to: method, isReliable: isReliable) else {
            return .nothing
        }
        return note(receiving: carrier, description: response.hasSessionDescription)
    }

    /// A message whose fault can only be noted.
    @discardableResult
    mutating func note(receiving carrier: OfferAnswer.Carrier, description: Bool) -> OfferAnswer.Meaning {
        do throws(OfferAnswer.Violation) {
            return try offers.receive(carrier, description: description)
        } catch {
            violation = error
            return .nothing
        }
    }

    /// Our ACK: it goes out in any case.
    mutating func noteAcknowledgement(description: Bool) {
        do throws(OfferAnswer.Violation) {
            _ = try offers.send(.ack, description: description)
        } catch {
            violation = error
        }
    }

    private mutating func lost(_ method: Method) -> Outcome {
        guard method != .bye, dialog.state != .terminated else {
            dialog.terminate()
            return .lost(bye: nil)
        }
        isAcknowledged = true
        return .lost(bye: bye())
    }
}

extension OfferAnswer.Carrier {
    /// nil for a method that carries no offers and answers.
    init?(request method: Method) {
        switch method {
        case .invite: self = .invite
        case .ack: self = .ack
        case .prack: self = .prack
        case .update: self = .update
        default: return nil
        }
    }

    init?(response status: Status, to method: Method, isReliable: Bool) {
        switch method {
        case .invite:
            if status == .trying { return nil }
            if status.isProvisional {
                self = isReliable ? .reliableProvisional : .unreliableProvisional
            } else {
                self = status.isSuccess ? .inviteSuccess : .inviteFailure
            }
        case .prack where status.isFinal: self = status.isSuccess ? .prackSuccess : .prackFailure
        case .update where status.isFinal: self = status.isSuccess ? .updateSuccess : .updateFailure
        default: return nil
        }
    }
}
