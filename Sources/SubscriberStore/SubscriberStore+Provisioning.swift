import AKA
import Foundation
import HomeSubscriberServer
import IMS

/// Adding, finding and removing subscribers. All of it works beside a running HSS.
extension SubscriberStore {
    package enum Failure: Error, CustomStringConvertible {
        /// What was asked cannot be done.
        case refused(ProvisioningError)
        case store(StoreError)

        package var description: String {
            switch self {
            case .refused(let error): error.description
            case .store(let error): error.description
            }
        }
    }

    package func add(_ record: SubscriberRecord) throws(Failure) { try add(SubscriptionRecord(record)) }

    package func add(_ record: SubscriptionRecord) throws(Failure) { try add([record], count: 1) }

    /// `count` subscribers from `first` on, IMSI and MSISDN counted up, all or none of them.
    ///
    /// - Parameter progress: told now and then how many are in.
    package func add(
        from first: SubscriberRecord, count: Int, progress: (Int) -> Void = { _ in }
    ) throws(Failure) {
        guard (1...10_000_000).contains(count) else {
            throw .refused(.invalid("count", String(count), "from 1 to 10000000 at a time"))
        }
        do { _ = try first.advanced(by: count - 1) } catch { throw .refused(error) }
        try add(
            // The last fits, so all do.
            (0..<count).lazy.compactMap { (try? first.advanced(by: $0)).map { SubscriptionRecord($0) } },
            count: count, progress: progress)
    }

    /// All or none of the records, in one transaction.
    package func add(
        _ records: some Sequence<SubscriptionRecord>, count: Int, progress: (Int) -> Void = { _ in }
    ) throws(Failure) {
        try write { db in
            let inserts = try Inserts(db, self.connection.vault)
            var done = 0
            var first: String?
            for record in records {
                first = first ?? record.name
                try inserts.insert(record)
                done += 1
                if done.isMultiple(of: 1000) { progress(done) }
            }
            guard done == count else { throw DirectoryFailure.failed("\(done) of \(count) records came") }
            let others = count > 1 ? " and \(count - 1) more" : ""
            if let first { try AuditTrail(db, actor: self.actor).add("add subscriber", first + others) }
        }
    }

    /// Finds a subscriber by IMSI, MSISDN, IMPI or IMPU.
    package func find(_ name: String) throws(Failure) -> Subscription? {
        try read { db in
            guard let id = try self.identifier(of: name, db) else { return nil }
            return try StoreDirectory(db: db, connection: self.connection, actor: self.actor).read(id)
        }
    }

    /// A page of subscribers in the order they were added.
    package func list(after: SubscriptionID? = nil, limit: Int = 100) throws(Failure) -> [Subscription] {
        try read { db in
            let ids = try Int64.fetchAll(
                db, sql: "SELECT id FROM subscription WHERE id > ? ORDER BY id LIMIT ?",
                arguments: [after?.rawValue ?? 0, max(0, limit)])
            let directory = StoreDirectory(db: db, connection: self.connection, actor: self.actor)
            return try ids.compactMap { try directory.read($0) }
        }
    }

    package func count() throws(Failure) -> Int {
        try read { db in try Int.fetchOne(db, sql: "SELECT count(*) FROM subscription") ?? 0 }
    }

    package func statistics() throws(Failure) -> DirectoryStatistics {
        try read { db in
            var directory = StoreDirectory(db: db, connection: self.connection, actor: self.actor)
            return try directory.statistics()
        }
    }

    /// Removes a subscriber and returns what it was: its registration state says whether an S-CSCF still holds it.
    package func remove(_ name: String) throws(Failure) -> Subscription {
        try write { db in
            guard let id = try self.identifier(of: name, db),
                let subscription = try StoreDirectory(db: db, connection: self.connection, actor: self.actor).read(id)
            else { throw ProvisioningError.unknown("subscriber", name) }
            if let user = subscription.privateIdentities.first?.identity.text {
                try self.administer(.remove(user), db)
            } else {
                try db.execute(sql: "DELETE FROM subscription WHERE id = ?", arguments: [id])
            }
            return subscription
        }
    }

    /// Does what the operator could ask of the running HSS, which sends what S-CSCFs have to hear of it.
    func administer(_ administration: Administration, _ db: Database) throws {
        var directory = StoreDirectory(db: db, connection: connection, actor: actor)
        let done = try administration.execute(on: &directory)
        if let sentence = done.report["error"]?.text {
            throw ProvisioningError.refused(sentence)
        }
    }

    func identifier(of name: String, _ db: Database) throws -> Int64? {
        guard !name.utf8.contains(0) else { return nil }
        if name.utf8.contains(UInt8(ascii: ":")) {
            return try Int64.fetchOne(
                db, sql: "SELECT subscription FROM public_identity WHERE identity = ?", arguments: [name])
        }
        if name.utf8.contains(UInt8(ascii: "@")) {
            return try Int64.fetchOne(
                db, sql: "SELECT subscription FROM private_identity WHERE impi = ?", arguments: [name])
        }
        if IMSI(name) != nil {
            // '@' is 0x40 and 'A' 0x41: every IMPI that begins with this IMSI, by the index.
            let id = try Int64.fetchOne(
                db, sql: "SELECT subscription FROM private_identity WHERE impi >= ? AND impi < ?",
                arguments: [name + "@", name + "A"])
            if let id { return id }
        }
        let number = name.hasPrefix("+") ? String(name.dropFirst()) : name
        return try Int64.fetchOne(
            db, sql: "SELECT subscription FROM public_identity WHERE identity = ?", arguments: ["tel:+" + number])
    }

    func read<Value>(_ body: (Database) throws -> Value) throws(Failure) -> Value {
        do {
            return try engine.access { db in
                try connection.transaction(db, .deferred) { try body(db) }
            }
        } catch {
            connection.discard()
            throw failure(error)
        }
    }

    func write<Value>(_ body: (Database) throws -> Value) throws(Failure) -> Value {
        do {
            return try engine.access { db in
                try connection.transaction(db, .immediate) {
                    let value = try body(db)
                    connection.forget()
                    return value
                }
            }
        } catch {
            connection.discard()
            throw failure(error)
        }
    }

    private func failure(_ error: any Error) -> Failure {
        switch error {
        case let error as ProvisioningError: .refused(error)
        case let error as Failure: error
        default: .store(StoreError(error, path: path))
        }
    }
}
