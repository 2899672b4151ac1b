/// The database as earlier versions made it, by their own statements: never to be changed.
enum EarlierVersions {
    static let first = header + shared + subscription + firstPrivateIdentity + rest + rows + firstRows
    static let second =
        header + shared + subscription + rest + secondPrivateIdentity + rows + secondRows
        + "INSERT INTO grdb_migrations VALUES ('2 algorithms');"

    private static let header = """
        PRAGMA journal_mode = WAL;
        PRAGMA application_id = 1229804360;
        CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
        INSERT INTO grdb_migrations VALUES ('1 subscribers');
        """

    private static let shared = """
        CREATE TABLE service_profile (
            id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, subscribed_media_profile INTEGER
        ) STRICT;
        CREATE TABLE filter_criterion (
            service_profile INTEGER NOT NULL REFERENCES service_profile ON DELETE CASCADE,
            priority INTEGER NOT NULL CHECK (priority >= 0),
            xml TEXT NOT NULL,
            PRIMARY KEY (service_profile, priority)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE capability_set (
            id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, mandatory TEXT NOT NULL DEFAULT '',
            optional TEXT NOT NULL DEFAULT '', server_names TEXT NOT NULL DEFAULT ''
        ) STRICT;
        CREATE TABLE roaming_profile (
            id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, networks TEXT NOT NULL
        ) STRICT;
        CREATE TABLE charging_profile (
            id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, primary_event TEXT, secondary_event TEXT,
            primary_collection TEXT, secondary_collection TEXT
        ) STRICT;
        """

    private static let subscription = """
        CREATE TABLE subscription (
            id INTEGER PRIMARY KEY AUTOINCREMENT, scscf_name TEXT, scscf_host TEXT,
            capability_set INTEGER REFERENCES capability_set,
            roaming_profile INTEGER REFERENCES roaming_profile,
            charging_profile INTEGER REFERENCES charging_profile
        ) STRICT;
        """

    private static let firstPrivateIdentity = """
        CREATE TABLE private_identity (
            subscription INTEGER NOT NULL REFERENCES subscription ON DELETE CASCADE,
            position INTEGER NOT NULL,
            impi TEXT NOT NULL UNIQUE,
            scheme INTEGER NOT NULL DEFAULT 0 CHECK (scheme = 0),
            k BLOB NOT NULL CHECK (length(k) = 16),
            opc BLOB NOT NULL CHECK (length(opc) = 16),
            amf INTEGER NOT NULL CHECK (amf BETWEEN 0 AND 65535),
            sqn INTEGER NOT NULL CHECK (sqn BETWEEN 0 AND 281474976710655),
            last_rand BLOB CHECK (length(last_rand) = 16),
            PRIMARY KEY (subscription, position)
        ) STRICT, WITHOUT ROWID;
        """

    private static let secondPrivateIdentity = """
        CREATE TABLE private_identity (
            subscription INTEGER NOT NULL REFERENCES subscription ON DELETE CASCADE,
            position INTEGER NOT NULL,
            impi TEXT NOT NULL UNIQUE,
            scheme INTEGER NOT NULL DEFAULT 0 CHECK (scheme = 0),
            algorithm INTEGER NOT NULL DEFAULT 0 CHECK (algorithm IN (0, 1)),
            keys BLOB NOT NULL CHECK (length(keys) BETWEEN 32 AND 128),
            amf INTEGER NOT NULL CHECK (amf BETWEEN 0 AND 65535),
            sqn INTEGER NOT NULL CHECK (sqn BETWEEN 0 AND 281474976710655),
            last_rand BLOB CHECK (length(last_rand) = 16),
            PRIMARY KEY (subscription, position)
        ) STRICT, WITHOUT ROWID;
        """

    private static let rest = """
        CREATE TABLE public_identity (
            subscription INTEGER NOT NULL REFERENCES subscription ON DELETE CASCADE,
            position INTEGER NOT NULL,
            identity TEXT NOT NULL UNIQUE,
            kind INTEGER NOT NULL DEFAULT 0,
            barred INTEGER NOT NULL DEFAULT 0,
            display_name TEXT,
            implicit_set INTEGER NOT NULL DEFAULT 0,
            service_profile INTEGER NOT NULL REFERENCES service_profile,
            PRIMARY KEY (subscription, position)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE registration (
            subscription INTEGER NOT NULL REFERENCES subscription ON DELETE CASCADE,
            private_identity INTEGER NOT NULL,
            implicit_set INTEGER NOT NULL,
            state INTEGER NOT NULL DEFAULT 0,
            auth_pending INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (subscription, private_identity, implicit_set)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO service_profile (id, name) VALUES (1, 'default');
        """

    /// A registered subscriber with everything that these versions had, and one who never registered.
    private static let rows = """
        INSERT INTO service_profile VALUES (2, 'volte', 3);
        INSERT INTO filter_criterion VALUES (2, 1, '\(LocationInfoTests.voicemail)');
        INSERT INTO capability_set VALUES (1, 'c', '1 2', '3', 'sip:s1.example');
        INSERT INTO roaming_profile VALUES (1, 'r', 'home.example other.example');
        INSERT INTO charging_profile VALUES (1, 'p', 'aaa://ecf.example', NULL, 'aaa://ccf.example', NULL);
        INSERT INTO subscription VALUES (1, '\(Home.server)', '\(Home.peer.host.name)', 1, 1, 1);
        INSERT INTO subscription VALUES (2, NULL, NULL, NULL, NULL, NULL);
        INSERT INTO public_identity VALUES (1, 0, '\(Home.identity)', 0, 0, 'A', 0, 2);
        INSERT INTO public_identity VALUES (1, 1, '\(Home.tel)', 0, 1, NULL, 0, 2);
        INSERT INTO public_identity VALUES (2, 0, 'sip:b@\(Home.domain)', 0, 0, NULL, 0, 1);
        INSERT INTO registration VALUES (1, 0, 0, 1, 1);
        INSERT INTO registration VALUES (2, 0, 0, 0, 0);
        """

    private static let firstRows = """
        INSERT INTO private_identity VALUES (1, 0, '\(Home.user)', 0, x'\(Home.key)', x'\(Home.opc)', 32768, 224,
            x'000102030405060708090a0b0c0d0e0f');
        INSERT INTO private_identity VALUES (2, 0, 'b@\(Home.domain)', 0, x'\(Home.opc)', x'\(Home.key)', 1, 0, NULL);
        """

    private static let secondRows = """
        INSERT INTO private_identity VALUES (1, 0, '\(Home.user)', 0, 0, x'\(Home.key)\(Home.opc)', 32768, 224,
            x'000102030405060708090a0b0c0d0e0f');
        INSERT INTO private_identity VALUES (2, 0, 'b@\(Home.domain)', 0, 0, x'\(Home.opc)\(Home.key)', 1, 0, NULL);
        """
}
