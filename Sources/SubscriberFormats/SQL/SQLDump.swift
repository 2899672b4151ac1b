import Octets

/// The rows of a MySQL dump by their tables: what CREATE TABLE and INSERT say, all else passed over.
struct SQLDump {
    struct Fault: Equatable {
        var line: Int
        var sentence: String
    }

    /// By names in small letters.
    private(set) var tables: [String: SQLTable] = [:]
    private(set) var faults: [Fault] = []

    /// - Parameter known: columns of tables that the dump fills without saying which they have.
    init(_ octets: [UInt8], known: [String: [String]]) {
        var scanner = SQLScanner(octets)
        while let token = scanner.next() {
            guard case .word(let word, isQuoted: false) = token else {
                if token != Self.end { Self.skip(&scanner) }
                continue
            }
            switch word.lowercased() {
            case "create": create(&scanner)
            case "insert", "replace": insert(&scanner, known)
            default: Self.skip(&scanner)
            }
        }
    }

    func rows(_ table: String) -> [SQLTable.Row] { tables[table]?.all ?? [] }

    private static let end = SQLScanner.Token.mark(UInt8(ascii: ";"))
    private static let open = SQLScanner.Token.mark(UInt8(ascii: "("))
    private static let close = SQLScanner.Token.mark(UInt8(ascii: ")"))
    private static let comma = SQLScanner.Token.mark(UInt8(ascii: ","))
    private static let dot = SQLScanner.Token.mark(UInt8(ascii: "."))

    /// To behind the next semicolon.
    private static func skip(_ scanner: inout SQLScanner) {
        while let token = scanner.next(), token != end {}
    }

    private static func keyword(_ token: SQLScanner.Token?) -> String? {
        guard case .word(let word, isQuoted: false)? = token else { return nil }
        return word.lowercased()
    }

    private static func name(_ token: SQLScanner.Token?) -> String? {
        guard case .word(let word, _)? = token else { return nil }
        return word.lowercased()
    }

    /// The name after TABLE or INTO, without that of the database, and what follows it.
    private static func table(_ scanner: inout SQLScanner) -> (String, SQLScanner.Token?)? {
        var token = scanner.next()
        while ["if", "not", "exists", "into", "ignore", "table"].contains(keyword(token) ?? "") {
            token = scanner.next()
        }
        guard var table = name(token) else { return nil }
        var follower = scanner.next()
        if follower == dot, let second = name(scanner.next()) {
            table = second
            follower = scanner.next()
        }
        return (table, follower)
    }

    /// CREATE TABLE `name` (`column` type …, KEY …).
    private mutating func create(_ scanner: inout SQLScanner) {
        guard Self.keyword(scanner.next()) == "table", let (table, follower) = Self.table(&scanner),
            follower == Self.open
        else { return Self.skip(&scanner) }
        var columns: [String] = []
        var depth = 1
        var isFirst = true
        while let token = scanner.next(), token != Self.end {
            if token == Self.open { depth += 1 }
            if token == Self.close { depth -= 1 }
            if depth == 1, isFirst, case .word(let word, let isQuoted) = token {
                let keys = [
                    "primary", "key", "unique", "index", "constraint", "foreign", "fulltext", "spatial", "check",
                ]
                if isQuoted || !keys.contains(word.lowercased()) { columns.append(word.lowercased()) }
            }
            isFirst = depth == 1 && token == Self.comma
        }
        if !columns.isEmpty, tables[table] == nil { tables[table] = SQLTable(columns: columns) }
    }

    /// INSERT INTO `name` [(`column`, …)] VALUES (…), (…);
    private mutating func insert(_ scanner: inout SQLScanner, _ known: [String: [String]]) {
        let line = scanner.line
        guard let (table, first) = Self.table(&scanner) else {
            faults.append(Fault(line: line, sentence: "this INSERT names no table"))
            return Self.skip(&scanner)
        }
        var columns: [String]?
        var token = first
        if token == Self.open {
            var names: [String] = []
            while let next = scanner.next(), next != Self.close {
                if next == Self.end {
                    return faults.append(Fault(line: line, sentence: "this INSERT into \(table) is broken off"))
                }
                if let name = Self.name(next) { names.append(name) }
            }
            columns = names
            token = scanner.next()
        }
        guard ["values", "value"].contains(Self.keyword(token) ?? "") else {
            faults.append(Fault(line: line, sentence: "this INSERT into \(table) has no VALUES"))
            if token != Self.end { Self.skip(&scanner) }
            return
        }
        let order = tables[table]?.columns ?? known[table] ?? []
        if tables[table] == nil { tables[table] = SQLTable(columns: order.isEmpty ? columns ?? [] : order) }
        while let next = scanner.next() {
            if next == Self.end { return }
            if next == Self.comma { continue }
            guard next == Self.open else {
                faults.append(
                    Fault(line: scanner.line, sentence: "this INSERT into \(table) has something else than rows"))
                return Self.skip(&scanner)
            }
            row(of: table, columns, &scanner)
        }
    }

    private mutating func row(of table: String, _ columns: [String]?, _ scanner: inout SQLScanner) {
        let line = scanner.line
        var values: [SQLValue] = []
        var depth = 1
        var strange = false
        while let token = scanner.next() {
            if token == Self.close {
                depth -= 1
                if depth == 0 { return keep(values, strange, of: table, columns, line) }
                continue
            }
            switch token {
            case .value(let value) where depth == 1: values.append(value)
            case Self.comma: continue
            case Self.open:
                depth += 1
                strange = true
            case Self.end:
                return faults.append(Fault(line: line, sentence: "this row of \(table) is broken off"))
            default: strange = true
            }
        }
        faults.append(Fault(line: line, sentence: "the file ends in this row of \(table)"))
    }

    private mutating func keep(
        _ values: [SQLValue], _ isStrange: Bool, of table: String, _ columns: [String]?, _ line: Int
    ) {
        guard !isStrange else {
            faults.append(
                Fault(
                    line: line,
                    sentence: "this row of \(table) has a value that is none, such as a function; it is not read"))
            return
        }
        guard var stored = tables[table] else { return }
        var row = values
        if let columns {
            guard columns.count == values.count else {
                return faults.append(
                    Fault(
                        line: line,
                        sentence:
                            "this row of \(table) has \(values.count) values for \(columns.count) columns; it is not read"
                    ))
            }
            row = stored.columns.map { column in columns.firstIndex(of: column).map { values[$0] } ?? .null }
        } else if values.count > stored.columns.count, !stored.columns.isEmpty {
            return faults.append(
                Fault(
                    line: line,
                    sentence:
                        "this row of \(table) has \(values.count) values, but \(stored.columns.count) columns are known; it is not read"
                ))
        }
        tables[table] = nil  // not two owners of the rows: they would be copied
        stored.rows.append(row)
        stored.lines.append(line)
        tables[table] = stored
    }
}
