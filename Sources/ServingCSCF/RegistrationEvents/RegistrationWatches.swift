import IMS
import Octets
import SIP

/// All subscriptions to registration state, found by their dialog, by the identity they watch and by the transaction of a
/// notification.
struct RegistrationWatches: Sendable {
    typealias Slot = UInt32

    private var slots: [RegistrationWatch?] = []
    private var free: [Slot] = []
    private var byDialog: [DialogID: Slot] = [:]
    private var byResource: [PublicIdentity: [Slot]] = [:]
    private var byTransaction: [ClientTransactionID: DialogID] = [:]
    private var deadlines = SlotDeadlines()

    var count: Int { byDialog.count }
    /// Notifications without a final response so far.
    var notificationsUnderWay: Int { byTransaction.count }
    var nextDeadline: Instant? { deadlines.next }

    subscript(slot: Slot) -> RegistrationWatch? { Int(slot) < slots.count ? slots[Int(slot)] : nil }

    func slot(of dialog: DialogID) -> Slot? { byDialog[dialog] }

    /// In the order in which they were made.
    func slots(watching identities: @autoclosure () -> [PublicIdentity]) -> [Slot] {
        guard !byDialog.isEmpty else { return [] }
        return identities().flatMap { byResource[$0] ?? [] }
    }

    mutating func insert(_ watch: RegistrationWatch) -> Slot {
        let slot = free.popLast() ?? Slot(slots.count)
        if slot == slots.count { slots.append(nil) }
        slots[Int(slot)] = watch
        byDialog[watch.notifier.dialog.id] = slot
        byResource[watch.resource, default: []].append(slot)
        return slot
    }

    /// Works on one in its place, without a copy.
    mutating func update<Result>(_ slot: Slot, _ body: (inout RegistrationWatch) -> Result) -> Result? {
        guard var watch = self[slot] else { return nil }
        slots[Int(slot)] = nil
        let result = body(&watch)
        slots[Int(slot)] = watch
        return result
    }

    /// The deadline of its notifier may have moved.
    mutating func rearm(_ slot: Slot) {
        guard let deadline = self[slot]?.notifier.nextDeadline else { return }
        deadlines.require(slot, at: deadline)
    }

    mutating func remove(_ slot: Slot) {
        guard let watch = self[slot] else { return }
        byDialog[watch.notifier.dialog.id] = nil
        byResource[watch.resource]?.removeAll { $0 == slot }
        if byResource[watch.resource]?.isEmpty == true { byResource[watch.resource] = nil }
        slots[Int(slot)] = nil
        free.append(slot)
    }

    mutating func began(_ transaction: ClientTransactionID, of slot: Slot) {
        byTransaction[transaction] = self[slot]?.notifier.dialog.id
    }

    /// Whether the transaction was that of a notification, and of which subscription unless that is over.
    mutating func ended(_ transaction: ClientTransactionID) -> (isNotification: Bool, slot: Slot?) {
        guard let dialog = byTransaction.removeValue(forKey: transaction) else { return (false, nil) }
        return (true, byDialog[dialog])
    }

    func isNotification(_ transaction: ClientTransactionID) -> Bool { byTransaction[transaction] != nil }

    mutating func popDue(at now: Instant) -> Slot? {
        while let slot = deadlines.popDue(at: now) {
            guard let deadline = self[slot]?.notifier.nextDeadline else { continue }
            guard deadline > now else { return slot }
            deadlines.require(slot, at: deadline)
        }
        return nil
    }
}
