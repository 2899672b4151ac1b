import IMS
import Octets
import SIP

// Calls to our users, TS 24.604 §4.5.2.6.
extension ApplicationServer {
    mutating func terminate(
        _ request: SIPMessage, _ user: ServedUser, _ server: ServerTransactionID, _ tag: String, at now: Instant,
        into actions: inout Actions
    ) {
        if let (status, refusal) = barIncoming(request, user) {
            return refuse(request, server, status, refusal, tag, into: &actions)
        }
        var services = settings[user.identity]
        // There was a voice mail system when the rule was made.
        if !configuration.hasVoicemail { services = services.withoutVoicemail }
        var request = request
        if !services.seesCallers { request.remove(.pAssertedIdentity) }
        var note = RelayedRequest(request, tag)
        note.user = user
        guard request.method == .invite else {
            let isKept = isStorable(request)
            if isKept, !user.isRegistered, keep(request, for: user.identity, server, tag, at: now, into: &actions) {
                return
            }
            note.isKept = isKept
            return forward(note, server, at: now, into: &actions)
        }
        let reason: DiversionReason? =
            services.target(on: .unconditional) != nil ? .unconditional : user.isRegistered ? nil : .notLoggedIn
        if let reason, let target = reason.condition.flatMap({ services.target(on: $0) }) {
            if target == .voicemail, takeForMailbox(request, of: user, server, tag, into: &actions) { return }
            guard let diversion = decide(request, user, reason, to: target, after: nil) else {
                let refusal = Refusal(
                    "DIVERTED_TOO_OFTEN", answer: "\(reason.refusal.rawValue)",
                    "The call would be diverted more than \(configuration.diversionLimit) times.",
                    hint: "Look for users whose diversions lead to each other.")
                return refuse(request, server, reason.refusal, refusal, tag, into: &actions)
            }
            note.diversion = diversion
            announce(diversion, note, server, into: &actions)
        } else if user.isRegistered {
            note.call = DivertibleCall(
                services, noReplyTime: configuration.noReplyTime, notReachableTime: configuration.notReachableTime,
                at: now)
        }
        forward(note, server, at: now, into: &actions)
    }

    /// Diverts a call that has been offered to the user's phones.
    ///
    /// - Returns: what takes the place of the response that led here: a redirection to the new target, which the relay
    ///   follows, or the refusal of a further diversion. nil when the target leads nowhere: the response stands.
    mutating func divert(
        _ server: ServerTransactionID, _ reason: DiversionReason, to target: DiversionTarget, after status: Status,
        into actions: inout Actions
    ) -> SIPMessage? {
        guard let note = relayed[server], let user = note.user else { return nil }
        guard let diversion = decide(note.request, user, reason, to: target, after: status) else {
            return .response(reason.refusal, to: note.request, toTag: note.tag)
        }
        relayed[server]?.diversion = diversion
        announce(diversion, note, server, into: &actions)
        var response = SIPMessage.response(.movedTemporarily, to: note.request, toTag: note.tag)
        response.append(Contact(NameAddress(uri: diversion.targetText)))
        return response
    }

    /// A call that the user does not take is answered for him, in the place of the response that led here.
    ///
    /// - Returns: false when his mailbox takes none: the response stands.
    mutating func takeForMailbox(_ server: ServerTransactionID, into actions: inout Actions) -> Bool {
        guard let note = relayed[server], let user = note.user,
            takeForMailbox(note.request, of: user, server, note.tag, into: &actions)
        else { return false }
        relay.forget(server)
        relayed[server] = nil
        return true
    }

    /// The time of a call's phone is over.
    mutating func fire(_ server: ServerTransactionID, at now: Instant, into actions: inout Actions) {
        if let client = relayed[server]?.client, keepInstead(server, client, at: now, into: &actions) { return }
        guard relayed[server]?.call?.fire(at: now) == true, let client = relayed[server]?.client else { return }
        actions.append(.cancel(client))
    }

    // MARK: Steps

    /// nil when the call has been diverted too often already, or the target is no address.
    private func decide(
        _ request: SIPMessage, _ user: ServedUser, _ reason: DiversionReason, to target: DiversionTarget,
        after status: Status?
    ) -> Diversion? {
        guard DiversionHistory.diversions(of: request) < configuration.diversionLimit else { return nil }
        return Diversion(
            request, reason, to: target, after: status, served: user.identity, settings: settings[user.identity],
            configuration: configuration)
    }

    private func announce(
        _ diversion: Diversion, _ note: RelayedRequest, _ server: ServerTransactionID, into actions: inout Actions
    ) {
        let subject = Subject(callID: note.request.callID?.string, publicIdentity: diversion.served.text)
        actions.append(
            .observe(
                Observation(
                    .info, "a call is diverted (\(diversion.reason.cause)) to \(diversion.target)", about: subject)))
        guard settings[diversion.served].notifiesCaller else { return }
        let response = diversion.announcement(to: note.request, toTag: "\(note.tag)f", contact: configuration.contact)
        actions.append(.respond(response, server))
    }
}
