import Foundation
import GRDB
import SubscriberFormats

/// The database of osmo-hlr: `subscriber`, `subscriber_multi_msisdn`, and the keys in `auc_3g`; those of `auc_2g` are of no use
/// to IMS.
struct HLRDatabase {
    private let queue: DatabaseQueue
    private let path: String

    init(_ path: String) throws(OperationFailure) {
        self.path = path
        var configuration = Configuration()
        configuration.readonly = true
        do {
            queue = try DatabaseQueue(path: path, configuration: configuration)
            let tables = try queue.read { db in
                try String.fetchAll(db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table'")
            }
            guard tables.contains("auc_3g"), tables.contains("subscriber") else {
                throw OperationFailure(
                    .configuration, "\(path) is no database of osmo-hlr: it has no tables subscriber and auc_3g")
            }
        } catch let failure as OperationFailure {
            throw failure
        } catch {
            throw OperationFailure(.configuration, "\(path) cannot be read: \(error)")
        }
    }

    /// libosmocore's numbers of algorithms that an HSS can do.
    private static let algorithms: [Int64: String] = [5: "milenage", 7: "tuak"]

    func read(
        into reading: inout SubscriberImport, _ body: ([ImportItem]) throws(OperationFailure) -> Void
    ) throws(OperationFailure) {
        do {
            // The closure of a read cannot change what it captures of ours inout; a copy goes in and comes out.
            reading = try queue.read { [reading] db in
                var reading = reading
                let rows = try Row.fetchCursor(
                    db,
                    sql: """
                        SELECT s.id, s.imsi, s.msisdn, k.algo_id_3g, k.k, k.op, k.opc, k.sqn, k.ind_bitlen,
                        (SELECT count(*) FROM auc_2g g WHERE g.subscriber_id = s.id) AS has_2g
                        FROM subscriber s LEFT JOIN auc_3g k ON k.subscriber_id = s.id ORDER BY s.id
                        """)
                while let row = try rows.next() { try body(try Self.items(row, db, &reading)) }
                return reading
            }
        } catch let failure as OperationFailure {
            throw failure
        } catch {
            throw OperationFailure(.configuration, "\(path) cannot be read: \(error)")
        }
    }

    private static func items(_ row: Row, _ db: GRDB.Database, _ reading: inout SubscriberImport) throws -> [ImportItem]
    {
        let id = Int64.fromDatabaseValue(row["id"]) ?? 0
        let place = ImportPlace.row(table: "subscriber", key: String(id))
        guard let algorithm = Int64.fromDatabaseValue(row["algo_id_3g"]) else {
            let has2G = (Int64.fromDatabaseValue(row["has_2g"]) ?? 0) > 0
            return reading.take(
                .problem, place, "auc_3g",
                has2G
                    ? "it has keys for 2G only, with which no phone registers with IMS"
                    : "it has no keys and is not imported")
        }
        guard let word = algorithms[algorithm] else {
            return reading.take(
                .problem, place, "algo_id_3g",
                "algorithm \(algorithm) is neither MILENAGE (5) nor TUAK (7); it is not imported")
        }
        var items: [ImportItem] = []
        if let bits = Int64.fromDatabaseValue(row["ind_bitlen"]), bits != 5 {
            items += reading.take(
                .warning, place, "ind_bitlen",
                "IND has \(bits) bits there and 5 here; phones may ask once for resynchronisation")
        }
        var values = [("algorithm", word)]
        for name in ["imsi", "msisdn", "k", "op", "opc", "sqn"] {
            if let text = text(row[name]), !text.isEmpty { values.append((name, text)) }
        }
        // With both given the OPc counts there.
        if values.contains(where: { $0.0 == "opc" }) { values.removeAll { $0.0 == "op" } }
        let more = try String.fetchAll(
            db, sql: "SELECT msisdn FROM subscriber_multi_msisdn WHERE subscriber_id = ?", arguments: [id])
        values += more.map { ("msisdn", $0) }
        return items + reading.take(row: values.map { (name: $0.0, value: $0.1) }, at: place)
    }

    private static func text(_ value: DatabaseValue) -> String? {
        switch value.storage {
        case .null: nil
        case .int64(let number): String(number)
        case .double(let number): String(number)
        case .string(let text): text
        case .blob(let octets): String(decoding: octets, as: UTF8.self)
        }
    }
}
