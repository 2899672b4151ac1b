import IMS
import RTP

/// What goes on between a caller and a mailbox.
///
///     leaving:    greeting ─ played ─▶ recording ─ silence, limit, a key ─▶ keeping ─ stored ─▶ leaving ─▶ over
///     listening:  announcing ─ played ─▶ fetching ─ loaded ─▶ playing ─ played ─▶ pausing ─ played ─▶ fetching …
///                     └── no messages ──▶ leaving ─▶ over        ╰─ 1 again, 2 next, 3 delete, 4 back, * the end
///
/// A key takes effect at once, also while something is played. Messages come newest first; one that has been played to its
/// end has been heard.
struct MailboxDialogue: Sendable {
    enum Purpose: Equatable, Sendable {
        case leaving(in: PublicIdentity, caller: String)
        case listening(PublicIdentity)
    }

    enum State: Equatable, Sendable {
        case waiting, greeting, recording, keeping
        case announcing, fetching, playing, pausing
        case leaving, over
    }

    enum Action: Equatable, Sendable {
        /// The number comes back when it has been played.
        case play([Clip], Int)
        case record, stopRecording
        case keep(Recording)
        case fetchGreeting
        case fetch(VoiceMessage)
        case heard(VoiceMessage)
        case delete(VoiceMessage)
        case hangUp
    }

    let purpose: Purpose
    private(set) var state = State.waiting
    /// To be listened to, the newest first.
    private var messages: [VoiceMessage] = []
    private var index = 0
    private var current: Recording?
    /// Of what is played: the end of what has been broken off counts no more.
    private var turn = 0

    init(_ purpose: Purpose) { self.purpose = purpose }

    var mailbox: PublicIdentity {
        switch purpose {
        case .leaving(let mailbox, _), .listening(let mailbox): mailbox
        }
    }

    // MARK: Events

    /// The call is there. - Parameter messages: of the mailbox, the oldest first.
    mutating func begin(_ messages: [VoiceMessage]) -> [Action] {
        guard state == .waiting else { return [] }
        switch purpose {
        case .leaving:
            state = .greeting
            return [.fetchGreeting]
        case .listening:
            self.messages = messages.reversed()
            state = .announcing
            return [play(MailboxPrompts.count(messages.count { !$0.isHeard }))]
        }
    }

    /// The mailbox's own greeting; nil when it has none that the caller can hear.
    mutating func fetched(greeting: Recording?) -> [Action] {
        guard state == .greeting else { return [] }
        let own = greeting.map { [Clip.silence(300), .recording($0)] }
        return [play((own ?? MailboxPrompts.greeting) + MailboxPrompts.speakNow)]
    }

    /// A message's speech; nil when it cannot be read, or not be heard by this phone.
    mutating func fetched(_ recording: Recording?) -> [Action] {
        guard state == .fetching, index < messages.count else { return [] }
        current = recording
        return play()
    }

    mutating func played(_ turn: Int) -> [Action] {
        guard turn == self.turn else { return [] }
        switch state {
        case .greeting:
            state = .recording
            return [.record]
        case .announcing: return fetch()
        case .playing:
            state = .pausing
            guard current != nil, !messages[index].isHeard else { return [play(MailboxPrompts.pause)] }
            messages[index].isHeard = true
            return [.heard(messages[index]), play(MailboxPrompts.pause)]
        case .pausing: return next()
        case .leaving:
            state = .over
            return [.hangUp]
        case .waiting, .recording, .keeping, .fetching, .over: return []
        }
    }

    mutating func pressed(_ key: Key) -> [Action] {
        switch state {
        case .greeting:
            // Who knows the greeting need not hear it.
            state = .recording
            return [play(MailboxPrompts.speakNow), .record]
        case .recording: return [.stopRecording]
        case .announcing: return key.isEnd ? leave() : fetch()
        case .playing, .pausing:
            switch key.description {
            case "1": return play()
            case "2": return next()
            case "3": return delete()
            case "4":
                index = max(0, index - 1)
                return fetch()
            case "*": return leave()
            default: return []
            }
        case .waiting, .keeping, .fetching, .leaving, .over: return []
        }
    }

    /// - Parameter recording: nil when nothing was said.
    mutating func recorded(_ recording: Recording?) -> [Action] {
        guard state == .recording else { return [] }
        guard let recording else { return leave() }
        state = .keeping
        return [.keep(recording)]
    }

    /// The message is safe, or cannot be kept.
    mutating func stored(_ isKept: Bool) -> [Action] {
        guard state == .keeping else { return [] }
        state = .leaving
        return [play(isKept ? MailboxPrompts.kept : MailboxPrompts.noMore)]
    }

    // MARK: Steps

    private mutating func play(_ clips: [Clip]) -> Action {
        turn += 1
        return .play(clips, turn)
    }

    private mutating func fetch() -> [Action] {
        current = nil
        guard index < messages.count else { return leave() }
        state = .fetching
        return [play([]), .fetch(messages[index])]
    }

    private mutating func play() -> [Action] {
        state = .playing
        let lead = MailboxPrompts.lead(isNew: !messages[index].isHeard)
        guard let current else { return [play(lead + MailboxPrompts.unplayable)] }
        return [play(lead + [.recording(current)])]
    }

    private mutating func next() -> [Action] {
        index += 1
        return fetch()
    }

    private mutating func delete() -> [Action] {
        let message = messages.remove(at: index)
        state = .announcing
        return [.delete(message), play(MailboxPrompts.deleted)]
    }

    private mutating func leave() -> [Action] {
        state = .leaving
        return [play(MailboxPrompts.noMore)]
    }
}

extension Key {
    fileprivate var isEnd: Bool { description == "*" }
}
