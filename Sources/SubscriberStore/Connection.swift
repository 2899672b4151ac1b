import HomeSubscriberServer
import IMS

/// What is kept for one database connection between transactions, and what the one under way has read and written.
final class Connection {
    let vault: KeyVault
    /// What is committed, for the loop as well.
    let memory: SubscriptionMemory
    private let engine: any DatabaseEngine
    /// nil before the first use, and once the connection is to be closed: SQLite closes none with statements.
    private var prepared: Statements?
    private var storedCatalogue: Catalogue?
    /// That of the memory when the catalogue was read.
    private var catalogueGeneration = 0
    /// Whether another connection has written since this was asked last.
    private var othersWrote = false

    // Of the transaction under way:
    private(set) var isWriting = false
    private var trustsMemory = false
    private var present = SubscriptionCache(capacity: .max)
    private var wildcarded: [WildcardedIdentity]?

    init(_ engine: any DatabaseEngine, memory: SubscriptionMemory, vault: KeyVault) {
        self.vault = vault
        self.engine = engine
        self.memory = memory
    }

    func statements(_ db: Database) throws -> Statements {
        if let prepared { return prepared }
        let statements = try Statements(db)
        prepared = statements
        return statements
    }

    /// What a front-end that shares its database does first with the notices in it; nil when all are its own.
    var noticeClaim: String? { engine.noticeClaim }

    func releaseStatements() { prepared = nil }

    /// Runs a transaction; what it has read and written is in memory when it is committed.
    func transaction<Value>(
        _ db: Database, _ kind: Database.TransactionKind, _ body: () throws -> Value
    ) throws -> Value {
        memory.begin()
        present.removeAll()
        wildcarded = nil
        let value = try db.inTransaction(kind) {
            isWriting = kind != .deferred
            if try engine.othersHaveWritten(db) {
                forget()
                othersWrote = true
                memory.begin()  // what is read from here on is what they have left
            }
            trustsMemory = engine.trustsMemory(writing: isWriting)
            if engine.watch == nil && !trustsMemory || memory.generation != catalogueGeneration {
                storedCatalogue = nil
            }
            return try body()
        }
        if trustsMemory || engine.watch != nil { memory.bring(present.all, wildcarded: wildcarded) }
        try engine.settle(db)
        return value
    }

    func takeOthersWrote() -> Bool {
        defer { othersWrote = false }
        return othersWrote
    }

    func catalogue(_ db: Database) throws -> Catalogue {
        if let storedCatalogue { return storedCatalogue }
        catalogueGeneration = memory.generation
        let catalogue = try Catalogue(db)
        storedCatalogue = catalogue
        return catalogue
    }

    func wildcardedIdentities(_ db: Database) throws -> [WildcardedIdentity] {
        if let wildcarded { return wildcarded }
        if trustsMemory, let known = memory.wildcardedIdentities { return known }
        let texts = try String.fetchAll(db, sql: "SELECT identity FROM public_identity WHERE kind >= 2")
        let found = texts.compactMap { WildcardedIdentity(PublicIdentity(canonical: $0)) }
        wildcarded = found
        return found
    }

    // MARK: Subscriptions

    func subscription(holding identity: PrivateIdentity) -> Subscription? {
        present.subscription(holding: identity) ?? (trustsMemory ? memory.subscription(holding: identity) : nil)
    }

    func subscription(holding identity: PublicIdentity) -> Subscription? {
        present.subscription(holding: identity) ?? (trustsMemory ? memory.subscription(holding: identity) : nil)
    }

    /// What has been read.
    func keep(_ subscription: Subscription) { present.insert(subscription) }

    /// What has been written: changes what is known of it, for this transaction until it is committed.
    func update(_ id: SubscriptionID, _ change: (inout Subscription) -> Void) {
        if present[id] == nil, trustsMemory, let known = memory[id] { present.insert(known) }
        present.update(id, change)
    }

    /// It is no more, or no longer what was read.
    func forget(_ id: SubscriptionID) {
        present.remove(id)
        memory.forget(id)
    }

    /// A subscription with such identities may have gone.
    func forgetWildcarded() {
        wildcarded = nil
        memory.forgetWildcarded()
    }

    /// After a failure: what was read may be undone, and a statement that failed once cannot be used again.
    func discard() {
        forget()
        releaseStatements()
    }

    /// After changes that went round what is kept here.
    func forget() {
        present.removeAll()
        memory.forgetAll()
        storedCatalogue = nil
        wildcarded = nil
    }
}
