/// What a mailbox says, in tones: no language, and nothing to be recorded first.
///
///     leaving a message    three rising tones (or the mailbox's own greeting), then a long one of 1,000 Hz: speak now;
///                          two falling tones: it is kept
///     listening            as many short tones of 1,400 Hz as there are new messages, nine at most; a low long one: none
///                          before a message a tone of 1,400 Hz when it is new, of 700 Hz when it has been heard
///                          two short ones of 500 Hz: deleted; three of 300 Hz: this phone has not the message's codec
///                          a low long one: there are no more
enum MailboxPrompts {
    static let greeting: [Clip] = [
        .silence(300), .tone(440, 200), .silence(60), .tone(550, 200), .silence(60), .tone(660, 300), .silence(200),
    ]
    static let speakNow: [Clip] = [.tone(1_000, 400)]
    static let kept: [Clip] = [.tone(660, 200), .silence(60), .tone(440, 300), .silence(100)]
    static let deleted: [Clip] = [.tone(500, 100), .silence(100), .tone(500, 100), .silence(200)]
    static let unplayable: [Clip] = [
        .tone(300, 100), .silence(100), .tone(300, 100), .silence(100), .tone(300, 100), .silence(200),
    ]
    static let noMore: [Clip] = [.tone(300, 600), .silence(100)]
    /// In which a key may be pressed before the next message.
    static let pause: [Clip] = [.silence(3_000)]

    static func count(_ new: Int) -> [Clip] {
        guard new > 0 else { return [.silence(300)] }
        return [.silence(300)] + (0..<min(new, 9)).flatMap { _ in [Clip.tone(1_400, 100), .silence(100)] }
            + [.silence(400)]
    }

    static func lead(isNew: Bool) -> [Clip] { [.tone(isNew ? 1_400 : 700, 300), .silence(200)] }
}
