import Foundation
import HomeSubscriberServer
import SubscriberStore
import Testing

/// A PostgreSQL server of the tests' own: Debian's package, in a temporary folder, on a Unix socket there, as a user
/// without privileges. It ends with the test program, and its folder goes with it.
enum PostgreSQLServer {
    /// nil where the package is not installed.
    static let binaries: String? = {
        let folder = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let newest = versions.compactMap(Int.init).max()
        return newest.map { "\(folder)/\($0)/bin" }
    }()

    static var isThere: Bool { binaries != nil }

    /// The folder of the socket; nil when the server did not start.
    private static let folder: String? = {
        guard let binaries else { return nil }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("pg-\(getpid())").path
        let script = """
            set -e
            umask 077
            mkdir -p "$1/data"
            as=
            if [ "$(id -u)" = 0 ]; then
                chown -R postgres: "$1"; chmod 755 "$(dirname "$1")" "$1"
                as="setpriv --reuid=postgres --regid=postgres --clear-groups"
            fi
            cd "$1"
            $as "$2/initdb" -D data -U hss -A trust --no-sync >/dev/null
            $as "$2/postgres" -D data -k "$1" -h "" -c fsync=off -c max_connections=200 >/dev/null 2>&1 &
            server=$!
            for i in $(seq 100); do
                $as "$2/psql" -h "$1" -U hss -c "" postgres >/dev/null 2>&1 && break
                sleep 0.1
            done
            (
                while kill -0 "$3" 2>/dev/null; do sleep 0.3; done
                kill -QUIT "$server"; sleep 0.5; rm -rf "$1"
            ) >/dev/null 2>&1 &
            """
        return spawn(["/bin/sh", "-c", script, "sh", folder, binaries, String(getpid())]) == 0 ? folder : nil
    }()

    /// Runs a program to its end. Foundation's Process would wait for the server too, which has its descriptors.
    private static func spawn(_ words: [String]) -> Int32 {
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var child: pid_t = 0
        guard posix_spawn(&child, words[0], nil, nil, &arguments, environ) == 0 else { return -1 }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 { guard errno == EINTR else { return -1 } }
        return status
    }

    private static func psql(_ database: String, _ order: String) throws -> String {
        guard let folder, let binaries else { throw DirectoryFailure.failed("PostgreSQL did not start") }
        let psql = Process()
        psql.executableURL = URL(fileURLWithPath: binaries + "/psql")
        psql.arguments = ["-h", folder, "-U", "hss", "-At", "-v", "ON_ERROR_STOP=1", "-c", order, database]
        let output = Pipe()
        psql.standardOutput = output
        try psql.run()
        let words = output.fileHandleForReading.readDataToEndOfFile()
        psql.waitUntilExit()
        guard psql.terminationStatus == 0 else { throw DirectoryFailure.failed("psql refuses: \(order)") }
        return String(decoding: words, as: UTF8.self)
    }

    /// The address of a fresh database.
    static func database() throws -> String {
        let name = "t" + UUID().uuidString.replacingOccurrences(of: "-", with: "").lowercased()
        _ = try psql("postgres", "CREATE DATABASE \(name)")
        return "postgresql://hss@/\(name)?host=\(folder ?? "")"
    }

    /// Runs a statement by PostgreSQL's own client.
    static func run(_ order: String, on address: String) throws -> String {
        let name = address.prefix { $0 != "?" }.split(separator: "/").last ?? ""
        return try psql(String(name), order)
    }
}

/// The databases that the store runs on; the same tests for each.
enum StoreKind: String, CaseIterable, CustomTestStringConvertible, Sendable {
    case sqlite = "SQLite"
    case postgreSQL = "PostgreSQL"

    /// Those that this machine has.
    static var available: [StoreKind] { PostgreSQLServer.isThere ? allCases : [.sqlite] }

    var testDescription: String { rawValue }

    /// A place for a database, with its key in the folder.
    func place(in folder: TemporaryFolder) throws -> StorePlace {
        switch self {
        case .sqlite: StorePlace(kind: self, path: folder.path("hss.db"), keyFile: folder.path("hss.db.key"))
        case .postgreSQL:
            StorePlace(kind: self, path: try PostgreSQLServer.database(), keyFile: folder.path("master.key"))
        }
    }
}

/// Where a database of a test is.
struct StorePlace {
    var kind: StoreKind
    var path: String
    var keyFile: String

    func open(_ change: (inout SubscriberStore.Options) -> Void = { _ in }) throws -> SubscriberStore {
        var options = SubscriberStore.Options(keyFile: keyFile)
        change(&options)
        return try SubscriberStore(path: path, options: options)
    }
}

@Suite("PostgreSQL beside SQLite")
struct PostgreSQLPresenceTests {
    @Test(
        "The store's tests run over PostgreSQL as well",
        .enabled(if: PostgreSQLServer.isThere, "PostgreSQL is not installed: deploy/requirements test"))
    func isThere() throws {
        #expect(try PostgreSQLServer.run("SELECT 1", on: PostgreSQLServer.database()) == "1\n")
    }
}
