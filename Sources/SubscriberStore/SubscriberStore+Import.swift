import HomeSubscriberServer

/// Many subscriptions at once.
extension SubscriberStore {
    /// What became of one of them.
    package enum Imported: Equatable, Sendable {
        case applied(Applied)
        case refused(ProvisioningError)
    }

    /// Makes subscriptions be as their records say. New ones are added in one transaction; a record that cannot be is
    /// refused alone. What is there already and differs is changed as `apply` does it.
    package func apply(all records: [SubscriptionRecord]) throws(Failure) -> [Imported] {
        var results = try insert(records, ServiceCatalogue(), commits: true)
        for (index, record) in records.enumerated() where results[index] == .applied(.changed) {
            do throws(Failure) {
                results[index] = .applied(try apply(record))
            } catch {
                guard case .refused(let refusal) = error else { throw error }
                results[index] = .refused(refusal)
            }
        }
        return results
    }

    /// What `apply(all:)` would come to when the catalogue were applied before it; nothing of it stays.
    package func rehearse(
        _ catalogue: ServiceCatalogue, _ records: [SubscriptionRecord]
    ) throws(Failure) -> [Imported] {
        try insert(records, catalogue, commits: false)
    }

    /// Adds those that are not there; the others are told apart and left as they are.
    ///
    /// One that cannot be undoes the transaction of all: then each half goes alone, until it is found.
    private func insert(
        _ records: [SubscriptionRecord], _ catalogue: ServiceCatalogue, commits: Bool
    ) throws(Failure) -> [Imported] {
        do throws(Failure) {
            return try insertTogether(records, catalogue, commits: commits)
        } catch {
            guard case .refused(let refusal) = error else { throw error }
            guard records.count > 1 else { return [.refused(refusal)] }
            let middle = records.count / 2
            return try insert(Array(records[..<middle]), catalogue, commits: commits)
                + insert(Array(records[middle...]), catalogue, commits: commits)
        }
    }

    private struct Rehearsed: Error {}

    private func insertTogether(
        _ records: [SubscriptionRecord], _ catalogue: ServiceCatalogue, commits: Bool
    ) throws(Failure) -> [Imported] {
        var results: [Imported] = []
        var isDone = false
        do throws(Failure) {
            try write { db in
                if !catalogue.isEmpty { _ = try CatalogueWriter(db).write(catalogue) }
                let inserts = try Inserts(db, self.connection.vault)
                results.reserveCapacity(records.count)
                for record in records { results.append(.applied(try self.insert(record, inserts, db))) }
                let added = records.indices.filter { results[$0] == .applied(.added) }
                if let first = added.first {
                    let others = added.count > 1 ? " and \(added.count - 1) more" : ""
                    try AuditTrail(db, actor: self.actor).add("import subscriber", records[first].name + others)
                }
                isDone = true
                if !commits { throw Rehearsed() }
            }
        } catch {
            guard isDone, !commits else { throw error }
        }
        return results
    }

    private func insert(_ record: SubscriptionRecord, _ inserts: Inserts, _ db: Database) throws -> Applied {
        let statement = try connection.statements(db).byPrivateIdentity
        var ids: Set<Int64> = []
        for identity in record.privateIdentities {
            if let id = try Int64.fetchOne(statement, arguments: [identity.identity.text]) { ids.insert(id) }
        }
        guard let id = ids.first else {
            try inserts.insert(record)
            return .added
        }
        guard ids.count == 1 else {
            throw ProvisioningError.invalid(
                "subscriber", record.name,
                "its private identities belong to \(ids.count) subscribers; remove all of them but one first")
        }
        let present = try StoreDirectory(db: db, connection: connection, actor: actor).read(id)
        return present?.isAs(record) == true ? .unchanged : .changed
    }
}
