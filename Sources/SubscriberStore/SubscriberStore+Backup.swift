import AKA
import Foundation
import HomeSubscriberServer

/// Copies of the database. The master keys are not in them: their file is kept apart.
extension SubscriberStore {
    /// How far the counters of all SIMs go forward in a restore: more challenges than a phone has had since any backup
    /// that anybody would restore, and far below what a SIM takes as one step (2^28, TS 33.102 Annex C.2.1).
    package static let restoreStep: UInt64 = 1 << 16

    /// Writes a copy of the database as it is at this moment; the HSS may run meanwhile. A file that is there is not
    /// overwritten.
    package func backup(to copy: String) throws(Failure) {
        do {
            if let engine = engine as? PostgreSQLEngine {
                try PostgreSQLDump(engine.url).write(to: copy)
            } else {
                try engine.access { try Self.copy($0, to: copy) }
            }
        } catch {
            throw .store(StoreError(error, path: copy))
        }
        try write { db in try AuditTrail(db, actor: self.actor).add("backup", copy) }
    }

    /// Makes the database at `path` be what a backup holds, with every sequence number moved forward so that none is
    /// used twice. The HSS may run: it goes on with what is restored.
    ///
    /// - Returns: where what was there before is kept.
    package static func restore(
        _ backup: String, to path: String, options: Options = Options()
    ) throws(Failure) -> String? {
        if PostgreSQLAddress.isMeant(by: path) { return try restorePostgreSQL(backup, to: path, options) }
        do {
            let work = "\(path).restoring"
            for file in [work, work + "-wal", work + "-shm"] { unlink(file) }
            defer { for file in [work, work + "-wal", work + "-shm"] { unlink(file) } }
            try copyFile(backup, to: work)
            var prepared = options
            prepared.keyFile = try options.keyFile ?? keyFile(of: backup) ?? path + ".key"
            prepared.creates = false
            let store = try SubscriberStore(path: work, options: prepared)
            try store.moveForward(noting: backup)
            let kept = try setAside(path, options)
            let target = try SQLiteEngine.target(path, options)
            try store.copy(into: target)
            try target.access { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
            try target.close()
            try store.close()
            return kept
        } catch {
            throw .store(StoreError(error, path: path))
        }
    }

    /// By PostgreSQL's own programs, with what was there dumped beside the backup first.
    private static func restorePostgreSQL(
        _ backup: String, to url: String, _ options: Options
    ) throws(Failure) -> String? {
        do {
            var present = options
            present.creates = false
            var kept: String?
            do throws(StoreError) {
                try SubscriberStore(path: url, options: present).close()
                let file = "\(backup).before-restore-\(Int(Date().timeIntervalSince1970))"
                do { try PostgreSQLDump(url).write(to: file) } catch { throw StoreError(error, path: file) }
                kept = file
            } catch {
                guard case .missing = error else { throw error }
            }
            try PostgreSQLDump(url).restore(backup)
            // Opening it brings one of an earlier version up to date.
            let store = try SubscriberStore(path: url, options: present)
            try store.write { db in try AuditTrail(db, actor: options.actor).add("restore", backup) }
            try store.close()
            return kept
        } catch {
            throw .store(StoreError(error, path: url.split(separator: "?").first.map(String.init) ?? url))
        }
    }

    /// Moves the counters of all SIMs forward by `restoreStep`: after a database has been brought back by other means,
    /// pg_restore for one, it may have seen numbers that it does not remember.
    package func moveForward(noting backup: String) throws(Failure) {
        let step = Int64(Self.restoreStep << 5)  // IND has five bits
        let highest = Int64(1) << 48 - 1
        try write { db in
            try db.execute(
                sql: """
                    UPDATE private_identity SET sqn = CASE WHEN sqn > ? THEN ? ELSE sqn + ? END, last_rand = NULL
                    WHERE scheme = 0
                    """, arguments: [highest - step, highest, step])
            try AuditTrail(db, actor: self.actor).add("restore", backup)
        }
    }

    /// A copy into a file of its owner's alone, on the disk before it returns.
    static func copy(_ db: Database, to path: String) throws {
        guard db.dialect == .sqlite else {
            throw StoreError.failed("it is a PostgreSQL database, of which pg_dump makes copies")
        }
        guard access(path, F_OK) != 0 else {
            throw StoreError.cannotOpen(path: path, detail: "it is there already and would be overwritten")
        }
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StoreError.cannotOpen(path: path, detail: String(cString: strerror(errno))) }
        defer { _ = Foundation.close(descriptor) }
        do {
            try db.execute(sql: "VACUUM INTO ?", arguments: [path])
            guard fsync(descriptor) == 0 else { throw StoreError.full }
        } catch {
            unlink(path)
            throw error
        }
    }

    private static func copyFile(_ source: String, to target: String) throws {
        guard access(source, R_OK) == 0 else { throw StoreError.missing(path: source) }
        let engine = try SQLiteEngine.reading(source)
        try engine.access { try copy($0, to: target) }
        try engine.close()
    }

    /// The file of master keys that a backup names; nil when it was beside its database.
    private static func keyFile(of backup: String) throws -> String? {
        let engine = try SQLiteEngine.reading(backup)
        return try engine.access { db in
            let table = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'setting')"
            guard try Bool.fetchOne(db, sql: table) == true else { return nil }
            return try String.fetchOne(db, sql: "SELECT value FROM setting WHERE name = 'master-key-file'")
        }
    }

    /// Keeps what is there: a copy of a database that can be read, and of one that cannot the files themselves.
    private static func setAside(_ path: String, _ options: Options) throws -> String? {
        guard access(path, F_OK) == 0 else { return nil }
        do throws(StoreError) {
            try DatabaseFile.prepare(path, creates: false)
            let store = try SubscriberStore(path: path, options: options)
            let kept = "\(path).before-restore-\(Int(Date().timeIntervalSince1970))"
            do { try store.engine.access { try copy($0, to: kept) } } catch { throw StoreError(error, path: kept) }
            try store.close()
            return kept
        } catch {
            switch error {
            case .empty, .notADatabase, .damaged: break
            case .missing, .foreign, .newer, .keys, .cannotOpen, .full, .busy, .readOnly, .failed: throw error
            }
        }
        let aside = "\(path).damaged-\(Int(Date().timeIntervalSince1970))"
        for suffix in ["", "-wal", "-shm"] where access(path + suffix, F_OK) == 0 {
            guard rename(path + suffix, aside + suffix) == 0 else {
                throw StoreError.cannotOpen(path: path, detail: String(cString: strerror(errno)))
            }
        }
        return aside
    }

    private func copy(into target: SQLiteEngine) throws {
        guard let engine = engine as? SQLiteEngine else { throw StoreError.failed("a copy is made of a file alone") }
        try engine.copy(into: target)
    }
}
