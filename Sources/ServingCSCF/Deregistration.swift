import Cx
import Diameter
import IMS
import Octets
import SIP

/// The end of registrations: by the user (TS 24.229 §5.4.1.4), by time (§5.4.1.2.2), by the HSS (§5.4.1.5).
extension ServingCSCF {
    /// The user's last contact goes. What the HSS thinks of it does not keep a phone from switching off: a refusal of
    /// the SAR is logged, the bindings go all the same.
    mutating func deregister(
        _ request: RegisterRequest, despite trouble: String?, at now: Instant, into actions: inout [Order]
    ) {
        let known = registrations[request.publicIdentity]?.withoutEmergency
        if let slot = registrations.slot(of: request.publicIdentity) {
            do {
                let left = try bindings(after: request, at: now)
                registrations.replace(slot, bindings: left, because: .request(request.contacts))
            } catch {
                return refuse(request, fault(error), into: &actions)
            }
        }
        if let trouble {
            actions.append(
                .observe(
                    Observation(
                        .warning, "The user was de-registered here, but the HSS said: \(trouble).",
                        about: request.subject)))
        }
        let isGone = registrations[request.publicIdentity] == nil
        let response = succeed(request, as: isGone ? nil : .reRegistration, at: now, into: &actions)
        actions.append(.count(.deregistered))
        if isGone, let known {
            tellServers(
                of: known, .deregistration, as: request.publicIdentity, (request.message, response), at: now,
                into: &actions)
        }
    }

    /// Network-initiated deregistration, TS 24.229 §5.4.1.5, decided here: the HSS hears of it by SAR.
    mutating func deregister(
        _ slot: RegistrationTable.Slot, because cause: RegistrationCause, into actions: inout [Order]
    ) {
        guard let registration = registrations[slot] else { return }
        // §5.4.8.4: what is bound for emergency calls stays.
        registrations.replace(slot, bindings: registration.bindings.filter(\.isEmergency), because: cause)
        let left = registrations[slot]?.privateIdentities ?? []
        for identity in registration.privateIdentities where !left.contains(identity) {
            challenges.removeAll(of: identity)
            chargeEnd(
                of: identity, as: registration.profile.defaultIdentity, because: "ended by the network", at: nil,
                into: &actions)
            if let user = registration.profile.defaultIdentity {
                report(.administrativeDeregistration, of: identity, as: user, into: &actions)
            }
        }
        actions.append(.count(.deregistered))
    }

    /// A contact was not refreshed in time. When it was the last one of its private identity, the HSS is told.
    mutating func expire(_ slot: RegistrationTable.Slot, at now: Instant, into actions: inout [Order]) {
        guard let registration = registrations[slot] else { return }
        let left = registration.bindings.filter { $0.expiry > now }
        let gone = registration.privateIdentities.filter { identity in
            !left.contains { $0.privateIdentity == identity }
        }
        registrations.replace(slot, bindings: left, because: .expired)
        for identity in registration.privateIdentities where !gone.contains(identity) {
            guard registration.bindings.contains(where: { $0.privateIdentity == identity && $0.expiry <= now }) else {
                continue
            }
            leaveRestoration(of: identity, in: slot, at: now, into: &actions)
        }
        guard let user = registration.profile.defaultIdentity else { return }
        for identity in gone {
            chargeEnd(of: identity, as: user, because: "not refreshed", at: now, into: &actions)
            report(.timeoutDeregistration, of: identity, as: user, into: &actions)
            actions.append(.count(.registrationExpired))
        }
    }
}

/// Requests of the HSS.
extension ServingCSCF {
    mutating func asked(_ message: DiameterMessage, _ token: RequestToken, into actions: inout [Order]) {
        actions.append(.count(.cxRequestReceived))
        switch message.commandCode {
        case .registrationTermination:
            do {
                let request = try RegistrationTerminationRequest(decoding: message)
                let answer = terminate(request, into: &actions)
                actions.append(.answer(answer.message(answering: message, origin: origin), token))
            } catch {
                refuse(message, token, error, into: &actions)
            }
        case .pushProfile:
            do {
                let request = try PushProfileRequest(decoding: message)
                let answer = replaceProfile(request, into: &actions)
                actions.append(.answer(answer.message(answering: message, origin: origin), token))
            } catch {
                refuse(message, token, error, into: &actions)
            }
        default:
            let local = DiameterOrigin(host: configuration.originHost, realm: configuration.originRealm)
            actions.append(.answer(message.answer(resultCode: .commandUnsupported, origin: local), token))
            actions.append(.count(.cxRequestRefused))
        }
    }

