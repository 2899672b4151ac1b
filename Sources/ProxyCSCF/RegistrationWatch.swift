import IMS
import Octets
import SIP

/// The subscription of the P-CSCF to the registration state of one user, TS 24.229 §5.2.3.
struct RegistrationWatch: Sendable {
    var subscriber: Subscriber
    /// Of the last document, RFC 3680 §5.1.
    var version: UInt32?
    /// Set when the user has gone: the last NOTIFY may come until then.
    var forgetAt: Instant?

    var nextDeadline: Instant? {
        guard let forgetAt else { return subscriber.nextDeadline }
        return min(forgetAt, subscriber.nextDeadline ?? .distantFuture)
    }

    /// Whether the record of a subscription is to be written or taken out: with each dialog and each refresh. Its end
    /// comes up with every notification and wavers by seconds.
    static func isStoredAnew(_ old: RegistrationWatch?, _ new: RegistrationWatch?) -> Bool {
        guard let new = new?.subscriber, let id = new.dialog?.id, let end = new.expiration else {
            return old?.subscriber.dialog != nil
        }
        guard let old = old?.subscriber, old.dialog?.id == id, old.state != .terminated, let oldEnd = old.expiration
        else { return true }
        return new.state == .terminated || end - oldEnd > .seconds(30) || oldEnd - end > .seconds(30)
    }

    /// RFC 3680 §5.2.
    enum Order { case inOrder, gap, stale }

    mutating func take(_ version: UInt32) -> Order {
        guard let last = self.version else {
            self.version = version
            return .inOrder
        }
        guard version > last else { return .stale }
        self.version = version
        return version - last == 1 ? .inOrder : .gap
    }
}

/// All of them: by user, by the Call-ID that their NOTIFYs bring, by the transaction of a SUBSCRIBE.
struct RegistrationWatches: Sendable {
    typealias User = RegisteredContacts.User

    private var watches: [User: RegistrationWatch] = [:]
    private var users: [OctetSlice: User] = [:]
    private var calls: [User: OctetSlice] = [:]
    private var transactions: [ClientTransactionID: User] = [:]
    private var deadlines = DeadlineQueue<User>()
    /// When each user's watch is woken: at its deadline or before it.
    private var armed: [User: Instant] = [:]
    /// For the store.
    var changes = Changes<User>()

    var count: Int { watches.count }
    var nextDeadline: Instant? { deadlines.next }

    subscript(user: User) -> RegistrationWatch? {
        get { watches[user] }
        set {
            if RegistrationWatch.isStoredAnew(watches[user], newValue) { changes.note(user) }
            watches[user] = newValue
            guard let newValue else {
                if let call = calls.removeValue(forKey: user) { users[call] = nil }
                armed[user] = nil
                return tidy()
            }
            if let next = newValue.nextDeadline { arm(user, at: next) }
        }
    }

    private mutating func arm(_ user: User, at next: Instant) {
        guard armed[user].map({ next < $0 }) ?? true else { return }
        armed[user] = next
        deadlines.schedule(user, at: next)
        tidy()
    }

    /// Wake-ups of watches that are gone must not pile up behind phones that come and go.
    private mutating func tidy() {
        guard deadlines.count > 2 * watches.count + 64 else { return }
        deadlines = DeadlineQueue()
        for (user, deadline) in armed { deadlines.schedule(user, at: deadline) }
    }

    func user(ofCall callID: OctetSlice?) -> User? { callID.flatMap { users[$0] } }

    /// The user whose SUBSCRIBE this was; it is over when `isFinal`.
    mutating func user(of client: ClientTransactionID, isFinal: Bool) -> User? {
        isFinal ? transactions.removeValue(forKey: client) : transactions[client]
    }

    mutating func sent(_ request: SIPMessage, as client: ClientTransactionID, of user: User) {
        transactions[client] = user
        name(request.callID, of: user)
    }

    /// The NOTIFYs of this call are about that user.
    mutating func name(_ callID: OctetSlice?, of user: User) {
        guard let callID = callID.map({ OctetSlice($0.array) }), calls[user] != callID else { return }
        if let old = calls[user] { users[old] = nil }
        calls[user] = callID
        users[callID] = user
    }

    mutating func popDue(at now: Instant) -> User? {
        while let (user, deadline) = deadlines.popDue(at: now) {
            guard armed[user] == deadline else { continue }
            armed[user] = nil
            guard let next = watches[user]?.nextDeadline else { continue }
            guard next > now else { return user }
            arm(user, at: next)  // put off since
        }
        return nil
    }
}
