import Cx
import IMS
import Octets
import SIP

// A registration in the form in which the HSS keeps it for another S-CSCF, TS 23.380 §4 and TS 29.229 §6.3.46 and §6.3.52.
// It says nothing of the time of day: the Contact carries the seconds that were left, and whoever takes over grants as many
// from then on, so that no phone is lost before it registers again.
extension ServingCSCFRestoration {
    /// nil for a private identity that has no contact.
    init?(
        _ identity: PrivateIdentity, _ bindings: [Binding], at now: Instant,
        subscription: (Binding) -> SubscriptionInformation?
    ) {
        let own = bindings.filter { $0.privateIdentity == identity }
        guard !own.isEmpty else { return nil }
        self.init(
            userName: identity.text,
            registrations: own.map { binding in
                var writer = OctetWriter(reserving: binding.contact.count + 16)
                writer.write(binding.contact)
                writer.write(";expires=")
                writer.write(decimal: binding.seconds(at: now))
                return RestorationInformation(
                    path: binding.path, contact: OctetSlice(writer.octets),
                    initialCSeqSequenceNumber: binding.firstSequence, callID: binding.callID,
                    subscription: subscription(binding))
            })
    }

    /// The contacts; those that cannot be read are left out.
    ///
    /// - Parameter identity: under which they count as registered: which one it was is not kept.
    func bindings(
        as identity: PublicIdentity, _ configuration: ServingCSCFConfiguration, at now: Instant
    ) -> [(binding: Binding, subscription: SubscriptionInformation?)] {
        var bindings: [(binding: Binding, subscription: SubscriptionInformation?)] = []
        for entry in registrations.prefix(configuration.maximumContacts) {
            guard [entry.path, entry.contact, entry.callID ?? OctetSlice()].allSatisfy(\.isPlainText) else { continue }
            do {
                let wish = try RegisterRequest.wish(
                    try Contact(parsing: entry.contact), expires: nil, hasGRUU: false, configuration)
                guard wish.seconds > 0 else { continue }
                let origin = BindingOrigin(
                    callID: entry.callID ?? OctetSlice(), cseq: entry.initialCSeqSequenceNumber ?? 0, path: entry.path,
                    identity: identity)
                bindings.append(
                    (Binding(wish, of: PrivateIdentity(userName), in: origin, after: nil, at: now), entry.subscription))
            } catch {
                continue
            }
        }
        return bindings
    }
}

extension SubscriptionInformation {
    /// Of a phone's subscription to its registration state.
    init(_ dialog: StoredDialog) {
        var routes = OctetWriter(reserving: 64)
        for (index, route) in dialog.routes.enumerated() {
            if index > 0 { routes.write(", ") }
            routes.write(route)
        }
        var contact = OctetWriter(reserving: dialog.remoteTarget.count + 2)
        contact.write("<")
        contact.write(dialog.remoteTarget)
        contact.write(">")
        self.init(
            callID: dialog.id.callID, from: dialog.remote, to: dialog.local, recordRoute: OctetSlice(routes.octets),
            contact: OctetSlice(contact.octets))
    }

    /// The subscription as it goes on here; nil when it cannot be read.
    ///
    /// - Parameter serverName: our URI, which becomes the notifier's Contact.
    func notifier(serverName: String, until expiration: Instant) -> Notifier? {
        guard [callID, from, to, recordRoute, contact].allSatisfy(\.isPlainText) else { return nil }
        do {
            guard let mine = try NameAddress(parsing: to).parameters["tag"],
                let theirs = try NameAddress(parsing: from).parameters["tag"]
            else { return nil }
            var routes: [OctetSlice] = []
            var list = ValueList(recordRoute)
            while routes.count < 64, let value = list.next() { routes.append(value) }
            // How many notifications the other one has sent is not known: CSeq and version leap beyond them.
            let dialog = StoredDialog(
                id: DialogID(callID: callID, localTag: mine, remoteTag: theirs), local: to, remote: from,
                routes: routes, remoteTarget: try NameAddress(parsing: contact).uri,
                localContact: OctetSlice("<\(serverName)>"), localSequence: UInt32(StoredWatch.leap), remoteSequence: 0)
            let stored = StoredNotifier(
                dialog: dialog, event: "reg", contentType: "application/reginfo+xml", version: StoredWatch.leap,
                expiration: expiration)
            return try Notifier(stored, for: .registration)
        } catch {
            return nil
        }
    }
}

extension OctetSlice {
    /// No line ends and no other control characters: it may stand in a header.
    fileprivate var isPlainText: Bool { indices.allSatisfy { self[$0] >= 0x20 && self[$0] != 0x7F || self[$0] == 9 } }
}
