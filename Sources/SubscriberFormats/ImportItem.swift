import HomeSubscriberServer

/// What reading a file brings forth, in the order of the file.
package enum ImportItem: Equatable, Sendable {
    /// What subscribers that follow share.
    case catalogue(ServiceCatalogue)
    case subscriber(SubscriptionRecord, ImportPlace)
    case finding(ImportFinding)
}
