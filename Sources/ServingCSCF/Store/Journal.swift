import IMS
import Octets
import SIP

/// What goes to the store with the event at hand, and the responses that wait for it.
struct Journal: Sendable {
    private var pending = RecordJournal<ServingCSCF.Work>()
    var services = StoredServices()
    private var lastWork: UInt64 = 0

    /// Writes that the store has not confirmed.
    var waiting: Int { pending.waiting }

    mutating func write(_ record: StoredRecord) { pending.write(record) }

    mutating func commit(_ actions: inout [ServingCSCF.Order]) {
        lastWork += 1
        pending.commit(&actions, as: WorkID(rawValue: lastWork)) { $0 }
    }

    mutating func release(_ id: WorkID) -> [ServingCSCF.Order] { pending.release(id) }
}

/// Keeping registrations, subscriptions and sessions over a crash.
extension ServingCSCF {
    package typealias Work = [StoredRecord]
    package typealias WorkResult = StoreOutcome
    /// What the S-CSCF orders of its node.
    package typealias Order = Action<Work>

    /// Notes what a change means for the store.
    mutating func note(_ change: RegistrationChange) {
        guard let clock = configuration.clock else { return }
        let old = change.before.flatMap(StoredRegistration.key)
        let new = change.after.flatMap(StoredRegistration.key)
        if let old, old != new { journal.write(StoredRecord(key: old, value: nil)) }
        guard let new, let after = change.after else { return }
        var names: [UInt64] = []
        for content in after.profile.services {
            let (name, record) = journal.services.name(of: content)
            if let record { journal.write(record) }
            names.append(name)
        }
        let octets = StoredRegistration.octets(of: after, services: names, clock: clock)
        journal.write(StoredRecord(key: new, value: octets))
    }

    /// Notes a subscription as it is, or that it is gone.
    mutating func note(_ dialog: DialogID) {
        guard let clock = configuration.clock else { return }
        let value = watches.slot(of: dialog).flatMap { watches[$0] }.map { StoredWatch.octets(of: $0, clock: clock) }
        journal.write(StoredRecord(key: StoredWatch.key(of: dialog), value: value))
    }

    /// Notes the sessions whose time for it has come. Nobody waits for the write.
    mutating func writeSessions(at now: Instant) {
        guard let clock = configuration.clock else { return }
        for record in tables.dialogs.takeRecords(at: now, charged: tables.charged, clock: clock) {
            journal.write(record)
        }
    }

    /// The store has done a write, or failed.
    mutating func written(_ id: WorkID, _ outcome: StoreOutcome, into actions: inout [Order]) {
        if case .failed(let why) = outcome {
            actions.append(
                .observe(
                    Observation(.error, "What has just been registered would not outlive a crash: \(why).")))
        }
        actions += journal.release(id)
    }

    /// Takes up what was stored, at the start. Records that cannot be read are passed over and counted.
    ///
    /// - Returns: records that nobody needs any more.
    package mutating func restore(_ records: [StoredRecord]) -> [StoredRecord] {
        guard let clock = configuration.clock else { return [] }
        var unreadable = 0
        func kind(_ record: StoredRecord) -> UInt8? { record.key.first }
        for record in records where kind(record) == UInt8(ascii: "s") {
            if !journal.services.load(record) { unreadable += 1 }
        }
        var used: Set<UInt64> = []
        for record in records where kind(record) == UInt8(ascii: "r") {
            let services = journal.services
            let registration = record.value.flatMap {
                StoredRegistration.registration(from: $0, services: { services[$0] }, clock: clock)
            }
            guard let registration else {
                unreadable += 1
                continue
            }
            for content in registration.profile.services { used.insert(journal.services.name(of: content).name) }
            registrations.insert(registration, because: .profile)
        }
        for record in records where kind(record) == UInt8(ascii: "w") {
            guard let watch = record.value.flatMap({ StoredWatch.watch(from: $0, clock: clock) }) else {
                unreadable += 1
                continue
            }
            watches.rearm(watches.insert(watch))
        }
        for record in records where kind(record) == UInt8(ascii: "d") {
            let isRead = tables.dialogs.load(
                record, timer: configuration.sessions.sessionTimer, charged: &tables.charged, clock: clock)
            if !isRead { unreadable += 1 }
        }
        var obsolete: [StoredRecord] = []
        for record in records where kind(record) == UInt8(ascii: "a") {
            guard let (identity, secret) = StoredDigestSecret.read(record) else {
                unreadable += 1
                continue
            }
            if registrations.slots(of: identity).isEmpty {
                obsolete.append(StoredRecord(key: record.key, value: nil))
            } else {
                requestAuthentication[identity] = secret
            }
        }
        for change in registrations.takeChanges() { keepDevices(change) }
        greeting = Observation(
            unreadable == 0 ? .notice : .warning,
            """
            \(registrations.count) registrations, \(watches.count) subscriptions and \(tables.dialogs.count) sessions are \
            as they were\
            \(unreadable == 0 ? "" : "; \(unreadable) records of the store could not be read and are passed over").
            """)
        return obsolete + journal.services.prune(except: used)
    }
}
