import Cx
import IMS
import Octets
import SIP
import ServiceTriggers

/// What the HSS knows of a user who is not registered here, TS 29.228 §6.1.2, TS 24.229 §5.4.3.2 and §5.4.3.3: by SAR with
/// UNREGISTERED_USER for services of unregistered users, or with NO_ASSIGNMENT for one whose phone believes that he is
/// registered here. Requests for one user wait for the same answer.
extension ServingCSCF {
    mutating func fetchProfile(
        of identity: PublicIdentity, by type: ServerAssignmentType = .unregisteredUser, for served: ServedRequest,
        _ transaction: ServerTransactionID, into actions: inout [Order]
    ) {
        guard tables.fetches[identity] == nil else {
            tables.requests[transaction] = served
            tables.fetches[identity]?.append(transaction)
            return
        }
        guard proceduresWaiting < configuration.maximumProcedures else {
            return reject(served.message, transaction, .overloaded, from: served.arrival, into: &actions)
        }
        tables.requests[transaction] = served
        tables.fetches[identity] = [transaction]
        askProfile(of: identity, by: type, into: &actions)
    }

    mutating func profileFetched(
        _ identity: PublicIdentity, _ type: ServerAssignmentType, _ answer: ServerAssignmentAnswer, at now: Instant,
        into actions: inout [Order]
    ) {
        if takeOver(identity, type, answer, at: now, into: &actions) || registrations[identity] != nil {
            return serveWaiting(for: identity, registrations[identity]?.profile, at: now, into: &actions)
        }
        guard type != .noAssignment else { return notRestored(identity, answer.result, into: &actions) }
        guard answer.result.isSuccess else {
            let fault: SessionFault =
                answer.result == .experimental(.userUnknown)
                ? .unknownUser(identity) : .profileRefused(identity, RegistrarFault.text(answer.result))
            return profileMissing(identity, fault, into: &actions)
        }
        let profile: UserProfile
        do {
            profile = try unregisteredProfile(of: identity, from: answer)
        } catch {
            return profileMissing(identity, error, into: &actions)
        }
        _ = tables.unregistered.insert(profile, for: identity, until: now + configuration.sessions.unregisteredTime)
        serveWaiting(for: identity, profile, at: now, into: &actions)
    }

    /// The user is known now, registered or not.
    private mutating func serveWaiting(
        for identity: PublicIdentity, _ profile: UserProfile?, at now: Instant, into actions: inout [Order]
    ) {
        for transaction in tables.fetches.removeValue(forKey: identity) ?? [] {
            guard let served = tables.requests.remove(transaction),
                case .awaitingProfile(let context) = served.leg,
                let user = servedUser(identity)
                    ?? profile.flatMap({ ServedUser(identity, in: $0, isRegistered: false) })
            else { continue }
            if watch(served.message, transaction, from: served.arrival, at: now, into: &actions) { continue }
            do throws(SessionFault) {
                if !context.isTerminatingCase, context.isRegistered, !user.isRegistered {
                    throw registrationLost(identity)
                } else if context.isTerminatingCase {
                    try terminate(
                        served.message, transaction, for: user, from: served.arrival, at: now, into: &actions)
                } else {
                    try originate(
                        served.message, transaction, of: user,
                        isDiverted: context.sessionCase == .originatingAfterDiversion, from: served.arrival, at: now,
                        into: &actions)
                }
            } catch {
                reject(served.message, transaction, error, from: served.arrival, into: &actions)
            }
        }
    }

    /// Nobody has left anything: the phone registers anew. Requests for the user go on as if he were not registered.
    private mutating func notRestored(_ identity: PublicIdentity, _ result: CxResult, into actions: inout [Order]) {
        let isUnknown = result == .experimental(.userUnknown)
        for transaction in tables.fetches.removeValue(forKey: identity) ?? [] {
            guard let served = tables.requests.remove(transaction) else { continue }
            if case .awaitingProfile(let context) = served.leg, context.isRegistered {
                let fault = isUnknown ? .notRegistered(identity) : registrationLost(identity)
                reject(served.message, transaction, fault, from: served.arrival, into: &actions)
            } else {
                fetchProfile(of: identity, for: served, transaction, into: &actions)
            }
        }
    }

    /// TS 24.229 §5.4.3.2: with the 504 the phone knows that it has to register (as far as others describe it).
    private func registrationLost(_ identity: PublicIdentity) -> SessionFault {
        guard configuration.restoresUsers else { return .notRegistered(identity) }
        return .registrationLost(identity)
    }

    mutating func profileMissing(
        _ identity: PublicIdentity, _ fault: SessionFault, into actions: inout [Order]
    ) {
        for transaction in tables.fetches.removeValue(forKey: identity) ?? [] {
            guard let served = tables.requests.remove(transaction) else { continue }
            reject(served.message, transaction, fault, from: served.arrival, into: &actions)
        }
    }

    private func unregisteredProfile(
        of identity: PublicIdentity, from answer: ServerAssignmentAnswer
    ) throws(SessionFault) -> UserProfile {
        guard let userData = answer.userData else { throw .profileUnusable("it is missing in the SAA") }
        do {
            let subscription = try IMSSubscription(parsing: userData)
            let charging = answer.chargingInformation.map(chargingFunctions) ?? OctetSlice()
            return UserProfile(subscription, serving: identity, chargingFunctions: charging)
        } catch {
            throw .profileUnusable("\(error)")
        }
    }

    /// His time is over: the HSS may give him to another S-CSCF, unless he has registered here meanwhile.
    mutating func forgetUnregistered(_ identity: PublicIdentity, into actions: inout [Order]) {
        guard registrations[identity] == nil else { return }
        reportUnregistered(identity, into: &actions)
    }
}

extension SessionFault {
    static func profileRefused(_ identity: PublicIdentity, _ result: String) -> SessionFault {
        SessionFault(
            .temporarilyUnavailable, "HSS_REFUSED", "The HSS does not give the profile of \(identity): \(result).",
            hint: "The user may be at another S-CSCF: see what the HSS says of him.")
    }
}

extension UserProfile {
    /// The profile of an unregistered user or a service identity: distinct ones and those that a wildcard means
    /// (TS 23.003 §13.5) included.
    init(_ subscription: IMSSubscription, serving identity: PublicIdentity, chargingFunctions: OctetSlice) {
        identities = []
        services = []
        self.chargingFunctions = chargingFunctions
        var wildcard: UInt8?
        for profile in subscription.serviceProfiles.prefix(256) {
            let index = UInt8(services.count)
            services.append(
                Services(
                    filterCriteria: profile.initialFilterCriteria, sharedIFCSetIDs: profile.sharedIFCSetIDs,
                    coreNetworkServicesAuthorization: profile.coreNetworkServicesAuthorization))
            for element in profile.publicIdentities {
                switch element.identityType ?? .publicUserIdentity {
                case .publicUserIdentity, .distinctPublicServiceIdentity: break
                case .wildcardedPublicServiceIdentity, .wildcardedPublicUserIdentity: wildcard = wildcard ?? index
                }
                guard let other = PublicIdentity(profileText: element.identity) else { continue }
                identities.append(RegisteredIdentity(identity: other, isBarred: element.isBarred, services: index))
            }
        }
        guard !identities.contains(where: { $0.identity == identity }), !services.isEmpty else { return }
        identities.append(RegisteredIdentity(identity: identity, isBarred: false, services: wildcard ?? 0))
    }
}
