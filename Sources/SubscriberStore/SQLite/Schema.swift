import GRDB

/// The tables of the HSS. Every column cites where its content is defined; a change is a new migration, never an edit.
enum Schema {
    /// Tells our files from other SQLite databases: `PRAGMA application_id`, "IMSH".
    static let applicationID: Int32 = 0x494D_5348

    /// From the first on, in order. A database that knows others comes from a newer version.
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 subscribers", foreignKeyChecks: .immediate) { db in
            try db.execute(sql: subscribers)
        }
        migrator.registerMigration("2 algorithms", foreignKeyChecks: .immediate) { db in
            try db.execute(sql: algorithms)
        }
        migrator.registerMigration("3 services", foreignKeyChecks: .immediate) { db in
            try db.execute(sql: services)
        }
        migrator.registerMigration("4 secrets", foreignKeyChecks: .immediate) { db in
            try db.execute(sql: secrets)
        }
        migrator.registerMigration("5 restoration", foreignKeyChecks: .immediate) { db in
            // SCSCF-Restoration-Info, TS 29.229 §6.3.46: a SAR that carries nothing else.
            try db.execute(sql: "ALTER TABLE registration ADD COLUMN restoration BLOB")
        }
        migrator.registerMigration("6 repository data", foreignKeyChecks: .immediate) { db in
            try db.execute(sql: repositoryData)
        }
        migrator.registerMigration("7 public services", foreignKeyChecks: .immediate) { db in
            try db.execute(sql: publicServices)
        }
        migrator.registerMigration("8 watched data", foreignKeyChecks: .immediate) { db in
            try db.execute(sql: watchedData)
        }
        return migrator
    }

    private static let subscribers = """
        PRAGMA application_id = \(applicationID);

        -- What several subscriptions share.
        CREATE TABLE service_profile (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            subscribed_media_profile INTEGER            -- CoreNetworkServicesAuthorization, TS 29.228 Annex B.2.3
        ) STRICT;
        CREATE TABLE filter_criterion (                 -- initial filter criteria, TS 23.008 §3.5.2
            service_profile INTEGER NOT NULL REFERENCES service_profile ON DELETE CASCADE,
            priority INTEGER NOT NULL CHECK (priority >= 0),  -- unique in a profile, TS 29.228 Annex B.2.2
            xml TEXT NOT NULL,                          -- one InitialFilterCriteria element, TS 29.228 Annex E
            PRIMARY KEY (service_profile, priority)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE capability_set (                   -- server capabilities, TS 23.008 §3.4.1
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            mandatory TEXT NOT NULL DEFAULT '',         -- Mandatory-Capability, TS 29.229 §6.3.5: numbers with blanks between
            optional TEXT NOT NULL DEFAULT '',          -- Optional-Capability, TS 29.229 §6.3.6
            server_names TEXT NOT NULL DEFAULT ''       -- Server-Name, TS 29.229 §6.3.3: URIs with blanks between
        ) STRICT;
        CREATE TABLE roaming_profile (                  -- authorised visited networks, TS 23.008 §3.1.4
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            networks TEXT NOT NULL                      -- Visited-Network-Identifier, TS 29.229 §6.3.1, blanks between
        ) STRICT;
        CREATE TABLE charging_profile (                 -- Charging-Information, TS 29.229 §6.3.19; TS 23.008 §3.7
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            primary_event TEXT,                         -- Primary-Event-Charging-Function-Name, TS 29.229 §6.3.20
            secondary_event TEXT,                       -- Secondary-Event-Charging-Function-Name, TS 29.229 §6.3.21
            primary_collection TEXT,                    -- Primary-Charging-Collection-Function-Name, TS 29.229 §6.3.22
            secondary_collection TEXT                   -- Secondary-Charging-Collection-Function-Name, TS 29.229 §6.3.23
        ) STRICT;

        -- One IMS subscription and its parts, TS 23.228 §5.2.
        CREATE TABLE subscription (
            id INTEGER PRIMARY KEY AUTOINCREMENT,       -- never used again: logs may speak of a removed one
            scscf_name TEXT,                            -- S-CSCF name, TS 23.008 §3.2.2
            scscf_host TEXT,                            -- Diameter client identity of the S-CSCF, TS 23.008 §3.2.3
            capability_set INTEGER REFERENCES capability_set,      -- TS 23.008 §3.4.1
            roaming_profile INTEGER REFERENCES roaming_profile,    -- TS 23.008 §3.1.4; NULL allows every network
            charging_profile INTEGER REFERENCES charging_profile   -- TS 23.008 §3.7
        ) STRICT;
        CREATE TABLE private_identity (
            subscription INTEGER NOT NULL REFERENCES subscription ON DELETE CASCADE,
            position INTEGER NOT NULL,
            impi TEXT NOT NULL UNIQUE,                  -- private user identity, TS 23.008 §3.1.1, TS 23.003 §13.3
            scheme INTEGER NOT NULL DEFAULT 0 CHECK (scheme = 0),  -- SIP-Authentication-Scheme, TS 29.229 §6.3.9: 0 AKA
            k BLOB NOT NULL CHECK (length(k) = 16),     -- K, TS 33.102 §6.3, TS 35.206 §2.3
            opc BLOB NOT NULL CHECK (length(opc) = 16), -- OPc, TS 35.206 §8.2
            amf INTEGER NOT NULL CHECK (amf BETWEEN 0 AND 65535),  -- AMF, TS 33.102 §6.3.2, Annex H
            sqn INTEGER NOT NULL CHECK (sqn BETWEEN 0 AND 281474976710655),  -- SQN_HE, TS 33.102 Annex C.1
            last_rand BLOB CHECK (length(last_rand) = 16),         -- RAND last sent, TS 23.008 §3.3.1, TS 33.102 §6.3.5
            PRIMARY KEY (subscription, position)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE public_identity (
            subscription INTEGER NOT NULL REFERENCES subscription ON DELETE CASCADE,
            position INTEGER NOT NULL,                  -- order in the profile; the first not barred is the default
            identity TEXT NOT NULL UNIQUE,              -- public user identity, TS 23.008 §3.1.2, TS 23.003 §13.4
            kind INTEGER NOT NULL DEFAULT 0,            -- IdentityType, TS 29.228 Annex E
            barred INTEGER NOT NULL DEFAULT 0,          -- barring indication, TS 23.008 §3.1.3
            display_name TEXT,                          -- DisplayName, TS 29.228 Annex E
            implicit_set INTEGER NOT NULL DEFAULT 0,    -- implicitly registered set, TS 23.008 §3.1.6
            service_profile INTEGER NOT NULL REFERENCES service_profile,  -- TS 29.228 Annex B.2.2
            PRIMARY KEY (subscription, position)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE registration (                     -- who may register which set, and its state
            subscription INTEGER NOT NULL REFERENCES subscription ON DELETE CASCADE,
            private_identity INTEGER NOT NULL,          -- position, TS 23.228 §5.2.1a
            implicit_set INTEGER NOT NULL,              -- TS 23.008 §3.1.6
            state INTEGER NOT NULL DEFAULT 0,           -- registration status, TS 23.008 §3.2.1: 0 no, 1 yes, 2 unregistered
            auth_pending INTEGER NOT NULL DEFAULT 0,    -- authentication pending, TS 29.228 §6.3.1
            PRIMARY KEY (subscription, private_identity, implicit_set)
        ) STRICT, WITHOUT ROWID;

        INSERT INTO service_profile (id, name) VALUES (1, 'default');
        """

    /// TUAK beside MILENAGE: what a SIM and its home share becomes one value whose length depends on the functions.
    private static let algorithms = """
        CREATE TABLE private_identity_2 (
            subscription INTEGER NOT NULL REFERENCES subscription ON DELETE CASCADE,
            position INTEGER NOT NULL,
            impi TEXT NOT NULL UNIQUE,                  -- private user identity, TS 23.008 §3.1.1, TS 23.003 §13.3
            scheme INTEGER NOT NULL DEFAULT 0 CHECK (scheme = 0),  -- SIP-Authentication-Scheme, TS 29.229 §6.3.9: 0 AKA
            algorithm INTEGER NOT NULL DEFAULT 0 CHECK (algorithm IN (0, 1)),  -- 0 MILENAGE, TS 35.206; 1 TUAK, TS 35.231
            keys BLOB NOT NULL CHECK (length(keys) BETWEEN 32 AND 128),  -- K ‖ OPc, TS 35.206 §8.2; K ‖ TOPc, TS 35.231
            amf INTEGER NOT NULL CHECK (amf BETWEEN 0 AND 65535),  -- AMF, TS 33.102 §6.3.2, Annex H
            sqn INTEGER NOT NULL CHECK (sqn BETWEEN 0 AND 281474976710655),  -- SQN_HE, TS 33.102 Annex C.1
            last_rand BLOB CHECK (length(last_rand) = 16),         -- RAND last sent, TS 23.008 §3.3.1, TS 33.102 §6.3.5
            PRIMARY KEY (subscription, position)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO private_identity_2 (subscription, position, impi, scheme, keys, amf, sqn, last_rand)
            SELECT subscription, position, impi, scheme, CAST(k || opc AS BLOB), amf, sqn, last_rand
            FROM private_identity;
        DROP TABLE private_identity;
        ALTER TABLE private_identity_2 RENAME TO private_identity;
        """

    /// Application servers and shared iFC sets by name, and the services that a profile allows.
    private static let services = """
        CREATE TABLE application_server (               -- TS 29.228 Annex B.2.2
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,                  -- the operator's word for it
            uri TEXT NOT NULL,                          -- ServerName, TS 29.228 Annex E
            default_handling INTEGER CHECK (default_handling IN (0, 1)),  -- DefaultHandling, TS 29.228 Annex E
            service_info TEXT,                          -- ServiceInfo, TS 29.228 Annex E
            include_register_request INTEGER NOT NULL DEFAULT 0,   -- IncludeRegisterRequest, TS 29.228 Annex E
            include_register_response INTEGER NOT NULL DEFAULT 0   -- IncludeRegisterResponse, TS 29.228 Annex E
        ) STRICT;
        CREATE TABLE criteria_set (                     -- shared iFC set, TS 29.228 Annex B.2.2A
            id INTEGER PRIMARY KEY CHECK (id >= 0)      -- SharedIFCSetID, TS 29.228 Annex E
        ) STRICT;
        CREATE TABLE shared_criterion (                 -- initial filter criteria of a shared set, TS 23.008 §3.5.2
            criteria_set INTEGER NOT NULL REFERENCES criteria_set ON DELETE CASCADE,
            priority INTEGER NOT NULL CHECK (priority >= 0),
            xml TEXT NOT NULL,                          -- one InitialFilterCriteria element, TS 29.228 Annex E
            application_server INTEGER REFERENCES application_server,  -- in the place of the element's own
            PRIMARY KEY (criteria_set, priority)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE profile_criteria_set (             -- SharedIFCSetIDs of a service profile, TS 29.228 Annex B.2.2A
            service_profile INTEGER NOT NULL REFERENCES service_profile ON DELETE CASCADE,
            position INTEGER NOT NULL,
            criteria_set INTEGER NOT NULL REFERENCES criteria_set,
            PRIMARY KEY (service_profile, position)
        ) STRICT, WITHOUT ROWID;
        -- The application server of a criterion when it is one of the table, in the place of the element's own.
        ALTER TABLE filter_criterion ADD COLUMN application_server INTEGER REFERENCES application_server;
        -- ListOfServiceIds, TS 29.228 Annex E: service identifiers with blanks between.
        ALTER TABLE service_profile ADD COLUMN services TEXT NOT NULL DEFAULT '';
        """
}
