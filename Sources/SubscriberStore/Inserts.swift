import AKA
import Foundation
import GRDB
import HomeSubscriberServer

/// The statements that add a subscriber, prepared once for a range of them.
struct Inserts {
    private let db: Database
    private let subscription: Statement
    private let privateIdentity: Statement
    private let publicIdentity: Statement
    private let registration: Statement
    private let serviceProfiles: [String: Int64]

    init(_ db: Database) throws {
        self.db = db
        subscription = try db.makeStatement(
            sql: "INSERT INTO subscription (capability_set, roaming_profile, charging_profile) VALUES (?, ?, ?)")
        privateIdentity = try db.makeStatement(
            sql: """
                INSERT INTO private_identity (subscription, position, impi, algorithm, keys, amf, sqn)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """)
        publicIdentity = try db.makeStatement(
            sql: """
                INSERT INTO public_identity
                (subscription, position, identity, kind, barred, display_name, implicit_set, service_profile)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """)
        registration = try db.makeStatement(
            sql: "INSERT INTO registration (subscription, private_identity, implicit_set) VALUES (?, ?, ?)")
        serviceProfiles = try Catalogue.identifiers(db, "service_profile")
    }

    func insert(_ record: SubscriberRecord) throws {
        guard let profile = serviceProfiles[record.serviceProfile] else {
            throw ProvisioningError.unknown("service profile", record.serviceProfile)
        }
        try subscription.execute(arguments: [
            try Catalogue.identifier(db, .capabilities, record.lists.capabilities),
            try Catalogue.identifier(db, .visitedNetworks, record.lists.visitedNetworks),
            try Catalogue.identifier(db, .charging, record.lists.charging),
        ])
        let id = db.lastInsertedRowID
        do {
            try privateIdentity.execute(arguments: [
                id, 0, record.privateIdentity.text, record.secrets.algorithm.rawValue,
                Data(record.secrets.revealedOctets), Int64(record.amf.rawValue), Int64(record.sqn.rawValue),
            ])
        } catch let error as DatabaseError where error.isDuplicate {
            throw ProvisioningError.exists("imsi", record.imsi.digits)
        }
        for (position, identity) in record.publicIdentities.enumerated() {
            do {
                try publicIdentity.execute(arguments: [
                    id, position, identity.identity.text, identity.kind.rawValue, identity.isBarred,
                    identity.displayName, identity.implicitSet, profile,
                ])
            } catch let error as DatabaseError where error.isDuplicate {
                throw record.msisdn.map { ProvisioningError.exists("msisdn", $0) }
                    ?? ProvisioningError.exists("public identity", identity.identity.text)
            }
        }
        try registration.execute(arguments: [id, 0, 0])
    }
}

extension DatabaseError {
    fileprivate var isDuplicate: Bool {
        extendedResultCode == .SQLITE_CONSTRAINT_UNIQUE || extendedResultCode == .SQLITE_CONSTRAINT_PRIMARYKEY
    }
}
