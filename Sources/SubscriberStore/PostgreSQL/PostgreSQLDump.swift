import Foundation

/// Copies of a PostgreSQL database by its own programs: pg_dump, pg_restore and psql of postgresql-client.
struct PostgreSQLDump {
    /// The address without its password, which would stand in the list of processes.
    private let address: String
    private let password: String?

    init(_ url: String) {
        var parts = URLComponents(string: url)
        let query = parts?.queryItems ?? []
        password = parts?.password ?? query.first { $0.name == "password" }?.value
        parts?.password = nil
        let others = query.filter { $0.name != "password" }
        parts?.queryItems = others.isEmpty ? nil : others
        address = parts?.string ?? url
    }

    /// Writes the database as it is at one moment, in pg_dump's own format. A file that is there is not overwritten.
    func write(to file: String) throws {
        let descriptor = open(file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StoreError.cannotOpen(path: file, detail: String(cString: strerror(errno))) }
        defer { _ = Foundation.close(descriptor) }
        do {
            try run(
                "pg_dump",
                ["--format=custom", "--no-owner", "--no-privileges", "--file=\(file)", "--dbname=\(address)"])
            guard fsync(descriptor) == 0 else { throw StoreError.full }
        } catch {
            unlink(file)
            throw error
        }
    }

    /// Makes the database be what a dump holds, in one transaction with `PostgreSQLSchema.afterRestore`: no front-end sees
    /// a counter that has not been moved forward.
    func restore(_ file: String) throws {
        guard access(file, R_OK) == 0 else { throw StoreError.missing(path: file) }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("restore-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer {
            for name in ["list", "before.sql", "dump.sql", "after.sql"] { unlink(folder + "/" + name) }
            rmdir(folder)
        }
        // The domain of words stays: with another one under its name the statements that front-ends have prepared would fail.
        try run("pg_restore", ["--list", "--file=\(folder)/list", file])
        let list = try String(contentsOfFile: folder + "/list", encoding: .utf8)
        let wanted = list.split(separator: "\n").filter { !$0.contains(" DOMAIN ") }.joined(separator: "\n")
        try (wanted + "\n").write(toFile: folder + "/list", atomically: false, encoding: .utf8)
        try run(
            "pg_restore",
            ["--no-owner", "--no-privileges", "--use-list=\(folder)/list", "--file=\(folder)/dump.sql", file])
        try PostgreSQLSchema.beforeRestore.write(toFile: folder + "/before.sql", atomically: false, encoding: .utf8)
        try PostgreSQLSchema.afterRestore.write(toFile: folder + "/after.sql", atomically: false, encoding: .utf8)
        try run(
            "psql",
            ["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--output=/dev/null"]
                + ["before", "dump", "after"].map { "--file=\(folder)/\($0).sql" } + ["--dbname=\(address)"])
    }

    private func run(_ program: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        var environment = ProcessInfo.processInfo.environment
        if let password { environment["PGPASSWORD"] = password }
        environment["PGCONNECT_TIMEOUT"] = environment["PGCONNECT_TIMEOUT"] ?? "10"
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let complaints = Pipe()
        process.standardError = complaints
        do { try process.run() } catch {
            throw StoreError.failed("\(program) cannot be started: \(error.localizedDescription)")
        }
        let words = String(decoding: complaints.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self).oneLine
        process.waitUntilExit()
        switch process.terminationStatus {
        case 0: return
        case 127:
            throw StoreError.failed(
                "\(program) is not installed, or not in the path: apt-get install postgresql-client")
        default: throw StoreError.failed(words.isEmpty ? "\(program) ended with \(process.terminationStatus)" : words)
        }
    }
}

extension PostgreSQLSchema {
    /// Takes away all that is there, and remembers which number the last front-end had: no other may have it while that
    /// one lives.
    static let beforeRestore = """
        CREATE TEMPORARY TABLE ims_kept (number BIGINT);
        DO $$
        DECLARE name TEXT;
        BEGIN
            IF to_regclass('migration') IS NULL THEN
                IF EXISTS (SELECT FROM pg_tables WHERE schemaname = current_schema()) THEN
                    RAISE EXCEPTION 'the database has tables of somebody else; make one of its own: createdb';
                END IF;
            ELSE
                INSERT INTO ims_kept SELECT last_value FROM front_end;
            END IF;
            FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() LOOP
                EXECUTE format('DROP TABLE %I CASCADE', name);
            END LOOP;
            FOR name IN SELECT sequencename FROM pg_sequences WHERE schemaname = current_schema() LOOP
                EXECUTE format('DROP SEQUENCE %I CASCADE', name);
            END LOOP;
            FOR name IN SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = current_schema()::regnamespace LOOP
                EXECUTE 'DROP FUNCTION ' || name || ' CASCADE';
            END LOOP;
            IF to_regtype('words') IS NULL THEN
                CREATE DOMAIN words AS TEXT COLLATE "C";
            END IF;
        END $$;

        """

    /// Counters forward by `SubscriberStore.restoreStep`, and front-ends told that nothing is what they remember. A dump
    /// leaves the search path empty.
    static let afterRestore = """

        RESET search_path;
        SELECT setval('front_end', greatest(last_value, (SELECT max(number) FROM ims_kept))) FROM front_end;
        ALTER TABLE private_identity DISABLE TRIGGER USER;
        UPDATE private_identity SET sqn = least(sqn + \(SubscriberStore.restoreStep << 5), 281474976710655), last_rand = NULL
            WHERE scheme = 0;
        ALTER TABLE private_identity ENABLE TRIGGER USER;
        SELECT pg_notify('\(channel)', '\(everything)');

        """
}
