import Cx
import IMS
import SIP

/// Registrations for emergency calls (TS 24.229 §5.1.6, TS 23.167): what the HSS has to do with them beside what it does with all.
///
/// UAR says by UAR-Flags that one is coming, and is answered without a look at barring and roaming; the S-CSCF that is
/// assigned stays assigned, so that the registration that a user has already goes on. SAR makes no difference. After an
/// RTR the S-CSCF says in its answer what it goes on serving for emergency calls: TS 29.228 §6.1.3 lets that stay
/// registered.
enum EmergencyRegistration {
    /// An RTR of ours has ended more than the S-CSCF lets go of: that is put back.
    ///
    /// - Returns: what the log gets, and whom else it concerns.
    static func keep(
        _ identities: [EmergencyIdentity], at server: AssignedServingCSCF, on directory: inout some SubscriberDirectory
    ) throws(DirectoryFailure) -> (observations: [Observation], news: [DirectoryNews]) {
        var observations: [Observation] = []
        var news: [DirectoryNews] = []
        for identity in identities {
            // A subscriber that is gone, or has moved to another S-CSCF, is nothing to hold on to.
            guard
                case .success(let party) = try Party.find(
                    PrivateIdentity(identity.userName), PublicIdentity(received: identity.publicIdentity),
                    in: &directory),
                party.subscription.servingCSCF.map({ $0.name == server.name }) ?? true
            else { continue }
            var after = party.subscription
            after.servingCSCF = after.servingCSCF ?? server
            after.registrations[party.registrationIndex].state = .registered
            if after.servingCSCF != party.subscription.servingCSCF {
                try directory.setServingCSCF(after.servingCSCF, of: after.id)
            }
            if after.registrations != party.subscription.registrations {
                try directory.setRegistration(after.registrations[party.registrationIndex], of: after.id)
            }
            news += try directory.notifications(of: after, since: party.subscription)
            observations.append(
                Observation(
                    .info,
                    "\(server.name) goes on serving \(identity.publicIdentity) for emergency calls; it stays registered.",
                    about: Subject(
                        privateIdentity: identity.userName, publicIdentity: identity.publicIdentity,
                        peer: server.host.name)))
        }
        return (observations, news)
    }
}

extension Registration {
    /// Whether all that the S-CSCF has told of it are contacts for emergency calls: URI parameter `sos`, TS 24.229
    /// §7.2A.13. False while it has told nothing.
    package var isForEmergency: Bool {
        guard let contacts = restoration?.registrations, !contacts.isEmpty else { return false }
        return contacts.allSatisfy(\.isForEmergency)
    }
}

extension RestorationInformation {
    fileprivate var isForEmergency: Bool {
        do throws(SIPSyntaxError) {
            return try SIPURI(parsing: NameAddress(parsing: contact).uri).parameters.contains("sos")
        } catch {
            return false
        }
    }
}
