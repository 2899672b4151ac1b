import IMS
import Octets
import SIP

// Profiles of handsets: which one a phone has is decided with each REGISTER, and holds as long as it is registered.
extension ProxyCSCF {
    func handset(of record: RegisteredContacts.Record) -> HandsetProfile { configuration.handsets[Int(record.handset)] }

    /// Once for each phone: how it is treated, and why. Of one that says nothing of itself and is treated like all others
    /// there is nothing to say.
    func introduce(_ registration: Registration) -> [Action<ProxyWork>] {
        let (profiles, choice) = (configuration.handsets, registration.handset)
        guard choice.reason != .other || registration.request.contains(.userAgent) else { return [] }
        return [
            .observe(
                Observation(
                    .info, profiles.sentence(choice, registration.request), about: registration.request.subject))
        ]
    }
}
