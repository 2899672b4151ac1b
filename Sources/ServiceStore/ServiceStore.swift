import ApplicationServer
import Foundation
import GRDB

/// What an application server keeps over kill -9: records in one SQLite file in WAL mode; every batch is on the disk before
/// it counts (`synchronous=FULL`).
///
/// An object belongs to one thread at a time.
package final class ServiceStore {
    private let queue: DatabaseQueue

    /// `tasS` in the header, so that no other program's database is taken for ours.
    private static let applicationID: Int32 = 0x7461_7353

    /// Opens the file, makes it when it is not there.
    package init(path: String) throws(ServiceStoreFailure) {
        do {
            let queue = try DatabaseQueue(path: path)
            try queue.inDatabase { db in
                let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
                let owner = try Int32.fetchOne(db, sql: "PRAGMA application_id")
                guard tables == 0 || owner == Self.applicationID else {
                    throw ServiceStoreFailure("\(path) is a database of another program")
                }
                try db.execute(
                    sql: """
                        PRAGMA application_id = \(Self.applicationID);
                        PRAGMA journal_mode = WAL;
                        PRAGMA synchronous = FULL;
                        CREATE TABLE IF NOT EXISTS record (
                            kind INTEGER NOT NULL, name TEXT NOT NULL, octets BLOB NOT NULL, PRIMARY KEY (kind, name)
                        ) WITHOUT ROWID;
                        """)
            }
            self.queue = queue
        } catch let failure as ServiceStoreFailure {
            throw failure
        } catch {
            throw ServiceStoreFailure("\(path) cannot be opened: \(error)")
        }
    }

    /// All records, by kind and name. Those of kinds that we do not know stay where they are.
    package func records() throws(ServiceStoreFailure) -> [StoredRecord] {
        do {
            return try queue.inDatabase { db in
                let rows = try Row.fetchCursor(db, sql: "SELECT kind, name, octets FROM record ORDER BY kind, name")
                var records: [StoredRecord] = []
                while let row = try rows.next() {
                    guard let kind = (row[0] as Int64?).flatMap({ UInt8(exactly: $0) }).flatMap(StoredKind.init),
                        let name = row[1] as String?, let octets = row[2] as Data?
                    else { continue }
                    records.append(StoredRecord(kind, name: name, Array(octets)))
                }
                return records
            }
        } catch {
            throw ServiceStoreFailure("the records cannot be read: \(error)")
        }
    }

    /// Does all of it in one transaction, or none of it. - Returns: a result for each, in order.
    package func execute(_ batch: [StoreOrder]) -> [ServiceWorkResult] {
        do {
            try queue.write { db in
                for order in batch {
                    switch order {
                    case .put(let kind, let name, let octets):
                        try db.execute(
                            sql: "INSERT OR REPLACE INTO record (kind, name, octets) VALUES (?, ?, ?)",
                            arguments: [Int(kind.rawValue), name, Data(octets)])
                    case .remove(let kind, let name):
                        try db.execute(
                            sql: "DELETE FROM record WHERE kind = ? AND name = ?",
                            arguments: [Int(kind.rawValue), name])
                    }
                }
            }
            return batch.map { _ in .done }
        } catch {
            return batch.map { _ in .failed("\(error)") }
        }
    }

    /// Folds the write-ahead log into the file. When that fails nothing is lost, the log stays beside it.
    package func close() throws(ServiceStoreFailure) {
        do { try queue.close() } catch { throw ServiceStoreFailure("the store does not close: \(error)") }
    }
}

/// One sentence.
package struct ServiceStoreFailure: Error, CustomStringConvertible {
    package let description: String
    init(_ sentence: String) { description = sentence }
}
