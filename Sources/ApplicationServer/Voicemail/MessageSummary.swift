import SIP

/// What a phone is told of a mailbox: the body `application/simple-message-summary`, RFC 3842 §5.2.
struct MessageSummary: Equatable, Sendable {
    let new: Int
    let old: Int
    /// Whom to call to listen.
    let account: String

    var octets: [UInt8] {
        let status = "Messages-Waiting: \(new > 0 ? "yes" : "no")\r\nMessage-Account: \(account)\r\n"
        return Array((status + "Voice-Message: \(new)/\(old)\r\n").utf8)
    }

    static let contentType = "application/simple-message-summary"
}
