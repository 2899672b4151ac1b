import Cx
import HomeSubscriberServer

/// What subscriptions and identities share, and which of it they have.
extension SubscriberStore {
    /// The parts of the catalogue, by their tables.
    package enum CatalogueKind: String, CaseIterable, Sendable {
        case applicationServer = "application_server"
        case criteriaSet = "criteria_set"
        case serviceProfile = "service_profile"
        case capabilities = "capability_set"
        case visitedNetworks = "roaming_profile"
        case charging = "charging_profile"

        package var words: String {
            switch self {
            case .applicationServer: "application server"
            case .criteriaSet: "shared iFC set"
            case .serviceProfile: "service profile"
            case .capabilities: "capability set"
            case .visitedNetworks: "visited networks"
            case .charging: "charging"
            }
        }

        fileprivate var key: String { self == .criteriaSet ? "id" : "name" }
    }

    /// What an entry of a document came to.
    package struct CatalogueChange: Equatable, Sendable {
        package enum Result: String, Sendable { case added, changed, unchanged }

        package var kind: CatalogueKind
        package var name: String
        package var result: Result
    }

    package func catalogue() throws(Failure) -> ServiceCatalogue { try read { try ServiceCatalogue($0) } }

    /// Makes the entries of a catalogue be as given, all or none; others stay.
    package func apply(_ catalogue: ServiceCatalogue) throws(Failure) -> [CatalogueChange] {
        try write { db in try self.set(catalogue, db) }
    }

    private func set(_ catalogue: ServiceCatalogue, _ db: Database) throws -> [CatalogueChange] {
        let changes = try CatalogueWriter(db).write(catalogue)
        let trail = AuditTrail(db, actor: actor)
        for change in changes where change.result != .unchanged {
            try trail.add("set \(change.kind.words)", change.name)
        }
        return changes
    }

    /// What is to be done with the catalogue as it is.
    package enum CatalogueOrder: Sendable {
        /// Makes entries be as given.
        case set(ServiceCatalogue)
        /// Removes what nobody has any more.
        case remove(CatalogueKind, named: String)
    }

    /// Does what `body` orders on seeing the catalogue. One transaction: nobody else changes it in between.
    ///
    /// - Returns: what became of the entries that were set, and the catalogue afterwards.
    package func editCatalogue(
        _ body: (ServiceCatalogue) throws(ProvisioningError) -> CatalogueOrder
    ) throws(Failure) -> (changes: [CatalogueChange], after: ServiceCatalogue) {
        try write { db in
            if let lock = db.dialect.tableLock("service_profile") { try db.execute(sql: lock) }
            var changes: [CatalogueChange] = []
            switch try body(ServiceCatalogue(db)) {
            case .set(let catalogue): changes = try self.set(catalogue, db)
            case .remove(let kind, named: let name): try self.remove(kind, name, db)
            }
            return (changes, try ServiceCatalogue(db))
        }
    }

    /// Removes what nobody has any more.
    package func remove(_ kind: CatalogueKind, named name: String) throws(Failure) {
        try write { db in try self.remove(kind, name, db) }
    }

    private func remove(_ kind: CatalogueKind, _ name: String, _ db: Database) throws {
        do {
            try db.execute(sql: "DELETE FROM \(kind.rawValue) WHERE \(kind.key) = ?", arguments: [name])
        } catch SQLFailure.constraint {
            throw ProvisioningError.inUse(kind.words, name)
        }
        guard db.changesCount == 1 else { throw ProvisioningError.unknown(kind.words, name) }
        try AuditTrail(db, actor: actor).add("remove \(kind.words)", name)
    }

    /// Gives a subscriber one of the shared lists by name, or none.
    ///
    /// - Parameter kind: capabilities, visited networks or charging.
    package func assign(_ kind: CatalogueKind, _ name: String?, to subscriber: String) throws(Failure) {
        try write { db in
            switch kind {
            case .capabilities, .visitedNetworks, .charging: break
            case .applicationServer, .criteriaSet, .serviceProfile:
                throw ProvisioningError.invalid(kind.words, name ?? "", "a subscription has none of its own")
            }
            let list = try Catalogue.identifier(db, kind, name)
            try self.change(subscriber, db) { id in
                try db.execute(sql: "UPDATE subscription SET \(kind.rawValue) = ? WHERE id = ?", arguments: [list, id])
            }
            try AuditTrail(db, actor: self.actor).add("assign \(kind.words)", "\(name ?? "none") to \(subscriber)")
        }
    }

    /// TS 23.008 §3.1.3.
    package func setBarred(_ isBarred: Bool, identity: String) throws(Failure) {
        try write { db in
            try self.administer(.bar(identity, isBarred), db)
        }
    }
}

extension Catalogue {
    /// The number of a list; nil for no name.
    static func identifier(_ db: Database, _ kind: SubscriberStore.CatalogueKind, _ name: String?) throws -> Int64? {
        guard let name else { return nil }
        guard
            let id = try Int64.fetchOne(
                db, sql: "SELECT id FROM \(kind.rawValue) WHERE name = ?", arguments: [name])
        else { throw ProvisioningError.unknown(kind.words, name) }
        return id
    }
}
