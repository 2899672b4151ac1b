import IMS
import Octets
import SIP

/// A subscription to the registration state of a user, RFC 3680: its notifier, and what it has not told yet.
struct RegistrationWatch: Sendable {
    /// Who subscribes, TS 24.229 §5.4.2.1.1.
    enum Watcher: Equatable, Sendable {
        /// The user, by an identity of the set.
        case user
        /// A P-CSCF on the path to a contact.
        case proxy
        /// An application server of the user's filter criteria.
        case applicationServer
    }

    /// The identity that was asked for; the notifications tell of its whole implicit set.
    let resource: PublicIdentity
    let watcher: Watcher
    var notifier: Notifier
    /// What has become of contacts since the last notification, one for each contact.
    var news: [ContactNews] = []
    /// Identities that belong to the set no more since then.
    var goneIdentities: [PublicIdentity] = []
    /// More has changed than single contacts.
    var isWholeDue = false

    /// More is not kept between two notifications; the oldest is forgotten then.
    private static let limit = 64

    /// Takes up what a change means for the contacts.
    mutating func learn(_ change: RegistrationChange) {
        let before = change.before?.bindings ?? []
        let after = change.after?.bindings ?? []
        for binding in before where !after.contains(where: { $0.isSameContact(as: binding) }) {
            learn(ContactNews(binding: binding, event: change.cause.event(forLost: binding)))
        }
        for binding in after where !before.contains(binding) {
            learn(ContactNews(binding: binding, event: binding.event))
        }
        guard let old = change.before?.profile.identities, let new = change.after?.profile.identities, old != new
        else { return }
        isWholeDue = true
        for entry in old
        where !entry.isBarred && !new.contains(where: { $0.identity == entry.identity && !$0.isBarred }) {
            goneIdentities.append(entry.identity)
        }
    }

    private mutating func learn(_ item: ContactNews) {
        news.removeAll { $0.binding.isSameContact(as: item.binding) }
        if news.count >= Self.limit { news.removeFirst() }
        news.append(item)
    }

    /// Everything learnt so far has been told.
    mutating func forget() {
        news.removeAll()
        goneIdentities.removeAll()
        isWholeDue = false
    }
}

/// An event of one contact.
struct ContactNews: Sendable {
    var binding: Binding
    var event: ContactEvent
}

extension Binding {
    /// The contact as its watchers know it: its URI, bound by the same private identity.
    func isSameContact(as other: Binding) -> Bool {
        uri == other.uri && privateIdentity == other.privateIdentity
            && instanceID == other.instanceID && registrationID == other.registrationID
    }
}
