import HomeSubscriberServer
import NodeIO
import Octets
import SubscriberStore
import Synchronization

/// The store on the worker's thread: one batch at a time, which is one transaction.
final class StoreWorker: Sendable {
    private struct State {
        var store: SubscriberStore
        var entropy: Entropy
    }

    private let state: Mutex<State>

    init(store: sending SubscriberStore, entropy: Entropy) { state = Mutex(State(store: store, entropy: entropy)) }

    func execute(_ batch: [HomeSubscriberServer.Work]) -> [HomeSubscriberServer.WorkResult] {
        state.withLock { $0.store.execute(batch: batch, entropy: &$0.entropy) }
    }

    /// After the last batch: folds the write-ahead log into the file, so that a copy of the file alone is whole. When
    /// that fails nothing is lost, the log stays beside it.
    func close() {
        state.withLock { state in
            do throws(StoreError) { try state.store.close() } catch { Console.complain("hss: \(error)") }
        }
    }
}
