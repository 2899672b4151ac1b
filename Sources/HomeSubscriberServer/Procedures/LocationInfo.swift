import Cx
import IMS

/// LIR: which S-CSCF serves this public identity? TS 29.228 §6.1.4.
package enum LocationInfo {
    package static func decide(
        _ request: LocationInfoRequest, on directory: inout some SubscriberDirectory
    ) throws(DirectoryFailure) -> Decision<LocationInfoAnswer> {
        let received = PublicIdentity(received: request.publicIdentity)
        let subject = Subject(publicIdentity: received.text)
        let identity = try directory.kept(received)
        var decision = try decide(identity, request, about: subject, on: &directory)
        // TS 29.229 §6.3.35: under which wildcarded identity it is kept.
        if identity != received, decision.answer.result.isSuccess {
            decision.answer.wildcardedPublicIdentity = identity.text
        }
        return decision
    }

    private static func decide(
        _ identity: PublicIdentity, _ request: LocationInfoRequest, about subject: Subject,
        on directory: inout some SubscriberDirectory
    ) throws(DirectoryFailure) -> Decision<LocationInfoAnswer> {
        guard identity.isStorable, let subscription = try directory.subscription(holding: identity),
            let index = subscription.index(of: identity)
        else {
            let denial = Denial.unknown(identity)
            return .refused(LocationInfoAnswer(denial.result), denial.refusal, about: subject)
        }
        let record = subscription.publicIdentities[index]
        guard record.isActive else {
            let denial = Denial.inactive(identity)
            return .refused(LocationInfoAnswer(denial.result), denial.refusal, about: subject)
        }
        // What the service itself originates goes by way of an S-CSCF all the same.
        if let server = record.directServer, request.originatingRequest == nil {
            return Decision(
                LocationInfoAnswer(
                    .success, serverName: server.uri, flags: .publicServiceIdentityDirectRouting))
        }
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
