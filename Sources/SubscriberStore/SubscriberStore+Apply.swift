import HomeSubscriberServer
import IMS

/// Changes of subscriptions that are there. What S-CSCFs and application servers have to hear of them is kept in the same
/// transaction, for the HSS to send.
extension SubscriberStore {
    /// What became of a record.
    package enum Applied: String, Sendable { case added, changed, unchanged }

    /// Makes a subscription be as its record says. Counters of SIMs that stay go on, registrations that still fit stay.
    package func apply(_ record: SubscriptionRecord) throws(Failure) -> Applied {
        try write { db in
            var ids: Set<Int64> = []
            for identity in record.privateIdentities {
                let id = try Int64.fetchOne(
                    db, sql: "SELECT subscription FROM private_identity WHERE impi = ?",
                    arguments: [identity.identity.text])
                if let id { ids.insert(id) }
            }
            guard ids.count <= 1 else {
                throw ProvisioningError.invalid(
                    "subscriber", record.name,
                    "its private identities belong to \(ids.count) subscribers; remove all of them but one first")
            }
            return try self.write(record, over: ids.first, db)
        }
    }

    /// Makes a subscription be as `body` says, which gets the one that the name finds; nil when there is none, and then
    /// what `body` gives is added. One transaction: nobody else changes it in between.
    package func change(
        _ name: String, _ body: (Subscription?) throws(ProvisioningError) -> SubscriptionRecord
    ) throws(Failure) -> Applied {
        try write { db in
            let id = try self.identifier(of: name, db)
            let directory = StoreDirectory(db: db, connection: self.connection, actor: self.actor)
            return try self.write(body(id.flatMap { try directory.read($0) }), over: id, db)
        }
    }

    private func write(_ record: SubscriptionRecord, over id: Int64?, _ db: Database) throws -> Applied {
        let trail = AuditTrail(db, actor: actor)
        guard let id else {
            try Inserts(db, connection.vault).insert(record)
            try trail.add("add subscriber", record.name)
            return .added
        }
        var directory = StoreDirectory(db: db, connection: connection, actor: actor)
        guard let before = try directory.read(id) else {
            throw DirectoryFailure.damaged("subscription \(id) of an identity is not there")
        }
        guard !before.isAs(record) else { return .unchanged }
        try Inserts(db, connection.vault).rewrite(before, as: before.becoming(record))
        try directory.post(before, becoming: directory.read(id))
        try trail.add("change subscriber", record.name)
        return .changed
    }

    /// Does something to one subscription; its S-CSCF is told of what it comes to.
    func change(
        _ subscriber: String, _ db: Database, _ body: (Int64) throws -> Void
    ) throws {
        guard let id = try identifier(of: subscriber, db) else {
            throw ProvisioningError.unknown("subscriber", subscriber)
        }
        var directory = StoreDirectory(db: db, connection: connection, actor: actor)
        guard let before = try directory.read(id) else {
            throw DirectoryFailure.damaged("subscription \(id) of an identity is not there")
        }
        try body(id)
        try directory.post(before, becoming: directory.read(id))
    }
}

extension StoreDirectory {
    fileprivate mutating func post(_ before: Subscription, becoming after: Subscription?) throws {
        for notice in before.notices(becoming: after) { _ = try enqueue(notice) }
        if let after { try leave(after.changedData(since: before, of: watchedReferences())) }
    }
}

extension Inserts {
    /// Writes what a subscription has become. Public identities that stay keep their rows, for what hangs on them.
    func rewrite(_ before: Subscription, as after: Subscription) throws {
        let id = after.id.rawValue
        try db.execute(
            sql: """
                UPDATE subscription SET capability_set = ?, roaming_profile = ?, charging_profile = ?,
                scscf_name = ?, scscf_host = ?, scscf_features = ?, former_scscf_name = ?, former_scscf_host = ?
                WHERE id = ?
                """,
            arguments: [
                try Catalogue.identifier(db, .capabilities, after.lists.capabilities),
                try Catalogue.identifier(db, .visitedNetworks, after.lists.visitedNetworks),
                try Catalogue.identifier(db, .charging, after.lists.charging), after.servingCSCF?.name,
                after.servingCSCF?.host.name, Int64(after.servingCSCF?.features.rawValue ?? 0),
                after.formerServingCSCF?.name, after.formerServingCSCF?.host.name, id,
            ])
        for table in ["private_identity", "registration"] {
            try db.execute(sql: "DELETE FROM \(table) WHERE subscription = ?", arguments: [id])
        }
        for (position, identity) in after.privateIdentities.enumerated() {
            try insert(identity, at: position, of: id)
        }
        for registration in after.registrations { try insert(registration, of: id) }
        // Positions are unique: those that stay step aside before they are put in order.
        try db.execute(
            sql: "UPDATE public_identity SET position = -1 - position WHERE subscription = ?", arguments: [id])
        for identity in before.publicIdentities where after.index(of: identity.identity) == nil {
            try db.execute(
                sql: "DELETE FROM public_identity WHERE subscription = ? AND identity = ?",
                arguments: [id, identity.identity.text])
        }
        for (position, identity) in after.publicIdentities.enumerated() {
            guard before.index(of: identity.identity) != nil else {
                try insert(identity, at: position, of: id, number: nil)
                continue
            }
            try db.execute(
                sql: """
                    UPDATE public_identity SET position = ?, kind = ?, barred = ?, display_name = ?, implicit_set = ?,
                    alias_group = ?, service_profile = ?, active = ?, application_server = ?
                    WHERE subscription = ? AND identity = ?
                    """,
                arguments: [
                    position, identity.kind.rawValue, identity.isBarred, identity.displayName, identity.implicitSet,
                    identity.aliasGroup, try serviceProfile(identity.serviceProfile.name), identity.isActive,
                    try Catalogue.identifier(db, .applicationServer, identity.directServer?.name), id,
                    identity.identity.text,
                ])
        }
    }
}
