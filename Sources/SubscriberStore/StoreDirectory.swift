import AKA
import Cx
import Diameter
import Foundation
import HomeSubscriberServer
import IMS

/// The subscriber directory inside one access to the database.
///
/// A value of the moment: it is made when a transaction has begun and dropped with it.
struct StoreDirectory: SubscriberDirectory {
    let db: Database
    let connection: Connection
    /// Who the audit trail says it was.
    let actor: String

    mutating func subscription(holding identity: PrivateIdentity) throws(DirectoryFailure) -> Subscription? {
        if let known = connection.subscription(holding: identity) { return known }
        return try attempt { () throws -> Subscription? in
            try Int64.fetchOne(connection.statements(db).byPrivateIdentity, arguments: [identity.text]).flatMap(load)
        }
    }

    mutating func subscription(holding identity: PublicIdentity) throws(DirectoryFailure) -> Subscription? {
        if let known = connection.subscription(holding: identity) { return known }
        return try attempt { () throws -> Subscription? in
            try Int64.fetchOne(connection.statements(db).byPublicIdentity, arguments: [identity.text]).flatMap(load)
        }
    }

    mutating func wildcardedIdentities() throws(DirectoryFailure) -> [WildcardedIdentity] {
        try attempt { try connection.wildcardedIdentities(db) }
    }

    mutating func advanceSequenceNumber(
        of privateIdentity: Int, in subscription: SubscriptionID, from current: SequenceNumber,
        to next: SequenceNumber, challenge: RandomChallenge
    ) throws(DirectoryFailure) {
        try attempt {
            try connection.statements(db).advance.execute(arguments: [
                Int64(next.rawValue), Data(challenge.octets), subscription.rawValue, privateIdentity,
                Int64(current.rawValue),
            ])
        }
        guard db.changesCount == 1 else { throw .conflict }
        connection.update(subscription) {
            $0.privateIdentities[privateIdentity].sqn = next
            $0.privateIdentities[privateIdentity].lastChallenge = challenge
        }
    }

    /// Something that changes each time: SQLite writes no page that stays as it was.
    mutating func writeNothing() throws(DirectoryFailure) {
        try attempt {
            try db.execute(
                sql: """
                    INSERT INTO setting (name, value) VALUES ('unknown-user', '0') ON CONFLICT (name) DO UPDATE SET
                    value = CASE setting.value WHEN '0' THEN '1' ELSE '0' END
                    """)
        }
    }

    mutating func setServingCSCF(
        _ servingCSCF: AssignedServingCSCF?, of subscription: SubscriptionID
    ) throws(DirectoryFailure) {
        try attempt {
            try connection.statements(db).setServingCSCF.execute(arguments: [
                servingCSCF?.name, servingCSCF?.host.name, Int64(servingCSCF?.features.rawValue ?? 0),
                subscription.rawValue,
            ])
        }
        connection.update(subscription) { $0.servingCSCF = servingCSCF }
    }

    mutating func setRegistration(
        _ registration: Registration, of subscription: SubscriptionID
    ) throws(DirectoryFailure) {
        try attempt {
            try connection.statements(db).setRegistration.execute(arguments: [
                registration.state.rawValue, registration.isAuthenticationPending, registration.restoration?.stored,
                subscription.rawValue,
                registration.privateIdentity, registration.implicitSet,
            ])
        }
        connection.update(subscription) { value in
            let index = value.registrationIndex(
                privateIdentity: registration.privateIdentity, implicitSet: registration.implicitSet)
            if let index { value.registrations[index] = registration }
        }
    }

    mutating func setBarred(
        _ isBarred: Bool, _ identity: PublicIdentity, of subscription: SubscriptionID
    ) throws(DirectoryFailure) {
        try attempt {
            try db.execute(
                sql: "UPDATE public_identity SET barred = ? WHERE identity = ? AND subscription = ?",
                arguments: [isBarred, identity.text, subscription.rawValue])
        }
        connection.update(subscription) { value in
            if let index = value.index(of: identity) { value.publicIdentities[index].isBarred = isBarred }
        }
    }

    mutating func remove(_ subscription: SubscriptionID) throws(DirectoryFailure) {
        try attempt {
            try db.execute(sql: "DELETE FROM subscription WHERE id = ?", arguments: [subscription.rawValue])
        }
        connection.forget(subscription)
        connection.forgetWildcarded()
    }

    mutating func note(_ action: String, about name: String) throws(DirectoryFailure) {
        try attempt { try AuditTrail(db, actor: actor).add(action, name) }
    }

    mutating func servedSubscriptions(
        after: SubscriptionID?, limit: Int
    ) throws(DirectoryFailure) -> [Subscription] {
        try attempt {
            let ids = try Int64.fetchAll(
                connection.statements(db).served, arguments: [after?.rawValue ?? 0, max(0, limit)])
            return try ids.compactMap { try read($0) }
        }
    }

    mutating func statistics() throws(DirectoryFailure) -> DirectoryStatistics {
        try attempt {
            DirectoryStatistics(
                subscriptions: try Int.fetchOne(db, sql: "SELECT count(*) FROM subscription") ?? 0,
                publicIdentities: try Int.fetchOne(db, sql: "SELECT count(*) FROM public_identity") ?? 0,
                registeredSets: try Int.fetchOne(
                    db,
                    sql:
                        "SELECT count(*) FROM (SELECT DISTINCT subscription, implicit_set FROM registration WHERE state = 1) AS registered"
                ) ?? 0)
        }
    }

