import Cx
import Diameter
import IMS
import Octets
import SIP

/// Restoration of what an S-CSCF knew of its users, TS 23.380 §4: each one leaves with the HSS what another needs, and
/// takes up what it finds there.
///
///     REGISTER, SUBSCRIBE ─▶ SAR with SCSCF-Restoration-Info
///     request of a user who is not known here ─▶ SAR NO_ASSIGNMENT ──────┬─ restoration info ─▶ registered here
///     request for a user who is not known here ─▶ SAR UNREGISTERED_USER ─┴─ none ─▶ 504, or unregistered services
///
/// The clauses are followed as others describe them (the HSS refuses UNREGISTERED_USER for a registered user with 5007 and
/// gives profile and restoration info with it; an answer of 504 sends the phone to register again); the text of TS 23.380
/// was not at hand.
extension ServingCSCF {
    // MARK: Left behind

    /// What another S-CSCF would need; nil when the HSS is not to keep it.
    func restoration(
        of identity: PrivateIdentity, _ bindings: [Binding], at now: Instant
    ) -> ServingCSCFRestoration? {
        guard configuration.restoresUsers else { return nil }
        return ServingCSCFRestoration(identity, bindings, at: now) { binding in
            for slot in watches.slots(
                watching: registrations[binding.identity]?.profile.identities.map(\.identity) ?? [])
            {
                guard let watch = watches[slot], watch.watcher == .user else { continue }
                let dialog = watch.notifier.stored.dialog
                if dialog.remoteTarget == binding.uri { return SubscriptionInformation(dialog) }
            }
            return nil
        }
    }

    /// Tells the HSS how things are when no REGISTER brings it there, provided that the HSS wants to know.
    mutating func leaveRestoration(
        of identity: PrivateIdentity, in slot: RegistrationTable.Slot, at now: Instant, into actions: inout [Order]
    ) {
        guard homeRestores, let registration = registrations[slot], let user = registration.profile.defaultIdentity,
            let restoration = restoration(of: identity, registration.bindings, at: now)
        else { return }
        report(.reRegistration, of: identity, as: user, leaving: restoration, into: &actions)
    }

    /// The phone has subscribed to its registration state.
    mutating func leaveSubscription(
        of resource: PublicIdentity, from target: OctetSlice, at now: Instant, into actions: inout [Order]
    ) {
        guard homeRestores, let slot = registrations.slot(of: resource),
            let binding = registrations[slot]?.bindings.first(where: { $0.uri == target })
        else { return }
        leaveRestoration(of: binding.privateIdentity, in: slot, at: now, into: &actions)
    }

    /// Whether the HSS has said that it keeps such things (IMSRestorationInd, TS 29.229 §7.1.1).
    mutating func learn(from answer: ServerAssignmentAnswer) {
        guard configuration.restoresUsers, answer.result.isSuccess else { return }
        homeRestores = answer.supportedFeatures.contains {
            $0.vendorID == CxDictionary.vendor3GPP && $0.featureListID == 1 && $0.featureList.contains(.restoration)
        }
    }

    // MARK: Found

    /// Registers a user by what another S-CSCF, or ourselves before, has left.
    ///
    /// - Returns: false when there is nothing, or nothing that can be used.
    mutating func takeOver(
        _ identity: PublicIdentity, _ type: ServerAssignmentType, _ answer: ServerAssignmentAnswer, at now: Instant,
        into actions: inout [Order]
    ) -> Bool {
        guard !answer.restorations.isEmpty, registrations[identity] == nil,
            answer.result.isSuccess || answer.result == .experimental(.inAssignmentType),
            let profile = profile(of: identity, from: answer), let user = profile.defaultIdentity
        else { return false }
        let found = restored(answer.restorations, as: user, at: now)
        let bindings = found.map(\.binding)
        guard let first = bindings.first else { return false }
        registrations.insert(Registration(profile: profile, bindings: bindings), because: .profile)
        for (binding, subscription) in found {
            if let subscription { resume(subscription, of: user, until: binding.expiry) }
        }
        // NO_ASSIGNMENT has made the user ours; after the refusal of the other the HSS has still to be told.
        if type != .noAssignment { report(.noAssignment, of: first.privateIdentity, as: user, into: &actions) }
        actions.append(.count(.registrationRestored))
        actions.append(
            .observe(
                Observation(
                    .notice, "The user was taken over with \(bindings.count) contacts, as the HSS had them.",
                    about: Subject(privateIdentity: first.privateIdentity.text, publicIdentity: user.text))))
        return true
    }

    /// The contacts of a user's other phones, for one that registers here as the first.
    func restoredBindings(_ restorations: [ServingCSCFRestoration], as user: PublicIdentity, at now: Instant)
        -> [Binding]
    {
        restored(restorations, as: user, at: now).map(\.binding)
    }

    private func restored(
        _ restorations: [ServingCSCFRestoration], as user: PublicIdentity, at now: Instant
    ) -> [(binding: Binding, subscription: SubscriptionInformation?)] {
        guard configuration.restoresUsers else { return [] }
        let found = restorations.flatMap { $0.bindings(as: user, configuration, at: now) }
        return Array(found.prefix(configuration.maximumContacts))
    }

    private func profile(of identity: PublicIdentity, from answer: ServerAssignmentAnswer) -> UserProfile? {
        guard let userData = answer.userData else { return nil }
        do {
            let charging = answer.chargingInformation.map(chargingFunctions) ?? OctetSlice()
            let profile = UserProfile(try IMSSubscription(parsing: userData), chargingFunctions: charging)
            return profile.identities.contains { $0.identity == identity } ? profile : nil
        } catch {
            return nil
        }
    }

    private mutating func resume(
        _ subscription: SubscriptionInformation, of user: PublicIdentity, until expiry: Instant
    ) {
        guard let notifier = subscription.notifier(serverName: configuration.serverName, until: expiry),
            watches.slot(of: notifier.dialog.id) == nil, watches.count < configuration.maximumWatchers
        else { return }
        let slot = watches.insert(RegistrationWatch(resource: user, watcher: .user, notifier: notifier))
        watches.rearm(slot)
        note(notifier.dialog.id)
    }
}

extension Binding {
    /// Whether it is, for another S-CSCF, the same as before.
    func isRestored(as other: Binding) -> Bool {
        contact == other.contact && path == other.path && callID == other.callID && firstSequence == other.firstSequence
    }
}
