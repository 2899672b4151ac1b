import ApplicationServer
import NodeIO
import ServiceStore
import Synchronization

/// Store and media on the worker's thread: what a batch wants stored is one transaction.
final class ServiceWorker: Sendable {
    private let store: Mutex<ServiceStore>
    private let media: MediaService

    init(store: sending ServiceStore, media: MediaService) {
        self.store = Mutex(store)
        self.media = media
    }

    func execute(_ batch: [ServiceWork]) -> [ServiceWorkResult] {
        let orders = batch.compactMap { work in
            if case .store(let order) = work { order } else { nil }
        }
        var stored = (orders.isEmpty ? [] : store.withLock { $0.execute(orders) })[...]
        return batch.map { work in
            switch work {
            case .store: stored.popFirst() ?? .failed("the store gave no result")
            case .media(let order): media.perform(order)
            }
        }
    }

    /// After the last batch.
    func close() {
        media.close()
        store.withLock { store in
            do throws(ServiceStoreFailure) { try store.close() } catch { Console.complain("tas: \(error)") }
        }
    }
}
