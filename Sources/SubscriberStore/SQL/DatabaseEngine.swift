/// One of the databases that the store runs on: opens the connection, and knows when others have changed what is there.
protocol DatabaseEngine: AnyObject {
    /// Runs the body with the connection. One access at a time.
    func access<Value>(_ body: (Database) throws -> Value) throws -> Value

    /// What others have committed since this was asked last; to be asked when a transaction has begun.
    func changesOfOthers(_ db: Database) throws -> ChangesOfOthers

    /// Takes what was overwritten off the disk as far as the engine can: secrets lay there.
    ///
    /// - Parameter isWhole: whether pages that are free hold such as well.
    func scrub(_ db: Database, isWhole: Bool) throws

    func close() throws
}

enum ChangesOfOthers: Equatable {
    case none
    case some
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
