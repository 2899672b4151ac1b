/// A database connection inside one access of its engine: the SQL of the store goes through here, whichever database
/// takes it.
///
/// Parameters are written `?`, or `?1` where one occurs twice. What the two dialects do not share stands in `Dialect`.
package final class Database {
    enum TransactionKind {
        /// Only reads: everything as it was at one moment.
        case deferred
        /// Writes: holds from its beginning on what it needs for it.
        case immediate
        /// The same for several subscriptions at once: where others write as well it may end as `busy` or `conflict`
        /// sooner, and each is to be tried alone.
        case several
    }

    let session: any DatabaseSession
    /// Rows that the last statement added, changed or removed.
    package private(set) var changesCount = 0

    init(_ session: any DatabaseSession) { self.session = session }

    package var dialect: Dialect { session.dialect }

    /// One statement with parameters, or several without.
    package func execute(sql: String, arguments: Arguments = []) throws {
        guard !arguments.values.isEmpty else {
            changesCount = try session.execute(script: sql)
            return
        }
        _ = try rows(sql, arguments)
    }

    /// A statement to be used more than once. It belongs to this connection and has to be gone before that is closed.
    package func makeStatement(sql: String) throws -> Statement { Statement(try session.prepare(sql), of: self) }

    func rows(_ sql: String, _ arguments: Arguments) throws -> [Row] {
        try rows(session.prepareOnce(sql), arguments)
    }

    fileprivate func rows(_ statement: any PreparedStatement, _ arguments: Arguments) throws -> [Row] {
        let result = try statement.run(arguments.values)
        changesCount = result.changes
        return result.rows
    }

    /// Commits when the body returns; undoes everything when it throws, or when the commit fails.
    func inTransaction<Value>(_ kind: TransactionKind, _ body: () throws -> Value) throws -> Value {
        try session.begin(kind)
        do {
            let value = try body()
            try session.commit()
            return value
        } catch {
            session.rollback()
            throw error
        }
    }
}

/// A prepared statement of one connection.
package final class Statement {
    private let prepared: any PreparedStatement
    private unowned let database: Database

    fileprivate init(_ prepared: any PreparedStatement, of database: Database) {
        self.prepared = prepared
        self.database = database
    }

    package func execute(arguments: Arguments = []) throws { _ = try rows(arguments) }

    func rows(_ arguments: Arguments) throws -> [Row] { try database.rows(prepared, arguments) }
}
