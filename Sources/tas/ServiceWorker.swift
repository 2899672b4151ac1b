import ApplicationServer
import NodeIO
import ServiceStore
import Synchronization

/// The store on the worker's thread: one batch at a time, which is one transaction.
final class ServiceWorker: Sendable {
    private let store: Mutex<ServiceStore>

    init(store: sending ServiceStore) { self.store = Mutex(store) }

    func execute(_ batch: [ServiceWork]) -> [ServiceWorkResult] {
        let orders = batch.map { work in
            switch work {
            case .store(let order): order
            }
        }
        return store.withLock { $0.execute(orders) }
    }

    /// After the last batch.
    func close() {
        store.withLock { store in
            do throws(ServiceStoreFailure) { try store.close() } catch { Console.complain("tas: \(error)") }
        }
    }
}
