import Cx
import Diameter
import Foundation
import HomeSubscriberServer
import IMS
import Octets
import Sh

/// What application servers keep here and may do.
extension StoreDirectory {
    mutating func shAccess(of host: DiameterIdentity) throws(DirectoryFailure) -> ShAccess? {
        try attempt { try connection.catalogue(db).shAccess[host.name.lowercased()] }
    }

    mutating func repositoryData(
        of identity: PublicIdentity, service: String
    ) throws(DirectoryFailure) -> RepositoryData? {
        try attempt {
            let row = try Row.fetchOne(
                db, sql: "SELECT sequence_number, data FROM repository_data WHERE identity = ? AND service = ?",
                arguments: [identity.text, service])
            return try row.map { row in
                RepositoryData(
                    serviceIndication: service, sequenceNumber: try row.decode(Int.self, atIndex: 0),
                    serviceData: OctetSlice([UInt8](try row.decode(Data.self, atIndex: 1))))
            }
        }
    }

    mutating func setRepositoryData(
        _ data: RepositoryData, of identity: PublicIdentity
    ) throws(DirectoryFailure) {
        try attempt {
            guard let content = data.serviceData else {
                try db.execute(
                    sql: "DELETE FROM repository_data WHERE identity = ? AND service = ?",
                    arguments: [identity.text, data.serviceIndication])
                return
            }
            try db.execute(
                sql: """
                    INSERT INTO repository_data (identity, service, sequence_number, data) VALUES (?, ?, ?, ?)
                    ON CONFLICT (identity, service) DO UPDATE SET
                    sequence_number = excluded.sequence_number, data = excluded.data
                    """,
                arguments: [identity.text, data.serviceIndication, data.sequenceNumber, Data(content.array)])
        }
    }

    mutating func subscribe(_ subscription: DataSubscription) throws(DirectoryFailure) {
        try attempt {
            try db.execute(
                sql: """
                    INSERT INTO data_subscription (identity, reference, service, host, realm, expires)
                    VALUES (?, ?, ?, ?, ?, ?)
                    ON CONFLICT (identity, reference, service, host) DO UPDATE SET
                    realm = excluded.realm, expires = excluded.expires
                    """,
                arguments: [
                    subscription.identity.text, Int64(subscription.reference.rawValue), subscription.serviceIndication,
                    subscription.host.name, subscription.realm.name, subscription.expires,
                ])
        }
    }

    mutating func unsubscribe(_ subscription: DataSubscription) throws(DirectoryFailure) -> Bool {
        try attempt {
            try db.execute(
                sql: "DELETE FROM data_subscription WHERE identity = ? AND reference = ? AND service = ? AND host = ?",
                arguments: [
                    subscription.identity.text, Int64(subscription.reference.rawValue), subscription.serviceIndication,
                    subscription.host.name,
                ])
        }
        return db.changesCount == 1
    }

    /// What has expired is passed over and stays: a clock that was wrong for a while has then done no harm.
    mutating func dataSubscriptions(
        to reference: DataReference, service: String, of identity: PublicIdentity
    ) throws(DirectoryFailure) -> [DataSubscription] {
        try attempt {
            try Row.fetchAll(
                db,
                sql: """
                    SELECT host, realm, expires FROM data_subscription
                    WHERE identity = ? AND reference = ? AND service = ? AND (expires IS NULL OR expires > ?) ORDER BY host
                    """,
                arguments: [
                    identity.text, Int64(reference.rawValue), service, Int64(Date().timeIntervalSince1970),
                ]
            ).map { row in
                DataSubscription(
                    identity: identity, host: DiameterIdentity(try row.decode(String.self, atIndex: 0)),
                    realm: DiameterIdentity(try row.decode(String.self, atIndex: 1)), reference: reference,
                    serviceIndication: service, expires: try row.decode(Int64?.self, atIndex: 2))
            }
        }
    }

    mutating func watchedReferences() throws(DirectoryFailure) -> [DataReference] {
        try attempt { try connection.catalogue(db).watchedReferences }
    }

    mutating func leave(_ changes: [DataChange]) throws(DirectoryFailure) {
        try attempt {
            for change in changes {
                try db.execute(
                    sql: """
                        INSERT INTO data_change (identity, reference)
                        SELECT DISTINCT identity, reference FROM data_subscription WHERE identity = ? AND reference = ?
                        ON CONFLICT (identity, reference) DO NOTHING
                        """, arguments: [change.identity.text, Int64(change.reference.rawValue)])
            }
        }
    }

    mutating func takeDataChanges() throws(DirectoryFailure) -> [DataChange] {
        try attempt {
            try Row.fetchAll(db, sql: "DELETE FROM data_change RETURNING identity, reference").compactMap { row in
                let number = UInt32(clamping: try row.decode(Int64.self, atIndex: 1))
                let identity = PublicIdentity(canonical: try row.decode(String.self, atIndex: 0))
                return DataReference(rawValue: number).map { DataChange(identity: identity, reference: $0) }
            }
        }
    }
}
