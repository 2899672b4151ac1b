import Cx
import IMS

/// LIR: which S-CSCF serves this public identity? TS 29.228 §6.1.4.
package enum LocationInfo {
    package static func decide(
        _ request: LocationInfoRequest, on directory: inout some SubscriberDirectory
    ) throws(DirectoryFailure) -> Decision<LocationInfoAnswer> {
        let identity = PublicIdentity(received: request.publicIdentity)
        let subject = Subject(publicIdentity: identity.text)
        guard identity.isStorable, let subscription = try directory.subscription(holding: identity),
            let index = subscription.index(of: identity)
        else {
            let denial = Denial.unknown(identity)
            return .refused(LocationInfoAnswer(denial.result), denial.refusal, about: subject)
        }
        let record = subscription.publicIdentities[index]
        let isRegistered = subscription.state(ofSet: record.implicitSet) == .registered
        guard isRegistered || record.serviceProfile.hasUnregisteredServices else {
            let denial = Denial.notRegistered(
                identity, " and has no services for the unregistered state",
                hint: "A filter criterion without ProfilePartIndicator, or with 1, would be such a service.")
            return .refused(LocationInfoAnswer(denial.result), denial.refusal, about: subject)
        }
        if request.userAuthorizationType == .registrationAndCapabilities {
            return Decision(LocationInfoAnswer(.success, serverCapabilities: subscription.offeredCapabilities))
        }
        if let stored = subscription.servingCSCF {
            return Decision(LocationInfoAnswer(.success, serverName: stored.name))
        }
        return Decision(
            LocationInfoAnswer(.unregisteredService, serverCapabilities: subscription.offeredCapabilities))
    }
}
