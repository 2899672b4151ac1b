import Cx
import IMS
import Sh

extension DataReference {
    /// What application servers may watch beside repository data, by the table of TS 29.328 §7.6.
    static let watched: [DataReference] = [
        .imsPublicIdentity, .imsUserState, .servingCSCFName, .initialFilterCriteria, .psiActivation,
    ]
}

extension Subscription {
    /// What there is of a kind for one of the identities, TS 29.328 §7.6; repository data are not here.
    func shData(_ reference: DataReference, of record: PublicIdentityRecord) -> ShData {
        var data = ShData()
        add(reference, of: record, to: &data)
        return data
    }

    func add(_ reference: DataReference, of record: PublicIdentityRecord, to data: inout ShData) {
        switch reference {
        case .imsPublicIdentity: data.publicIdentities = identities(inSet: record.implicitSet).map(\.identity.text)
        case .imsUserState: data.userState = userState(ofSet: record.implicitSet)
        case .servingCSCFName: data.servingCSCFName = servingCSCF?.name ?? ""
        case .initialFilterCriteria: data.filterCriteria = record.serviceProfile.wholeCriteria
        case .chargingInformation: data.chargingInformation = chargingInformation
        case .msisdn:
            data.msisdns = publicIdentities.compactMap {
                $0.identity.text.hasPrefix("tel:+") ? String($0.identity.text.dropFirst(5)) : nil
            }
        case .psiActivation: if record.kind.isService { data.isServiceActive = record.isActive }
        default: break  // nothing of these is kept here
        }
    }

    /// TS 29.328 §7.6.3: the strongest state of the set.
    private func userState(ofSet set: Int) -> ShData.UserState {
        switch state(ofSet: set) {
        case .registered: .registered
        case .unregistered: .registeredForUnregisteredServices
        case .notRegistered:
            registrations.contains { $0.implicitSet == set && $0.isAuthenticationPending }
                ? .authenticationPending : .notRegistered
        }
    }

    /// What application servers may watch and is no longer what it was.
    package func changedData(since before: Subscription, of references: [DataReference]) -> [DataChange] {
        publicIdentities.flatMap { record -> [DataChange] in
            guard let index = before.index(of: record.identity) else { return [] }
            let former = before.publicIdentities[index]
            return references.filter { before.shData($0, of: former) != shData($0, of: record) }.map {
                DataChange(identity: record.identity, reference: $0)
            }
        }
    }
}

/// Data of a user that have changed.
package struct DataChange: Hashable, Sendable {
    package var identity: PublicIdentity
    package var reference: DataReference

    package init(identity: PublicIdentity, reference: DataReference) {
        self.identity = identity
        self.reference = reference
    }
}

extension SubscriberDirectory {
    /// PNRs to whom it may concern, when a subscription has become what it is now: TS 29.328 §6.1.4.
    mutating func notifications(
        of after: Subscription, since before: Subscription
    ) throws(DirectoryFailure) -> [DirectoryNews] {
        let references = try watchedReferences()
        guard !references.isEmpty else { return [] }
        var news: [DirectoryNews] = []
        for change in after.changedData(since: before, of: references) { news += try notifications(of: change, after) }
        return news
    }

    /// What has been changed beside the HSS, and whom it concerns.
    mutating func waitingNotifications() throws(DirectoryFailure) -> [DirectoryNews] {
        var news: [DirectoryNews] = []
        for change in try takeDataChanges() {
            guard let subscription = try subscription(holding: change.identity) else { continue }
            news += try notifications(of: change, subscription)
        }
        return news
    }

    private mutating func notifications(
        of change: DataChange, _ subscription: Subscription
    ) throws(DirectoryFailure) -> [DirectoryNews] {
        guard let index = subscription.index(of: change.identity) else { return [] }
        let watchers = try dataSubscriptions(to: change.reference, service: "", of: change.identity)
        guard !watchers.isEmpty else { return [] }
        let data = subscription.shData(change.reference, of: subscription.publicIdentities[index])
        var news: [DirectoryNews] = []
        for watcher in watchers {
            // Who may no longer see the data is not told either.
            guard try shAccess(of: watcher.host)?.subscribe.contains(change.reference) == true else { continue }
            news.append(.notification(DataNotification(to: watcher, data)))
        }
        return news
    }
}
