import Diameter
import IMS
import Octets
import SIP

// Hearing of phones that are out of reach: for each flow by which somebody is registered a session of Rx that carries no
// media, TS 29.214 §4.4.5 and TS 23.228 §5.10.3.0 (of which the stored text of the latter could be read).
extension ProxyCSCF {
    /// Registrations have changed with the event at hand.
    mutating func watchSignalling(at now: Instant, into actions: inout [Action<ProxyWork>]) {
        guard policy?.settings.watchesSignalling == true else { return }
        for user in contacts.changes.noted { watchSignalling(of: user, at: now, into: &actions) }
        if configuration.clock == nil { _ = contacts.changes.take() }
    }

    private mutating func watchSignalling(
        of user: RegisteredContacts.User, at now: Instant, into actions: inout [Action<ProxyWork>]
    ) {
        let flows = Set((contacts[user]?.bindings ?? []).map(\.flow.arrival))
        let before = policy?.registered[user] ?? []
        policy?.registered[user] = flows.isEmpty ? nil : flows
        for flow in before.subtracting(flows) where !contacts.contains(flow) {
            policy?.lostFlows.remove(flow)
            endPolicy(.signalling(flow), at: now, into: &actions)
        }
        for flow in flows where policy?[.signalling(flow)] == nil && policy?.lostFlows.contains(flow) == false {
            guard let id = policy?.newID() else { return }
            let session = PolicySession(
                .signalling(flow), id: id, address: flow.remote.address, subscribers: subscribers(user))
            policy?.begin(session)
            _ = ask(.signalling(flow), for: .nothing, at: now, into: &actions)
        }
    }

    /// What goes on with this phone ends, and nothing new reaches it until it registers again.
    mutating func signallingLost(
        _ flow: Hop, because why: String, at now: Instant, into actions: inout [Action<ProxyWork>]
    ) {
        policy?.lostFlows.insert(flow)
        actions.append(
            .observe(
                Observation(
                    .notice, "a phone is out of reach until it registers again: \(why)",
                    about: Subject(peer: flow.remote.description))))
        endPolicy(.signalling(flow), because: .linkBroken, at: now, into: &actions)
        for (key, session) in Array(sessions.all) where session.flow.arrival == flow {
            release(key, because: "the phone's signalling is lost: \(why)", at: now, into: &actions)
        }
    }
}
