import Foundation
import SubscriberStore
import Testing

@Suite("The two databases have the same tables")
struct SchemaTests {
    /// A column as both databases can say it.
    private struct Column: Hashable, CustomStringConvertible {
        var type: String
        var isNeeded: Bool
        var initial: String?

        var description: String { "\(type)\(isNeeded ? " NOT NULL" : "")\(initial.map { " DEFAULT \($0)" } ?? "")" }
    }

    /// A schema: columns by `table.column`, and the rules as sentences.
    private struct Tables {
        var columns: [String: Column] = [:]
        var rules: Set<String> = []

        mutating func add(_ table: String, _ column: String, _ value: Column) { columns["\(table).\(column)"] = value }
    }

    /// What the migrators keep for themselves.
    private let ledgers: Set<String> = ["grdb_migrations", "migration", "sqlite_sequence"]

    private func rows(_ store: SubscriberStore, width: Int, _ sql: String) throws -> [[String?]] {
        try store.withConnection { db in
            try Row.fetchAll(db, sql: sql).map { row in
                try (0..<width).map { try row.decode(String?.self, atIndex: $0) }
            }
        }
    }

    /// Conditions in one spelling: `x IN (0, 1)` is `x = ANY (ARRAY[0, 1])` there, BETWEEN two comparisons.
    private func spelled(_ condition: String) -> String {
        condition.lowercased()
            .replacing(#/::\w+/#, with: "")
            .replacing(#/(\w+) between (\d+) and (\d+)/#) {
                "\($0.output.1)>=\($0.output.2)and\($0.output.1)<=\($0.output.3)"
            }
            .replacing(#/[()\s']/#, with: "")
            .replacing("=anyarray[", with: "in").replacing("]", with: "")
    }

    private func sqlite(_ store: SubscriberStore) throws -> Tables {
        var tables = Tables()
        let names = "SELECT name FROM sqlite_schema WHERE type = 'table'"
        for name in try rows(store, width: 1, names).compactMap({ $0[0] }) where !ledgers.contains(name) {
            let columns = try rows(
                store, width: 5,
                "SELECT name, type, CAST(\"notnull\" AS TEXT), dflt_value, CAST(pk AS TEXT) FROM pragma_table_info('\(name)')"
            )
            let types = ["INTEGER": "number", "TEXT": "text", "BLOB": "octets"]
            for column in columns {
                tables.add(
                    name, column[0] ?? "",
                    Column(
                        type: types[column[1] ?? ""] ?? "?", isNeeded: column[2] == "1" || column[4] != "0",
                        initial: column[3].map(spelled)))
            }
            let key = columns.filter { $0[4] != "0" }.sorted { ($0[4] ?? "") < ($1[4] ?? "") }.compactMap { $0[0] }
            tables.rules.insert("\(name) key \(key.joined(separator: " "))")
            let foreign = """
                SELECT "from", "table", on_delete FROM pragma_foreign_key_list('\(name)')
                """
            for key in try rows(store, width: 3, foreign) {
                let deletes = key[2] == "CASCADE" ? " cascade" : ""
                tables.rules.insert("\(name).\(key[0] ?? "") of \(key[1] ?? "")\(deletes)")
            }
            let unique = """
                SELECT group_concat(c.name, ' ') FROM pragma_index_list('\(name)') i, pragma_index_info(i.name) c
                WHERE i."unique" AND i.origin <> 'pk' GROUP BY i.name
                """
            for columns in try rows(store, width: 1, unique) {
                tables.rules.insert("\(name) unique \(columns[0] ?? "")")
            }
            let text = try #require(
                try rows(store, width: 1, "SELECT sql FROM sqlite_schema WHERE name = '\(name)'")[0][0])
            for condition in checks(in: text.replacing(#/--[^\n]*/#, with: "")) {
                tables.rules.insert("\(name) check \(spelled(condition))")
            }
        }
        return tables
    }

    /// What stands in the parentheses after CHECK.
    private func checks(in text: String) -> [String] {
        text.components(separatedBy: "CHECK (").dropFirst().map { rest in
            var depth = 1
            return String(
                rest.prefix { character in
                    if character == "(" { depth += 1 }
                    if character == ")" { depth -= 1 }
                    return depth > 0
                })
        }
    }

    private func postgreSQL(_ store: SubscriberStore) throws -> Tables {
        var tables = Tables()
        let columns = """
            SELECT table_name::text, column_name::text, coalesce(domain_name, data_type)::text,
            is_nullable::text, column_default::text FROM information_schema.columns WHERE table_schema = current_schema()
            """
        let types = ["bigint": "number", "words": "text", "bytea": "octets"]
        for row in try rows(store, width: 5, columns) {
            guard let table = row[0], let column = row[1], !ledgers.contains(table) else { continue }
            tables.add(
                table, column,
                Column(type: types[row[2] ?? ""] ?? "?", isNeeded: row[3] == "NO", initial: row[4].map(spelled)))
        }
        let constraints = """
            SELECT conrelid::regclass::text, contype::text, pg_get_constraintdef(oid)::text,
            (SELECT string_agg(attname, ' ' ORDER BY n) FROM unnest(conkey) WITH ORDINALITY k (a, n)
             JOIN pg_attribute ON attrelid = conrelid AND attnum = a)::text, confrelid::regclass::text
            FROM pg_constraint WHERE conrelid <> 0 AND connamespace = current_schema()::regnamespace
            """
        for row in try rows(store, width: 5, constraints) {
            guard let table = row[0], let text = row[2], let columns = row[3], !ledgers.contains(table) else {
                continue
            }
            switch row[1] {
            case "p": tables.rules.insert("\(table) key \(columns)")
            case "u": tables.rules.insert("\(table) unique \(columns)")
            case "f":
                let deletes = text.contains("ON DELETE CASCADE") ? " cascade" : ""
                tables.rules.insert("\(table).\(columns) of \(row[4] ?? "")\(deletes)")
            case "c": tables.rules.insert("\(table) check \(spelled(String(text.dropFirst("CHECK ".count))))")
            default: Issue.record("a constraint of kind \(row[1] ?? "")")
            }
        }
        return tables
    }

    @Test("Tables, columns, types, defaults, keys, references and conditions", .enabled(if: PostgreSQLServer.isThere))
    func same() throws {
        let folder = TemporaryFolder()
        let left = try sqlite(try StoreKind.sqlite.place(in: folder).open())
        let right = try postgreSQL(try StoreKind.postgreSQL.place(in: folder).open())
        #expect(left.columns.count > 80)
        // The one column that needs front-ends.
        #expect(right.columns["notice.front_end"] != nil)
        for name in Set(left.columns.keys).union(right.columns.keys) where name != "notice.front_end" {
            #expect(left.columns[name] == right.columns[name], "\(name)")
        }
        #expect(left.rules.count > 50)
        #expect(left.rules.subtracting(right.rules) == [], "SQLite alone")
        #expect(right.rules.subtracting(left.rules) == [], "PostgreSQL alone")
    }

    @Test("Every column says what it holds, in both", .enabled(if: PostgreSQLServer.isThere))
    func documented() throws {
        let folder = TemporaryFolder()
        let store = try StoreKind.postgreSQL.place(in: folder).open()
        let comments = """
            SELECT table_name::text, column_name::text,
            col_description((quote_ident(table_name))::regclass, ordinal_position)::text
            FROM information_schema.columns WHERE table_schema = current_schema()
            """
        for row in try rows(store, width: 3, comments) where !ledgers.contains(row[0] ?? "") {
            #expect(row[2]?.isEmpty == false, "\(row[0] ?? "").\(row[1] ?? "")")
        }
    }

    @Test("A prepared statement that has met a constraint can be used again", arguments: StoreKind.available)
    func reuse(kind: StoreKind) throws {
        let folder = TemporaryFolder()
        let store = try kind.place(in: folder).open()
        try store.withConnection { db in
            let insert = try db.makeStatement(sql: "INSERT INTO service_profile (name) VALUES (?) RETURNING id")
            let silent = try db.makeStatement(sql: "INSERT INTO setting (name, value) VALUES (?, ?)")
            for round in 0..<3 {
                #expect(throws: (any Error).self) { try Int64.fetchOne(insert, arguments: ["default"]) }
                #expect(try Int64.fetchOne(insert, arguments: ["p\(round)"]) != nil)
                try silent.execute(arguments: ["s\(round)", "x"])
                #expect(throws: (any Error).self) { try silent.execute(arguments: ["s\(round)", "y"]) }
            }
            #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM setting WHERE value = 'x'") == 3)
        }
    }
}
