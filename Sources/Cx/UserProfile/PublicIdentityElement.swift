/// A public identity in a service profile, TS 29.228 Annex B.2.1.
package struct PublicIdentityElement: Hashable, Sendable {
    /// What kind of identity it is.
    package enum IdentityType: Int, CaseIterable, Sendable {
        case publicUserIdentity = 0
        case distinctPublicServiceIdentity = 1
        case wildcardedPublicServiceIdentity = 2
        case wildcardedPublicUserIdentity = 3
    }

    /// BarringIndication: no use but registration.
    package var isBarred: Bool
    /// A SIP or tel URI.
    package var identity: String
    /// Absent means `.publicUserIdentity`.
    package var identityType: IdentityType?
    package var wildcardedPSI: String?
    package var displayName: String?
    /// Identities with the same group are aliases of one another.
    package var aliasIdentityGroupID: String?
    package var wildcardedIMPU: String?
    package var serviceLevelTraceInfo: String?
    package var sipURIParameters: String?

    package init(
        _ identity: String, isBarred: Bool = false, identityType: IdentityType? = nil, wildcardedPSI: String? = nil,
        displayName: String? = nil, aliasIdentityGroupID: String? = nil, wildcardedIMPU: String? = nil,
        serviceLevelTraceInfo: String? = nil, sipURIParameters: String? = nil
    ) {
        self.identity = identity
        self.isBarred = isBarred
        self.identityType = identityType
        self.wildcardedPSI = wildcardedPSI
        self.displayName = displayName
        self.aliasIdentityGroupID = aliasIdentityGroupID
        self.wildcardedIMPU = wildcardedIMPU
        self.serviceLevelTraceInfo = serviceLevelTraceInfo
        self.sipURIParameters = sipURIParameters
    }
}
