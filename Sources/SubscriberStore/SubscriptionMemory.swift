import HomeSubscriberServer
import IMS
import Synchronization

/// What has been read of the database lately, for two threads: the one that writes brings in what is committed, the
/// loop that answers looks things up.
///
/// Where others write as well, word of it may come while a transaction reads what was there before: what was forgotten
/// since it began it does not bring back.
final class SubscriptionMemory: Sendable {
    private struct State {
        var subscriptions: SubscriptionCache
        var wildcarded: [WildcardedIdentity]?
        /// Forgotten since the transaction under way began.
        var forgotten: Set<SubscriptionID> = []
        var hasForgottenAll = false
        var generation = 0
        /// How many assignments of a user wait for the database or are with it.
        var assigning: [String: Int] = [:]
    }

    private let state: Mutex<State>

    /// - Parameter capacity: subscriptions in a generation of the cache; at most twice as many are kept.
    init(capacity: Int) { state = Mutex(State(subscriptions: SubscriptionCache(capacity: capacity))) }

    func subscription(holding identity: PrivateIdentity) -> Subscription? {
        state.withLock { $0.subscriptions.subscription(holding: identity) }
    }

    func subscription(holding identity: PublicIdentity) -> Subscription? {
        state.withLock { $0.subscriptions.subscription(holding: identity) }
    }

    subscript(_ id: SubscriptionID) -> Subscription? { state.withLock { $0.subscriptions[id] } }

    /// nil when they have not been read yet.
    var wildcardedIdentities: [WildcardedIdentity]? { state.withLock { $0.wildcarded } }

    /// A transaction begins.
    func begin() {
        state.withLock { state in
            state.forgotten.removeAll()
            state.hasForgottenAll = false
        }
    }

    /// The transaction is committed; this is what it read and wrote.
    func bring(_ subscriptions: [Subscription], wildcarded: [WildcardedIdentity]?) {
        guard !subscriptions.isEmpty || wildcarded != nil else { return }
        state.withLock { state in
            guard !state.hasForgottenAll else { return }
            for subscription in subscriptions where !state.forgotten.contains(subscription.id) {
                state.subscriptions.insert(subscription)
            }
            if let wildcarded { state.wildcarded = wildcarded }
        }
    }

    func forget(_ id: SubscriptionID) {
        state.withLock { state in
            state.subscriptions.remove(id)
            state.forgotten.insert(id)
        }
    }

    func forgetAll() {
        state.withLock { state in
            state.subscriptions.removeAll()
            state.wildcarded = nil
            state.hasForgottenAll = true
            state.generation += 1
        }
    }

    func forgetWildcarded() { state.withLock { $0.wildcarded = nil } }

    func isBeingAssigned(_ user: String) -> Bool { state.withLock { $0.assigning[user] != nil } }

    func assigning(_ user: String) { state.withLock { $0.assigning[user, default: 0] += 1 } }

    /// They are done, or have failed.
    func assigned(_ users: [String]) {
        guard !users.isEmpty else { return }
        state.withLock { state in
            for user in users {
                let others = state.assigning[user, default: 1] - 1
                state.assigning[user] = others > 0 ? others : nil
            }
        }
    }

    /// Grows whenever everything is forgotten.
    var generation: Int { state.withLock { $0.generation } }
}