    /// RTR, TS 29.228 §6.1.3: the bindings of these private identities go; without public identities, all of them.
    private mutating func terminate(
        _ request: RegistrationTerminationRequest, into actions: inout [Order]
    ) -> RegistrationTerminationAnswer {
        let identities = ([request.userName] + request.associatedIdentities).map { PrivateIdentity($0) }
        let users = request.publicIdentities.compactMap(PublicIdentity.init(profileText:))
        var staying: [EmergencyIdentity] = []
        for identity in identities {
            challenges.removeAll(of: identity)
            for slot in registrations.slots(of: identity) {
                guard let registration = registrations[slot] else { continue }
                let isMeant =
                    request.publicIdentities.isEmpty
                    || registration.profile.identities.contains { users.contains($0.identity) }
                guard isMeant else { continue }
                let left = registration.bindings.filter { $0.privateIdentity != identity || $0.isEmergency }
                for binding in left where binding.privateIdentity == identity {
                    staying.append(EmergencyIdentity(userName: identity.text, publicIdentity: binding.identity.text))
                }
                guard left.count < registration.bindings.count else { continue }
                registrations.replace(slot, bindings: left, because: request.deregistrationReason.cause)
                actions.append(.count(.deregistered))
                chargeEnd(
                    of: identity, as: registration.profile.defaultIdentity,
                    because: "the HSS: \(request.deregistrationReason.code)",
                    at: nil, into: &actions)
                actions.append(
                    .observe(
                        Observation(
                            .notice, "The HSS ended the registration: \(request.deregistrationReason.code).",
                            about: Subject(
                                privateIdentity: identity.text,
                                publicIdentity: registration.profile.defaultIdentity?.text))))
            }
        }
        // A user that is not here is as gone as the HSS wants it. What stays is for emergency calls (TS 29.228 §6.1.3).
        guard !staying.isEmpty else { return RegistrationTerminationAnswer(.success) }
        return RegistrationTerminationAnswer(.base(.limitedSuccess), emergencyIdentities: staying)
    }

    /// PPR, TS 29.228 §6.2.2: a new profile for an implicit registration set, new charging addresses, or both.
    private mutating func replaceProfile(
        _ request: PushProfileRequest, into actions: inout [Order]
    ) -> PushProfileAnswer {
        let slots = registrations.slots(of: PrivateIdentity(request.userName))
        if let credential = request.authenticationItem?.digest {
            replaceSecret(of: PrivateIdentity(request.userName), by: credential)
        }
        let charging = request.chargingInformation.map(chargingFunctions)
        guard let userData = request.userData else {
            guard !slots.isEmpty else {
                actions.append(.count(.cxRequestRefused))
                return PushProfileAnswer(.userUnknown)
            }
            if let charging {
                for slot in slots {
                    guard var profile = registrations[slot]?.profile else { continue }
                    profile.chargingFunctions = charging
                    registrations.replace(slot, profile: profile, because: .profile)
                }
            }
            return PushProfileAnswer(.success)
        }
        let subscription: IMSSubscription
        do {
            subscription = try IMSSubscription(parsing: userData)
        } catch {
            actions.append(.count(.cxRequestRefused))
            return PushProfileAnswer(error.result)
        }
        let pushed = UserProfile(subscription, chargingFunctions: charging ?? OctetSlice())
        var isPlaced = false
        for slot in slots {
            guard let known = registrations[slot]?.profile,
                known.identities.contains(where: { old in pushed.identities.contains { $0.identity == old.identity } })
            else { continue }
            var profile = pushed
            if charging == nil { profile.chargingFunctions = known.chargingFunctions }
            registrations.replace(slot, profile: profile, because: .profile)
            isPlaced = true
        }
        if tables.unregistered.replace(by: subscription, chargingFunctions: charging) { isPlaced = true }
        guard isPlaced else {
            actions.append(.count(.cxRequestRefused))
            return PushProfileAnswer(.userUnknown)
        }
        return PushProfileAnswer(.success)
    }

    private func refuse(
        _ message: DiameterMessage, _ token: RequestToken, _ failure: CxDecodeFailure,
        into actions: inout [Order]
    ) {
        actions.append(.answer(failure.answer(to: message, origin: origin), token))
        actions.append(.count(.cxRequestRefused))
        actions.append(
            .observe(
                .refused(
                    Refusal(
                        "CX_REQUEST_MALFORMED", answer: "\(failure)", "A request of the HSS cannot be read: \(failure)."
                    ),
                    about: Subject(peer: configuration.destinationHost?.name))))
    }
}

extension DeregistrationReason {
    /// Who is not to come back is rejected; whom another S-CSCF is to serve registers again (TS 24.229 §5.4.1.5; which
    /// event goes with which reason is our reading, the wording could not be looked up).
    fileprivate var cause: RegistrationCause {
        switch code {
        case .permanentTermination: .rejected
        case .newServerAssigned, .serverChange, .removeServingCSCF: .deactivated
        }
    }
}
