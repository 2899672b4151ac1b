import Foundation
import GRDB
import GRDBSQLite

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

/// A statement of GRDB's, run by SQLite's own functions: GRDB's cursors and observers cost several times what SQLite needs
/// for a row that is in memory.
private final class SQLiteStatement: PreparedStatement {
    /// Owns what `pointer` points to; used inside accesses of its queue alone.
    private let statement: GRDB.Statement
    private let session: SQLiteSession
    private let pointer: OpaquePointer
    private let columns: Int32

    init(_ statement: GRDB.Statement, _ session: SQLiteSession) {
        self.statement = statement
        self.session = session
        pointer = statement.sqliteStatement
        columns = sqlite3_column_count(pointer)
    }

    func run(_ arguments: [SQLValue]) throws(SQLFailure) -> (rows: [Row], changes: Int) {
        defer {
            sqlite3_reset(pointer)
            sqlite3_clear_bindings(pointer)
        }
        guard arguments.count == Int(sqlite3_bind_parameter_count(pointer)) else {
            throw .failed("a statement has not as many values as parameters")
        }
        for (index, value) in arguments.enumerated() { try bind(value, at: Int32(index + 1)) }
        var rows: [Row] = []
        while true {
            switch sqlite3_step(pointer) {
            case SQLITE_ROW: rows.append(Row(columns: (0..<columns).map(column)))
            case SQLITE_DONE: return (rows, session.db.changesCount)
            default: throw failure
            }
        }
    }

    private func bind(_ value: SQLValue, at index: Int32) throws(SQLFailure) {
        let result =
            switch value {
            case .null: sqlite3_bind_null(pointer, index)
            case .integer(let number): sqlite3_bind_int64(pointer, index, number)
            case .text(var text):
                text.withUTF8 { octets in
                    // No octets are no NULL, here and below.
                    octets.isEmpty
                        ? sqlite3_bind_text(pointer, index, "", 0, Self.copied)
                        : octets.withMemoryRebound(to: CChar.self) {
                            sqlite3_bind_text(pointer, index, $0.baseAddress, Int32(clamping: $0.count), Self.copied)
                        }
                }
            case .blob(let octets):
                octets.withUnsafeBytes {
                    $0.isEmpty
                        ? sqlite3_bind_zeroblob(pointer, index, 0)
                        : sqlite3_bind_blob(pointer, index, $0.baseAddress, Int32(clamping: $0.count), Self.copied)
                }
            }
        guard result == SQLITE_OK else { throw failure }
    }

    /// SQLITE_TRANSIENT, which Swift does not import: SQLite takes a copy of what is bound.
    private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    /// What SQLite points to is there until the next step.
    private func column(_ index: Int32) -> SQLValue {
        switch sqlite3_column_type(pointer, index) {
        case SQLITE_INTEGER: return .integer(sqlite3_column_int64(pointer, index))
        case SQLITE_NULL: return .null
        case SQLITE_BLOB:
            guard let octets = sqlite3_column_blob(pointer, index) else { return .blob(Data()) }
            return .blob(Data(bytes: octets, count: Int(sqlite3_column_bytes(pointer, index))))
        default:  // TEXT; no column of ours has a fraction, which would be text too
            guard let octets = sqlite3_column_text(pointer, index) else { return .null }
            let text = UnsafeBufferPointer(start: octets, count: Int(sqlite3_column_bytes(pointer, index)))
            return .text(String(decoding: text, as: UTF8.self))
        }
    }

    private var failure: SQLFailure {
        let connection = session.db.sqliteConnection
        return SQLFailure(
            sqlite: DatabaseError(
                resultCode: ResultCode(rawValue: sqlite3_extended_errcode(connection)),
                message: String(cString: sqlite3_errmsg(connection))))
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
