import NIOCore

/// When a client pings over a flow and when it gives the flow up, RFC 5626 §4.4.1.
struct FlowKeepAlive {
    enum Order: Equatable {
        case nothing, ping
        /// No answer in time.
        case giveUp
    }

    /// §4.4.1: a pong is waited for so long.
    static let answerTime = TimeAmount.seconds(10)

    private var next: NIODeadline?
    private var pinged: NIODeadline?

    /// What to do now. Whatever arrives after a ping shows that the flow lives, not only the pong.
    /// - Parameter longest: the upper bound of the pause; the lower one is a fifth less, and each pause is drawn anew.
    mutating func order(longest: TimeAmount, lastRead: NIODeadline, now: NIODeadline) -> Order {
        if let pinged {
            if lastRead > pinged {
                self.pinged = nil
            } else {
                return now - pinged >= Self.answerTime ? .giveUp : .nothing
            }
        }
        let pause = TimeAmount.nanoseconds(.random(in: longest.nanoseconds / 5 * 4...longest.nanoseconds))
        guard let due = next else {
            next = now + pause
            return .nothing
        }
        guard now >= due else { return .nothing }
        next = now + pause
        pinged = now
        return .ping
    }
}
