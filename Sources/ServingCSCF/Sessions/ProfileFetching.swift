import Cx
import IMS
import Octets
import SIP
import ServiceTriggers

/// The profile of a user who is not registered here, for services of unregistered users: SAR with UNREGISTERED_USER,
/// TS 29.228 §6.1.2, TS 24.229 §5.4.3.2 and §5.4.3.3. Requests for one user wait for the same answer.
extension ServingCSCF {
    mutating func fetchProfile(
        of identity: PublicIdentity, for served: ServedRequest, _ transaction: ServerTransactionID,
        into actions: inout [Order]
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
        askProfile(of: identity, into: &actions)
    }

    mutating func profileFetched(
        _ identity: PublicIdentity, _ answer: ServerAssignmentAnswer, at now: Instant, into actions: inout [Order]
    ) {
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
        for transaction in tables.fetches.removeValue(forKey: identity) ?? [] {
            guard let served = tables.requests.remove(transaction),
                case .awaitingProfile(let context) = served.leg,
                let user = servedUser(identity) ?? ServedUser(identity, in: profile, isRegistered: false)
            else { continue }
            do throws(SessionFault) {
                if context.isTerminatingCase {
                    try terminate(
                        served.message, transaction, for: user, from: served.arrival, at: now, into: &actions)
                } else {
                    try originate(
                        served.message, transaction, of: user, from: served.arrival, at: now, into: &actions)
                }
            } catch {
                reject(served.message, transaction, error, from: served.arrival, into: &actions)
            }
        }
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