    func attempt<Value>(_ body: () throws -> Value) throws(DirectoryFailure) -> Value {
        do { return try body() } catch { throw DirectoryFailure(error) }
    }

    /// Reads a subscription and keeps it.
    private func load(_ id: Int64) throws -> Subscription? {
        guard let subscription = try read(id) else { return nil }
        connection.keep(subscription)
        return subscription
    }

    /// Reads a subscription without keeping it: for lists, which would push out what the messages need.
    ///
    /// Who is going to write holds it against others who would.
    func read(_ id: Int64) throws -> Subscription? {
        let statements = try connection.statements(db)
        guard
            let row = try Row.fetchOne(
                connection.isWriting ? statements.heldSubscription : statements.subscription, arguments: [id])
        else { return nil }
        let catalogue = try connection.catalogue(db)
        var servingCSCF: AssignedServingCSCF?
        if let name = try row.decode(String?.self, atIndex: 0) {
            let host = try row.decode(String?.self, atIndex: 1) ?? ""
            servingCSCF = AssignedServingCSCF(
                name: name, host: DiameterIdentity(host),
                features: CxFeatures(rawValue: UInt32(truncatingIfNeeded: try row.decode(Int64.self, atIndex: 5))))
        }
        let former = try row.decode(String?.self, atIndex: 6).map { name in
            AssignedServingCSCF(name: name, host: DiameterIdentity(try row.decode(String?.self, atIndex: 7) ?? ""))
        }
        let capabilities = try row.decode(Int64?.self, atIndex: 2).flatMap { catalogue.capabilitySets[$0] }
        let roaming = try row.decode(Int64?.self, atIndex: 3).flatMap { catalogue.roamingProfiles[$0] }
        let charging = try row.decode(Int64?.self, atIndex: 4).flatMap { catalogue.chargingProfiles[$0] }
        let subscription = Subscription(
            id: SubscriptionID(rawValue: id), servingCSCF: servingCSCF, formerServingCSCF: former,
            capabilities: capabilities?.value,
            visitedNetworks: roaming?.value ?? [], chargingInformation: charging?.value,
            lists: SharedLists(
                capabilities: capabilities?.name, visitedNetworks: roaming?.name, charging: charging?.name),
            privateIdentities: try Row.fetchAll(statements.privateIdentities, arguments: [id]).enumerated().map {
                try privateIdentity($1, at: $0)
            },
            publicIdentities: try Row.fetchAll(statements.publicIdentities, arguments: [id]).map {
                try Self.publicIdentity($0, catalogue)
            },
            registrations: try Row.fetchAll(statements.registrations, arguments: [id]).map(Self.registration))
        guard
            subscription.registrations.allSatisfy({
                subscription.privateIdentities.indices.contains($0.privateIdentity)
            })
        else { throw DirectoryFailure.damaged("a registration names a private identity that is not there") }
        return subscription
    }

    private func privateIdentity(_ row: Row, at index: Int) throws -> PrivateIdentityRecord {
        let last = try row.decode(Data?.self, atIndex: 4)
        guard let amf = UInt16(exactly: try row.decode(Int64.self, atIndex: 2)),
            let value = UInt64(exactly: try row.decode(Int64.self, atIndex: 3)),
            let sqn = SequenceNumber(rawValue: value), try row.decode(Int.self, atIndex: 0) == index
        else { throw DirectoryFailure.damaged("a private identity has a number or position out of range") }
        let identity = try row.decode(String.self, atIndex: 1)
        return PrivateIdentityRecord(
            identity: PrivateIdentity(identity),
            credential: try Credential(row, from: 5, of: identity, connection.vault),
            amf: AuthenticationManagementField(rawValue: amf), sqn: sqn,
            lastChallenge: last.flatMap { RandomChallenge(octets: [UInt8]($0)) })
    }

    private static func publicIdentity(_ row: Row, _ catalogue: Catalogue) throws -> PublicIdentityRecord {
        guard let kind = PublicIdentityRecord.Kind(rawValue: try row.decode(Int64.self, atIndex: 1)),
            let profile = catalogue.serviceProfiles[try row.decode(Int64.self, atIndex: 5)]
        else { throw DirectoryFailure.damaged("a public identity has an unknown kind or service profile") }
        let server = try row.decode(Int64?.self, atIndex: 8)
        guard server == nil || server.flatMap({ catalogue.applicationServers[$0] }) != nil else {
            throw DirectoryFailure.damaged("a public identity names an application server that is not there")
        }
        return PublicIdentityRecord(
            identity: PublicIdentity(canonical: try row.decode(String.self, atIndex: 0)), kind: kind,
            isBarred: try row.decode(Bool.self, atIndex: 2), displayName: try row.decode(String?.self, atIndex: 3),
            implicitSet: try row.decode(Int.self, atIndex: 4), aliasGroup: try row.decode(String?.self, atIndex: 6),
            serviceProfile: profile, isActive: try row.decode(Bool.self, atIndex: 7),
            directServer: server.flatMap { catalogue.applicationServers[$0] })
    }

    private static func registration(_ row: Row) throws -> Registration {
        guard let state = Registration.State(rawValue: try row.decode(Int64.self, atIndex: 2)) else {
            throw DirectoryFailure.damaged("a registration has an unknown state")
        }
        return Registration(
            privateIdentity: try row.decode(Int.self, atIndex: 0), implicitSet: try row.decode(Int.self, atIndex: 1),
            state: state, isAuthenticationPending: try row.decode(Bool.self, atIndex: 3),
            restoration: try row.decode(Data?.self, atIndex: 4).map { try ServingCSCFRestoration(stored: $0) })
    }
}
