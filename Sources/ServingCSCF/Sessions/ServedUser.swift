import Cx
import IMS
import Octets
import SIP

/// The user on whose behalf a request is served, and what is known of him: a copy, for the time of one request.
struct ServedUser: Sendable {
    let identity: PublicIdentity
    let isRegistered: Bool
    let isBarred: Bool
    let profile: UserProfile
    /// Index of the service profile of this identity.
    let services: Int

    /// nil when the profile does not have the identity.
    init?(_ identity: PublicIdentity, in profile: UserProfile, isRegistered: Bool) {
        guard let entry = profile.identities.first(where: { $0.identity == identity }) else { return nil }
        self.identity = identity
        self.isRegistered = isRegistered
        isBarred = entry.isBarred
        self.profile = profile
        services = Int(entry.services)
    }

    /// What the service profile orders; nil when the profile is inconsistent.
    var service: Services? { services < profile.services.count ? profile.services[services] : nil }

    /// Whether another identity is an alias: the same implicit set and service profile (TS 23.228 §4.3.3.4).
    func hasAlias(_ other: PublicIdentity) -> Bool {
        profile.identities.contains { $0.identity == other && Int($0.services) == services }
    }

    /// The number that goes with a SIP identity, or the SIP URI with a number: the alias of the other scheme with the same
    /// number, or else the first one; none that is barred.
    func associatedIdentity(of identity: PublicIdentity) -> PublicIdentity? {
        let isNumber = identity.hasScheme("tel:")
        let others = profile.identities.filter { entry in
            !entry.isBarred && Int(entry.services) == services && entry.identity.hasScheme(isNumber ? "sip:" : "tel:")
        }
        let same = others.first { $0.identity.name == identity.name }
        return (same ?? others.first)?.identity
    }

    /// All identities of the implicit set.
    var identities: [PublicIdentity] { profile.identities.map(\.identity) }
}

extension PublicIdentity {
    func hasScheme(_ scheme: StaticString) -> Bool { OctetSlice(text).hasPrefix(scheme) }

    /// What stands between the scheme and the domain: a user name or a number.
    var name: Substring {
        let rest = text.drop { $0 != ":" }.dropFirst()
        return rest.prefix { $0 != "@" }
    }
}

extension ServingCSCF {
    /// A registered user, or one whose profile was fetched lately for services of unregistered users.
    func servedUser(_ identity: PublicIdentity) -> ServedUser? {
        if let registration = registrations[identity] {
            return ServedUser(identity, in: registration.profile, isRegistered: registration.isOrdinary)
        }
        guard let profile = tables.unregistered[identity] else { return nil }
        return ServedUser(identity, in: profile, isRegistered: false)
    }
}
