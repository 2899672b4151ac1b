import IMS
import Octets
import RTP
import SIP

/// A call that a mailbox will answer as soon as there is a port for its audio.
struct PendingMailbox: Sendable {
    let request: SIPMessage
    let server: ServerTransactionID
    let tag: String
    let purpose: MailboxDialogue.Purpose
}

/// A call that a mailbox has answered.
struct MailboxCall: Sendable {
    let dialog: DialogID
    var description: VoiceDescription
    var dialogue: MailboxDialogue
}

// Calls that a mailbox answers: from the INVITE to the end of the call.
//
//     INVITE ─▶ .media(.open) ─ .opened ─▶ 200 ─ ACK ─▶ .media(.begin), MailboxDialogue ─ BYE ─▶ .media(.close) ─ .closed ─▶
extension ApplicationServer {
    // MARK: Who is answered

    /// A call that its user does not take. - Returns: false when his mailbox takes none.
    mutating func takeForMailbox(
        _ request: SIPMessage, of user: ServedUser, _ server: ServerTransactionID, _ tag: String,
        into actions: inout Actions
    ) -> Bool {
        guard configuration.answersForMailboxes else { return false }
        return leave(request, in: recipient(user.identity), server, tag, into: &actions)
    }

    /// A user who calls his own number wants to hear his messages. - Returns: whether this call is one.
    mutating func listens(
        _ request: SIPMessage, _ user: ServedUser, _ server: ServerTransactionID, _ tag: String,
        into actions: inout Actions
    ) -> Bool {
        guard configuration.answersForMailboxes, settings[user.identity].hasMailbox,
            let called = request.targetIdentity.map(recipient), called == recipient(user.identity)
        else { return false }
        open(.listening(called), request, server, tag, into: &actions)
        return true
    }

    /// Whether a request to this server is for the voice mail system.
    func isForMailboxes(_ request: SIPMessage) -> Bool {
        guard let uri = configuration.mailboxes?.uri, let target = request.targetURI else { return false }
        return target.user == uri.user
    }

    /// A call to the voice mail system: with whose mailbox it is (RFC 4458 §2), or of whoever wants to listen to his own.
    mutating func callMailbox(
        _ request: SIPMessage, _ server: ServerTransactionID, _ tag: String, into actions: inout Actions
    ) {
        let asked = request.targetURI?.parameters["target"].flatMap {
            PublicIdentity(text: $0.withoutURIEscapes.string)
        }
        if let mailbox = asked.map(recipient) {
            guard settings[mailbox].hasMailbox else {
                let refusal = Refusal("NO_MAILBOX", answer: "404", "\(mailbox) has no mailbox.")
                return refuse(request, server, .notFound, refusal, tag, into: &actions)
            }
            guard leave(request, in: mailbox, server, tag, into: &actions) else {
                let refusal = Refusal("MAILBOX_FULL", answer: "480", "The mailbox of \(mailbox) is full.")
                return refuse(request, server, .temporarilyUnavailable, refusal, tag, into: &actions)
            }
            return
        }
        let caller = request.assertedIdentities.lazy.compactMap(PublicIdentity.init).first.map(recipient)
        guard let caller, settings[caller].hasMailbox else {
            let refusal = Refusal("NO_MAILBOX", answer: "404", "The caller has no mailbox to listen to.")
            return refuse(request, server, .notFound, refusal, tag, into: &actions)
        }
        open(.listening(caller), request, server, tag, into: &actions)
    }

    private mutating func leave(
        _ request: SIPMessage, in mailbox: PublicIdentity, _ server: ServerTransactionID, _ tag: String,
        into actions: inout Actions
    ) -> Bool {
        guard let limits = configuration.mailboxes, mailboxes[mailbox].count < limits.messageLimit,
            mailboxes.count < limits.totalLimit, mailboxCalls.count + pendingMailboxes.count < limits.callLimit
        else { return false }
        open(.leaving(in: mailbox, caller: request.senderText), request, server, tag, into: &actions)
        return true
    }

    // MARK: The call

    private mutating func open(
        _ purpose: MailboxDialogue.Purpose, _ request: SIPMessage, _ server: ServerTransactionID, _ tag: String,
        into actions: inout Actions
    ) {
        let unknown = request.unsupportedOptions(in: .require, known: Self.options)
        guard unknown.isEmpty else {
            return actions.append(.respond(.badExtension(unknown, to: request, toTag: tag), server))
        }
        guard calls.count < configuration.callLimit,
            mailboxCalls.count + pendingMailboxes.count < configuration.mailboxes?.callLimit ?? 0
        else {
            let refusal = Refusal("MAILBOXES_BUSY", answer: "503", "As many mailboxes are in use as may be.")
            return refuse(request, server, .serviceUnavailable, refusal, tag, into: &actions)
        }
        lastWork &+= 1
        let media = MediaID(rawValue: lastWork)
        pendingMailboxes[media] = PendingMailbox(request: request, server: server, tag: tag, purpose: purpose)
        stored[WorkID(rawValue: lastWork)] = .mailbox(.opened(media))
        actions.append(.perform(.media(.open(media)), WorkID(rawValue: lastWork)))
    }

    /// The caller gave up before there was a port. - Returns: whether it was such a call.
    mutating func cancelledMailbox(_ server: ServerTransactionID, into actions: inout Actions) -> Bool {
        guard let (media, pending) = pendingMailboxes.first(where: { $0.value.server == server }) else { return false }
        pendingMailboxes[media] = nil
        actions.append(.respond(.response(.requestTerminated, to: pending.request, toTag: pending.tag), server))
        return true
    }

