import HomeSubscriberServer
import Octets
import Synchronization

extension SubscriberStore {
    /// What a driver calls with the works that wait, on a thread of its own.
    ///
    /// The lock is never waited for: one thread performs. It is what lets the store cross to that thread.
    package static func performer(
        _ store: sending SubscriberStore, entropy: Entropy
    ) -> @Sendable ([HomeSubscriberServer.Work]) -> [HomeSubscriberServer.WorkResult] {
        let performer = Performer(store, entropy)
        return { performer.perform($0) }
    }

    private final class Performer: Sendable {
        private struct State {
            var store: SubscriberStore
            var entropy: Entropy
        }

        private let state: Mutex<State>

        init(_ store: sending SubscriberStore, _ entropy: Entropy) {
            state = Mutex(State(store: store, entropy: entropy))
        }

        func perform(_ batch: [HomeSubscriberServer.Work]) -> [HomeSubscriberServer.WorkResult] {
            state.withLock { $0.store.execute(batch: batch, entropy: &$0.entropy) }
        }
    }
}
