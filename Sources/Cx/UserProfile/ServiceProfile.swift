/// Public identities with the services they have in common, TS 29.228 Annex B.2.
package struct ServiceProfile: Hashable, Sendable {
    /// At least one.
    package var publicIdentities: [PublicIdentityElement]
    package var coreNetworkServicesAuthorization: CoreNetworkServicesAuthorization?
    /// No two of the same priority.
    package var initialFilterCriteria: [InitialFilterCriteria]
    /// Sets of filter criteria that the S-CSCF has in its own configuration (feature SiFC).
    package var sharedIFCSetIDs: [Int]

    package init(
        publicIdentities: [PublicIdentityElement],
        coreNetworkServicesAuthorization: CoreNetworkServicesAuthorization? = nil,
        initialFilterCriteria: [InitialFilterCriteria] = [], sharedIFCSetIDs: [Int] = []
    ) {
        self.publicIdentities = publicIdentities
        self.coreNetworkServicesAuthorization = coreNetworkServicesAuthorization
        self.initialFilterCriteria = initialFilterCriteria
        self.sharedIFCSetIDs = sharedIFCSetIDs
    }
}

/// What the subscriber may use of the core network, TS 29.228 Annex B.2.1A.
package struct CoreNetworkServicesAuthorization: Hashable, Sendable {
    /// A media profile in the S-CSCF's configuration.
    package var subscribedMediaProfileID: Int?
    /// IMS communication services that may be used.
    package var serviceIDs: [String]

    package init(subscribedMediaProfileID: Int? = nil, serviceIDs: [String] = []) {
        self.subscribedMediaProfileID = subscribedMediaProfileID
        self.serviceIDs = serviceIDs
    }
}
