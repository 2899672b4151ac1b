extension Schema {
    /// Sealed secrets, SIP Digest beside AKA, who changed what, notices that wait, and what an S-CSCF can.
    static let secrets = """
        CREATE TABLE master_key (                       -- see KeyVault
            id INTEGER PRIMARY KEY,                     -- as in the file of master keys
            proof BLOB NOT NULL                         -- opens only with the right key
        ) STRICT;
        CREATE TABLE setting (
            -- master-key-file: where it is, when not beside the database. unknown-user: nothing, written for users that are not there.
            name TEXT PRIMARY KEY,
            value TEXT NOT NULL
        ) STRICT;

        CREATE TABLE private_identity_3 (
            subscription INTEGER NOT NULL REFERENCES subscription ON DELETE CASCADE,
            position INTEGER NOT NULL,
            impi TEXT NOT NULL UNIQUE,                  -- private user identity, TS 23.008 §3.1.1, TS 23.003 §13.3
            scheme INTEGER NOT NULL CHECK (scheme IN (0, 1, 2)),  -- SIP-Authentication-Scheme, TS 29.229 §6.3.9: 0 AKA, 1 SIP Digest; 2 none
            algorithm INTEGER NOT NULL DEFAULT 0 CHECK (algorithm IN (0, 1)),  -- 0 MILENAGE, TS 35.206; 1 TUAK, TS 35.231
            secret BLOB NOT NULL,                       -- K ‖ OPc, TS 35.206 §8.2; K ‖ TOPc, TS 35.231; HA1, TS 29.229 §6.3.40
            master_key INTEGER REFERENCES master_key,   -- what the secret is sealed with; NULL in clear, as before this version
            digest_realm TEXT CHECK (scheme <> 1 OR digest_realm IS NOT NULL),  -- Digest-Realm, TS 29.229 §6.3.37
            amf INTEGER NOT NULL CHECK (amf BETWEEN 0 AND 65535),  -- AMF, TS 33.102 §6.3.2, Annex H
            sqn INTEGER NOT NULL CHECK (sqn BETWEEN 0 AND 281474976710655),  -- SQN_HE, TS 33.102 Annex C.1
            last_rand BLOB CHECK (length(last_rand) = 16),         -- RAND last sent, TS 23.008 §3.3.1, TS 33.102 §6.3.5
            PRIMARY KEY (subscription, position)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO private_identity_3 (subscription, position, impi, scheme, algorithm, secret, amf, sqn, last_rand)
            SELECT subscription, position, impi, scheme, algorithm, keys, amf, sqn, last_rand FROM private_identity;
        DROP TABLE private_identity;
        ALTER TABLE private_identity_3 RENAME TO private_identity;

        -- AliasIdentityGroupID, TS 29.228 Annex B.2.1: identities of a group are aliases of one another.
        ALTER TABLE public_identity ADD COLUMN alias_group TEXT;
        -- Supported-Features of the S-CSCF, TS 29.229 §7.1.1.
        ALTER TABLE subscription ADD COLUMN scscf_features INTEGER NOT NULL DEFAULT 0;
        -- The S-CSCF that is about to lose the user to another one, TS 29.228 §6.1.3: hears of it when that one has it.
        ALTER TABLE subscription ADD COLUMN former_scscf_name TEXT;
        ALTER TABLE subscription ADD COLUMN former_scscf_host TEXT;

        CREATE TABLE notice (                           -- RTR and PPR that wait for their answer, TS 29.228 §6.1.3, §6.2.2
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            kind INTEGER NOT NULL CHECK (kind IN (0, 1)),  -- 0 RTR, 1 PPR, which is made anew before it goes out
            impi TEXT NOT NULL,                         -- User-Name
            scscf_name TEXT NOT NULL,
            scscf_host TEXT NOT NULL,                   -- Destination-Host
            implicit_set INTEGER,                       -- of a PPR: whose profile
            credential INTEGER NOT NULL DEFAULT 0,      -- of a PPR: whether it brings SIP-Auth-Data-Item, TS 29.229 §6.3.13
            reason INTEGER,                             -- Reason-Code, TS 29.229 §6.3.17
            info TEXT,                                  -- Reason-Info, TS 29.229 §6.3.18
            associated TEXT NOT NULL DEFAULT '',        -- Associated-Identities, TS 29.229 §6.3.33, a line each
            identities TEXT NOT NULL DEFAULT ''         -- Public-Identity, TS 29.229 §6.3.2, a line each
        ) STRICT;

        CREATE TABLE audit (                            -- who changed or read what; see AuditTrail
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            time INTEGER NOT NULL,                      -- seconds since 1970
            actor TEXT NOT NULL,
            action TEXT NOT NULL,
            object TEXT NOT NULL,
            hash BLOB NOT NULL                          -- SHA-256 over the hash before and this row
        ) STRICT;
        CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
            BEGIN SELECT RAISE(ABORT, 'the audit trail is only added to'); END;
        CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
            BEGIN SELECT RAISE(ABORT, 'the audit trail is only added to'); END;
        """
}
