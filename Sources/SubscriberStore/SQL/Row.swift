/// A row of a result.
package struct Row: Sendable {
    let columns: [SQLValue]

    /// The value of a column, from 0 on; throws `ColumnMismatch` for one of another type.
    package func decode<Value: SQLConvertible>(_: Value.Type = Value.self, atIndex index: Int) throws -> Value {
        guard columns.indices.contains(index), let value = Value(sqlValue: columns[index]) else {
            throw ColumnMismatch()
        }
        return value
    }

    package static func fetchAll(_ db: Database, sql: String, arguments: Arguments = []) throws -> [Row] {
        try db.rows(sql, arguments)
    }

    package static func fetchOne(_ db: Database, sql: String, arguments: Arguments = []) throws -> Row? {
        try db.rows(sql, arguments).first
    }

    package static func fetchAll(_ statement: Statement, arguments: Arguments = []) throws -> [Row] {
        try statement.rows(arguments)
    }

    package static func fetchOne(_ statement: Statement, arguments: Arguments = []) throws -> Row? {
        try statement.rows(arguments).first
    }
}

/// A column holds a value of another type than the schema says.
package struct ColumnMismatch: Error {}

extension SQLConvertible {
    /// The first column of the first row; nil without a row, and for NULL.
    package static func fetchOne(_ db: Database, sql: String, arguments: Arguments = []) throws -> Self? {
        try db.rows(sql, arguments).first?.decode(Self?.self, atIndex: 0)
    }

    package static func fetchOne(_ statement: Statement, arguments: Arguments = []) throws -> Self? {
        try statement.rows(arguments).first?.decode(Self?.self, atIndex: 0)
    }

    /// The first column of every row.
    package static func fetchAll(_ db: Database, sql: String, arguments: Arguments = []) throws -> [Self] {
        try db.rows(sql, arguments).map { try $0.decode(Self.self, atIndex: 0) }
    }

    package static func fetchAll(_ statement: Statement, arguments: Arguments = []) throws -> [Self] {
        try statement.rows(arguments).map { try $0.decode(Self.self, atIndex: 0) }
    }
}
