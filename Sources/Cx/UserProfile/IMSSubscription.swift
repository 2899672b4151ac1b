/// User-Data: what an S-CSCF knows of a subscriber, TS 29.228 Annexes B and E.
package struct IMSSubscription: Hashable, Sendable {
    /// The IMPI.
    package var privateID: String
    /// At least one.
    package var serviceProfiles: [ServiceProfile]

    package init(privateID: String, serviceProfiles: [ServiceProfile]) {
        self.privateID = privateID
        self.serviceProfiles = serviceProfiles
    }
}

extension IMSSubscription {
    /// All public identities in the order of the document, which matters.
    package var publicIdentities: [PublicIdentityElement] { serviceProfiles.flatMap(\.publicIdentities) }

    /// The first public identity that is not barred, TS 24.229 §5.4.1.2.2; nil when all are.
    package var defaultPublicIdentity: PublicIdentityElement? {
        for profile in serviceProfiles {
            if let identity = profile.publicIdentities.first(where: { !$0.isBarred }) { return identity }
        }
        return nil
    }
}
