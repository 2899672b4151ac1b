import ApplicationServer
import Foundation
import GRDB

/// What an application server keeps over kill -9: records in one SQLite file in WAL mode; every batch is on the disk before
/// it counts (`synchronous=FULL`). Files that records speak of lie in a folder beside it.
///
/// An object belongs to one thread at a time.
package final class ServiceStore {
    private let queue: DatabaseQueue
    private let files: StoredFiles?

    /// `tasS` in the header, so that no other program's database is taken for ours.
    private static let applicationID: Int32 = 0x7461_7353

    /// Opens the file, makes it when it is not there.
    ///
    /// - Parameter folder: where files are kept; nil when there are none.
    package init(path: String, folder: String? = nil) throws(ServiceStoreFailure) {
        files = try folder.map { path throws(ServiceStoreFailure) in try StoredFiles(folder: path) }
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

    /// Removes files that no record speaks of: a crash has come between.
    package func removeFiles(except known: Set<String>) { files?.removeAll(except: known) }

    /// Does it in one transaction: files are written before it and removed after it. A file that cannot be written takes
    /// its own record with it, and nothing else.
    ///
    /// - Returns: a result for each, in order.
    package func execute(_ batch: [StoreOrder]) -> [ServiceWorkResult] {
        var results = batch.map { order -> ServiceWorkResult in
            guard case .keep(_, _, _, let file, let octets) = order else { return .done }
            return attempt { () throws(ServiceStoreFailure) in
                try folder().write(octets, to: file)
                return .done
            }
        }
        do {
            try queue.write { db in
                for (order, result) in zip(batch, results) where result == .done { try perform(order, db) }
            }
        } catch {
            return batch.map { _ in .failed("\(error)") }
        }
        for (index, order) in batch.enumerated() {
            switch order {
            case .drop(_, _, let file): files?.remove(file)
            case .load(let file):
                results[index] = attempt { () throws(ServiceStoreFailure) in .file(try folder().read(file)) }
            case .put, .remove, .keep: break
            }
        }
        return results
    }

    private func perform(_ order: StoreOrder, _ db: Database) throws {
        switch order {
        case .put(let kind, let name, let octets), .keep(let kind, let name, let octets, _, _):
            try db.execute(
                sql: "INSERT OR REPLACE INTO record (kind, name, octets) VALUES (?, ?, ?)",
                arguments: [Int(kind.rawValue), name, Data(octets)])
        case .remove(let kind, let name), .drop(let kind, let name, _):
            try db.execute(
                sql: "DELETE FROM record WHERE kind = ? AND name = ?", arguments: [Int(kind.rawValue), name])
        case .load: break
        }
    }

    private func folder() throws(ServiceStoreFailure) -> StoredFiles {
        guard let files else { throw ServiceStoreFailure("there is no folder for files") }
        return files
    }

    private func attempt(_ body: () throws(ServiceStoreFailure) -> ServiceWorkResult) -> ServiceWorkResult {
        do throws(ServiceStoreFailure) { return try body() } catch { return .failed("\(error)") }
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
