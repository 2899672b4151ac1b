import GRDB
import GRDBSQLite
import Synchronization

/// The header of the index of SQLite's write-ahead log, which every process that has the database open shares: it
/// changes with each commit (https://sqlite.org/walformat.html §2.2). Looking at it costs a few loads and no call into
/// the system, so that each request can know whether memory is still what is stored.
final class WALIndex: MemoryWatch {
    /// Two copies of 48 octets.
    typealias Header = [UInt64]
    private static let words = 12

    private struct State {
        /// Where the shared memory of SQLite's own connection is, there until that is closed. A number: the pointer is
        /// SQLite's, and no thread owns it.
        var address: UInt?
        /// What it says while only we have written.
        var known: Header?
    }

    private let state: Mutex<State>

    /// nil when the database has no such index in shared memory.
    init?(_ db: GRDB.Database) {
        // The first read maps the index.
        guard (try? Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema")) != nil else { return nil }
        // sqlite3_file_control writes a pointer there that lives as long as the connection.
        var file: UnsafeMutablePointer<sqlite3_file>?
        let found = withUnsafeMutablePointer(to: &file) {
            sqlite3_file_control(db.sqliteConnection, "main", SQLITE_FCNTL_FILE_POINTER, UnsafeMutableRawPointer($0))
        }
        // The VFS gives the first region as it is mapped already: 32 KiB, of which the header is the beginning.
        guard found == SQLITE_OK, let file, let methods = file.pointee.pMethods, methods.pointee.iVersion >= 2,
            let map = methods.pointee.xShmMap
        else { return nil }
        var region: UnsafeMutableRawPointer?
        guard map(file, 0, 32 * 1024, 0, &region) == SQLITE_OK, let region else { return nil }
        state = Mutex(State(address: UInt(bitPattern: region), known: nil))
    }

    var header: Header { state.withLock { Self.read($0.address) } }

    /// From now on this is what is in memory.
    func trust(_ header: Header) { state.withLock { $0.known = header } }

    /// The connection is about to be closed.
    func end() { state.withLock { $0 = State() } }

    var isCoherent: Bool { state.withLock { $0.known != nil && Self.read($0.address) == $0.known } }

    /// A commit writes both copies, the second first: a look in between sees a difference, and says rather no than yes.
    private static func read(_ address: UInt?) -> Header {
        guard let address = address.flatMap({ UnsafeMutableRawPointer(bitPattern: $0) }) else { return [] }
        return (0..<words).map { word in
            let cell = address.advanced(by: word * 8).assumingMemoryBound(to: Atomic<UInt64>.self)
            return cell.pointee.load(ordering: .acquiring)
        }
    }
}
