import Cx
import Diameter
import HomeSubscriberServer
import IMS

/// Notices that wait for the answer of an S-CSCF: a row until it has come, so that no restart loses one.
extension StoreDirectory {
    mutating func enqueue(_ notice: Notice) throws(DirectoryFailure) -> NoticeID {
        let id = try attempt { () throws -> Int64? in
            var reason: DeregistrationReason?
            var associated: [String] = []
            var identities: [String] = []
            var implicitSet: Int?
            var bringsCredential = false
            switch notice.content {
            case .termination(let request):
                reason = request.deregistrationReason
                associated = request.associatedIdentities
                identities = request.publicIdentities
            case .profile(let request, implicitSet: let set):
                implicitSet = set
                bringsCredential = request.authenticationItem != nil
            }
            return try Int64.fetchOne(
                db,
                sql: """
                    INSERT INTO notice (kind, impi, scscf_name, scscf_host, implicit_set, credential, reason, info,
                    associated, identities) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id
                    """,
                arguments: [
                    reason == nil ? 1 : 0, notice.user.text, notice.server.name, notice.server.host.name, implicitSet,
                    bringsCredential, (reason?.code.rawValue).map { Int64($0) }, reason?.info,
                    associated.joined(separator: "\n"), identities.joined(separator: "\n"),
                ])
        }
        guard let id else { throw .failed("a notice has no number") }
        return NoticeID(rawValue: UInt64(clamping: id))
    }

    mutating func removeNotices(_ ids: [NoticeID]) throws(DirectoryFailure) {
        try attempt {
            for id in ids {
                try db.execute(
                    sql: "DELETE FROM notice WHERE id = ?", arguments: [Int64(clamping: id.rawValue)])
            }
        }
    }

    mutating func storedNotices(limit: Int) throws(DirectoryFailure) -> [StoredNotice] {
        try attempt {
            if let claim = connection.noticeClaim { try db.execute(sql: claim) }
            return try Row.fetchAll(
                db,
                sql: """
                    SELECT id, kind, impi, scscf_name, scscf_host, implicit_set, credential, reason, info, associated,
                    identities FROM notice \(connection.noticeClaim == nil ? "" : PostgreSQLSchema.ofThisFrontEnd)
                    ORDER BY id LIMIT ?
                    """, arguments: [max(0, limit)]
            ).map(Self.notice)
        }
    }

    private static func notice(_ row: Row) throws -> StoredNotice {
        let user = try row.decode(String.self, atIndex: 2)
        let server = AssignedServingCSCF(
            name: try row.decode(String.self, atIndex: 3),
            host: DiameterIdentity(try row.decode(String.self, atIndex: 4)))
        let content: Notice.Content
        if try row.decode(Int.self, atIndex: 1) == 1 {
            let bringsCredential = try row.decode(Bool.self, atIndex: 6)
            content = .profile(
                PushProfileRequest(
                    userName: user, authenticationItem: bringsCredential ? .request(.sipDigest) : nil),
                implicitSet: try row.decode(Int?.self, atIndex: 5) ?? 0)
        } else {
            let number = UInt32(clamping: try row.decode(Int64?.self, atIndex: 7) ?? 0)
            content = .termination(
                RegistrationTerminationRequest(
                    userName: user, associatedIdentities: try lines(row, 9), publicIdentities: try lines(row, 10),
                    deregistrationReason: DeregistrationReason(
                        DeregistrationReasonCode(rawValue: number) ?? .permanentTermination,
                        info: try row.decode(String?.self, atIndex: 8))))
        }
        let id = NoticeID(rawValue: UInt64(clamping: try row.decode(Int64.self, atIndex: 0)))
        return StoredNotice(id: id, notice: Notice(server: server, content: content))
    }

    private static func lines(_ row: Row, _ index: Int) throws -> [String] {
        try row.decode(String.self, atIndex: index).split(separator: "\n").map(String.init)
    }

    mutating func setFormerServingCSCF(
        _ server: AssignedServingCSCF?, of subscription: SubscriptionID
    ) throws(DirectoryFailure) {
        try attempt {
            try db.execute(
                sql: "UPDATE subscription SET former_scscf_name = ?, former_scscf_host = ? WHERE id = ?",
                arguments: [server?.name, server?.host.name, subscription.rawValue])
        }
        connection.update(subscription) { $0.formerServingCSCF = server }
    }
}
