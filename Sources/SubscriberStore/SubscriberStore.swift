import Foundation
import HomeSubscriberServer
import Octets

/// The subscriber database: one SQLite file, or a PostgreSQL database that several front-ends share. Every commit is on
/// disk before it counts.
///
/// An object belongs to one thread or actor at a time. Other programs may open the same database meanwhile: `imsctl`
/// adds subscribers while the HSS runs.
package final class SubscriberStore {
    package struct Options: Sendable {
        /// Whether a file that is not there is made.
        package var creates: Bool
        /// Whether SQLite's quick_check runs at the start: about a second for each gigabyte. Not for a second store on the
        /// same file in one process, see `DatabaseFile.prepare`.
        package var checks: Bool
        /// How long to wait for another program's transaction.
        package var busyTimeout: Double
        /// Subscriptions in a generation of the cache; at most twice as many are kept.
        package var cacheCapacity: Int
        /// The file with the master keys; nil for the one that the database names, or `.key` beside it.
        package var keyFile: String?
        /// Who the audit trail says it was.
        package var actor: String
        /// Whether this is an HSS at work: it answers from memory what it can, and sends notices.
        package var isFrontEnd: Bool

        package init(
            creates: Bool = true, checks: Bool = true, busyTimeout: Double = 10, cacheCapacity: Int = 10_000,
            keyFile: String? = nil, actor: String = "hss", isFrontEnd: Bool = false
        ) {
            self.creates = creates
            self.checks = checks
            self.busyTimeout = busyTimeout
            self.cacheCapacity = cacheCapacity
            self.keyFile = keyFile
            self.actor = actor
            self.isFrontEnd = isFrontEnd
        }
    }

    package let path: String
    /// What the operator should know since the opening.
    package let notes: [String]
    /// Who the audit trail says it was.
    package var actor: String
    let engine: any DatabaseEngine
    let connection: Connection

    /// Opens the database, makes it when it is not there, and brings an older one up to date.
    ///
    /// - Parameter path: of an SQLite file, or the address of a PostgreSQL database: `postgresql://…`.
    package init(path: String, options: Options = Options()) throws(StoreError) {
        let memory = SubscriptionMemory(capacity: options.cacheCapacity)
        actor = options.actor
        guard PostgreSQLAddress.isMeant(by: path) else {
            self.path = path
            do {
                let (engine, upgrade) = try SQLiteEngine.open(path, options)
                let (vault, keys) = try Self.openVault(
                    engine, path: path, keyFile: options.keyFile, otherwise: path + ".key")
                self.engine = engine
                notes = upgrade + keys
                connection = Connection(engine, memory: memory, vault: vault)
            } catch {
                throw StoreError(error, path: path)
            }
            return
        }
        let name = try PostgreSQLAddress(path).description
        self.path = name
        do {
            let (engine, demands) = try PostgreSQLEngine.open(
                path, options, memory: options.isFrontEnd ? memory : nil)
            let (vault, keys) = try Self.openVault(engine, path: name, keyFile: options.keyFile, otherwise: nil)
            self.engine = engine
            notes = demands + keys
            connection = Connection(engine, memory: memory, vault: vault)
        } catch {
            throw StoreError(error, path: name)
        }
    }

    /// Takes what is called, on some thread, when there are notices in the database that no front-end sends: loading the
    /// notices takes them up. nil where the database is this program's alone.
    package var noticeWatch: (@Sendable (@escaping @Sendable () -> Void) -> Void)? { engine.noticeWatch }

    /// Does the works in one transaction for those that read and one for those that write: one wait for the disk for
    /// the whole batch. Results come in the order of the works, and only when what they rest on is on disk.
    ///
    /// When one work fails it is undone alone, the others stay. When the commit fails, all that write fail.
    package func execute(
        batch: [HomeSubscriberServer.Work], entropy: inout Entropy
    ) -> [HomeSubscriberServer.WorkResult] {
        var results = [HomeSubscriberServer.WorkResult?](repeating: nil, count: batch.count)
        run(batch.indices.filter { !batch[$0].writes }, of: batch, .deferred, &entropy, &results)
        run(batch.indices.filter { batch[$0].writes }, of: batch, .several, &entropy, &results)
        var done = zip(batch, results).map { work, result in
            result ?? HomeSubscriberServer.failed(work, .failed("the work was lost"))
        }
        connection.memory.assigned(batch.compactMap(\.assignedUser))
        if !done.isEmpty, connection.takeOthersWrote() { done[0].othersWrote = true }
        return done
    }

    /// How often a work is done that another front-end comes between.
    private static let attempts = 5

    /// A work of a transaction failed; the others have to be done again without it.
    private struct Undone: Error { var failure: DirectoryFailure }

    private func run(
        _ indices: [Int], of batch: [HomeSubscriberServer.Work], _ kind: Database.TransactionKind, attempt: Int = 1,
        _ entropy: inout Entropy, _ results: inout [HomeSubscriberServer.WorkResult?]
    ) {
        guard !indices.isEmpty else { return }
        do {
            try engine.access { db in
                try connection.transaction(db, kind) {
                    var directory = StoreDirectory(db: db, connection: connection, actor: actor)
                    for index in indices {
                        let result = HomeSubscriberServer.execute(batch[index], on: &directory, entropy: &entropy)
                        if let failure = result.failure { throw Undone(failure: failure) }
                        results[index] = result
                    }
                }
            }
        } catch {
            connection.discard()
            let failure = (error as? Undone)?.failure ?? DirectoryFailure(error)
            // A batch has little patience with rows that others hold; a work by itself has all there is.
            let isHasty = failure == .busy && kind == .several
            if isHasty || (indices.count > 1 && failure.concernsOne(error is Undone)) {
                let alone = kind == .several ? Database.TransactionKind.immediate : kind
                for index in indices { run([index], of: batch, alone, &entropy, &results) }
                return
            }
            if failure == .conflict, attempt < Self.attempts {
                run(indices, of: batch, kind, attempt: attempt + 1, &entropy, &results)
                return
            }
            for index in indices { results[index] = HomeSubscriberServer.failed(batch[index], failure) }
        }
    }

    /// The connection itself, outside every transaction: for maintenance, and for tests that break things.
    package func withConnection<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try engine.access(body)
    }

    /// Ends the connection; the write-ahead log is folded into the file when nobody else has it open.
    package func close() throws(StoreError) {
        do {
            try engine.access { _ in connection.releaseStatements() }
            try engine.close()
        } catch {
            throw StoreError(error, path: path)
        }
    }
}

extension DirectoryFailure {
    /// Whether the works of a batch may succeed one by one: one of them failed by itself.
    fileprivate func concernsOne(_ isOfWork: Bool) -> Bool {
        switch self {
        case .conflict: true
        case .busy: false
        case .full, .readOnly, .damaged, .failed: isOfWork
        }
    }
}
