import HomeSubscriberServer
import IMS

/// Subscriptions read lately, bounded by two generations: when the younger is full it becomes the older, and what the
/// older still held is forgotten.
struct SubscriptionCache {
    private struct Generation {
        var subscriptions: [SubscriptionID: Subscription] = [:]
        var privateIdentities: [PrivateIdentity: SubscriptionID] = [:]
        var publicIdentities: [PublicIdentity: SubscriptionID] = [:]
    }

    private let capacity: Int
    private var young = Generation()
    private var old = Generation()

    /// - Parameter capacity: subscriptions in one generation; at most twice as many are kept.
    init(capacity: Int) { self.capacity = max(1, capacity) }

    subscript(_ id: SubscriptionID) -> Subscription? { young.subscriptions[id] ?? old.subscriptions[id] }

    mutating func subscription(holding identity: PrivateIdentity) -> Subscription? {
        if let id = young.privateIdentities[identity] { return young.subscriptions[id] }
        guard let id = old.privateIdentities[identity], let subscription = self[id] else { return nil }
        insert(subscription)
        return subscription
    }

    mutating func subscription(holding identity: PublicIdentity) -> Subscription? {
        if let id = young.publicIdentities[identity] { return young.subscriptions[id] }
        guard let id = old.publicIdentities[identity], let subscription = self[id] else { return nil }
        insert(subscription)
        return subscription
    }

    mutating func insert(_ subscription: Subscription) {
        if young.subscriptions.count >= capacity, young.subscriptions[subscription.id] == nil {
            old = young
            young = Generation()
        }
        young.subscriptions[subscription.id] = subscription
        for record in subscription.privateIdentities { young.privateIdentities[record.identity] = subscription.id }
        for record in subscription.publicIdentities { young.publicIdentities[record.identity] = subscription.id }
    }

    /// Changes a kept subscription in place; its identities stay.
    mutating func update(_ id: SubscriptionID, _ change: (inout Subscription) -> Void) {
        if let index = young.subscriptions.index(forKey: id) {
            change(&young.subscriptions.values[index])
        } else if let index = old.subscriptions.index(forKey: id) {
            change(&old.subscriptions.values[index])
        }
    }

    /// The identities may still lead to its number, behind which nothing is any more.
    mutating func remove(_ id: SubscriptionID) {
        young.subscriptions[id] = nil
        old.subscriptions[id] = nil
    }

    /// Everything that is kept, in no order.
    var all: [Subscription] {
        let older = old.subscriptions.filter { young.subscriptions[$0.key] == nil }
        return Array(young.subscriptions.values) + Array(older.values)
    }

    mutating func removeAll() {
        young = Generation()
        old = Generation()
    }
}
