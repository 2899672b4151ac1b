import Cx
import IMS

/// UAR: may this user register here, and at which S-CSCF? TS 29.228 §6.1.1.
package enum UserAuthorization {
    package static func decide(
        _ request: UserAuthorizationRequest, on directory: inout some SubscriberDirectory
    ) throws(DirectoryFailure) -> Decision<UserAuthorizationAnswer> {
        let user = PrivateIdentity(request.userName)
        let identity = PublicIdentity(received: request.publicIdentity)
        let subject = Subject(privateIdentity: user.text, publicIdentity: identity.text)
        switch try Party.find(user, identity, in: &directory) {
        case .failure(let denial):
            return .refused(UserAuthorizationAnswer(denial.result), denial.refusal, about: subject)
        case .success(let party):
            if let denial = objection(to: request, party) {
                return .refused(UserAuthorizationAnswer(denial.result), denial.refusal, about: subject)
            }
            return assignment(request.userAuthorizationType ?? .registration, party, about: subject)
        }
    }

    /// TS 29.228 §6.1.1.1 steps 3 and 4: barring and roaming, which keep nobody from registering for an emergency.
    private static func objection(to request: UserAuthorizationRequest, _ party: Party) -> Denial? {
        guard !request.flags.contains(.emergencyRegistration) else { return nil }
        guard party.subscription.defaultIdentity(ofSet: party.publicRecord.implicitSet) != nil else {
            return .barred(party.publicRecord.identity)
        }
        let allowed = party.subscription.visitedNetworks
        guard !allowed.isEmpty else { return nil }
        let visited = request.visitedNetworkIdentifier
        guard !allowed.contains(where: { visited.equalsIgnoringCase(.init($0)) }) else { return nil }
        return .roaming(party.privateRecord.identity, visited: visited.string, allowed: allowed)
    }

    /// TS 29.228 §6.1.1.1 step 5: by authorization type and what is stored.
    private static func assignment(
        _ type: UserAuthorizationType, _ party: Party, about subject: Subject
    ) -> Decision<UserAuthorizationAnswer> {
        let subscription = party.subscription
        switch type {
        case .deregistration:
            let state = subscription.state(ofSet: party.publicRecord.implicitSet)
            guard state != .notRegistered, let stored = subscription.servingCSCF else {
                let denial = Denial.notRegistered(
                    party.publicRecord.identity, ", so there is nothing to de-register",
                    hint: "The phone may take itself as de-registered.")
                return .refused(UserAuthorizationAnswer(denial.result), denial.refusal, about: subject)
            }
            return Decision(UserAuthorizationAnswer(.success, serverName: stored.name))
        case .registration:
            guard let stored = subscription.servingCSCF else {
                return Decision(
                    UserAuthorizationAnswer(.firstRegistration, serverCapabilities: subscription.offeredCapabilities))
            }
            return Decision(UserAuthorizationAnswer(.subsequentRegistration, serverName: stored.name))
        case .registrationAndCapabilities:
            return Decision(
                UserAuthorizationAnswer(.success, serverCapabilities: subscription.offeredCapabilities))
        }
    }
}
