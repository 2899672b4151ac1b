import Foundation
import GRDB

/// One SQLite file in WAL mode, every commit on disk before it counts (`synchronous=FULL`).
final class SQLiteEngine: DatabaseEngine {
    let path: String
    private let queue: DatabaseQueue
    private let database: Database
    private var dataVersion: Int64?
    private var dataVersionStatement: Statement?
    private let index: WALIndex?

    /// The database at the present version, and what the operator should know of how it came there.
    static func open(
        _ path: String, _ options: SubscriberStore.Options
    ) throws -> (engine: SQLiteEngine, notes: [String]) {
        try DatabaseFile.prepare(path, creates: options.creates, readsHeader: options.checks)
        return try attempt {
            let queue = try queue(path, options)
            try queue.inDatabase { db in
                try identify(db, path: path)
                if options.checks { try check(db, path: path) }
                // 256 MB of pages, taken as they are read: those of a million subscribers that are written to.
                try db.execute(
                    sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -262144")
            }
            let notes = try upgrade(queue, path: path)
            return (SQLiteEngine(queue, path: path, isWatched: options.isFrontEnd), notes)
        }
    }

    private static func attempt<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch let error as DatabaseError { throw SQLFailure(sqlite: error) }
    }

    private init(_ queue: DatabaseQueue, path: String, isWatched: Bool = false) {
        self.queue = queue
        self.path = path
        database = queue.inDatabase { Database(SQLiteSession($0)) }
        index = isWatched ? queue.inDatabase { WALIndex($0) } : nil
    }

    private static func queue(_ path: String, _ options: SubscriberStore.Options) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(options.busyTimeout)
        do {
            return try DatabaseQueue(path: path, configuration: configuration)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_NOTADB {
            throw StoreError.notADatabase(path: path)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CANTOPEN {
            throw StoreError.cannotOpen(path: path, detail: error.message ?? "SQLite gives no reason")
        }
    }

    func access<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try queue.inDatabase { _ in try body(database) }
    }

    func othersHaveWritten(_ db: Database) throws -> Bool {
        let statement = try dataVersionStatement ?? db.makeStatement(sql: "PRAGMA data_version")
        dataVersionStatement = statement
        let version = try Int64.fetchOne(statement)
        defer { dataVersion = version }
        return version != dataVersion && dataVersion != nil
    }

    /// `data_version` has said in this transaction whether anybody else has written.
    func trustsMemory(writing: Bool) -> Bool { true }

    var watch: (any MemoryWatch)? { index }
    var noticeClaim: String? { nil }
    var noticeWatch: (@Sendable (@escaping @Sendable () -> Void) -> Void)? { nil }

    /// What the index of the log says now is ours, unless somebody else has written meanwhile: the order matters.
    func settle(_ db: Database) throws {
        guard let index else { return }
        let header = index.header
        if try othersHaveWritten(db) {
            dataVersion = .min  // the next transaction has to hear of it too
        } else {
            index.trust(header)
        }
    }

    func scrub(_ db: Database, isWhole: Bool) throws {
        if isWhole { try db.execute(sql: "VACUUM") }
        try db.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
    }

    func close() throws {
        queue.inDatabase { _ in dataVersionStatement = nil }
        index?.end()
        do { try queue.close() } catch { throw SQLFailure(sqlite: error) }
    }

    /// Writes everything into another SQLite file, page by page; who has that one open goes on with what is there now.
    func copy(into target: SQLiteEngine) throws { try Self.attempt { try queue.backup(to: target.queue) } }

    /// A file for `copy(into:)`, without a look at what is in it.
    static func target(_ path: String, _ options: SubscriberStore.Options) throws -> SQLiteEngine {
        try DatabaseFile.prepare(path, creates: true, allowingEmpty: true)
        return try attempt {
            let queue = try queue(path, options)
            try queue.inDatabase { db in
                try db.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
            }
            return SQLiteEngine(queue, path: path)
        }
    }

    /// A file that is only read, without a look at its version.
    static func reading(_ path: String) throws -> SQLiteEngine {
        var configuration = Configuration()
        configuration.readonly = true
        return try attempt { SQLiteEngine(try DatabaseQueue(path: path, configuration: configuration), path: path) }
    }

    /// Brings an older database up to date; a copy of it as it was stays beside it (F22).
    private static func upgrade(_ queue: DatabaseQueue, path: String) throws -> [String] {
        let migrator = Schema.migrator
        let applied = try queue.read { try migrator.appliedIdentifiers($0) }
        guard let present = migrator.migrations.last(where: applied.contains), present != migrator.migrations.last
        else {
            try migrator.migrate(queue)
            return []
        }
        let copy = "\(path).version-\(present.prefix { $0 != " " })"
        let isKept = Foundation.access(copy, F_OK) == 0
        if !isKept { try queue.inDatabase { try SubscriberStore.copy(Database(SQLiteSession($0)), to: copy) } }
        try migrator.migrate(queue)
        let note =
            "\(path) was of an earlier version; a copy of it as it was is at \(copy). Its keys may lie in clear there."
        return isKept ? [] : [note]
    }

    /// Refuses what is not ours, or newer than we are, before anything is written.
    private static func identify(_ db: GRDB.Database, path: String) throws {
        do {
            let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
            guard tables > 0 else { return }
            guard try Int32.fetchOne(db, sql: "PRAGMA application_id") == Schema.applicationID else {
                throw StoreError.foreign(path: path)
            }
            let migrator = Schema.migrator
            let unknown = try migrator.appliedIdentifiers(db).subtracting(migrator.migrations)
            guard unknown.isEmpty else { throw StoreError.newer(path: path, unknown: unknown.sorted()) }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_NOTADB {
            throw StoreError.notADatabase(path: path)
        }
    }

    private static func check(_ db: GRDB.Database, path: String) throws {
        let words = try String.fetchAll(db, sql: "PRAGMA quick_check(3)")
        guard words == ["ok"] else {
            throw StoreError.damaged(path: path, detail: words.joined(separator: "; "))
        }
    }
}
