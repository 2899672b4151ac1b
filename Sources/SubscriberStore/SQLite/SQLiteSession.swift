import Foundation
import GRDB

/// SQLite's connection through GRDB. Used inside accesses of its queue alone, which GRDB sees to.
final class SQLiteSession: DatabaseSession {
    let db: GRDB.Database

    init(_ db: GRDB.Database) { self.db = db }

    var dialect: Dialect { .sqlite }

    func begin(_ kind: Database.TransactionKind) throws(SQLFailure) {
        try attempt {
            switch kind {
            case .deferred: try db.beginTransaction(.deferred)
            case .immediate, .several: try db.beginTransaction(.immediate)
            }
        }
    }

    func commit() throws(SQLFailure) { try attempt { try db.commit() } }

    func rollback() {
        guard db.isInsideTransaction else { return }
        // SQLite has undone it by itself where it cannot: a full disk, for one.
        do { try db.rollback() } catch {}
    }

    func execute(script: String) throws(SQLFailure) -> Int {
        try attempt { try db.execute(sql: script) }
        return db.changesCount
    }

    func prepare(_ sql: String) throws(SQLFailure) -> any PreparedStatement {
        SQLiteStatement(try attempt { try db.makeStatement(sql: sql) }, self)
    }

    func prepareOnce(_ sql: String) throws(SQLFailure) -> any PreparedStatement { try prepare(sql) }

    fileprivate func attempt<Value>(_ body: () throws -> Value) throws(SQLFailure) -> Value {
        do { return try body() } catch { throw SQLFailure(sqlite: error) }
    }
}

private final class SQLiteStatement: PreparedStatement {
    private let statement: GRDB.Statement
    private let session: SQLiteSession

    init(_ statement: GRDB.Statement, _ session: SQLiteSession) {
        self.statement = statement
        self.session = session
    }

    func run(_ arguments: [SQLValue]) throws(SQLFailure) -> (rows: [Row], changes: Int) {
        try session.attempt {
            let values = StatementArguments(arguments.map(\.databaseValue))
            let columns = statement.columnCount
            guard columns > 0 else {
                try statement.execute(arguments: values)
                return ([], session.db.changesCount)
            }
            var rows: [Row] = []
            let cursor = try GRDB.Row.fetchCursor(statement, arguments: values)
            while let row = try cursor.next() {
                rows.append(Row(columns: (0..<columns).map { SQLValue(row[$0] as DatabaseValue) }))
            }
            return (rows, session.db.changesCount)
        }
    }
}

extension SQLValue {
    fileprivate var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let number): number.databaseValue
        case .text(let text): text.databaseValue
        case .blob(let octets): octets.databaseValue
        }
    }

    fileprivate init(_ value: DatabaseValue) {
        self =
            switch value.storage {
            case .null: .null
            case .int64(let number): .integer(number)
            case .double(let number): .text(String(number))  // no column of ours has one
            case .string(let text): .text(text)
            case .blob(let octets): .blob(octets)
            }
    }
}

extension SQLFailure {
    /// SQLite's word in ours.
    init(sqlite error: any Error) {
        guard let error = error as? DatabaseError else {
            self = error as? SQLFailure ?? .failed("\(type(of: error))")
            return
        }
        let words = error.message ?? "SQLite gives no reason"
        switch error.extendedResultCode {
        case .SQLITE_CONSTRAINT_UNIQUE, .SQLITE_CONSTRAINT_PRIMARYKEY:
            self = .duplicate
            return
        default: break
        }
        switch error.resultCode {
        case .SQLITE_FULL: self = .full
        case .SQLITE_BUSY, .SQLITE_LOCKED: self = .busy
        case .SQLITE_READONLY, .SQLITE_PERM: self = .readOnly
        case .SQLITE_CORRUPT: self = .damaged(error.message ?? "SQLite finds it malformed")
        case .SQLITE_NOTADB: self = .notADatabase
        case .SQLITE_CANTOPEN: self = .cannotOpen(words)
        // A trigger's RAISE(ABORT) is one too, and says in its own words why.
        case .SQLITE_CONSTRAINT where error.extendedResultCode != .SQLITE_CONSTRAINT_TRIGGER: self = .constraint
        default: self = .failed("\(error.extendedResultCode.rawValue) \(words)")
        }
    }
}
