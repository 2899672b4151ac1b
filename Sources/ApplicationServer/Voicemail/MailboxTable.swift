import IMS

/// The messages of all mailboxes.
struct MailboxTable: Sendable {
    /// The oldest first.
    private var mailboxes: [PublicIdentity: [VoiceMessage]] = [:]
    private(set) var count = 0

    subscript(mailbox: PublicIdentity) -> [VoiceMessage] { mailboxes[mailbox] ?? [] }

    /// New messages and those that have been heard.
    func counts(of mailbox: PublicIdentity) -> (new: Int, old: Int) {
        let messages = self[mailbox]
        let heard = messages.count { $0.isHeard }
        return (messages.count - heard, heard)
    }

    /// The files of all messages.
    var files: Set<String> { Set(mailboxes.values.joined().map(\.file)) }

    mutating func append(_ message: VoiceMessage) {
        mailboxes[message.mailbox, default: []].append(message)
        count += 1
    }

    /// - Returns: the message as it is now; nil when it is gone, or was heard before.
    mutating func hear(_ name: String, of mailbox: PublicIdentity) -> VoiceMessage? {
        guard let index = mailboxes[mailbox]?.firstIndex(where: { $0.name == name && !$0.isHeard }) else { return nil }
        mailboxes[mailbox]?[index].isHeard = true
        return mailboxes[mailbox]?[index]
    }

    mutating func remove(_ name: String, of mailbox: PublicIdentity) -> VoiceMessage? {
        guard let index = mailboxes[mailbox]?.firstIndex(where: { $0.name == name }) else { return nil }
        let message = mailboxes[mailbox]?.remove(at: index)
        if mailboxes[mailbox]?.isEmpty == true { mailboxes[mailbox] = nil }
        count -= 1
        return message
    }
}
