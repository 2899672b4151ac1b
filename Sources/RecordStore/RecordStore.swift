import Foundation
import GRDB
import IMS

/// The embedded store of a P-CSCF or S-CSCF: its records in one SQLite file in WAL mode.
///
/// A write counts when it is in the log of the database: that outlives kill -9 of the process. Only checkpoints wait for
/// the disk (`synchronous=NORMAL`), so after a loss of power the last moments may be missing, and nothing is damaged; what
/// is missing then the phones make good with their next REGISTER. An object belongs to one thread at a time.
package final class RecordStore {
    private let queue: DatabaseQueue

    /// Whose store it is; stands in the header of the file, so that no other program's database is taken for ours.
    package enum Owner: Int32, Sendable {
        /// `pcsR`
        case proxyCSCF = 0x7063_7352
        /// `scsR`
        case servingCSCF = 0x7363_7352
    }

    /// Opens the file, makes it when it is not there. Nobody else may have it open.
    package init(path: String, of owner: Owner) throws(RecordStoreFailure) {
        do {
            Self.makePrivate(path)
            let queue = try DatabaseQueue(path: path)
            try queue.inDatabase { db in
                let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
                let found = try Int32.fetchOne(db, sql: "PRAGMA application_id")
                guard tables == 0 || found == owner.rawValue else {
                    throw RecordStoreFailure("\(path) is a database of another program")
                }
                try db.execute(
                    sql: """
                        PRAGMA locking_mode = EXCLUSIVE;
                        PRAGMA application_id = \(owner.rawValue);
                        PRAGMA journal_mode = WAL;
                        PRAGMA synchronous = NORMAL;
                        CREATE TABLE IF NOT EXISTS record (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
                        """)
            }
            self.queue = queue
        } catch let failure as RecordStoreFailure {
            throw failure
        } catch {
            throw RecordStoreFailure("\(path) cannot be opened: \(Self.sentence(error))")
        }
    }

    /// All records, in the order of their keys.
    package func load() throws(RecordStoreFailure) -> [StoredRecord] {
        do {
            return try queue.inDatabase { db in
                let rows = try Row.fetchCursor(db, sql: "SELECT key, value FROM record ORDER BY key")
                var records: [StoredRecord] = []
                while let row = try rows.next() {
                    guard let key = row[0] as Data?, let value = row[1] as Data? else { continue }
                    records.append(StoredRecord(key: Array(key), value: Array(value)))
                }
                return records
            }
        } catch {
            throw RecordStoreFailure("the records cannot be read: \(Self.sentence(error))")
        }
    }

    /// Does all of it in one transaction, or none of it. - Returns: an outcome for each, in order.
    package func write(_ batch: [[StoredRecord]]) -> [StoreOutcome] {
        do {
            try queue.write { db in
                let put = try db.cachedStatement(sql: "INSERT OR REPLACE INTO record (key, value) VALUES (?, ?)")
                let remove = try db.cachedStatement(sql: "DELETE FROM record WHERE key = ?")
                for record in batch.joined() {
                    if let value = record.value {
                        try put.execute(arguments: [Data(record.key), Data(value)])
                    } else {
                        try remove.execute(arguments: [Data(record.key)])
                    }
                }
            }
            return batch.map { _ in .written }
        } catch {
            let why = "the store cannot be written: \(Self.sentence(error))"
            return batch.map { _ in .failed(why) }
        }
    }

    /// Folds the log into the file; nothing is lost when that fails, the log stays beside it.
    package func close() {
        do { try queue.close() } catch { return }
    }

    /// Identities and contacts stand in it: nobody but its owner reads it.
    private static func makePrivate(_ path: String) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        if descriptor >= 0 { _ = Foundation.close(descriptor) }
    }

    private static func sentence(_ error: any Error) -> String {
        (error as? DatabaseError)?.message ?? "\(error)"
    }
}

/// Why the store cannot be used, in a sentence.
package struct RecordStoreFailure: Error, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
