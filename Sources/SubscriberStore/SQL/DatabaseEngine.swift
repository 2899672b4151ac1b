/// One of the databases that the store runs on: opens the connection, and knows when others have changed what is there.
protocol DatabaseEngine: AnyObject {
    /// Runs the body with the connection. One access at a time.
    func access<Value>(_ body: (Database) throws -> Value) throws -> Value

    /// Whether others have committed since this was asked last; to be asked when a transaction has begun.
    func othersHaveWritten(_ db: Database) throws -> Bool

    /// Whether what is in memory may be taken for what is stored, in the transaction that has begun.
    func trustsMemory(writing: Bool) -> Bool

    /// What says outside of transactions whether memory may be trusted; nil when nobody can.
    var watch: (any MemoryWatch)? { get }

    /// Takes up the notices that no front-end sends; nil when all of them are this program's.
    var noticeClaim: String? { get }

    /// Calls what it is given, on some thread, when there are such notices.
    var noticeWatch: (@Sendable (@escaping @Sendable () -> Void) -> Void)? { get }

    /// A transaction has ended, and what it brought is in memory.
    func settle(_ db: Database) throws

    /// Takes what was overwritten off the disk as far as the engine can: secrets lay there.
    ///
    /// - Parameter isWhole: whether pages that are free hold such as well.
    func scrub(_ db: Database, isWhole: Bool) throws

    func close() throws
}

/// Says on any thread whether what is in memory is what is stored.
protocol MemoryWatch: AnyObject, Sendable {
    var isCoherent: Bool { get }
}

/// The connection as an engine gives it.
protocol DatabaseSession: AnyObject {
    var dialect: Dialect { get }

    func begin(_ kind: Database.TransactionKind) throws(SQLFailure)
    func commit() throws(SQLFailure)
    /// Undoes the transaction, if there is one.
    func rollback()

    /// Several statements without parameters; the number of rows that the last one changed.
    func execute(script: String) throws(SQLFailure) -> Int
    func prepare(_ sql: String) throws(SQLFailure) -> any PreparedStatement
    /// A statement that is run once.
    func prepareOnce(_ sql: String) throws(SQLFailure) -> any PreparedStatement
}

/// A statement as an engine gives it.
protocol PreparedStatement: AnyObject {
    func run(_ arguments: [SQLValue]) throws(SQLFailure) -> (rows: [Row], changes: Int)
}

/// Where the two databases do not say the same in the same words.
package enum Dialect: Sendable {
    case sqlite
    case postgreSQL

    /// At the end of a SELECT: holds the row against other writers. SQLite has one writer at a time anyhow.
    var rowLock: String {
        switch self {
        case .sqlite: ""
        case .postgreSQL: " FOR UPDATE"
        }
    }

    /// Holds a table against other writers until the transaction ends.
    func tableLock(_ table: String) -> String? {
        switch self {
        case .sqlite: nil
        case .postgreSQL: "LOCK TABLE \(table) IN SHARE ROW EXCLUSIVE MODE"
        }
    }
}

/// Why a statement failed, whichever database it was. No value of a statement is in it: keys are among them.
enum SQLFailure: Error, Equatable {
    /// No room on the disk.
    case full
    /// Somebody else has what the statement needs, for longer than we wait.
    case busy
    /// Another transaction came between: the same again will do.
    case conflict
    case readOnly
    case damaged(String)
    /// A row with the same key is there.
    case duplicate
    /// A row that something else hangs on, or that hangs on something that is not there.
    case constraint
    case notADatabase
    case cannotOpen(String)
    case failed(String)
}
