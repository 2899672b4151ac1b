import AKA
import Diameter
import HomeSubscriberServer
import IMS
import Octets
import Sh

/// Answers from memory, on whatever thread asks: what only reads, of subscriptions that were read lately, while nobody
/// else has changed the database. Everything else is for `SubscriberStore.execute`.
///
/// An assignment does not overtake another one of its user that is on its way to the database: a registration that
/// follows a de-registration would find the user registered still, and be undone when it is done.
package final class HotReads: Sendable {
    private let memory: SubscriptionMemory
    private let watch: any MemoryWatch

    init(_ memory: SubscriptionMemory, _ watch: any MemoryWatch) {
        self.memory = memory
        self.watch = watch
    }

    /// nil for what has to go to the database, and is expected there.
    package func answer(_ work: HomeSubscriberServer.Work) -> HomeSubscriberServer.WorkResult? {
        guard let user = work.assignedUser else { return read(work) }
        if !memory.isBeingAssigned(user), let result = read(work) { return result }
        memory.assigning(user)
        return nil
    }

    private func read(_ work: HomeSubscriberServer.Work) -> HomeSubscriberServer.WorkResult? {
        guard work.mayOnlyRead, watch.isCoherent else { return nil }
        var directory = MemoryDirectory(memory: memory)
        var entropy = Entropy(number: 0)  // nothing that only reads draws any
        let result = HomeSubscriberServer.execute(work, on: &directory, entropy: &entropy)
        return result.failure == nil ? result : nil
    }
}

extension SubscriberStore {
    /// What answers beside `execute`, from another thread; nil where nobody can say whether memory is what is stored.
    package var hotReads: HotReads? { engine.watch.map { HotReads(connection.memory, $0) } }
}

/// The subscriptions in memory. Whatever is not there, or would have to be written, fails.
private struct MemoryDirectory: SubscriberDirectory {
    let memory: SubscriptionMemory

    private var beyond: DirectoryFailure { .failed("it is not in memory") }

    mutating func subscription(holding identity: PrivateIdentity) throws(DirectoryFailure) -> Subscription? {
        guard let known = memory.subscription(holding: identity) else { throw beyond }
        return known
    }

    mutating func subscription(holding identity: PublicIdentity) throws(DirectoryFailure) -> Subscription? {
        guard let known = memory.subscription(holding: identity) else { throw beyond }
        return known
    }

    mutating func wildcardedIdentities() throws(DirectoryFailure) -> [WildcardedIdentity] { throw beyond }

    mutating func advanceSequenceNumber(
        of privateIdentity: Int, in subscription: SubscriptionID, from current: SequenceNumber,
        to next: SequenceNumber, challenge: RandomChallenge
    ) throws(DirectoryFailure) { throw beyond }

    mutating func writeNothing() throws(DirectoryFailure) { throw beyond }

    mutating func setServingCSCF(
        _ servingCSCF: AssignedServingCSCF?, of subscription: SubscriptionID
    ) throws(DirectoryFailure) { throw beyond }

    mutating func setFormerServingCSCF(
        _ server: AssignedServingCSCF?, of subscription: SubscriptionID
    ) throws(DirectoryFailure) { throw beyond }

    mutating func enqueue(_ notice: Notice) throws(DirectoryFailure) -> NoticeID { throw beyond }
    mutating func removeNotices(_ ids: [NoticeID]) throws(DirectoryFailure) { throw beyond }
    mutating func storedNotices(limit: Int) throws(DirectoryFailure) -> [StoredNotice] { throw beyond }

    mutating func shAccess(of host: DiameterIdentity) throws(DirectoryFailure) -> ShAccess? { throw beyond }

    mutating func repositoryData(
        of identity: PublicIdentity, service: String
    ) throws(DirectoryFailure) -> RepositoryData? { throw beyond }

    mutating func setRepositoryData(
        _ data: RepositoryData, of identity: PublicIdentity
    ) throws(DirectoryFailure) { throw beyond }

    mutating func subscribe(_ subscription: DataSubscription) throws(DirectoryFailure) { throw beyond }
    mutating func unsubscribe(_ subscription: DataSubscription) throws(DirectoryFailure) -> Bool { throw beyond }

    mutating func dataSubscriptions(
        to reference: DataReference, service: String, of identity: PublicIdentity
    ) throws(DirectoryFailure) -> [DataSubscription] { throw beyond }

    /// What only reads changes nothing that somebody could watch.
    mutating func watchedReferences() throws(DirectoryFailure) -> [DataReference] { [] }
    mutating func leave(_ changes: [DataChange]) throws(DirectoryFailure) { throw beyond }
    mutating func takeDataChanges() throws(DirectoryFailure) -> [DataChange] { throw beyond }

    mutating func setRegistration(
        _ registration: Registration, of subscription: SubscriptionID
    ) throws(DirectoryFailure) { throw beyond }

    mutating func setBarred(
        _ isBarred: Bool, _ identity: PublicIdentity, of subscription: SubscriptionID
    ) throws(DirectoryFailure) { throw beyond }

    mutating func remove(_ subscription: SubscriptionID) throws(DirectoryFailure) { throw beyond }
    mutating func note(_ action: String, about name: String) throws(DirectoryFailure) { throw beyond }

    mutating func servedSubscriptions(
        after: SubscriptionID?, limit: Int
    ) throws(DirectoryFailure) -> [Subscription] { throw beyond }

    mutating func statistics() throws(DirectoryFailure) -> DirectoryStatistics { throw beyond }
}

extension HomeSubscriberServer.Work {
    /// Whether the answer may come without a write: not a vector, and of a SAR what repeats what is known.
    fileprivate var mayOnlyRead: Bool {
        switch task {
        case .answer(let request, to: _, _):
            switch request {
            case .userAuthorization, .locationInfo: true
            case .serverAssignment(let request): request.userName != nil
            case .multimediaAuth, .userData, .profileUpdate, .subscribeNotifications: false
            }
        case .report, .administer, .renew, .loadNotices, .forgetNotices, .keepEmergencyRegistrations: false
        }
    }

    /// Whose S-CSCF or registration it may change.
    var assignedUser: String? {
        guard case .answer(let request, to: _, _) = task else { return nil }
        return switch request {
        case .serverAssignment(let request): request.userName
        case .multimediaAuth(let request): request.userName
        case .userAuthorization, .locationInfo, .userData, .profileUpdate, .subscribeNotifications: nil
        }
    }
}