    /// There is a port, or none.
    mutating func opened(
        _ media: MediaID, _ result: ServiceWorkResult, at now: Instant, into actions: inout Actions
    ) {
        guard let pending = pendingMailboxes.removeValue(forKey: media) else {
            if case .media(.opened) = result { perform(.media(.close(media)), then: .nothing, into: &actions) }
            return
        }
        guard case .media(.opened(let local)) = result else {
            let reason = if case .failed(let sentence) = result { sentence } else { "nothing was opened" }
            let refusal = Refusal("NO_MEDIA_PORT", answer: "503", "There is no port for the call's audio: \(reason)")
            return refuse(pending.request, pending.server, .serviceUnavailable, refusal, pending.tag, into: &actions)
        }
        let id = entropy.next64() >> 1
        var description = VoiceDescription(at: local, sessionID: id)
        let body =
            pending.request.hasSessionDescription
            ? description.answer(pending.request.sessionDescription) : description.makeOffer()
        guard let body else {
            perform(.media(.close(media)), then: .nothing, into: &actions)
            let refusal = Refusal("NO_COMMON_CODEC", answer: "488", "The caller offers no codec that a mailbox has.")
            return refuse(pending.request, pending.server, .notAcceptableHere, refusal, pending.tag, into: &actions)
        }
        let dialog = answer(
            pending.request, pending.server, body, descriptionID: id, for: .mailbox(media), pending.tag, false, at: now,
            into: &actions)
        guard let dialog else { return perform(.media(.close(media)), then: .nothing, into: &actions) }
        mailboxCalls[media] = MailboxCall(
            dialog: dialog, description: description, dialogue: MailboxDialogue(pending.purpose))
        deadlines.schedule(.mailbox(media), at: now + (configuration.mailboxes?.longestCall ?? .seconds(1800)))
    }

    /// The ACK has come. - Returns: false when no audio was agreed on: the call ends.
    mutating func begin(_ media: MediaID, _ ack: SIPMessage, at now: Instant, into actions: inout Actions) -> Bool {
        guard var call = mailboxCalls[media] else { return false }
        if call.description.formats == nil, !call.description.accept(ack.sessionDescription) { return false }
        guard let formats = call.description.formats, let remote = call.description.remote else { return false }
        perform(.media(.begin(media, formats, to: remote)), then: .nothing, into: &actions)
        let orders = call.dialogue.begin(mailboxes[call.dialogue.mailbox])
        mailboxCalls[media] = call
        carryOut(orders, media, at: now, into: &actions)
        return true
    }

    /// The answer to a re-INVITE or UPDATE; an offer where it has none. nil: 488.
    mutating func describe(_ media: MediaID, _ request: SIPMessage, into actions: inout Actions) -> [UInt8]? {
        guard var call = mailboxCalls[media] else { return nil }
        defer { mailboxCalls[media] = call }
        guard request.hasSessionDescription else { return call.description.makeOffer() }
        guard let body = call.description.answer(request.sessionDescription), let remote = call.description.remote,
            let formats = call.description.formats
        else { return nil }
        perform(.media(.begin(media, formats, to: remote)), then: .nothing, into: &actions)
        return body
    }

    /// The call is over: what was being recorded is kept if it is whole enough.
    mutating func close(_ media: MediaID, into actions: inout Actions) {
        guard let call = mailboxCalls.removeValue(forKey: media) else { return }
        perform(.media(.close(media)), then: .mailbox(.closed(call.dialogue.purpose)), into: &actions)
    }

    mutating func mailboxTimeIsOver(_ media: MediaID, into actions: inout Actions) {
        guard let call = mailboxCalls[media] else { return }
        hangUp(call.dialog, into: &actions)
    }

    /// What the media tell.
    mutating func told(
        _ event: VoiceStream.Event, of media: MediaID, at now: Instant, into actions: inout Actions
    ) {
        guard var call = mailboxCalls[media] else { return }
        let orders =
            switch event {
            case .played(let turn): call.dialogue.played(turn)
            case .pressed(let key): call.dialogue.pressed(key)
            case .recorded(let recording): call.dialogue.recorded(recording)
            }
        mailboxCalls[media] = call
        carryOut(orders, media, at: now, into: &actions)
    }
}

extension SIPMessage {
    /// The Request-URI; nil when it is none of SIP.
    var targetURI: SIPURI? {
        do throws(SIPSyntaxError) {
            guard case .sip(let uri) = try parsedRequestURI() else { return nil }
            return uri
        } catch { return nil }
    }

    var targetIdentity: PublicIdentity? {
        do throws(SIPSyntaxError) { return PublicIdentity(try parsedRequestURI()) } catch { return nil }
    }

    /// The key in an INFO: `Signal=5` of `application/dtmf-relay`, or the whole body of `application/dtmf`. Neither is
    /// written down by the IETF; phones without telephone-event send them.
    var dialledKey: Key? {
        guard let part = bodyPart else { return nil }
        if part.is("application", "dtmf") { return part.content.string.first.flatMap { Key($0) } }
        guard part.is("application", "dtmf-relay") else { return nil }
        for line in part.content.string.split(whereSeparator: \.isNewline) {
            let words = line.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " } }
            if words.count == 2, words[0].lowercased() == "signal" { return words[1].first.flatMap { Key($0) } }
        }
        return nil
    }
}
