import Crypto
import Foundation

/// Who changed or read what. Written in the transaction of the change; rows are only added, which triggers see to, and
/// each carries a hash over the one before, so that a row that was changed or lost behind SQLite's back is found.
///
/// No secret stands in it: an action and whom it was about.
struct AuditTrail {
    private let db: Database
    private let actor: String

    init(_ db: Database, actor: String) {
        self.db = db
        self.actor = actor
    }

    func add(_ action: String, _ object: String) throws {
        let time = Int64(Date().timeIntervalSince1970)
        if let lock = db.dialect.tableLock("audit") { try db.execute(sql: lock) }
        let last = try Row.fetchOne(db, sql: "SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1")
        let number = try last?.decode(Int64.self, atIndex: 0) ?? 0
        let before = try last?.decode(Data.self, atIndex: 1)
        let entry = AuditEntry(number: 0, time: time, actor: actor, action: action, object: object)
        try db.execute(
            sql: "INSERT INTO audit (id, time, actor, action, object, hash) VALUES (?, ?, ?, ?, ?, ?)",
            arguments: [number + 1, time, actor, action, object, entry.hash(after: before ?? Data())])
    }
}

/// A line of the audit trail.
package struct AuditEntry: Equatable, Sendable {
    package var number: Int64
    /// Seconds since 1970.
    package var time: Int64
    package var actor: String
    package var action: String
    package var object: String

    fileprivate func hash(after before: Data) -> Data {
        var function = SHA256()
        function.update(data: before)
        for part in [String(time), actor, action, object] {
            function.update(data: Data("\(part.utf8.count):\(part)".utf8))
        }
        return Data(function.finalize())
    }
}

extension SubscriberStore {
    /// A page of the audit trail, oldest first.
    package func auditTrail(after: Int64 = 0, limit: Int = 100) throws(Failure) -> [AuditEntry] {
        try read { db in
            try Row.fetchAll(
                db, sql: "SELECT id, time, actor, action, object FROM audit WHERE id > ? ORDER BY id LIMIT ?",
                arguments: [after, max(0, limit)]
            ).map(Self.entry)
        }
    }

    /// The number of the first line whose hash is wrong or before which one is lost; nil when the trail is whole.
    package func firstBreakInAuditTrail() throws(Failure) -> Int64? {
        try read { db in
            var before = Data()
            var number: Int64 = 0
            while true {
                let page = try Row.fetchAll(
                    db,
                    sql:
                        "SELECT id, time, actor, action, object, hash FROM audit WHERE id > ? ORDER BY id LIMIT 1000",
                    arguments: [number])
                for row in page {
                    let entry = try Self.entry(row)
                    let hash = try row.decode(Data.self, atIndex: 5)
                    guard entry.number == number + 1, hash == entry.hash(after: before) else { return entry.number }
                    before = hash
                    number = entry.number
                }
                if page.isEmpty { return nil }
            }
        }
    }

    /// Says that somebody was shown the secrets of a subscriber.
    package func noteReading(ofSecretsOf subscriber: String) throws(Failure) {
        try write { db in try AuditTrail(db, actor: self.actor).add("read secrets", subscriber) }
    }

    private static func entry(_ row: Row) throws -> AuditEntry {
        AuditEntry(
            number: try row.decode(Int64.self, atIndex: 0), time: try row.decode(Int64.self, atIndex: 1),
            actor: try row.decode(String.self, atIndex: 2), action: try row.decode(String.self, atIndex: 3),
            object: try row.decode(String.self, atIndex: 4))
    }
}
