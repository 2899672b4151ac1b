import CPostgreSQL
import Foundation

/// PostgreSQL's connection through libpq. One that is lost is made anew when the next transaction begins.
final class PostgreSQLSession: DatabaseSession {
    private let address: PostgreSQLAddress
    private let program: String
    private let connection: OpaquePointer
    /// Run on each new connection.
    private var greeting: String
    /// Counts connections: a statement is prepared once in each.
    fileprivate private(set) var generation = 0
    private var lastStatement = 0

    /// - Parameter patience: milliseconds to wait for what others have locked.
    init(_ address: PostgreSQLAddress, program: String, patience: Int) throws(SQLFailure) {
        self.address = address
        self.program = program
        greeting = "SET lock_timeout = \(patience); SET standard_conforming_strings = on"
        guard let connection = address.connect(as: program) else { throw .failed("libpq has no memory") }
        self.connection = connection
        guard PQstatus(connection) == CONNECTION_OK else { throw .cannotOpen(words) }
        try greet()
    }

    deinit { PQfinish(connection) }

    var dialect: Dialect { .postgreSQL }

    /// The process of the server that serves this connection: notifications carry it.
    var backend: Int32 { PQbackendPID(connection) }

    var serverVersion: Int32 { PQserverVersion(connection) }

    /// Told of the server's process after each new connection.
    var connected: ((Int32) -> Void)?

    /// A setting that every connection of this session has, beginning with the present one.
    func set(_ name: String, to number: Int64) throws(SQLFailure) { try order("SET \(name) = '\(number)'") }

    func order(_ order: String) throws(SQLFailure) {
        _ = try execute(script: order)
        greeting += "; " + order
    }

    func begin(_ kind: Database.TransactionKind) throws(SQLFailure) {
        if PQstatus(connection) != CONNECTION_OK { try reconnect() }
        do {
            try open(kind)
        } catch  where PQstatus(connection) != CONNECTION_OK {
            // It was lost while nobody looked: a restart of the server, say.
            try reconnect()
            try open(kind)
        }
    }

    private func open(_ kind: Database.TransactionKind) throws(SQLFailure) {
        switch kind {
        case .deferred: _ = try execute(script: "BEGIN ISOLATION LEVEL REPEATABLE READ")
        case .immediate: _ = try execute(script: "BEGIN")
        // Two that lock the same rows in another order wait for each other: better to give up soon and go one by one.
        case .several: _ = try execute(script: "BEGIN; SET LOCAL lock_timeout = 100")
        }
    }

    func commit() throws(SQLFailure) { _ = try execute(script: "COMMIT") }

    func rollback() {
        guard PQstatus(connection) == CONNECTION_OK, PQtransactionStatus(connection) != PQTRANS_IDLE else { return }
        PQclear(PQexec(connection, "ROLLBACK"))
    }

    func execute(script: String) throws(SQLFailure) -> Int {
        let result = PQexec(connection, script)
        defer { PQclear(result) }
        try check(result)
        return Self.changes(result)
    }

    func prepare(_ sql: String) throws(SQLFailure) -> any PreparedStatement {
        lastStatement += 1
        return PostgreSQLStatement(Self.numbered(sql), name: "s\(lastStatement)", self)
    }

    func prepareOnce(_ sql: String) throws(SQLFailure) -> any PreparedStatement {
        PostgreSQLStatement(Self.numbered(sql), name: nil, self)
    }

    private func reconnect() throws(SQLFailure) {
        PQreset(connection)
        generation += 1
        guard PQstatus(connection) == CONNECTION_OK else {
            throw .failed("PostgreSQL cannot be reached: \(words)")
        }
        try greet()
        connected?(backend)
    }

    private func greet() throws(SQLFailure) { _ = try execute(script: greeting) }

    private var words: String { String(cString: PQerrorMessage(connection)).oneLine }

