import IMS
import Octets
import SIP

// Keeping registrations, subscriptions and sessions over a crash: rows F1 and F2 of the fault model. Requests within dialogs
// find their way by our sealed Record-Route alone; what is stored says whose they are, and who may begin new ones.
extension ProxyCSCF {
    /// Writes what has changed with the event at hand, and keeps its responses back until that is done: a phone that has
    /// its 200 is known after kill -9.
    mutating func keep(_ actions: inout [Action<ProxyWork>]) {
        guard let clock = configuration.clock else { return }
        for user in contacts.changes.take() {
            let value = contacts[user].map {
                StoredContacts.octets(of: $0, handset: handset(of: $0).name, clock: clock)
            }
            journal.write(StoredRecord(key: StoredContacts.key(user), value: value))
        }
        for user in watches.changes.take() {
            let subscriber = watches[user]?.subscriber.stored
            let value = subscriber.map { StoredRegistrationWatch.octets(of: $0, clock: clock) }
            journal.write(StoredRecord(key: StoredRegistrationWatch.key(user), value: value))
        }
        for key in sessions.changes.take() {
            let value = sessions[key].flatMap {
                StoredPhoneSession.octets(of: $0, charged: charged[key], clock: clock)
            }
            journal.write(StoredRecord(key: StoredPhoneSession.key(key), value: value))
        }
        for id in agreements.changes.take() {
            let value = agreements[id].flatMap { StoredSecurityAgreement.octets(of: $0, clock: clock) }
            journal.write(StoredRecord(key: StoredSecurityAgreement.key(id), value: value))
        }
        for id in policy?.changes.take() ?? [] {
            let value = policy.flatMap { StoredPolicySession.octets(of: id, in: $0) }
            journal.write(StoredRecord(key: StoredPolicySession.key(id), value: value))
        }
        guard !journal.records.isEmpty else { return }
        journal.commit(&actions, as: nextWork()) { .keep($0) }
    }

    mutating func nextWork() -> WorkID {
        lastWork += 1
        return WorkID(rawValue: lastWork)
    }

    /// The store has done a write, or failed.
    mutating func kept(_ id: WorkID, _ outcome: StoreOutcome, into actions: inout [Action<ProxyWork>]) {
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
    package mutating func restore(_ records: [StoredRecord], at now: Instant) -> [StoredRecord] {
        guard let clock = configuration.clock else { return [] }
        var unreadable = 0
        var obsolete: [StoredRecord] = []
        for record in records where StoredContacts.isKind(of: record) {
            guard let stored = StoredContacts(record, clock: clock) else {
                unreadable += 1
                continue
            }
            contacts.update(
                stored.user, stored.bindings, associatedURIs: stored.associatedURIs, serviceRoute: stored.serviceRoute,
                handset: stored.handset.flatMap(configuration.handsets.index) ?? configuration.handsets.standard)
        }
        _ = contacts.changes.take()
        for record in records where StoredPhoneSession.isKind(of: record) {
            guard let stored = StoredPhoneSession(record, timer: configuration.sessionTimer, clock: clock) else {
                unreadable += 1
                continue
            }
            sessions.insert(stored.session, as: stored.key)
            if let session = stored.charged { charged.restore(stored.key, session) }
            if stored.session.isRelayed {
                mediaRelay?.begin(MediaRelay.Call(stored.key.id.callID, phoneIsCaller: stored.key.phoneIsCaller))
            }
            if let connection = stored.session.flow.connection, !isAlive(stored.session.flow) {
                sessions.closed(connection, grace: configuration.flowGrace, at: now)
            }
        }
        _ = sessions.changes.take()
        for record in records where StoredRegistrationWatch.isKind(of: record) {
            guard let stored = StoredRegistrationWatch(record, clock: clock) else {
                unreadable += 1
                continue
            }
            if !rewatch(stored, at: now) { obsolete.append(StoredRecord(key: record.key, value: nil)) }
        }
        _ = watches.changes.take()
        for record in records where StoredSecurityAgreement.isKind(of: record) {
            let stored = StoredSecurityAgreement(record, policy: configuration.security, clock: clock)
            guard let set = stored?.agreement, agreements.canTake(set) else {
                obsolete.append(StoredRecord(key: record.key, value: nil))
                continue
            }
            agreements.insert(set)
        }
        unreadable += restorePolicy(records, at: now)
        greeting = Observation(
            unreadable == 0 ? .notice : .warning,
            """
            \(contacts.count) registrations, \(sessions.count) sessions and \(watches.count) subscriptions are as they were\
            \(unreadable == 0 ? "" : "; \(unreadable) records of the store could not be read and are passed over").
            """)
        return obsolete
    }
}
