import HomeSubscriberServer
import IMS

/// What is kept for one database connection between transactions.
final class Connection {
    let vault: KeyVault
    private let engine: any DatabaseEngine
    /// nil before the first use, and once the connection is to be closed: SQLite closes none with statements.
    private var prepared: Statements?
    var cache: SubscriptionCache
    private var storedCatalogue: Catalogue?
    private var wildcarded: [WildcardedIdentity]?
    /// Whether another connection has written since this was asked last.
    private var othersWrote = false

    init(_ engine: any DatabaseEngine, cacheCapacity: Int, vault: KeyVault) {
        self.vault = vault
        self.engine = engine
        cache = SubscriptionCache(capacity: cacheCapacity)
    }

    func statements(_ db: Database) throws -> Statements {
        if let prepared { return prepared }
        let statements = try Statements(db)
        prepared = statements
        return statements
    }

    func releaseStatements() { prepared = nil }

    /// To be called when a transaction has begun: forgets everything when another connection has changed the database.
    func synchronise(_ db: Database) throws {
        switch try engine.changesOfOthers(db) {
        case .none: break
        case .some:
            forget()
            othersWrote = true
        }
    }

    func takeOthersWrote() -> Bool {
        defer { othersWrote = false }
        return othersWrote
    }

    func catalogue(_ db: Database) throws -> Catalogue {
        if let storedCatalogue { return storedCatalogue }
        let catalogue = try Catalogue(db)
        storedCatalogue = catalogue
        return catalogue
    }

    func wildcardedIdentities(_ db: Database) throws -> [WildcardedIdentity] {
        if let wildcarded { return wildcarded }
        let texts = try String.fetchAll(db, sql: "SELECT identity FROM public_identity WHERE kind >= 2")
        let found = texts.compactMap { WildcardedIdentity(PublicIdentity(canonical: $0)) }
        wildcarded = found
        return found
    }

    /// After a failure: what was read may be undone, and a statement that failed once cannot be used again.
    func discard() {
        forget()
        releaseStatements()
    }

    /// After changes that went round the cache.
    func forget() {
        cache.removeAll()
        storedCatalogue = nil
        wildcarded = nil
    }
}
