import AKA
import Diameter
import IMS
import Sh

/// Where the subscribers are, as one database transaction sees them.
///
/// The HSS decides on the values that come from here and writes single facts back. What one call has written the next
/// call reads; whether all of it stays is settled when the transaction ends, before any answer leaves.
package protocol SubscriberDirectory {
    mutating func subscription(holding identity: PrivateIdentity) throws(DirectoryFailure) -> Subscription?
    mutating func subscription(holding identity: PublicIdentity) throws(DirectoryFailure) -> Subscription?

    /// All wildcarded identities, TS 23.003 §13.4A, §13.5; there are few.
    mutating func wildcardedIdentities() throws(DirectoryFailure) -> [WildcardedIdentity]

    /// Moves the counter of one private identity and remembers the challenge that goes out with it.
    ///
    /// Throws `.conflict` unless the counter stands at `current`: two transactions cannot draw the same number.
    mutating func advanceSequenceNumber(
        of privateIdentity: Int, in subscription: SubscriptionID, from current: SequenceNumber,
        to next: SequenceNumber, challenge: RandomChallenge
    ) throws(DirectoryFailure)

    /// Writes to the disk as a challenge does, and nothing that counts: for a user that is not there.
    mutating func writeNothing() throws(DirectoryFailure)

    mutating func setServingCSCF(
        _ servingCSCF: AssignedServingCSCF?, of subscription: SubscriptionID
    ) throws(DirectoryFailure)

    /// The S-CSCF that is to be told once another one has the user.
    mutating func setFormerServingCSCF(
        _ server: AssignedServingCSCF?, of subscription: SubscriptionID
    ) throws(DirectoryFailure)

    /// Keeps a notice until its S-CSCF has answered.
    mutating func enqueue(_ notice: Notice) throws(DirectoryFailure) -> NoticeID
    mutating func removeNotices(_ ids: [NoticeID]) throws(DirectoryFailure)
    /// The oldest notices that are kept. Of a PPR only what it is about is kept, not its content.
    mutating func storedNotices(limit: Int) throws(DirectoryFailure) -> [StoredNotice]

    /// What the application server with this Diameter identity may do over Sh; nil for a stranger.
    mutating func shAccess(of host: DiameterIdentity) throws(DirectoryFailure) -> ShAccess?
    mutating func repositoryData(
        of identity: PublicIdentity, service: String
    ) throws(DirectoryFailure) -> RepositoryData?
    /// Without service data: removes what there is.
    mutating func setRepositoryData(_ data: RepositoryData, of identity: PublicIdentity) throws(DirectoryFailure)
    /// In the place of one that it renews.
    mutating func subscribe(_ subscription: DataSubscription) throws(DirectoryFailure)
    /// Whether there was such a subscription.
    mutating func unsubscribe(_ subscription: DataSubscription) throws(DirectoryFailure) -> Bool
    /// Those that have not expired.
    ///
    /// - Parameter service: of repository data; empty for the others.
    mutating func dataSubscriptions(
        to reference: DataReference, service: String, of identity: PublicIdentity
    ) throws(DirectoryFailure) -> [DataSubscription]
    /// Which data some application server may watch, repository data left out.
    mutating func watchedReferences() throws(DirectoryFailure) -> [DataReference]
    /// Keeps of what was changed by others than the HSS what somebody watches.
    mutating func leave(_ changes: [DataChange]) throws(DirectoryFailure)
    /// What was left; each is given once.
    mutating func takeDataChanges() throws(DirectoryFailure) -> [DataChange]

    /// Replaces the registration with the same private identity and set.
    mutating func setRegistration(
        _ registration: Registration, of subscription: SubscriptionID
    ) throws(DirectoryFailure)

    /// TS 23.008 §3.1.3.
    mutating func setBarred(
        _ isBarred: Bool, _ identity: PublicIdentity, of subscription: SubscriptionID
    ) throws(DirectoryFailure)

    /// Removes a subscription with all its identities.
    mutating func remove(_ subscription: SubscriptionID) throws(DirectoryFailure)

    /// Adds a line to the audit trail: what the operator did, and to whom.
    mutating func note(_ action: String, about name: String) throws(DirectoryFailure)

    /// Subscriptions with an S-CSCF, in the order of their numbers, for the operator.
    mutating func servedSubscriptions(
        after: SubscriptionID?, limit: Int
    ) throws(DirectoryFailure) -> [Subscription]

    mutating func statistics() throws(DirectoryFailure) -> DirectoryStatistics
}

package struct DirectoryStatistics: Equatable, Sendable {
    package var subscriptions: Int
    package var publicIdentities: Int
    /// Implicit sets that are registered.
    package var registeredSets: Int

    package init(subscriptions: Int, publicIdentities: Int, registeredSets: Int) {
        self.subscriptions = subscriptions
        self.publicIdentities = publicIdentities
        self.registeredSets = registeredSets
    }
}

/// Why the directory could not do what it was asked.
package enum DirectoryFailure: Error, Equatable, Sendable {
    /// No room on the disk. Reading goes on.
    case full
    /// Another program holds the database for longer than we wait.
    case busy
    case readOnly
    /// The database contradicts itself.
    case damaged(String)
    /// Somebody else moved the counter meanwhile.
    case conflict
    case failed(String)
}
