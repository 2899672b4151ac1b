import IMS
import Octets
import SIP

/// A subscription to what waits in a mailbox.
struct MailboxWatcher: Sendable {
    let mailbox: PublicIdentity
    var notifier: Notifier
    /// The store has it.
    var isStored = false
    /// Taken up from the store: what happened while nobody was there has not been told yet.
    var isRestored = false

    init(mailbox: PublicIdentity, notifier: Notifier) {
        self.mailbox = mailbox
        self.notifier = notifier
    }

    // MARK: The store

    private static let version: UInt8 = 1
    /// Added to CSeq and count of a subscription that was stored, which happens when it is made and when it is refreshed:
    /// more notifications than that do not go out in between, and both only have to grow (RFC 3261 §12.2.1.1).
    private static let leap = 1 << 20

    /// In the store: the tag, which is ours and no other dialog's.
    static func name(_ id: DialogID) -> String { id.localTag.string }

    func record(_ clock: WallClock) -> [UInt8] {
        let stored = notifier.stored
        var writer = RecordWriter(reserving: 512)
        writer.write(Self.version)
        writer.write(text: mailbox.text)
        writer.write(stored.dialog)
        writer.write(stored.event)
        writer.write(text: stored.contentType)
        writer.write(count: stored.version)
        writer.write(number: clock.nanoseconds(stored.expiration))
        return writer.octets
    }

    /// nil for what we have not written.
    init?(record: [UInt8], _ clock: WallClock) {
        var reader = RecordReader(record)
        guard reader.octet() == Self.version, let mailbox = reader.text(), var dialog = reader.dialog(),
            let event = reader.slice(), let contentType = reader.text(), let count = reader.count(limit: .max),
            let expiration = reader.number()
        else { return nil }
        dialog.localSequence = UInt32(clamping: min(Int(dialog.localSequence) + Self.leap, 0x7FFF_FFFF))
        let stored = StoredNotifier(
            dialog: dialog, event: event, contentType: contentType, version: count + Self.leap,
            expiration: clock.instant(expiration))
        do throws(SIPSyntaxError) {
            self.init(
                mailbox: PublicIdentity(canonical: mailbox), notifier: try Notifier(stored, for: .messageSummary))
        } catch { return nil }
        isStored = true
        isRestored = true
    }
}

// Subscriptions over kill -9 of the server.
extension ApplicationServer {
    /// Accepts or refreshes a subscription: it is in the store before anybody hears of it.
    mutating func keepWatcher(
        _ id: DialogID, _ orders: [Notifier.Action], _ server: ServerTransactionID, at now: Instant,
        into actions: inout Actions
    ) {
        guard let watcher = watchers[id], watcher.notifier.state == .active,
            orders.contains(where: { if case .respond(let response) = $0 { response.status == .ok } else { false } })
        else { return carryOut(orders, watcher: id, server, at: now, into: &actions) }
        watchers[id]?.isStored = true
        let record = watcher.record(configuration.clock)
        store(
            .put(.mailboxWatcher, name: MailboxWatcher.name(id), record), then: .subscription(id, server, orders),
            into: &actions)
    }

    /// A store that fails ends no subscription: it lasts as long as the server does.
    mutating func watcherStored(
        _ id: DialogID, _ orders: [Notifier.Action], _ server: ServerTransactionID, _ result: ServiceWorkResult,
        at now: Instant, into actions: inout Actions
    ) {
        if case .failed(let sentence) = result {
            let subject = Subject(publicIdentity: watchers[id]?.mailbox.text)
            actions.append(.observe(Observation(.error, "a subscription is not stored: \(sentence)", about: subject)))
        }
        carryOut(orders, watcher: id, server, at: now, into: &actions)
    }

    mutating func dropWatcher(_ id: DialogID, into actions: inout Actions) {
        guard watchers.removeValue(forKey: id)?.isStored == true else { return }
        store(.remove(.mailboxWatcher, name: MailboxWatcher.name(id)), then: .nothing, into: &actions)
    }

    /// The first NOTIFYs go out one after the other, so that a start is no flood.
    mutating func loadWatcher(_ record: StoredRecord) throws(SettingFault) {
        guard let watcher = MailboxWatcher(record: record.octets, configuration.clock) else {
            throw .value(record.name, expected: "a subscription with its dialog, mailbox and end")
        }
        let id = watcher.notifier.dialog.id
        watchers[id] = watcher
        deadlines.schedule(
            .watcher(id), at: configuration.startsAt + .milliseconds(1_000 + 10 * Int64(watchers.count)))
    }
}
