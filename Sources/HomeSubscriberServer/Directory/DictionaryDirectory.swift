import AKA
import IMS
import Sh

/// Subscribers in memory: for tests, and for whoever runs the whole core in one process.
package struct DictionaryDirectory: SubscriberDirectory, Sendable {
    private var subscriptions: [SubscriptionID: Subscription] = [:]
    private var privateIdentities: [PrivateIdentity: SubscriptionID] = [:]
    private var publicIdentities: [PublicIdentity: SubscriptionID] = [:]
    private var last: Int64 = 0
    private var notices: [StoredNotice] = []
    private var lastNotice: UInt64 = 0
    /// What application servers may do over Sh.
    package var accesses: [ShAccess] = []
    var repository: [PublicIdentity: [RepositoryData]] = [:]
    var dataSubscriptions: [DataSubscription] = []
    var dataChanges: [DataChange] = []
    /// Seconds since 1970, for subscriptions to data.
    package var time: Int64 = 0
    /// What the operator did, the latest last.
    package private(set) var notes: [String] = []

    /// Thrown by every write while it is set: a full disk, for instance.
    package var writeFailure: DirectoryFailure?

    /// What it was asked for: how much a decision costs.
    package private(set) var lookups = 0
    package private(set) var writes = 0

    package init() {}

    @discardableResult
    package mutating func add(
        _ record: SubscriberRecord, serviceProfile: ServiceProfileContent = .empty
    ) throws(ProvisioningError) -> SubscriptionID {
        let id = SubscriptionID(rawValue: last + 1)
        try add(Subscription(record, id: id, serviceProfile: serviceProfile))
        return id
    }

    /// - Parameter profiles: what the profiles that the record names hold.
    @discardableResult
    package mutating func add(
        _ record: SubscriptionRecord, profiles: [ServiceProfileContent] = []
    ) throws(ProvisioningError) -> SubscriptionID {
        let id = SubscriptionID(rawValue: last + 1)
        var identities = record.publicIdentities
        for index in identities.indices {
            let name = identities[index].serviceProfile.name
            if let profile = profiles.first(where: { $0.name == name }) { identities[index].serviceProfile = profile }
        }
        try add(
            Subscription(
                id: id, lists: record.lists, privateIdentities: record.privateIdentities,
                publicIdentities: identities, registrations: record.registrations))
        return id
    }

    package mutating func add(_ subscription: Subscription) throws(ProvisioningError) {
        for record in subscription.privateIdentities where privateIdentities[record.identity] != nil {
            throw .exists("private identity", record.identity.text)
        }
        for record in subscription.publicIdentities where publicIdentities[record.identity] != nil {
            throw .exists("public identity", record.identity.text)
        }
        for record in subscription.privateIdentities { privateIdentities[record.identity] = subscription.id }
        for record in subscription.publicIdentities { publicIdentities[record.identity] = subscription.id }
        subscriptions[subscription.id] = subscription
        last = max(last, subscription.id.rawValue)
    }

    /// Replaces a subscription; it may have got further identities.
    package mutating func replace(_ subscription: Subscription) {
        subscriptions[subscription.id] = subscription
        for record in subscription.privateIdentities { privateIdentities[record.identity] = subscription.id }
        for record in subscription.publicIdentities { publicIdentities[record.identity] = subscription.id }
    }

    package func subscription(_ id: SubscriptionID) -> Subscription? { subscriptions[id] }

    package mutating func subscription(
        holding identity: PrivateIdentity
    ) throws(DirectoryFailure) -> Subscription? {
        lookups += 1
        return privateIdentities[identity].flatMap { subscriptions[$0] }
    }

    package mutating func subscription(holding identity: PublicIdentity) throws(DirectoryFailure) -> Subscription? {
        lookups += 1
        return publicIdentities[identity].flatMap { subscriptions[$0] }
    }

    package mutating func wildcardedIdentities() throws(DirectoryFailure) -> [WildcardedIdentity] {
        subscriptions.values.flatMap(\.publicIdentities).filter(\.kind.isWildcarded).compactMap {
            WildcardedIdentity($0.identity)
        }
    }

    package mutating func advanceSequenceNumber(
        of privateIdentity: Int, in subscription: SubscriptionID, from current: SequenceNumber,
        to next: SequenceNumber, challenge: RandomChallenge
    ) throws(DirectoryFailure) {
        if let writeFailure { throw writeFailure }
        guard var value = subscriptions[subscription], value.privateIdentities.indices.contains(privateIdentity),
            value.privateIdentities[privateIdentity].sqn == current
        else { throw .conflict }
        value.privateIdentities[privateIdentity].sqn = next
        value.privateIdentities[privateIdentity].lastChallenge = challenge
        subscriptions[subscription] = value
        writes += 1
    }

    package mutating func writeNothing() throws(DirectoryFailure) {
        if let writeFailure { throw writeFailure }
        writes += 1
    }

    package mutating func setServingCSCF(
        _ servingCSCF: AssignedServingCSCF?, of subscription: SubscriptionID
    ) throws(DirectoryFailure) {
        if let writeFailure { throw writeFailure }
        subscriptions[subscription]?.servingCSCF = servingCSCF
    }

    package mutating func setFormerServingCSCF(
        _ server: AssignedServingCSCF?, of subscription: SubscriptionID
    ) throws(DirectoryFailure) {
        if let writeFailure { throw writeFailure }
        subscriptions[subscription]?.formerServingCSCF = server
    }

    package mutating func enqueue(_ notice: Notice) throws(DirectoryFailure) -> NoticeID {
        if let writeFailure { throw writeFailure }
        lastNotice += 1
        notices.append(StoredNotice(id: NoticeID(rawValue: lastNotice), notice: notice))
        return NoticeID(rawValue: lastNotice)
    }

    package mutating func removeNotices(_ ids: [NoticeID]) throws(DirectoryFailure) {
        if let writeFailure { throw writeFailure }
        notices.removeAll { ids.contains($0.id) }
    }

    package mutating func storedNotices(limit: Int) throws(DirectoryFailure) -> [StoredNotice] {
        Array(notices.prefix(max(0, limit)))
    }

    package mutating func setRegistration(
        _ registration: Registration, of subscription: SubscriptionID
    ) throws(DirectoryFailure) {
        if let writeFailure { throw writeFailure }
        guard
            let index = subscriptions[subscription]?.registrationIndex(
                privateIdentity: registration.privateIdentity, implicitSet: registration.implicitSet)
        else { return }
        subscriptions[subscription]?.registrations[index] = registration
    }

    package mutating func setBarred(
        _ isBarred: Bool, _ identity: PublicIdentity, of subscription: SubscriptionID
    ) throws(DirectoryFailure) {
        if let writeFailure { throw writeFailure }
        guard let index = subscriptions[subscription]?.index(of: identity) else { return }
        subscriptions[subscription]?.publicIdentities[index].isBarred = isBarred
    }

    package mutating func remove(_ subscription: SubscriptionID) throws(DirectoryFailure) {
        if let writeFailure { throw writeFailure }
        guard let removed = subscriptions.removeValue(forKey: subscription) else { return }
        for record in removed.privateIdentities { privateIdentities[record.identity] = nil }
        for record in removed.publicIdentities { publicIdentities[record.identity] = nil }
    }

    package mutating func note(_ action: String, about name: String) throws(DirectoryFailure) {
        notes.append("\(action) \(name)")
    }

    package mutating func servedSubscriptions(
        after: SubscriptionID?, limit: Int
    ) throws(DirectoryFailure) -> [Subscription] {
        let served = subscriptions.values.filter { subscription in
            subscription.servingCSCF != nil && (after.map { subscription.id > $0 } ?? true)
        }
        return Array(served.sorted { $0.id < $1.id }.prefix(max(0, limit)))
    }

    package mutating func statistics() throws(DirectoryFailure) -> DirectoryStatistics {
        var registered = 0
        for subscription in subscriptions.values {
            let sets = Set(subscription.registrations.map(\.implicitSet))
            registered += sets.filter { subscription.state(ofSet: $0) == .registered }.count
        }
        return DirectoryStatistics(
            subscriptions: subscriptions.count, publicIdentities: publicIdentities.count, registeredSets: registered)
    }
}
