import IMS
import Octets

/// The messages that wait, a queue for each recipient, and how far the delivery of the first has come.
///
///     waiting ─ due ─▶ sent ─ 2xx to a short message ─▶ delivered, unconfirmed ─ RP-ACK ─▶ the next
///        ▲               │                                    │
///        ╰── not now ────┴────── no RP-ACK, no memory ────────╯         never ─▶ dropped, the next
struct MessageQueues: Sendable {
    struct Queue: Sendable {
        var messages: [StoredMessage] = []
        var state = State.waiting
        /// When it is tried again, or given up waiting for the RP-ACK.
        var deadline: Instant?
        /// RP-Message Reference of the last short message.
        var reference: UInt8 = 0
        /// Attempts in a row that came to nothing.
        var failures = 0
    }

    enum State: Equatable, Sendable { case waiting, sent, unconfirmed }

    private(set) var queues: [PublicIdentity: Queue] = [:]
    private(set) var count = 0
    private var deadlines = DeadlineQueue<PublicIdentity>()
    let limit: Int
    let limitPerUser: Int

    init(limit: Int, limitPerUser: Int) {
        self.limit = limit
        self.limitPerUser = limitPerUser
    }

    var nextDeadline: Instant? { deadlines.next }

    subscript(recipient: PublicIdentity) -> Queue? { queues[recipient] }

    func hasRoom(for recipient: PublicIdentity) -> Bool {
        count < limit && (queues[recipient]?.messages.count ?? 0) < limitPerUser
    }

    mutating func append(_ message: StoredMessage) {
        queues[message.recipient, default: Queue()].messages.append(message)
        count += 1
    }

    /// The first message, when it may be sent now: nothing else of its recipient is on its way.
    mutating func takeFirst(of recipient: PublicIdentity) -> (StoredMessage, reference: UInt8, hasMore: Bool)? {
        guard var queue = queues[recipient], queue.state == .waiting, let first = queue.messages.first else {
            return nil
        }
        queue.state = .sent
        queue.deadline = nil
        queue.reference &+= 1
        queues[recipient] = queue
        return (first, queue.reference, queue.messages.count > 1)
    }

    /// The phone has the short message, and is to say so by an RP-ACK.
    mutating func awaitConfirmation(of recipient: PublicIdentity, until deadline: Instant) {
        queues[recipient]?.state = .unconfirmed
        schedule(recipient, at: deadline)
    }

    /// Not now. - Parameter delay: until the next attempt.
    mutating func postpone(_ recipient: PublicIdentity, at now: Instant, delay: (_ failures: Int) -> Duration) {
        guard var queue = queues[recipient] else { return }
        queue.state = .waiting
        queue.failures += 1
        queues[recipient] = queue
        schedule(recipient, at: now + delay(queue.failures))
    }

    /// The first message is done with, one way or the other.
    mutating func finishFirst(of recipient: PublicIdentity) -> StoredMessage? {
        guard var queue = queues[recipient], !queue.messages.isEmpty else { return nil }
        let message = queue.messages.removeFirst()
        count -= 1
        queue.state = .waiting
        queue.failures = 0
        queue.deadline = nil
        queues[recipient] = queue.messages.isEmpty ? nil : queue
        return message
    }

    /// Takes out what is past its time and not on its way.
    mutating func removeExpired(of recipient: PublicIdentity, at time: Int64) -> [StoredMessage] {
        guard var queue = queues[recipient], queue.state == .waiting else { return [] }
        let expired = queue.messages.filter { $0.expires <= time }
        guard !expired.isEmpty else { return [] }
        queue.messages.removeAll { $0.expires <= time }
        count -= expired.count
        queues[recipient] = queue.messages.isEmpty ? nil : queue
        return expired
    }

    /// The recipients whose deadline has come.
    mutating func due(at now: Instant) -> [PublicIdentity] {
        var recipients: [PublicIdentity] = []
        while let (recipient, deadline) = deadlines.popDue(at: now) {
            guard queues[recipient]?.deadline == deadline else { continue }
            queues[recipient]?.deadline = nil
            recipients.append(recipient)
        }
        return recipients
    }

    mutating func schedule(_ recipient: PublicIdentity, at deadline: Instant) {
        queues[recipient]?.deadline = deadline
        deadlines.schedule(recipient, at: deadline)
    }
}
