import Cx
import IMS
import Octets
import SIP

extension UserProfile {
    /// The implicit registration set and its services out of User-Data, TS 29.228 Annex E. Service identities and
    /// wildcards do not register.
    init(_ subscription: IMSSubscription, chargingFunctions: OctetSlice) {
        identities = []
        services = []
        self.chargingFunctions = chargingFunctions
        for profile in subscription.serviceProfiles.prefix(256) {
            let index = UInt8(services.count)
            services.append(
                Services(
                    filterCriteria: profile.initialFilterCriteria, sharedIFCSetIDs: profile.sharedIFCSetIDs,
                    coreNetworkServicesAuthorization: profile.coreNetworkServicesAuthorization))
            for element in profile.publicIdentities
            where (element.identityType ?? .publicUserIdentity) == .publicUserIdentity {
                guard let identity = PublicIdentity(profileText: element.identity) else { continue }
                identities.append(RegisteredIdentity(identity: identity, isBarred: element.isBarred, services: index))
            }
        }
    }
}

extension PublicIdentity {
    /// An identity as the HSS writes it, brought into canonical form; nil when it is no SIP or tel URI.
    init?(profileText text: String) {
        do {
            self.init(try URI(parsing: OctetSlice(text)))
        } catch {
            return nil
        }
    }
}
