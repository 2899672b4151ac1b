import AKA
import Foundation
import HomeSubscriberServer
import IMS

/// What the operator does to subscribers beside declaring them.
extension SubscriberStore {
    /// Does all of it in one transaction. What S-CSCFs have to hear is kept for the HSS to send.
    ///
    /// - Returns: for each order what `Administration.execute` reports; one that came to nothing has a member `error`.
    package func administer(_ orders: [Administration]) throws(Failure) -> [Report] {
        try write { db in
            var directory = StoreDirectory(db: db, connection: self.connection, actor: self.actor)
            var reports: [Report] = []
            for order in orders { reports.append(try order.execute(on: &directory).report) }
            return reports
        }
    }

    /// Makes the next SQN drawn for a SIM be above `next`: SQN_HE of TS 33.102 Annex C.
    ///
    /// - Parameter backward: whether a lower number than before is taken, with which vectors may be drawn twice.
    /// - Returns: what it was before.
    package func setSequenceNumber(
        _ next: SequenceNumber, of user: PrivateIdentity, backward: Bool = false
    ) throws(Failure) -> SequenceNumber {
        try write { db in
            var directory = StoreDirectory(db: db, connection: self.connection, actor: self.actor)
            guard let subscription = try directory.subscription(holding: user),
                let index = subscription.index(of: user)
            else { throw ProvisioningError.unknown("private identity", user.text) }
            let record = subscription.privateIdentities[index]
            guard record.secrets != nil else {
                throw ProvisioningError.invalid("private identity", user.text, "it has no SIM, and so no SQN")
            }
            guard backward || next.rawValue >= record.sqn.rawValue else {
                throw ProvisioningError.invalid(
                    "sqn", next.hex, "\(user) stands at \(record.sqn.hex); a number used once would be used again")
            }
            try db.execute(
                sql: "UPDATE private_identity SET sqn = ? WHERE impi = ?",
                arguments: [Int64(next.rawValue), user.text])
            try AuditTrail(db, actor: self.actor).add("set sqn", user.text)
            return record.sqn
        }
    }

    /// The oldest RTRs and PPRs whose S-CSCF has not answered yet.
    package func waitingNotices(limit: Int = 100) throws(Failure) -> [StoredNotice] {
        try read { db in
            var directory = StoreDirectory(db: db, connection: self.connection, actor: self.actor)
            return try directory.storedNotices(limit: limit)
        }
    }

    /// All that is wrong in the database, a sentence each: its pages, its references, its secrets, its audit trail.
    package func integrityProblems() throws(Failure) -> [String] {
        var problems: [String] = try read { db in
            try Self.brokenPages(db) + self.brokenSecrets(db)
        }
        if let number = try firstBreakInAuditTrail() {
            problems.append("the audit trail was changed or has lost a line at number \(number)")
        }
        return problems
    }

    /// PostgreSQL looks after its pages and references itself.
    private static func brokenPages(_ db: Database) throws -> [String] {
        guard case .sqlite = db.dialect else { return [] }
        let pages = try String.fetchAll(db, sql: "PRAGMA integrity_check(20)").filter { $0 != "ok" }
        let references = try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").prefix(20)
        return pages
            + (try references.map { row in
                "a row of \(try row.decode(String.self, atIndex: 0)) names what is not there"
            })
    }

    private func brokenSecrets(_ db: Database) throws -> [String] {
        var problems: [String] = []
        var last = ""
        while problems.count < 20 {
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT impi, scheme, algorithm, secret, master_key, digest_realm FROM private_identity
                    WHERE impi > ? ORDER BY impi LIMIT 5000
                    """, arguments: [last])
            for row in rows {
                last = try row.decode(String.self, atIndex: 0)
                do { _ = try Credential(row, from: 1, of: last, connection.vault) } catch {
                    problems.append("the secret of \(last) cannot be opened")
                }
            }
            if rows.isEmpty { break }
        }
        return problems
    }
}
