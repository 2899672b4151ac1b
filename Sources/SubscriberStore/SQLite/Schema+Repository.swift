extension Schema {
    /// Sh: what application servers may do, keep here, and want to hear of.
    static let repositoryData = """
        ALTER TABLE application_server ADD COLUMN sh_host TEXT;                   -- Origin-Host, TS 29.328 §6.2
        ALTER TABLE application_server ADD COLUMN sh_pull TEXT NOT NULL DEFAULT '';  -- Data-Reference, TS 29.329 §6.3.4, blanks between
        ALTER TABLE application_server ADD COLUMN sh_update TEXT NOT NULL DEFAULT '';
        ALTER TABLE application_server ADD COLUMN sh_subscribe TEXT NOT NULL DEFAULT '';
        CREATE UNIQUE INDEX application_server_sh_host ON application_server (sh_host);
        CREATE INDEX public_identity_wildcarded ON public_identity (kind) WHERE kind >= 2;  -- few among millions
        CREATE TABLE repository_data (                  -- transparent data, TS 29.328 §7.6.1
            identity TEXT NOT NULL REFERENCES public_identity (identity) ON DELETE CASCADE,
            service TEXT NOT NULL,                      -- Service-Indication, TS 29.329 §6.3.5
            sequence_number INTEGER NOT NULL CHECK (sequence_number BETWEEN 0 AND 65535),  -- TS 29.328 §7.6.1
            data BLOB NOT NULL,                         -- ServiceData, TS 29.328 Annex C
            PRIMARY KEY (identity, service)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE data_subscription (                -- who hears of changes, TS 29.328 §6.1.3
            identity TEXT NOT NULL REFERENCES public_identity (identity) ON DELETE CASCADE,
            service TEXT NOT NULL,                      -- Service-Indication, TS 29.329 §6.3.5
            host TEXT NOT NULL,                         -- Origin-Host of the application server
            realm TEXT NOT NULL,                        -- Origin-Realm of it
            PRIMARY KEY (identity, service, host)
        ) STRICT, WITHOUT ROWID;
        """

    /// Application servers watch other data as well, and not for ever.
    static let watchedData = """
        CREATE TABLE data_subscription_2 (              -- who hears of changes, TS 29.328 §6.1.3
            identity TEXT NOT NULL REFERENCES public_identity (identity) ON DELETE CASCADE,
            reference INTEGER NOT NULL,                 -- Data-Reference, TS 29.329 §6.3.4
            service TEXT NOT NULL,                      -- Service-Indication, TS 29.329 §6.3.5; empty but for repository data
            host TEXT NOT NULL,                         -- Origin-Host of the application server
            realm TEXT NOT NULL,                        -- Origin-Realm of it
            expires INTEGER,                            -- Expiry-Time, TS 29.329 §6.3.16, seconds since 1970; NULL: without end
            PRIMARY KEY (identity, reference, service, host)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO data_subscription_2 (identity, reference, service, host, realm)
            SELECT identity, 0, service, host, realm FROM data_subscription;
        DROP TABLE data_subscription;
        ALTER TABLE data_subscription_2 RENAME TO data_subscription;
        CREATE TABLE data_change (                      -- changed beside the HSS; PNRs will go out, TS 29.328 §6.1.4
            identity TEXT NOT NULL REFERENCES public_identity (identity) ON DELETE CASCADE,
            reference INTEGER NOT NULL,                 -- Data-Reference, TS 29.329 §6.3.4
            PRIMARY KEY (identity, reference)
        ) STRICT, WITHOUT ROWID;
        """
}
