import AKA
import Cx
import Foundation
import HomeSubscriberServer

/// Keys at rest: where the master key is, and what has to be sealed with it.
extension SubscriberStore {
    /// Finds the master keys, makes the first one for a new database, and seals what earlier versions left in clear.
    ///
    /// - Returns: the vault, and what the operator should know.
    static func openVault(
        _ engine: any DatabaseEngine, path: String, keyFile: String?, otherwise: String?
    ) throws -> (vault: KeyVault, notes: [String]) {
        try engine.access { db in
            let recorded = try String.fetchOne(db, sql: "SELECT value FROM setting WHERE name = 'master-key-file'")
            let given = keyFile.map { URL(fileURLWithPath: $0).standardizedFileURL.path }
            guard let place = given ?? recorded ?? otherwise else {
                throw StoreError.keys(
                    path: "hss.master-key-file",
                    detail: "it is not set, and there is no folder of a database in which to look")
            }
            let file = MasterKeyFile(path: place)
            var notes: [String] = []
            let isNew = try Bool.fetchOne(db, sql: "SELECT count(*) = 0 FROM master_key") == true
            if isNew, !file.exists {
                try file.create()
                notes.append(
                    "\(file.path) is new: the master key under which the secrets of subscribers are stored. Keep a copy "
                        + "of it apart from the backups of the database; without it they are lost.")
            }
            let vault = try KeyVault(file)
            try verify(vault, file, db, path)
            // Each host of a PostgreSQL database may have the file elsewhere: the first one's place is kept.
            let isElsewhere = given != nil && given != recorded && (db.dialect == .sqlite || recorded == nil)
            if isNew || isElsewhere {
                try db.inTransaction(.immediate) {
                    try register(vault, db)
                    try verify(vault, file, db, path)  // somebody else may have been first
                    if let given, isElsewhere {
                        try db.execute(
                            sql: """
                                INSERT INTO setting (name, value) VALUES ('master-key-file', ?)
                                ON CONFLICT (name) DO UPDATE SET value = excluded.value
                                """, arguments: [given])
                    }
                }
            }
            let clear = "master_key IS NULL AND scheme <> 2"
            guard try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM private_identity WHERE \(clear))") == true
            else { return (vault, notes) }
            let sealed = try reseal(db, vault, where: clear)
            try engine.scrub(db, isWhole: true)
            notes.append(
                "The secrets of \(sealed) private identities lay in clear; they are sealed now. Older backups are not.")
            return (vault, notes)
        }
    }

    private static func verify(_ vault: KeyVault, _ file: MasterKeyFile, _ db: Database, _ path: String) throws {
        for row in try Row.fetchAll(db, sql: "SELECT id, proof FROM master_key") {
            let id = try row.decode(Int64.self, atIndex: 0)
            guard vault.proves(try row.decode(Data.self, atIndex: 1), key: id) else {
                throw StoreError.keys(path: file.path, detail: "its key \(id) is not the one of \(path)")
            }
        }
    }

    /// A fresh master key: everything is sealed with it, then the old one is dropped. The HSS may run meanwhile.
    ///
    /// Broken off, it leaves rows under both keys and both keys in the file; the next rotation takes up all of them.
    /// Backups that are older stay under the old key: a copy of its file opens them.
    ///
    /// - Returns: how many secrets were sealed anew.
    package func rotateMasterKey() throws(Failure) -> Int {
        defer { connection.forget() }
        do {
            return try engine.access { db in
                let vault = connection.vault
                try vault.addKey()
                try db.inTransaction(.immediate) {
                    try Self.register(vault, db)
                    try AuditTrail(db, actor: actor).add("rotate master key", "key \(vault.current)")
                }
                let sealed = try Self.reseal(
                    db, vault, where: "master_key IS DISTINCT FROM \(vault.current) AND scheme <> 2")
                try db.execute(sql: "DELETE FROM master_key WHERE id <> ?", arguments: [vault.current])
                try engine.scrub(db, isWhole: false)
                try vault.dropOldKeys()
                return sealed
            }
        } catch {
            connection.discard()
            throw .store(StoreError(error, path: path))
        }
    }

    private static func register(_ vault: KeyVault, _ db: Database) throws {
        try db.execute(
            sql: "INSERT INTO master_key (id, proof) VALUES (?, ?) ON CONFLICT (id) DO NOTHING",
            arguments: [vault.current, try vault.proof()])
    }

    /// Seals rows with the current key, a few thousand a transaction so that the HSS is not held up for long.
    private static func reseal(_ db: Database, _ vault: KeyVault, where condition: String) throws -> Int {
        let select = """
            SELECT impi, scheme, algorithm, secret, master_key, digest_realm FROM private_identity
            WHERE \(condition) LIMIT 5000
            """
        var count = 0
        while true {
            var done = 0
            try db.inTransaction(.immediate) {
                let rows = try Row.fetchAll(db, sql: select)
                let update = try db.makeStatement(
                    sql: "UPDATE private_identity SET secret = ?, master_key = ? WHERE impi = ?")
                for row in rows {
                    let identity = try row.decode(String.self, atIndex: 0)
                    let credential = try Credential(row, from: 1, of: identity, vault)
                    try update.execute(arguments: [
                        try vault.seal(credential, of: identity), vault.current, identity,
                    ])
                }
                done = rows.count
            }
            count += done
            if done == 0 { return count }
        }
    }
}

extension Credential {
    /// From the columns scheme, algorithm, secret, master_key and digest_realm, in this order.
    init(_ row: Row, from first: Int, of identity: String, _ vault: KeyVault) throws {
        let scheme = try row.decode(Int.self, atIndex: first)
        let secret = try row.decode(Data.self, atIndex: first + 2)
        let key = try row.decode(Int64?.self, atIndex: first + 3)
        switch scheme {
        case 0:
            guard let algorithm = AKAAlgorithm(rawValue: try row.decode(Int64.self, atIndex: first + 1)) else {
                throw DirectoryFailure.damaged("\(identity) has an unknown algorithm")
            }
            self = .aka(try vault.open(secret, key: key, of: identity, algorithm))
        case 1:
            let realm = try row.decode(String.self, atIndex: first + 4)
            self = .digest(DigestSecret(realm: realm, ha1: try vault.openDigest(secret, key: key, of: identity)))
        case 2:
            guard !secret.isEmpty else {
                self = .none
                return
            }
            guard let address = BearerAddress(octets: [UInt8](secret)) else {
                throw DirectoryFailure.damaged("the address of \(identity) cannot be read")
            }
            self = .address(address)
        default: throw DirectoryFailure.damaged("\(identity) has an unknown scheme")
        }
    }
}
