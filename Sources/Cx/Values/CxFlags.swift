/// Feature-List (630) of the list with Feature-List-ID 1, TS 29.229 §7.1.1. Unknown bits are kept.
package struct CxFeatures: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Shared initial filter criteria sets.
    package static let sharedFilterCriteria = CxFeatures(rawValue: 1 << 0)
    /// Alias public identities.
    package static let aliasIndication = CxFeatures(rawValue: 1 << 1)
    /// S-CSCF restoration.
    package static let restoration = CxFeatures(rawValue: 1 << 2)
    /// HSS-based P-CSCF restoration.
    package static let proxyCSCFRestoration = CxFeatures(rawValue: 1 << 3)
}

/// UAR-Flags (637), TS 29.229 §6.3.44. Unknown bits are kept.
package struct UserAuthorizationFlags: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The registration is for an emergency: neither barring nor roaming is checked.
    package static let emergencyRegistration = UserAuthorizationFlags(rawValue: 1 << 0)
}

/// LIA-Flags (653). Unknown bits are kept.
package struct LocationInfoFlags: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The Server-Name is an application server that serves the public service identity itself.
    package static let publicServiceIdentityDirectRouting = LocationInfoFlags(rawValue: 1 << 0)
}

/// SAR-Flags (655). Unknown bits are kept.
package struct ServerAssignmentFlags: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// P-CSCF restoration is to be executed for the identity.
    package static let proxyCSCFRestoration = ServerAssignmentFlags(rawValue: 1 << 0)
}

/// RTR-Flags (659). All bits are kept as they come.
package struct RegistrationTerminationFlags: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }
}
