import AKA
import Cx
import IMS

/// What becomes of a subscription that the operator declares anew, and what its S-CSCF has to hear of it.
extension Subscription {
    /// As the record says, with what the network has written as far as it still fits: counters of SIMs that stay, states
    /// of sets that stay.
    ///
    /// Of service profiles and lists only the names are those of the record.
    package func becoming(_ record: SubscriptionRecord) -> Subscription {
        var after = self
        after.lists = record.lists
        after.publicIdentities = record.publicIdentities
        after.privateIdentities = record.privateIdentities.map { declared in
            guard let index = index(of: declared.identity),
                privateIdentities[index].credential == declared.credential
            else { return declared }
            var kept = declared
            kept.sqn = privateIdentities[index].sqn
            kept.lastChallenge = privateIdentities[index].lastChallenge
            return kept
        }
        after.registrations = record.registrations.map { declared in
            guard record.privateIdentities.indices.contains(declared.privateIdentity) else { return declared }
            let user = record.privateIdentities[declared.privateIdentity].identity
            guard let kept = registration(of: user, set: declared.implicitSet),
                after.holds(user, declared.implicitSet, of: self)
            else { return declared }
            var registration = kept
            registration.privateIdentity = declared.privateIdentity
            return registration
        }
        if !after.needsServingCSCF {
            after.servingCSCF = nil
            after.formerServingCSCF = nil
        }
        return after
    }

    /// The registration of a private identity for a set.
    private func registration(of user: PrivateIdentity, set: Int) -> Registration? {
        guard let index = index(of: user),
            let registration = registrationIndex(privateIdentity: index, implicitSet: set)
        else { return nil }
        return registrations[registration]
    }

    /// Whether a registration of what was before goes on here: the pair is there, the set is not wholly another one, and
    /// something of it may be used; of a service, that it is active and no application server serves it itself.
    private func holds(_ user: PrivateIdentity, _ set: Int, of before: Subscription) -> Bool {
        guard registration(of: user, set: set) != nil, defaultIdentity(ofSet: set) != nil else { return false }
        let former = before.identities(inSet: set).map(\.identity)
        return identities(inSet: set).contains {
            former.contains($0.identity) && $0.isActive && $0.directServer == nil
        }
    }

    /// RTRs for registrations that end and PPRs for those whose profile, charging addresses or digest changes (TS 29.228
    /// §6.1.3, §6.2.2), when this subscription becomes another; nil when it is removed.
    package func notices(becoming after: Subscription?) -> [Notice] {
        guard let server = servingCSCF else { return [] }
        let held = registrations.filter { $0.state != .notRegistered || $0.isAuthenticationPending }
        let ended = held.filter { registration in
            let user = privateIdentities[registration.privateIdentity].identity
            return after?.holds(user, registration.implicitSet, of: self) != true
        }
        var notices: [Notice] = []
        for user in Set(ended.map(\.privateIdentity)).sorted() {
            let sets = ended.filter { $0.privateIdentity == user }.map(\.implicitSet)
            let isWhole = sets.count == held.count(where: { $0.privateIdentity == user })
            let identities = isWhole ? [] : publicIdentities.filter { sets.contains($0.implicitSet) }
            notices.append(
                Notice(
                    server: server,
                    content: .termination(
                        RegistrationTerminationRequest(
                            userName: privateIdentities[user].identity.text,
                            publicIdentities: identities.map(\.identity.text),
                            deregistrationReason: DeregistrationReason(.permanentTermination)))))
        }
        guard let after else { return notices }
        for set in Set(held.map(\.implicitSet)).sorted() {
            guard let notice = after.profileNotice(ofSet: set), notice != profileNotice(ofSet: set) else { continue }
            notices.append(notice)
        }
        return notices + credentialNotices(becoming: after)
    }

    /// PPRs with SIP-Auth-Data-Item for digests that change, TS 29.228 §6.2.2.
    private func credentialNotices(becoming after: Subscription) -> [Notice] {
        after.registrations.compactMap { registration in
            let changed = after.privateIdentities[registration.privateIdentity]
            guard registration.state != .notRegistered, case .digest = changed.credential,
                let index = index(of: changed.identity), privateIdentities[index].credential != changed.credential
            else { return nil }
            return after.profileNotice(ofSet: registration.implicitSet, for: changed.identity, bringsCredential: true)
        }
    }
}
