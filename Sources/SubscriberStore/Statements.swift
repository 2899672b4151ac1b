/// The statements of the message path, prepared once. They belong to one connection and are used inside its accesses.
final class Statements {
    let byPrivateIdentity: Statement
    let byPublicIdentity: Statement
    let subscription: Statement
    /// The same, held against other writers until the transaction ends.
    let heldSubscription: Statement
    let privateIdentities: Statement
    let publicIdentities: Statement
    let registrations: Statement
    let advance: Statement
    let setServingCSCF: Statement
    let setRegistration: Statement
    let served: Statement

    init(_ db: Database) throws {
        byPrivateIdentity = try db.makeStatement(sql: "SELECT subscription FROM private_identity WHERE impi = ?")
        byPublicIdentity = try db.makeStatement(sql: "SELECT subscription FROM public_identity WHERE identity = ?")
        let one = """
            SELECT scscf_name, scscf_host, capability_set, roaming_profile, charging_profile, scscf_features,
            former_scscf_name, former_scscf_host
            FROM subscription WHERE id = ?
            """
        subscription = try db.makeStatement(sql: one)
        heldSubscription = try db.makeStatement(sql: one + db.dialect.rowLock)
        privateIdentities = try db.makeStatement(
            sql: """
                SELECT position, impi, amf, sqn, last_rand, scheme, algorithm, secret, master_key, digest_realm
                FROM private_identity WHERE subscription = ? ORDER BY position
                """)
        publicIdentities = try db.makeStatement(
            sql: """
                SELECT identity, kind, barred, display_name, implicit_set, service_profile, alias_group, active,
                application_server
                FROM public_identity WHERE subscription = ? ORDER BY position
                """)
        registrations = try db.makeStatement(
            sql: """
                SELECT private_identity, implicit_set, state, auth_pending, restoration
                FROM registration WHERE subscription = ? ORDER BY private_identity, implicit_set
                """)
        advance = try db.makeStatement(
            sql: """
                UPDATE private_identity SET sqn = ?, last_rand = ? WHERE subscription = ? AND position = ? AND sqn = ?
                """)
        setServingCSCF = try db.makeStatement(
            sql: "UPDATE subscription SET scscf_name = ?, scscf_host = ?, scscf_features = ? WHERE id = ?")
        setRegistration = try db.makeStatement(
            sql: """
                UPDATE registration SET state = ?, auth_pending = ?, restoration = ?
                WHERE subscription = ? AND private_identity = ? AND implicit_set = ?
                """)
        served = try db.makeStatement(
            sql: "SELECT id FROM subscription WHERE scscf_name IS NOT NULL AND id > ? ORDER BY id LIMIT ?")
    }
}
