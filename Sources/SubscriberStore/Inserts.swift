import AKA
import Foundation
import HomeSubscriberServer
import IMS

/// The statements that add a subscription, prepared once for a range of them.
struct Inserts {
    let db: Database
    private let vault: KeyVault
    private let subscription: Statement
    private let privateIdentity: Statement
    private let publicIdentity: Statement
    private let registration: Statement
    private let serviceProfiles: [String: Int64]

    init(_ db: Database, _ vault: KeyVault) throws {
        self.db = db
        self.vault = vault
        subscription = try db.makeStatement(
            sql:
                "INSERT INTO subscription (capability_set, roaming_profile, charging_profile) VALUES (?, ?, ?) RETURNING id"
        )
        privateIdentity = try db.makeStatement(
            sql: """
                INSERT INTO private_identity
                (subscription, position, impi, scheme, algorithm, secret, master_key, digest_realm, amf, sqn, last_rand)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        publicIdentity = try db.makeStatement(
            sql: """
                INSERT INTO public_identity
                (subscription, position, identity, kind, barred, display_name, implicit_set, alias_group, service_profile,
                active, application_server)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        registration = try db.makeStatement(
            sql: """
                INSERT INTO registration (subscription, private_identity, implicit_set, state, auth_pending, restoration)
                VALUES (?, ?, ?, ?, ?, ?)
                """)
        serviceProfiles = try Catalogue.identifiers(db, "service_profile")
    }

    func insert(_ record: SubscriptionRecord) throws {
        let added = try Int64.fetchOne(
            subscription,
            arguments: [
                try Catalogue.identifier(db, .capabilities, record.lists.capabilities),
                try Catalogue.identifier(db, .visitedNetworks, record.lists.visitedNetworks),
                try Catalogue.identifier(db, .charging, record.lists.charging),
            ])
        guard let id = added else { throw DirectoryFailure.failed("a new subscription has no number") }
        for (position, identity) in record.privateIdentities.enumerated() {
            try insert(identity, at: position, of: id)
        }
        for (position, identity) in record.publicIdentities.enumerated() {
            try insert(identity, at: position, of: id, number: record.msisdn)
        }
        for registration in record.registrations { try insert(registration, of: id) }
    }

    func insert(_ record: PrivateIdentityRecord, at position: Int, of subscription: Int64) throws {
        let identity = record.identity.text
        var realm: String?
        if case .digest(let secret) = record.credential { realm = secret.realm }
        do {
            try privateIdentity.execute(arguments: [
                subscription, position, identity, record.credential.number,
                (record.secrets?.algorithm ?? .milenage).rawValue, try vault.seal(record.credential, of: identity),
                record.credential.hasSecret ? vault.current : nil, realm, Int64(record.amf.rawValue),
                Int64(record.sqn.rawValue), record.lastChallenge.map { Data($0.octets) },
            ])
        } catch SQLFailure.duplicate {
            let user = String(identity.prefix { $0 != "@" })
            throw IMSI(user).map { ProvisioningError.exists("imsi", $0.digits) }
                ?? ProvisioningError.exists("private identity", identity)
        }
    }

    /// - Parameter number: the telephone number of the whole subscription, for the words of a refusal.
    func insert(
        _ record: PublicIdentityRecord, at position: Int, of subscription: Int64, number: String?
    ) throws {
        let profile = try serviceProfile(record.serviceProfile.name)
        let server = try Catalogue.identifier(db, .applicationServer, record.directServer?.name)
        do {
            try publicIdentity.execute(arguments: [
                subscription, position, record.identity.text, record.kind.rawValue, record.isBarred,
                record.displayName, record.implicitSet, record.aliasGroup, profile, record.isActive, server,
            ])
        } catch SQLFailure.duplicate {
            throw number.map { ProvisioningError.exists("msisdn", $0) }
                ?? ProvisioningError.exists("public identity", record.identity.text)
        }
    }

    func serviceProfile(_ name: String) throws -> Int64 {
        guard let id = serviceProfiles[name] else { throw ProvisioningError.unknown("service profile", name) }
        return id
    }

    func insert(_ record: Registration, of subscription: Int64) throws {
        try registration.execute(arguments: [
            subscription, record.privateIdentity, record.implicitSet, record.state.rawValue,
            record.isAuthenticationPending, record.restoration?.stored,
        ])
    }
}

extension Credential {
    fileprivate var hasSecret: Bool {
        switch self {
        case .aka, .digest: true
        case .address, .none: false
        }
    }

    /// The column scheme.
    fileprivate var number: Int {
        switch self {
        case .aka: 0
        case .digest: 1
        // Neither has a secret: an address is told to S-CSCFs as it is.
        case .none, .address: 2
        }
    }
}
