import Diameter
import IMS
import Sh

/// What application servers keep here and may do.
extension DictionaryDirectory {
    package mutating func shAccess(of host: DiameterIdentity) throws(DirectoryFailure) -> ShAccess? {
        accesses.first { DiameterIdentity($0.host) == host }
    }

    package mutating func repositoryData(
        of identity: PublicIdentity, service: String
    ) throws(DirectoryFailure) -> RepositoryData? {
        repository[identity]?.first { $0.serviceIndication == service }
    }

    package mutating func setRepositoryData(
        _ data: RepositoryData, of identity: PublicIdentity
    ) throws(DirectoryFailure) {
        if let writeFailure { throw writeFailure }
        repository[identity, default: []].removeAll { $0.serviceIndication == data.serviceIndication }
        if data.serviceData != nil { repository[identity, default: []].append(data) }
    }

    package mutating func subscribe(_ subscription: DataSubscription) throws(DirectoryFailure) {
        if let writeFailure { throw writeFailure }
        dataSubscriptions.removeAll { $0.isRenewed(by: subscription) }
        dataSubscriptions.append(subscription)
    }

    package mutating func unsubscribe(_ subscription: DataSubscription) throws(DirectoryFailure) -> Bool {
        if let writeFailure { throw writeFailure }
        let before = dataSubscriptions.count
        dataSubscriptions.removeAll { $0.isRenewed(by: subscription) }
        return dataSubscriptions.count < before
    }

    package mutating func dataSubscriptions(
        to reference: DataReference, service: String, of identity: PublicIdentity
    ) throws(DirectoryFailure) -> [DataSubscription] {
        dataSubscriptions.filter {
            $0.identity == identity && $0.reference == reference && $0.serviceIndication == service
                && $0.expires.map { $0 > time } ?? true
        }
    }

    package mutating func watchedReferences() throws(DirectoryFailure) -> [DataReference] {
        ShAccess.watchedReferences(accesses)
    }

    package mutating func leave(_ changes: [DataChange]) throws(DirectoryFailure) { dataChanges += changes }

    package mutating func takeDataChanges() throws(DirectoryFailure) -> [DataChange] {
        defer { dataChanges = [] }
        return dataChanges
    }
}
