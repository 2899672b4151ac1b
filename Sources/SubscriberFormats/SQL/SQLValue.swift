import Octets

/// A value in an INSERT statement.
enum SQLValue: Equatable, Sendable {
    case null
    /// As it stands.
    case number(String)
    case octets([UInt8])

    /// nil for NULL.
    var text: String? {
        switch self {
        case .null: nil
        case .number(let text): text
        case .octets(let octets): String(decoding: octets, as: UTF8.self)
        }
    }

    var integer: Int? { text.flatMap { Int($0) } }

    var octets: [UInt8] {
        switch self {
        case .null: []
        case .number(let text): Array(text.utf8)
        case .octets(let octets): octets
        }
    }
}

/// The rows of one table.
struct SQLTable: Sendable {
    /// In small letters.
    var columns: [String]
    var rows: [[SQLValue]] = []
    /// The lines on which the rows begin.
    var lines: [Int] = []

    /// A row with the names of its values.
    struct Row {
        let table: SQLTable
        let index: Int

        /// nil for NULL, and where the table has no such column.
        subscript(column: String) -> SQLValue? {
            guard let position = table.columns.firstIndex(of: column), position < table.rows[index].count,
                table.rows[index][position] != .null
            else { return nil }
            return table.rows[index][position]
        }

        func text(_ column: String) -> String { self[column]?.text ?? "" }
        func integer(_ column: String) -> Int? { self[column]?.integer }
        /// 1 and what else is not 0.
        func isSet(_ column: String) -> Bool { (self[column]?.integer ?? 0) != 0 }
        var line: Int { table.lines[index] }
    }

    var all: [Row] { rows.indices.map { Row(table: self, index: $0) } }
}
