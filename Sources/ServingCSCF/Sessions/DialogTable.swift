import IMS
import Octets
import SIP

/// What our Record-Routes say about a dialog, sealed by `RecordRouteSeal`: `O` or `T`, in lower case for a passage that
/// is not followed, and the served user.
struct DialogMark: Equatable, Sendable {
    let isTerminating: Bool
    let isFollowed: Bool
    let user: String

    init(isTerminating: Bool, isFollowed: Bool, user: String) {
        self.isTerminating = isTerminating
        self.isFollowed = isFollowed
        self.user = user
    }

    init?(_ text: OctetSlice) {
        guard let first = text.first else { return nil }
        switch first {
        case UInt8(ascii: "O"): (isTerminating, isFollowed) = (false, true)
        case UInt8(ascii: "T"): (isTerminating, isFollowed) = (true, true)
        case UInt8(ascii: "o"): (isTerminating, isFollowed) = (false, false)
        case UInt8(ascii: "t"): (isTerminating, isFollowed) = (true, false)
        default: return nil
        }
        user = text[text.start + 1..<text.end].string
    }

    var text: OctetSlice {
        var writer = OctetWriter(reserving: user.utf8.count + 1)
        switch (isTerminating, isFollowed) {
        case (false, true): writer.write(UInt8(ascii: "O"))
        case (true, true): writer.write(UInt8(ascii: "T"))
        case (false, false): writer.write(UInt8(ascii: "o"))
        case (true, false): writer.write(UInt8(ascii: "t"))
        }
        writer.write(user)
        return OctetSlice(writer.octets)
    }
}

/// The sessions of our users, from the 2xx to the BYE or the end of their session timer: for the operator, and to end
/// them when the registration does (TS 24.229 §5.4.5.1).
///
/// A session between two of our users is there twice, once for each.
struct DialogTable: Sendable {
    struct Key: Hashable, Sendable {
        /// As the caller names it.
        let id: DialogID
        let isTerminating: Bool

        init(id: DialogID, isTerminating: Bool) {
            self.id = id
            self.isTerminating = isTerminating
        }

        /// Of a request within the dialog.
        init?(_ request: SIPMessage, from sender: RecordRouteSeal.Sender, _ mark: DialogMark) {
            let id = sender == .caller ? DialogID(sending: request) : DialogID(receiving: request)
            guard let id else { return nil }
            self.init(id: id, isTerminating: mark.isTerminating)
        }
    }

    struct Entry: Sendable {
        var dialog: ObservedDialog
        let user: PublicIdentity
    }

    private var entries: [Key: Entry] = [:]
    private var byUser: [PublicIdentity: Set<Key>] = [:]
    private var deadlines = DeadlineQueue<Key>()
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    var count: Int { entries.count }
    var nextDeadline: Instant? { deadlines.next }
    var all: some Sequence<(key: Key, value: Entry)> { entries }

    func keys(of user: PublicIdentity) -> Set<Key> { byUser[user] ?? [] }

    /// A 2xx to an INVITE goes by. - Returns: false when there is no room, or it makes no dialog.
    mutating func begin(
        _ response: inout SIPMessage, to invite: SIPMessage, of user: PublicIdentity, isTerminating: Bool,
        timer: ProxySessionTimer, pending: ProxySessionTimer.Pending?, at now: Instant, isOwn: (SIPURI) -> Bool
    ) -> Bool {
        do throws(DialogError) {
            var dialog = try ObservedDialog(
                invite: invite, response: response, timer: timer, pending: pending, isOwn: isOwn)
            let key = Key(id: dialog.id, isTerminating: isTerminating)
            guard entries[key] != nil || entries.count < limit else { return false }
            dialog.forward(response: &response, to: invite, at: now)
            if entries[key] == nil {
                entries[key] = Entry(dialog: dialog, user: user)
                byUser[user, default: []].insert(key)
                schedule(key)
            }
            return true
        } catch {
            return false
        }
    }

    /// A request within the dialog goes by. - Returns: the Min-SE of the 422 that it gets instead.
    mutating func forward(_ request: inout SIPMessage, in key: Key) -> Int? { entries[key]?.dialog.forward(&request) }

    /// Its response goes back.
    mutating func passed(_ response: inout SIPMessage, to request: SIPMessage, in key: Key, at now: Instant) {
        guard entries[key] != nil else { return }
        if request.method == .bye, response.status?.isFinal ?? false { return remove(key) }
        let before = entries[key]?.dialog.nextDeadline
        entries[key]?.dialog.forward(response: &response, to: request, at: now)
        if entries[key]?.dialog.nextDeadline != before { schedule(key) }
    }

    /// Takes a dialog out and says how to end it.
    mutating func release(_ key: Key, reason: Reason?) -> ObservedDialog.Release? {
        let release = entries[key]?.dialog.release(reason: reason)
        remove(key)
        return release
    }

    /// RFC 4028 §8.3.
    mutating func expire(at now: Instant) {
        while let (key, _) = deadlines.popDue(at: now) {
            if entries[key]?.dialog.fire(at: now) == true { remove(key) } else { schedule(key, after: now) }
        }
    }

    private mutating func schedule(_ key: Key, after now: Instant = .zero) {
        guard let deadline = entries[key]?.dialog.nextDeadline, deadline > now else { return }
        deadlines.schedule(key, at: deadline)
    }

    private mutating func remove(_ key: Key) {
        guard let entry = entries.removeValue(forKey: key) else { return }
        byUser[entry.user]?.remove(key)
        if byUser[entry.user]?.isEmpty == true { byUser[entry.user] = nil }
    }
}