    /// Gives a statement its name in the present connection.
    fileprivate func prepare(_ sql: String, as name: String) throws(SQLFailure) {
        let result = PQprepare(connection, name, sql, 0, nil)
        defer { PQclear(result) }
        try check(result)
    }

    /// - Parameter name: of a prepared statement; nil runs the text.
    fileprivate func run(
        _ sql: String, _ name: String?, _ arguments: [SQLValue]
    ) throws(SQLFailure) -> (rows: [Row], changes: Int) {
        let parameters = try PostgreSQLParameters(arguments)
        let result = parameters.withPointers { count, values, lengths, formats in
            if let name {
                PQexecPrepared(connection, name, count, values, lengths, formats, 1)
            } else {
                PQexecParams(connection, sql, count, nil, values, lengths, formats, 1)
            }
        }
        defer { PQclear(result) }
        try check(result)
        return (try PostgreSQLResult.rows(result), Self.changes(result))
    }

    private static func changes(_ result: OpaquePointer?) -> Int { Int(String(cString: PQcmdTuples(result))) ?? 0 }

    private func check(_ result: OpaquePointer?) throws(SQLFailure) {
        let status = PQresultStatus(result)
        guard status != PGRES_COMMAND_OK, status != PGRES_TUPLES_OK, status != PGRES_EMPTY_QUERY else { return }
        guard PQstatus(connection) == CONNECTION_OK, let result else {
            throw .failed("the connection to PostgreSQL was lost: \(words)")
        }
        func field(_ code: Character) -> String {
            guard let ascii = code.asciiValue, let text = PQresultErrorField(result, Int32(ascii)) else { return "" }
            return String(cString: text)
        }
        throw SQLFailure(state: field("C"), words: field("M").oneLine)
    }

    /// `?` and `?1` as PostgreSQL writes them, `$1`; not in literals and comments.
    static func numbered(_ sql: String) -> String {
        var text: [UInt8] = []
        var number = 0
        var isQuoted = false
        var isComment = false
        let octets = Array(sql.utf8)
        for (index, octet) in octets.enumerated() {
            switch octet {
            case UInt8(ascii: "'") where !isComment: isQuoted.toggle()
            case UInt8(ascii: "-") where !isQuoted && index + 1 < octets.count && octets[index + 1] == octet:
                isComment = true
            case UInt8(ascii: "\n"): isComment = false
            case UInt8(ascii: "?") where !isQuoted && !isComment:
                text.append(UInt8(ascii: "$"))
                let isNumbered = index + 1 < octets.count && (0x30...0x39).contains(octets[index + 1])
                guard !isNumbered else { continue }
                number += 1
                text += Array(String(number).utf8)
                continue
            default: break
            }
            text.append(octet)
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// A statement of one session; with a name it is prepared at its first use, and again after a new connection.
private final class PostgreSQLStatement: PreparedStatement {
    private let sql: String
    private let name: String?
    private unowned let session: PostgreSQLSession
    private var generation: Int?

    init(_ sql: String, name: String?, _ session: PostgreSQLSession) {
        self.sql = sql
        self.name = name
        self.session = session
    }

    func run(_ arguments: [SQLValue]) throws(SQLFailure) -> (rows: [Row], changes: Int) {
        if let name, generation != session.generation {
            try session.prepare(sql, as: name)
            generation = session.generation
        }
        return try session.run(sql, name, arguments)
    }
}

extension SQLFailure {
    /// From SQLSTATE (PostgreSQL 15, Appendix A) and the primary message, which has no values but in class 22.
    init(state: String, words: String) {
        switch state {
        case "53100": self = .full
        case "55P03", "57014": self = .busy
        case "40001", "40P01": self = .conflict
        case "25006": self = .readOnly
        case "23505": self = .duplicate
        case "XX001", "XX002": self = .damaged(words)
        default:
            switch state.prefix(2) {
            case "23": self = .constraint
            case "22": self = .failed("a value does not fit its column (SQLSTATE \(state))")
            default: self = .failed("\(words) (SQLSTATE \(state))")
            }
        }
    }
}
