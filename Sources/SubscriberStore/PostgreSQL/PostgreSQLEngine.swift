import Foundation

/// A PostgreSQL database, which several front-ends may share.
///
/// Every transaction that writes to a subscription holds its row first and reads it anew: two front-ends draw one after
/// the other. A front-end keeps what it has read in memory for its reads; the triggers of the schema tell it what
/// others change, see `PostgreSQLListener`.
final class PostgreSQLEngine: DatabaseEngine {
    /// With the password, if it is in there.
    let url: String
    private let session: PostgreSQLSession
    private let database: Database
    private let listener: PostgreSQLListener?

    /// The database at the present version, and what the operator should know of it.
    ///
    /// - Parameter memory: what the store keeps; nil for who is no front-end.
    static func open(
        _ url: String, _ options: SubscriberStore.Options, memory: SubscriptionMemory?
    ) throws -> (engine: PostgreSQLEngine, notes: [String]) {
        let address = try PostgreSQLAddress(url)
        do {
            let patience = max(1, Int(options.busyTimeout * 1000))
            let session = try PostgreSQLSession(address, program: options.actor, patience: patience)
            let database = Database(session)
            let notes = try demands(database, session)
            try migrate(database, options, address)
            var listener: PostgreSQLListener?
            if let memory {
                let number = try Int64.fetchOne(database, sql: "SELECT nextval('front_end')") ?? 0
                try session.set("ims.front_end", to: number)
                listener = try PostgreSQLListener(
                    address, frontEnd: Int32(clamping: number), memory: memory, ownBackend: session.backend)
            }
            return (PostgreSQLEngine(url, session, database, listener), notes)
        } catch SQLFailure.cannotOpen(let detail) {
            throw StoreError.cannotOpen(path: address.description, detail: detail)
        }
    }

    private init(
        _ url: String, _ session: PostgreSQLSession, _ database: Database, _ listener: PostgreSQLListener?
    ) {
        self.url = url
        self.session = session
        self.database = database
        self.listener = listener
        session.connected = { [weak listener] in listener?.ownBackend = $0 }
    }

    func access<Value>(_ body: (Database) throws -> Value) throws -> Value { try body(database) }

    /// Triggers tell it, subscription by subscription.
    func othersHaveWritten(_ db: Database) throws -> Bool { false }

    /// A transaction that writes reads what it goes by under its locks.
    func trustsMemory(writing: Bool) -> Bool { !writing && listener?.isCoherent == true }

    var watch: (any MemoryWatch)? { listener }
    var noticeWatch: (@Sendable (@escaping @Sendable () -> Void) -> Void)? {
        guard let listener else { return nil }
        return { listener.noticesWait = $0 }
    }
    var noticeClaim: String? { listener == nil ? nil : PostgreSQLSchema.claim }

    func settle(_ db: Database) throws {}

    func scrub(_ db: Database, isWhole: Bool) throws {}

    func close() throws { listener?.close() }

    /// What has to hold for a commit to be one, and what should.
    private static func demands(_ db: Database, _ session: PostgreSQLSession) throws -> [String] {
        guard session.serverVersion >= 120_000 else {
            throw StoreError.failed("PostgreSQL 12 or later is needed, this is \(session.serverVersion / 10_000)")
        }
        if try Bool.fetchOne(db, sql: "SELECT pg_is_in_recovery()") == true { throw StoreError.readOnly }
        var notes: [String] = []
        if try String.fetchOne(db, sql: "SHOW synchronous_commit") == "off" {
            try session.order("SET synchronous_commit = on")
        }
        if try String.fetchOne(db, sql: "SHOW fsync") == "off" {
            notes.append(
                "PostgreSQL runs with fsync = off: after a loss of power sequence numbers may be used a second time.")
        }
        return notes
    }

    /// Brings the schema up to date; of several programs that start at once one does it, and the others wait.
    private static func migrate(
        _ db: Database, _ options: SubscriberStore.Options, _ address: PostgreSQLAddress
    ) throws {
        let known = PostgreSQLSchema.migrations.map(\.name)
        try db.inTransaction(.immediate) {
            let lock = "SELECT pg_advisory_xact_lock(\(PostgreSQLSchema.lockClass), \(PostgreSQLSchema.migrating))"
            try db.execute(sql: "SET LOCAL lock_timeout = 0; \(lock)")
            let isThere = try Bool.fetchOne(db, sql: "SELECT to_regclass('migration') IS NOT NULL") == true
            if !isThere {
                guard options.creates else { throw StoreError.missing(path: address.description) }
                let tables = """
                    SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema()
                    """
                guard try Int.fetchOne(db, sql: tables) == 0 else {
                    throw StoreError.cannotOpen(
                        path: address.description,
                        detail: "it has tables of somebody else; make a database of its own: createdb")
                }
                try db.execute(sql: PostgreSQLSchema.ledger)
            }
            let applied = Set(try String.fetchAll(db, sql: "SELECT identifier FROM migration"))
            let unknown = applied.subtracting(known)
            guard unknown.isEmpty else {
                throw StoreError.newer(path: address.description, unknown: unknown.sorted())
            }
            let missing = PostgreSQLSchema.migrations.filter { !applied.contains($0.name) }
            for migration in missing {
                try db.execute(sql: migration.sql)
                try db.execute(
                    sql: "INSERT INTO migration (identifier) VALUES (?)", arguments: [migration.name])
            }
            if !missing.isEmpty { try db.execute(sql: ColumnDocumentation.comments) }
        }
    }
}
