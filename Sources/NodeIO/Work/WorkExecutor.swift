import IMS
import NIOCore
import NIOPosix

/// Performs a role's `Work` on a thread of its own: everything that waits is one batch, so that a database can commit
/// once for many (group commit).
///
/// While a batch is being performed, further work gathers on the loop and becomes the next batch. Two threads, no lock:
/// the batch and its results are handed over whole.
package final class WorkExecutor<Work: Sendable, WorkResult: Sendable> {
    private let loop: any EventLoop
    private let threads = NIOThreadPool(numberOfThreads: 1)
    /// Called on the worker thread with at least one piece; returns as many results, in order.
    private let perform: @Sendable ([Work]) -> [WorkResult]
    /// Called on the loop with each piece before that: nil for what has to go to the thread.
    private let performAtOnce: (@Sendable (Work) -> WorkResult?)?
    private let deliver: (WorkID, WorkResult) -> Void
    /// After the last result of a batch.
    private let batchEnded: () -> Void

    private var waiting: [Work] = []
    private var waitingIDs: [WorkID] = []
    private var isBusy = false

    package init(
        on loop: any EventLoop, perform: @escaping @Sendable ([Work]) -> [WorkResult],
        performAtOnce: (@Sendable (Work) -> WorkResult?)? = nil,
        deliver: @escaping (WorkID, WorkResult) -> Void, batchEnded: @escaping () -> Void
    ) {
        self.loop = loop
        self.perform = perform
        self.performAtOnce = performAtOnce
        self.deliver = deliver
        self.batchEnded = batchEnded
        threads.start()
    }

    package var pending: Int { waiting.count }

    package func submit(_ work: Work, _ id: WorkID) {
        if let result = performAtOnce?(work) {
            deliver(id, result)
            return
        }
        waiting.append(work)
        waitingIDs.append(id)
    }

    /// Begins a batch when the thread is free.
    package func flush() {
        guard !isBusy, !waiting.isEmpty else { return }
        isBusy = true
        let batch = waiting
        let ids = waitingIDs
        waiting.removeAll()
        waitingIDs.removeAll()
        let perform = perform
        threads.runIfActive(eventLoop: loop) { perform(batch) }.assumeIsolated().whenComplete { outcome in
            self.finished(ids, outcome)
        }
    }

    /// Ends the thread once the batch in hand is done.
    package func shutDown() { threads.shutdownGracefully { _ in } }

    private func finished(_ ids: [WorkID], _ outcome: Result<[WorkResult], any Error>) {
        isBusy = false
        guard case .success(let results) = outcome else { return }  // the pool has been shut down
        precondition(results.count == ids.count, "a work executor returns one result for each piece of work")
        for (id, result) in zip(ids, results) { deliver(id, result) }
        batchEnded()
        flush()
    }
}
