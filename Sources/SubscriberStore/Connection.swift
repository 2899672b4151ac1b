import GRDB
import HomeSubscriberServer

/// What is kept for one database connection between transactions.
final class Connection {
    let statements: Statements
    var cache: SubscriptionCache
    private var storedCatalogue: Catalogue?
    private var dataVersion: Int64?

    init(_ db: Database, cacheCapacity: Int) throws {
        statements = try Statements(db)
        cache = SubscriptionCache(capacity: cacheCapacity)
    }

    /// To be called when a transaction has begun: forgets everything when another connection has changed the database.
    func synchronise(_ db: Database) throws {
        let version = try Int64.fetchOne(statements.dataVersion)
        if version != dataVersion { forget() }
        dataVersion = version
    }

    func catalogue(_ db: Database) throws -> Catalogue {
        if let storedCatalogue { return storedCatalogue }
        let catalogue = try Catalogue(db)
        storedCatalogue = catalogue
        return catalogue
    }

    /// After a rollback, and after changes that went round the cache.
    func forget() {
        cache.removeAll()
        storedCatalogue = nil
    }
}
