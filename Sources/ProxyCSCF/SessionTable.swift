import IMS
import Octets
import SIP

/// The sessions of phones that go through us, from the 2xx to the BYE or the end of their session timer: for the operator,
/// for charging, and to end those whose phone is lost (TS 24.229 §5.2.8).
///
/// A session between two of our phones is there twice, once for each. Requests inside a dialog need no entry here to find
/// their way.
struct SessionTable: Sendable {
    struct Key: Hashable, Sendable {
        /// As the caller names it.
        let id: DialogID
        let phoneIsCaller: Bool

        init(id: DialogID, phoneIsCaller: Bool) {
            self.id = id
            self.phoneIsCaller = phoneIsCaller
        }

        /// Of a request within the dialog, made of slices of it; nil when it has no Call-ID.
        init?(_ request: SIPMessage, from sender: RecordRouteSeal.Sender, _ leg: Leg) {
            guard let id = DialogID(lookingUp: request, isSent: sender == .caller) else { return nil }
            self.init(id: id, phoneIsCaller: leg.phoneIsCaller)
        }
    }

    struct Session: Sendable {
        var dialog: ObservedDialog
        let user: RegisteredContacts.User?
        /// The phone's.
        let flow: Hop
        /// P-Charging-Vector of its requests in the core.
        let chargingVector: OctetSlice?
        /// Whether its media go through our relay.
        var isRelayed = false
    }

    private var sessions: [Key: Session] = [:]
    private var connections: [ConnectionID: Set<Key>] = [:]
    private var users: [RegisteredContacts.User: Set<Key>] = [:]
    private var deadlines = DeadlineQueue<Key>()
    private var lost = DeadlineQueue<ConnectionID>()
    /// For the store.
    var changes = Changes<Key>()
    /// For the media relay: those that are over.
    var ended = Changes<Key>()
    private let limit: Int
    /// Requests of one side in an early dialog, PRACKs mostly: they have passed before the session is listed.
    private static let unseen: UInt32 = 256

    init(limit: Int) { self.limit = limit }

    var count: Int { sessions.count }
    var all: some Sequence<(key: Key, value: Session)> { sessions }

    var nextDeadline: Instant? { deadlines.next.orEarlier(lost.next) }

    subscript(key: Key) -> Session? { sessions[key] }

    func keys(of user: RegisteredContacts.User) -> Set<Key> { users[user] ?? [] }

    // MARK: What goes by

    /// A 2xx to an INVITE. Without room the session is carried all the same, only not listed here.
    mutating func begin(
        _ response: inout SIPMessage, _ passage: Passage, timer: ProxySessionTimer, isRelayed: Bool, at now: Instant,
        isOwn: (SIPURI) -> Bool
    ) {
        guard let invite = passage.sent, let leg = passage.leg else { return }
        do throws(DialogError) {
            var dialog = try ObservedDialog(
                invite: invite, response: response, timer: timer, pending: passage.pending, isOwn: isOwn)
            let key = Key(id: dialog.id, phoneIsCaller: leg.phoneIsCaller)
            guard sessions[key] == nil, sessions.count < limit else { return }
            dialog.forward(response: &response, to: invite, at: now)
            insert(
                Session(
                    dialog: dialog, user: passage.user, flow: passage.flow,
                    chargingVector: passage.chargingVector.map { OctetSlice($0.array) }, isRelayed: isRelayed), as: key)
        } catch {
            return  // no tag, so no dialog (RFC 3261 §12.1)
        }
    }

    mutating func insert(_ session: Session, as key: Key) {
        sessions[key] = session
        if let connection = session.flow.connection { connections[connection, default: []].insert(key) }
        if let user = session.user { users[user, default: []].insert(key) }
        schedule(key)
        changes.note(key)
    }

    /// A request within a session. - Returns: the Min-SE of the 422 that it gets instead.
    mutating func forward(_ request: inout SIPMessage, in key: Key) -> Int? { sessions[key]?.dialog.forward(&request) }

    /// Its response.
    mutating func passed(_ response: inout SIPMessage, to request: SIPMessage, in key: Key, at now: Instant) {
        guard sessions[key] != nil else { return }
        if request.method == .bye, response.status?.isFinal ?? false { return remove(key) }
        let before = sessions[key]?.dialog.nextDeadline
        sessions[key]?.dialog.forward(response: &response, to: request, at: now)
        if sessions[key]?.dialog.nextDeadline != before { schedule(key) }
        if request.method == .invite || request.method == .update { changes.note(key) }
    }

    // MARK: Ends

    /// Takes a session out and says how to end it.
    mutating func release(_ key: Key, reason: Reason) -> ObservedDialog.Release? {
        let release = sessions[key]?.dialog.release(reason: reason, unseen: Self.unseen)
        remove(key)
        return release
    }

    /// A connection is closed: those whose phone does not come back within `grace` are over.
    mutating func closed(_ connection: ConnectionID, grace: Duration, at now: Instant) {
        guard connections[connection] != nil else { return }
        lost.schedule(connection, at: now + grace)
    }

    /// The sessions over connections whose grace is over.
    mutating func lostSessions(at now: Instant) -> [Key] {
        var keys: [Key] = []
        while let (connection, _) = lost.popDue(at: now) { keys += connections[connection] ?? [] }
        return keys
    }

    /// RFC 4028 §8.3. - Returns: those that are forgotten.
    mutating func expire(at now: Instant) -> [Key] {
        var gone: [Key] = []
        while let (key, _) = deadlines.popDue(at: now) {
            if sessions[key]?.dialog.fire(at: now) == true {
                remove(key)
                gone.append(key)
            } else {
                schedule(key, after: now)
            }
        }
        return gone
    }

    private mutating func schedule(_ key: Key, after now: Instant = .zero) {
        guard let deadline = sessions[key]?.dialog.nextDeadline, deadline > now else { return }
        deadlines.schedule(key, at: deadline)
        tidy()
    }

    /// A session timer is for half an hour, most calls are over sooner: what is left of them must not pile up.
    private mutating func tidy() {
        guard deadlines.count > 2 * sessions.count + 64 else { return }
        deadlines = DeadlineQueue()
        for (key, session) in sessions {
            if let deadline = session.dialog.nextDeadline { deadlines.schedule(key, at: deadline) }
        }
    }

    private mutating func remove(_ key: Key) {
        guard let session = sessions.removeValue(forKey: key) else { return }
        tidy()
        changes.note(key)
        ended.note(key)
        if let user = session.user {
            users[user]?.remove(key)
            if users[user]?.isEmpty == true { users[user] = nil }
        }
        guard let connection = session.flow.connection else { return }
        connections[connection]?.remove(key)
        if connections[connection]?.isEmpty == true { connections[connection] = nil }
    }
}
