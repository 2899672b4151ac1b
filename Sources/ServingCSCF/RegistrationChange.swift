import IMS
import Octets
import SIP

/// What has happened to a registration; watchers, application servers, the store and sessions hear of it.
struct RegistrationChange: Sendable {
    /// nil for one that is new.
    let before: Registration?
    /// nil for one that is gone.
    let after: Registration?
    let cause: RegistrationCause

    /// The identities that stood in either state, each once.
    var identities: [PublicIdentity] {
        var identities = (after?.profile.identities ?? []).map(\.identity)
        for entry in before?.profile.identities ?? [] where !identities.contains(entry.identity) {
            identities.append(entry.identity)
        }
        return identities
    }
}

extension RegistrationChange {
    /// What others than the phone hear of it; nil for nothing.
    var withoutEmergency: RegistrationChange? {
        let isConcerned =
            before?.bindings.contains(where: \.isEmergency) == true
            || after?.bindings.contains(where: \.isEmergency) == true
        guard isConcerned else { return self }
        let visible = RegistrationChange(
            before: before?.withoutEmergency, after: after?.withoutEmergency, cause: cause)
        return visible.before == visible.after ? nil : visible
    }
}

/// Why a registration changes.
enum RegistrationCause: Sendable {
    /// A REGISTER that wants this done with the contacts.
    case request(ContactUpdate)
    /// Contacts were not refreshed in time.
    case expired
    /// The network ends it and expects the phone to register again (RFC 3680 §4.7.1), or not to.
    case deactivated, rejected
    /// The network ends it, and the phone may come back after some seconds.
    case probation(Int)
    /// The network brings the end nearer, so that the phone registers, and is authenticated, sooner.
    case shortened
    /// The HSS has sent another profile.
    case profile

    /// Whether the phone wants it.
    var isRequest: Bool {
        if case .request = self { true } else { false }
    }

    /// What has become of a contact that is bound no more.
    func event(forLost binding: Binding) -> ContactEvent {
        switch self {
        case .request(let update): update.means(binding) ? .unregistered : .rejected
        case .expired: .expired
        case .deactivated, .shortened, .profile: .deactivated
        case .rejected: .rejected
        case .probation(let seconds): .probation(seconds)
        }
    }
}

extension ContactUpdate {
    /// Whether this contact is one that the request speaks of; one that is not has made room for another.
    fileprivate func means(_ binding: Binding) -> Bool {
        switch self {
        case .fetch: false
        case .removeAll: true
        case .change(let wishes): wishes.contains { binding.isMeant(by: $0) }
        }
    }
}

/// An event of the state machine of a contact, RFC 3680 §4.7.1, figure 2.
package enum ContactEvent: Hashable, Sendable {
    case registered, created, refreshed, shortened
    case expired, deactivated, unregistered, rejected
    /// With the seconds after which to try again.
    case probation(Int)

    /// Whether the contact is bound behind it.
    var isActive: Bool {
        switch self {
        case .registered, .created, .refreshed, .shortened: true
        case .expired, .deactivated, .unregistered, .rejected, .probation: false
        }
    }

    var text: StaticString {
        switch self {
        case .registered: "registered"
        case .created: "created"
        case .refreshed: "refreshed"
        case .shortened: "shortened"
        case .expired: "expired"
        case .deactivated: "deactivated"
        case .unregistered: "unregistered"
        case .rejected: "rejected"
        case .probation: "probation"
        }
    }
}
