import Cx
import IMS
import Octets

/// An implicit registration set while one of its users is registered: one unit for the HSS (TS 23.228 §5.2.1a).
///
/// A value without references to messages, so that it can be stored and loaded as it is.
package struct Registration: Equatable, Sendable {
    package var profile: UserProfile
    package var bindings: [Binding]

    /// The private identities that have a binding, each once.
    package var privateIdentities: [PrivateIdentity] {
        var identities: [PrivateIdentity] = []
        for binding in bindings where !identities.contains(binding.privateIdentity) {
            identities.append(binding.privateIdentity)
        }
        return identities
    }

    package func isRegistered(by identity: PrivateIdentity) -> Bool {
        bindings.contains { $0.privateIdentity == identity }
    }

    /// As application servers, watchers and callers see it: without what is bound for emergency calls (TS 24.229 §5.4.8.2,
    /// §5.4.8.7). nil when nothing else is.
    var withoutEmergency: Registration? {
        guard bindings.contains(where: \.isEmergency) else { return self }
        var visible = self
        visible.bindings.removeAll(where: \.isEmergency)
        return visible.bindings.isEmpty ? nil : visible
    }

    /// Whether the user is there for more than emergency calls.
    var isOrdinary: Bool { bindings.contains { !$0.isEmergency } }

    package var nextExpiry: Instant? { bindings.lazy.map(\.expiry).min() }
}

/// What the HSS says of an implicit registration set, in the form that is kept per user.
package struct UserProfile: Equatable, Sendable {
    /// In the order of the profile: the first one not barred is the default identity.
    package var identities: [RegisteredIdentity]
    /// One per service profile; equal ones are the same array in memory.
    package var services: [Services]
    /// P-Charging-Function-Addresses, RFC 7315 §4.5; empty when the HSS gave none.
    package var chargingFunctions: OctetSlice

    /// Default public user identity, TS 24.229 §5.4.1.2.2.
    package var defaultIdentity: PublicIdentity? { identities.first { !$0.isBarred }?.identity }
}

package struct RegisteredIdentity: Equatable, Sendable {
    package var identity: PublicIdentity
    package var isBarred: Bool
    /// Index into `UserProfile.services`.
    package var services: UInt8
}

/// What a service profile orders, without its identities: equal for many users.
package struct Services: Hashable, Sendable {
    package var filterCriteria: [InitialFilterCriteria]
    package var sharedIFCSetIDs: [Int]
    package var coreNetworkServicesAuthorization: CoreNetworkServicesAuthorization?

    /// Short, for it is looked up with every request: equal profiles share their memory, and are compared by that.
    package func hash(into hasher: inout Hasher) {
        for criterion in filterCriteria {
            hasher.combine(criterion.priority)
            hasher.combine(criterion.applicationServer.serverName)
        }
        hasher.combine(sharedIFCSetIDs)
    }
}
