import CPostgreSQL
import Foundation
import HomeSubscriberServer
import Synchronization

/// A connection of its own on a thread of its own, that hears what other front-ends and programs change, and takes it
/// out of memory. While it is not connected, memory is not trusted.
///
/// The connection holds the lock of the front-end's number: who sees it gone takes up the notices of a dead front-end.
final class PostgreSQLListener: MemoryWatch {
    private struct State {
        var ownBackend: Int32
        var isClosed = false
        var noticesWait: (@Sendable () -> Void)?
    }

    /// How often notices are looked for whose front-end has died, in milliseconds.
    private static let pace: Int32 = 2_000

    private let state: Mutex<State>
    private let isConnected = Atomic(false)
    private let memory: SubscriptionMemory
    private let address: PostgreSQLAddress
    private let frontEnd: Int32
    /// Written to when the thread is to end.
    private let pipe: (read: Int32, write: Int32)

    /// Returns when it listens.
    init(
        _ address: PostgreSQLAddress, frontEnd: Int32, memory: SubscriptionMemory, ownBackend: Int32
    ) throws {
        self.address = address
        self.frontEnd = frontEnd
        self.memory = memory
        state = Mutex(State(ownBackend: ownBackend))
        var ends: [Int32] = [-1, -1]
        guard Glibc.pipe(&ends) == 0 else { throw SQLFailure.failed("no pipe: errno \(errno)") }
        pipe = (ends[0], ends[1])
        let first = DispatchSemaphore(value: 0)
        Thread.detachNewThread { self.run { first.signal() } }
        guard first.wait(timeout: .now() + 15) == .success, isCoherent else {
            close()
            throw SQLFailure.cannotOpen("a second connection, for what others change, was refused")
        }
    }

    var isCoherent: Bool { isConnected.load(ordering: .acquiring) }

    /// The server's process that serves the store's own connection: what it tells is known here.
    var ownBackend: Int32 {
        get { state.withLock { $0.ownBackend } }
        set { state.withLock { $0.ownBackend = newValue } }
    }

    /// Called on the listener's thread.
    var noticesWait: (@Sendable () -> Void)? {
        get { state.withLock { $0.noticesWait } }
        set { state.withLock { $0.noticesWait = newValue } }
    }

    func close() {
        let wasClosed = state.withLock { state in
            defer { state.isClosed = true }
            return state.isClosed
        }
        guard !wasClosed else { return }
        var octet: UInt8 = 0
        _ = write(pipe.write, &octet, 1)
    }

    // MARK: The thread

    /// - Parameter tried: called once, after the first attempt.
    private func run(tried: @escaping () -> Void) {
        var tried: (() -> Void)? = tried
        while !state.withLock({ $0.isClosed }) {
            if let connection = address.connect(as: "hss listener") {
                if greet(connection) {
                    // What others did while nobody listened is not known.
                    memory.forgetAll()
                    isConnected.store(true, ordering: .releasing)
                    tried?()
                    tried = nil
                    listen(connection)
                    isConnected.store(false, ordering: .releasing)
                    memory.forgetAll()
                }
                PQfinish(connection)
            }
            tried?()
            tried = nil
            wait(on: nil, for: 500)
        }
        _ = Glibc.close(pipe.read)
        _ = Glibc.close(pipe.write)
    }

    private func greet(_ connection: OpaquePointer) -> Bool {
        guard PQstatus(connection) == CONNECTION_OK else { return false }
        let lock = "pg_try_advisory_lock(\(PostgreSQLSchema.lockClass), \(frontEnd))"
        return holds(connection, "SELECT \(lock)") && run(connection, "LISTEN \(PostgreSQLSchema.channel)")
    }

    private func listen(_ connection: OpaquePointer) {
        while !state.withLock({ $0.isClosed }) {
            wait(on: PQsocket(connection), for: Self.pace)
            guard PQconsumeInput(connection) == 1, PQstatus(connection) == CONNECTION_OK else { return }
            let hasWaited = takeNotifications(connection)
            let orphaned = "SELECT EXISTS (SELECT 1 FROM notice WHERE \(PostgreSQLSchema.orphaned))"
            if hasWaited == .notice || hasWaited == .nothing && holds(connection, orphaned) { noticesWait?() }
            guard PQstatus(connection) == CONNECTION_OK else { return }
        }
    }

    private enum Heard { case nothing, changes, notice }

    private func takeNotifications(_ connection: OpaquePointer) -> Heard {
        var heard = Heard.nothing
        while let notification = PQnotifies(connection) {
            defer { PQfreemem(notification) }
            let payload = String(cString: notification.pointee.extra)
            if heard == .nothing { heard = .changes }
            if payload == PostgreSQLSchema.notice {
                heard = .notice
            } else if notification.pointee.be_pid == ownBackend {
                continue
            } else if let number = Int64(payload) {
                memory.forget(SubscriptionID(rawValue: number))
            } else {
                memory.forgetAll()
            }
        }
        return heard
    }

    /// Waits for the server, for the end, or until the time is over.
    private func wait(on socket: Int32?, for milliseconds: Int32) {
        var descriptors = [pollfd(fd: pipe.read, events: Int16(POLLIN), revents: 0)]
        if let socket { descriptors.append(pollfd(fd: socket, events: Int16(POLLIN), revents: 0)) }
        _ = poll(&descriptors, nfds_t(descriptors.count), milliseconds)
    }

    private func run(_ connection: OpaquePointer, _ order: String) -> Bool {
        let result = PQexec(connection, order)
        defer { PQclear(result) }
        return PQresultStatus(result) == PGRES_COMMAND_OK
    }

    private func holds(_ connection: OpaquePointer, _ question: String) -> Bool {
        let result = PQexec(connection, question)
        defer { PQclear(result) }
        guard PQresultStatus(result) == PGRES_TUPLES_OK, PQntuples(result) == 1, let word = PQgetvalue(result, 0, 0)
        else { return false }
        return String(cString: word) == "t"
    }
}
