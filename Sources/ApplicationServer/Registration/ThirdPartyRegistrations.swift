import IMS
import Octets
import SIP

/// Who is registered, as the S-CSCF tells it by third-party REGISTER, TS 24.229 §5.4.1.7 and §5.7.1.1.
struct ThirdPartyRegistrations: Sendable {
    struct Registration: Sendable {
        /// The S-CSCF: the Contact of its REGISTER.
        let server: OctetSlice
        let expires: Instant
        let callID: OctetSlice
        let sequence: UInt32
        /// When it is looked at next: at its end or before it, so that a refresh arms nothing.
        fileprivate(set) var wake: Instant
    }

    /// What a REGISTER has changed.
    enum Change: Equatable, Sendable {
        case began(PublicIdentity)
        case refreshed(PublicIdentity)
        case ended(PublicIdentity)
        /// An older one than we have had (RFC 3261 §10.3 step 7).
        case outOfOrder
        case malformed, full
    }

    private var users: [PublicIdentity: Registration] = [:]
    private var deadlines = DeadlineQueue<PublicIdentity>()
    private let limit: Int
    private let longest: Int

    init(limit: Int, longest: Int) {
        self.limit = limit
        self.longest = longest
    }

    var count: Int { users.count }
    var nextDeadline: Instant? { deadlines.next }

    subscript(identity: PublicIdentity) -> Registration? { users[identity] }

    /// - Returns: what has changed, and the seconds that are granted.
    mutating func receive(_ register: SIPMessage, at now: Instant) -> (Change, seconds: Int) {
        do throws(SIPSyntaxError) {
            guard let to = try register.first(To.self), let user = PublicIdentity(try to.address.parsedURI()),
                let contact = try register.first(Contact.self), let callID = register.callID,
                let sequence = register.cseq?.number
            else { return (.malformed, 0) }
            let old = users[user]
            if let old, old.callID == callID, sequence <= old.sequence { return (.outOfOrder, 0) }
            let wish = contact.isWildcard ? 0 : contact.expires ?? register.expires ?? 3600
            guard wish > 0 else {
                defer { tidy() }
                return (users.removeValue(forKey: user) == nil ? .refreshed(user) : .ended(user), 0)
            }
            guard old != nil || users.count < limit else { return (.full, 0) }
            let seconds = min(wish, longest)
            let expires = now + .seconds(seconds)
            users[user] = Registration(
                server: OctetSlice(contact.address.uri.array), expires: expires, callID: OctetSlice(callID.array),
                sequence: sequence, wake: min(old?.wake ?? expires, expires))
            if users[user]?.wake != old?.wake {
                deadlines.schedule(user, at: expires)
                tidy()
            }
            return (old == nil ? .began(user) : .refreshed(user), seconds)
        } catch { return (.malformed, 0) }
    }

    mutating func expire(at now: Instant) {
        while let (user, deadline) = deadlines.popDue(at: now) {
            guard let registration = users[user], registration.wake == deadline else { continue }
            if registration.expires <= now {
                users[user] = nil
            } else {
                users[user]?.wake = registration.expires
                deadlines.schedule(user, at: registration.expires)
            }
        }
    }

    /// Deadlines of users who are gone must not pile up.
    private mutating func tidy() {
        guard deadlines.count > 2 * users.count + 64 else { return }
        deadlines = DeadlineQueue()
        for (user, registration) in users { deadlines.schedule(user, at: registration.wake) }
    }
}
