import CPostgreSQL
import Foundation

/// Parameters as libpq takes them: numbers and texts as text with a NUL behind, octets as they are.
struct PostgreSQLParameters {
    private var storage: [UInt8] = []
    private var starts: [Int?] = []
    private var lengths: [Int32] = []
    private var formats: [Int32] = []

    init(_ values: [SQLValue]) throws(SQLFailure) {
        for value in values {
            switch value {
            case .null: add(nil, isBinary: false)
            case .integer(let number): add(String(number).utf8, isBinary: false)
            case .text(let text):
                guard !text.utf8.contains(0) else { throw .failed("PostgreSQL takes no text with a NUL in it") }
                add(text.utf8, isBinary: false)
            case .blob(let octets): add(octets, isBinary: true)
            }
        }
    }

    private mutating func add(_ octets: String.UTF8View, isBinary: Bool) { add(Array(octets), isBinary: isBinary) }

    private mutating func add(_ octets: Data, isBinary: Bool) { add(Array(octets), isBinary: isBinary) }

    private mutating func add(_ octets: [UInt8]?, isBinary: Bool) {
        starts.append(octets == nil ? nil : storage.count)
        // A parameter of libpq is an Int32 long at most; nothing of ours comes near.
        lengths.append(Int32(clamping: octets?.count ?? 0))
        formats.append(isBinary ? 1 : 0)
        storage += octets ?? []
        storage.append(0)
    }

    func withPointers<Value>(
        _ body: (
            Int32, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?
        ) -> Value
    ) -> Value {
        storage.withUnsafeBytes { storage in
            let base = storage.bindMemory(to: CChar.self).baseAddress
            let values = starts.map { start in start.flatMap { base?.advanced(by: $0) } }
            return values.withUnsafeBufferPointer { values in
                lengths.withUnsafeBufferPointer { lengths in
                    formats.withUnsafeBufferPointer { formats in
                        body(Int32(values.count), values.baseAddress, lengths.baseAddress, formats.baseAddress)
                    }
                }
            }
        }
    }
}

/// A result of libpq in the binary format, as rows.
enum PostgreSQLResult {
    // pg_type.dat of PostgreSQL: numbers that never change.
    private static let bool: Oid = 16
    private static let bytea: Oid = 17
    private static let int8: Oid = 20
    private static let int2: Oid = 21
    private static let int4: Oid = 23
    private static let text: Oid = 25
    private static let name: Oid = 19
    private static let varchar: Oid = 1043
    private static let oid: Oid = 26

    static func rows(_ result: OpaquePointer?) throws(SQLFailure) -> [Row] {
        let columns = PQnfields(result)
        guard columns > 0 else { return [] }
        let types = (0..<columns).map { PQftype(result, $0) }
        var rows: [Row] = []
        rows.reserveCapacity(Int(PQntuples(result)))
        for row in 0..<PQntuples(result) {
            var values: [SQLValue] = []
            values.reserveCapacity(Int(columns))
            for column in 0..<columns { values.append(try value(result, row, column, types[Int(column)])) }
            rows.append(Row(columns: values))
        }
        return rows
    }

    private static func value(
        _ result: OpaquePointer?, _ row: Int32, _ column: Int32, _ type: Oid
    ) throws(SQLFailure) -> SQLValue {
        guard PQgetisnull(result, row, column) == 0, let start = PQgetvalue(result, row, column) else { return .null }
        let octets = UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(result, row, column)))
        switch type {
        case text, varchar, name: return .text(String(decoding: octets, as: UTF8.self))
        case bytea: return .blob(Data(octets))
        case bool, int2, int4, int8, oid:
            guard (1...8).contains(octets.count) else { throw .failed("a number of \(octets.count) octets") }
            // Two's complement, most significant octet first; an oid and a bool have no sign.
            let isNegative = type != oid && type != bool && octets[0] & 0x80 != 0
            var bits: UInt64 = isNegative ? .max : 0
            for octet in octets { bits = bits << 8 | UInt64(octet) }
            return .integer(Int64(bitPattern: bits))
        default: throw .failed("a column has a type that nobody reads (\(type))")
        }
    }
}
