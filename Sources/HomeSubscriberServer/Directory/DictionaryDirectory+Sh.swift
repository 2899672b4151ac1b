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
        guard !dataSubscriptions.contains(subscription) else { return }
        dataSubscriptions.append(subscription)
    }

    package mutating func unsubscribe(_ subscription: DataSubscription) throws(DirectoryFailure) -> Bool {
        if let writeFailure { throw writeFailure }
        guard let index = dataSubscriptions.firstIndex(of: subscription) else { return false }
        dataSubscriptions.remove(at: index)
        return true
    }

    package mutating func dataSubscriptions(
        to service: String, of identity: PublicIdentity
    ) throws(DirectoryFailure) -> [DataSubscription] {
        dataSubscriptions.filter { $0.identity == identity && $0.serviceIndication == service }
    }
}
