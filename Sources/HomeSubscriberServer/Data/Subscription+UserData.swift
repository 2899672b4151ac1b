import Cx
import IMS
import Octets

extension Subscription {
    /// User-Data for an S-CSCF: the identities of one implicit set with their services, TS 29.228 Annexes B and E.
    ///
    /// Identities keep their order within a profile, and profiles stand in the order of their first identity, so that
    /// the first identity that is not barred is the default one.
    ///
    /// - Parameter features: those of the S-CSCF: one that has shared iFC sets itself gets their numbers only.
    package func userData(
        for user: PrivateIdentity, implicitSet: Int, features: CxFeatures = []
    ) -> OctetSlice {
        var order: [String] = []
        var profiles: [String: ServiceProfile] = [:]
        for record in identities(inSet: implicitSet) {
            let content = record.serviceProfile
            if profiles[content.name] == nil {
                order.append(content.name)
                let isShared = features.contains(.sharedFilterCriteria)
                profiles[content.name] = ServiceProfile(
                    publicIdentities: [], coreNetworkServicesAuthorization: content.authorization,
                    initialFilterCriteria: isShared ? content.criteria : content.wholeCriteria,
                    sharedIFCSetIDs: isShared ? content.sharedSets.map(\.number) : [])
            }
            profiles[content.name]?.publicIdentities.append(record.element)
        }
        let document = IMSSubscription(privateID: user.text, serviceProfiles: order.compactMap { profiles[$0] })
        return OctetSlice(document.xml)
    }
}

extension PublicIdentityRecord {
    fileprivate var element: PublicIdentityElement {
        var element = PublicIdentityElement(
            identity.text, isBarred: isBarred, displayName: displayName, aliasIdentityGroupID: aliasGroup)
        switch kind {
        case .distinct: break
        case .distinctService: element.identityType = .distinctPublicServiceIdentity
        case .wildcardedService:
            element.identityType = .wildcardedPublicServiceIdentity
            element.wildcardedPSI = identity.text
        case .wildcarded:
            element.identityType = .wildcardedPublicUserIdentity
            element.wildcardedIMPU = identity.text
        }
        return element
    }
}

/// One `InitialFilterCriteria` element as text, the form in which the store keeps it.
package enum FilterCriterionText {
    package static func write(_ criterion: InitialFilterCriteria) -> String {
        String(decoding: criterion.xml, as: UTF8.self)
    }

    /// Reads the element inside the smallest document that may hold it.
    package static func read(_ text: String) throws(UserProfileError) -> InitialFilterCriteria? {
        let document =
            "<IMSSubscription><PrivateID>a@b</PrivateID><ServiceProfile><PublicIdentity><Identity>sip:a@b</Identity>"
            + "</PublicIdentity>\(text)</ServiceProfile></IMSSubscription>"
        let criteria = try IMSSubscription(parsing: Array(document.utf8)).serviceProfiles.first?.initialFilterCriteria
        guard let criteria, criteria.count == 1 else { return nil }
        return criteria.first
    }
}
