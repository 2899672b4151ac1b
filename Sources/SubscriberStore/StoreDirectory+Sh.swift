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
                    INSERT INTO data_subscription (identity, service, host, realm) VALUES (?, ?, ?, ?)
                    ON CONFLICT (identity, service, host) DO UPDATE SET realm = excluded.realm
                    """,
                arguments: [
                    subscription.identity.text, subscription.serviceIndication, subscription.host.name,
                    subscription.realm.name,
                ])
        }
    }

    mutating func unsubscribe(_ subscription: DataSubscription) throws(DirectoryFailure) -> Bool {
        try attempt {
            try db.execute(
                sql: "DELETE FROM data_subscription WHERE identity = ? AND service = ? AND host = ?",
                arguments: [subscription.identity.text, subscription.serviceIndication, subscription.host.name])
        }
        return db.changesCount == 1
    }

    mutating func dataSubscriptions(
        to service: String, of identity: PublicIdentity
    ) throws(DirectoryFailure) -> [DataSubscription] {
        try attempt {
            try Row.fetchAll(
                db, sql: "SELECT host, realm FROM data_subscription WHERE identity = ? AND service = ? ORDER BY host",
                arguments: [identity.text, service]
            ).map { row in
                DataSubscription(
                    identity: identity, host: DiameterIdentity(try row.decode(String.self, atIndex: 0)),
                    realm: DiameterIdentity(try row.decode(String.self, atIndex: 1)), serviceIndication: service)
            }
        }
    }
}
