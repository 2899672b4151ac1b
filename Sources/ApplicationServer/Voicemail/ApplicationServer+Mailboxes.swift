import IMS
import Octets
import SIP

/// What goes on with a mailbox when work is done.
enum MailboxErrand: Sendable {
    case opened(MediaID)
    /// The call's audio is closed; of one that left a message the rest of it comes with that.
    case closed(MailboxDialogue.Purpose)
    case greeting(MediaID)
    case fetched(MediaID, VoiceMessage)
    /// The call that still goes on; nil when its caller has hung up.
    case kept(VoiceMessage, MediaID?)
}

// Messages in mailboxes: kept, fetched, removed.
extension ApplicationServer {
    mutating func performed(
        _ errand: MailboxErrand, _ result: ServiceWorkResult, at now: Instant, into actions: inout Actions
    ) {
        switch errand {
        case .opened(let media): opened(media, result, at: now, into: &actions)
        case .closed(.leaving(let mailbox, let caller)):
            guard case .media(.closed(let recording?)) = result else { return }
            keep(recording, in: mailbox, of: caller, nil, at: now, into: &actions)
        case .closed(.listening): break
        case .greeting(let media):
            guard var call = mailboxCalls[media] else { return }
            let orders = call.dialogue.fetched(greeting: playable(result, call))
            mailboxCalls[media] = call
            carryOut(orders, media, at: now, into: &actions)
        case .fetched(let media, let message):
            if case .failed(let sentence) = result {
                actions.append(
                    .observe(
                        Observation(
                            .error, "a voice message cannot be read: \(sentence)",
                            about: Subject(publicIdentity: message.mailbox.text))))
            }
            guard var call = mailboxCalls[media] else { return }
            let orders = call.dialogue.fetched(playable(result, call))
            mailboxCalls[media] = call
            carryOut(orders, media, at: now, into: &actions)
        case .kept(let message, let media): kept(message, media, result, at: now, into: &actions)
        }
    }

    /// Does what the dialogue between caller and mailbox asks.
    mutating func carryOut(
        _ orders: [MailboxDialogue.Action], _ media: MediaID, at now: Instant, into actions: inout Actions
    ) {
        for order in orders {
            switch order {
            case .play(let clips, let turn): tell(.play(clips, turn), media, into: &actions)
            case .record:
                guard let limits = configuration.mailboxes?.recording else { continue }
                tell(.record(limits), media, into: &actions)
            case .stopRecording: tell(.stop, media, into: &actions)
            case .keep(let recording):
                guard case .leaving(let mailbox, let caller) = mailboxCalls[media]?.dialogue.purpose else { continue }
                keep(recording, in: mailbox, of: caller, media, at: now, into: &actions)
            case .fetchGreeting:
                guard let call = mailboxCalls[media] else { continue }
                let ending = call.description.formats?.own == nil ? "amr" : "wav"
                let file = "\(VoiceMessage.folder(call.dialogue.mailbox))/greeting.\(ending)"
                store(.load(file: file), then: .mailbox(.greeting(media)), into: &actions)
            case .fetch(let message):
                store(.load(file: message.file), then: .mailbox(.fetched(media, message)), into: &actions)
            case .heard(let message):
                guard let heard = mailboxes.hear(message.name, of: message.mailbox) else { continue }
                store(.put(.voiceMessage, name: heard.name, heard.record), then: .nothing, into: &actions)
                tellSummary(of: heard.mailbox, at: now, into: &actions)
            case .delete(let message):
                removeMessages(of: message.mailbox, named: message.name, at: now, into: &actions)
            case .hangUp: if let call = mailboxCalls[media] { hangUp(call.dialog, into: &actions) }
            }
        }
    }

    /// Takes messages out of a mailbox. - Parameter name: nil for all. - Returns: how many there were.
    @discardableResult mutating func removeMessages(
        of mailbox: PublicIdentity, named name: String?, at now: Instant, into actions: inout Actions
    ) -> Int {
        let names = mailboxes[mailbox].map(\.name).filter { name == nil || $0 == name }
        for name in names {
            guard let message = mailboxes.remove(name, of: mailbox) else { continue }
            store(.drop(.voiceMessage, name: name, file: message.file), then: .nothing, into: &actions)
        }
        if !names.isEmpty { tellSummary(of: mailbox, at: now, into: &actions) }
        return names.count
    }

    /// For the operator.
    func describe(mailbox identity: PublicIdentity) -> Report {
        let mailbox = recipient(identity)
        let (new, old) = mailboxes.counts(of: mailbox)
        return [
            "mailbox": .text(mailbox.text), "folder": .text(VoiceMessage.folder(mailbox)), "new": .integer(new),
            "old": .integer(old),
            "messages": .list(
                mailboxes[mailbox].reversed().map { message in
                    [
                        "message": .text(message.name), "from": .text(message.caller),
                        "date": .text(WallClock.date(message.accepted)),
                        "seconds": .number(Double(message.milliseconds) / 1000), "heard": .boolean(message.isHeard),
                        "file": .text(message.file),
                    ]
                }),
        ]
    }

    // MARK: Steps

    private mutating func tell(_ order: VoiceStream.Order, _ media: MediaID, into actions: inout Actions) {
        perform(.media(.tell(media, order)), then: .nothing, into: &actions)
    }

    /// nil when it cannot be read, or the call has not its codec.
    private func playable(_ result: ServiceWorkResult, _ call: MailboxCall) -> Recording? {
        guard case .file(let octets) = result, let recording = Recording(file: octets),
            call.description.formats?.canPlay(recording) == true
        else { return nil }
        return recording
    }

    private mutating func keep(
        _ recording: Recording, in mailbox: PublicIdentity, of caller: String, _ media: MediaID?, at now: Instant,
        into actions: inout Actions
    ) {
        let time = wallTime(now)
        let message = VoiceMessage(
            name: makeMessageName(at: time), mailbox: mailbox, caller: caller, accepted: time, recording)
        store(
            .keep(.voiceMessage, name: message.name, message.record, file: message.file, recording.file),
            then: .mailbox(.kept(message, media)), into: &actions)
    }

    private mutating func kept(
        _ message: VoiceMessage, _ media: MediaID?, _ result: ServiceWorkResult, at now: Instant,
        into actions: inout Actions
    ) {
        let subject = Subject(publicIdentity: message.mailbox.text)
        if case .failed(let sentence) = result {
            actions.append(.observe(Observation(.error, "a voice message is not kept: \(sentence)", about: subject)))
        } else {
            mailboxes.append(message)
            let seconds = message.milliseconds / 1000
            actions.append(
                .observe(Observation(.info, "a voice message of \(seconds) s, from \(message.caller)", about: subject)))
            tellSummary(of: message.mailbox, at: now, into: &actions)
        }
        guard let media, var call = mailboxCalls[media] else { return }
        let orders = call.dialogue.stored(result == .done)
        mailboxCalls[media] = call
        carryOut(orders, media, at: now, into: &actions)
    }
}
