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

        /// Of a request within the dialog, made of slices of it.
        init?(_ request: SIPMessage, from sender: RecordRouteSeal.Sender, _ mark: DialogMark) {
            guard let id = DialogID(lookingUp: request, isSent: sender == .caller) else { return nil }
            self.init(id: id, isTerminating: mark.isTerminating)
        }
    }

    struct Entry: Sendable {
        var dialog: ObservedDialog
        let user: PublicIdentity
        /// Its name in the store.
        fileprivate let number: UInt64
        fileprivate var isStored = false
    }

    private var entries: [Key: Entry] = [:]
    private var byUser: [PublicIdentity: Set<Key>] = [:]
    private var deadlines = DeadlineQueue<Key>()
    private let limit: Int
    /// Requests of an early dialog, before we have begun to follow it.
    private static let unseen: UInt32 = 256
    private var lastNumber: UInt64 = 0
    /// What the store does not know yet; nil: there is no store.
    private var unwritten: Unwritten?

    /// A session is written some time after it has begun, with others: in the meantime the seals in its Record-Routes are
    /// enough to route its requests, and a session that is over soon costs the store nothing.
    private struct Unwritten: Sendable {
        var changed: [UInt64: Key] = [:]
        var gone: [UInt64] = []
        var due: Instant?
        static let delay = Duration.milliseconds(100)

        mutating func change(_ entry: Entry, _ key: Key, at now: Instant) {
            changed[entry.number] = key
            if due == nil { due = now + Self.delay }
        }

        mutating func remove(_ entry: Entry, at now: Instant) {
            changed[entry.number] = nil
            guard entry.isStored else { return }
            gone.append(entry.number)
            if due == nil { due = now + Self.delay }
        }
    }

    /// - Parameter isStored: whether there is a store that the sessions go to.
    init(limit: Int, isStored: Bool) {
        self.limit = limit
        unwritten = isStored ? Unwritten() : nil
    }

    var count: Int { entries.count }
    var nextDeadline: Instant? {
        guard let due = unwritten?.due else { return deadlines.next }
        return deadlines.next.map { min($0, due) } ?? due
    }
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
            if entries[key] == nil { insert(dialog, as: key, of: user, at: now) }
            return true
        } catch {
            return false
        }
    }

    private mutating func insert(_ dialog: ObservedDialog, as key: Key, of user: PublicIdentity, at now: Instant) {
        lastNumber += 1
        let entry = Entry(dialog: dialog, user: user, number: lastNumber)
        entries[key] = entry
        byUser[user, default: []].insert(key)
        unwritten?.change(entry, key, at: now)
        schedule(key)
    }

    /// A request within the dialog goes by. - Returns: the Min-SE of the 422 that it gets instead.
    mutating func forward(_ request: inout SIPMessage, in key: Key) -> Int? { entries[key]?.dialog.forward(&request) }

    /// Its response goes back.
    mutating func passed(_ response: inout SIPMessage, to request: SIPMessage, in key: Key, at now: Instant) {
        guard entries[key] != nil else { return }
        if request.method == .bye, response.status?.isFinal ?? false { return remove(key, at: now) }
        let before = entries[key]?.dialog.nextDeadline
        entries[key]?.dialog.forward(response: &response, to: request, at: now)
        if entries[key]?.dialog.nextDeadline != before { schedule(key) }
        guard Dialog.isTargetRefresh(request.method), response.status?.isSuccess ?? false, let entry = entries[key]
        else { return }
        unwritten?.change(entry, key, at: now)
    }

    /// Takes a dialog out and says how to end it.
    mutating func release(_ key: Key, reason: Reason?, at now: Instant) -> ObservedDialog.Release? {
        let release = entries[key]?.dialog.release(reason: reason, unseen: Self.unseen)
        remove(key, at: now)
        // Between two of our users the BYE of one passage goes past the other.
        remove(Key(id: key.id, isTerminating: !key.isTerminating), at: now)
        return release
    }

    /// RFC 4028 §8.3. - Returns: those that are forgotten.
    mutating func expire(at now: Instant) -> [Key] {
        var gone: [Key] = []
        while let (key, _) = deadlines.popDue(at: now) {
            if entries[key]?.dialog.fire(at: now) == true {
                remove(key, at: now)
                gone.append(key)
            } else {
                schedule(key, after: now)
            }
        }
        return gone
    }

    /// - Parameter now: a deadline that is over is not to be looked at again.
    private mutating func schedule(_ key: Key, after now: Instant? = nil) {
        guard let deadline = entries[key]?.dialog.nextDeadline, now.map({ deadline > $0 }) ?? true else { return }
        deadlines.schedule(key, at: deadline)
        tidy()
    }

    /// A session timer is for half an hour, most calls are over sooner: what is left of them must not pile up.
    private mutating func tidy() {
        guard deadlines.count > 2 * entries.count + 64 else { return }
        deadlines = DeadlineQueue()
        for (key, entry) in entries {
            if let deadline = entry.dialog.nextDeadline { deadlines.schedule(key, at: deadline) }
        }
    }

    private mutating func remove(_ key: Key, at now: Instant) {
        guard let entry = entries.removeValue(forKey: key) else { return }
        tidy()
        unwritten?.remove(entry, at: now)
        byUser[entry.user]?.remove(key)
        if byUser[entry.user]?.isEmpty == true { byUser[entry.user] = nil }
    }

    // MARK: The store

    /// What has to be written now.
    mutating func takeRecords(
        at now: Instant, charged: ChargedSessions<Key>, clock: WallClock
    ) -> [StoredRecord] {
        guard let pending = unwritten, let due = pending.due, due <= now else { return [] }
        unwritten = Unwritten()
        var records: [StoredRecord] = []
        records.reserveCapacity(pending.changed.count + pending.gone.count)
        for (number, key) in pending.changed.sorted(by: { $0.key < $1.key }) {
            guard let entry = entries[key], entry.number == number, let session = entry.dialog.stored else { continue }
            entries[key]?.isStored = true
            let octets = StoredDialogRecord.octets(
                of: session, user: entry.user, isTerminating: key.isTerminating, charged: charged[key], clock: clock)
            records.append(StoredRecord(key: StoredDialogRecord.key(number), value: octets))
        }
        for number in pending.gone { records.append(StoredRecord(key: StoredDialogRecord.key(number), value: nil)) }
        return records
    }

    /// Takes up a session that was stored. - Returns: false when the record cannot be read.
    mutating func load(
        _ record: StoredRecord, timer policy: SessionTimerPolicy, charged sessions: inout ChargedSessions<Key>,
        clock: WallClock
    ) -> Bool {
        guard let number = StoredDialogRecord.number(of: record.key), let value = record.value,
            let (session, user, isTerminating, charged) = StoredDialogRecord.session(from: value, clock: clock)
        else { return false }
        do {
            let key = Key(id: session.id, isTerminating: isTerminating)
            lastNumber = max(lastNumber, number)
            entries[key] = Entry(
                dialog: try ObservedDialog(session, timer: policy, leap: StoredDialogRecord.leap), user: user,
                number: number, isStored: true)
            byUser[user, default: []].insert(key)
            if let charged { sessions.restore(key, charged) }
            schedule(key)
            return true
        } catch {
            return false
        }
    }
}
