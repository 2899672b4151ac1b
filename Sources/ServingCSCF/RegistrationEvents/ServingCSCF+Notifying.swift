import IMS
import Octets
import SIP

/// Notifications of registration state, TS 24.229 §5.4.2.1.2.
extension ServingCSCF {
    /// Tells the watchers what has happened. With the last contact their subscriptions end.
    mutating func notify(_ change: RegistrationChange, at now: Instant, into actions: inout [Order]) {
        for slot in watches.slots(watching: change.identities) {
            guard let watch = watches[slot] else { continue }
            let isLeft = change.after?.profile.identities.contains { $0.identity == watch.resource } ?? false
            let notices =
                watches.update(slot) { watch -> [Notifier.Action] in
                    watch.learn(change)
                    return isLeft ? watch.notifier.changed(at: now) : watch.notifier.terminate(.noresource, at: now)
                } ?? []
            carryOut(notices, of: slot, answering: nil, about: change, at: now, into: &actions)
        }
    }

    /// Timers of subscriptions: their end, and news that had to wait (RFC 3680 §4.10).
    mutating func fireWatches(at now: Instant, into actions: inout [Order]) {
        while let slot = watches.popDue(at: now) {
            let notices = watches.update(slot) { $0.notifier.fire(at: now) } ?? []
            carryOut(notices, of: slot, answering: nil, at: now, into: &actions)
        }
    }

    /// - Returns: false when the response is not to a notification.
    mutating func notified(
        _ transaction: ClientTransactionID, _ response: SIPMessage, at now: Instant, into actions: inout [Order]
    ) -> Bool {
        guard response.status?.isFinal == true else { return watches.isNotification(transaction) }
        let (isNotification, slot) = watches.ended(transaction)
        if let slot {
            let notices = watches.update(slot) { $0.notifier.receive(response: response, at: now) } ?? []
            carryOut(notices, of: slot, answering: nil, at: now, into: &actions)
        }
        return isNotification
    }

    /// - Returns: false when the transaction is not that of a notification.
    mutating func notificationFailed(
        _ transaction: ClientTransactionID, at now: Instant, into actions: inout [Order]
    ) -> Bool {
        let (isNotification, slot) = watches.ended(transaction)
        if let slot {
            let notices = watches.update(slot) { $0.notifier.failed() } ?? []
            carryOut(notices, of: slot, answering: nil, at: now, into: &actions)
        }
        return isNotification
    }

    mutating func carryOut(
        _ notices: [Notifier.Action], of slot: RegistrationWatches.Slot, answering transaction: ServerTransactionID?,
        about change: RegistrationChange? = nil, at now: Instant, into actions: inout [Order]
    ) {
        for notice in notices {
            switch notice {
            case .respond(let response): if let transaction { actions.append(.respond(response, transaction)) }
            case .compose(let composition): tell(composition, slot, about: change, at: now, into: &actions)
            case .ended: strike(slot)
            }
        }
        if watches[slot]?.notifier.state == .terminated {
            strike(slot)
        } else if transaction != nil, let dialog = watches[slot]?.notifier.dialog.id {
            note(dialog)
        }
        watches.rearm(slot)
    }

    /// A subscription is over.
    mutating func strike(_ slot: RegistrationWatches.Slot) {
        guard let dialog = watches[slot]?.notifier.dialog.id else { return }
        watches.remove(slot)
        note(dialog)
    }

    private mutating func tell(
        _ composition: Notifier.Composition, _ slot: RegistrationWatches.Slot, about change: RegistrationChange?,
        at now: Instant, into actions: inout [Order]
    ) {
        guard let watch = watches[slot] else { return }
        let registration = registrations[watch.resource]?.withoutEmergency
        let document = watch.document(
            composition, of: registration ?? change?.before, isRegistered: registration != nil)
        // RFC 5628 §5: temporary ones are for whoever may register.
        let salt = watch.watcher == .user ? makeToken() : nil
        let body = document.octets(at: now) { deviceURIs(of: $0, $1, salt: salt) }
        let composed = watches.update(slot) { watch in
            watch.forget()
            return (watch.notifier.notify(composition, body: body, at: now), watch.notifier.dialog.nextHop)
        }
        guard let (request, nextHop) = composed else { return }
        let client = clients.next()
        watches.began(client, of: slot)
        if !send(request, toward: nextHop, as: client, into: &actions) {
            _ = notificationFailed(client, at: now, into: &actions)
        }
    }
}

extension RegistrationWatch {
    /// What the next notification tells. Barred identities are told to nobody (TS 24.229 §5.4.2.1.2).
    ///
    /// - Parameter registration: as it is, or as it was when it has just ended.
    fileprivate func document(
        _ composition: Notifier.Composition, of registration: Registration?, isRegistered: Bool
    ) -> RegistrationDocument {
        let isWhole = composition.isWhole || isWholeDue || !isRegistered
        var document = RegistrationDocument(version: composition.version, isWhole: isWhole)
        var contacts = news.filter { !$0.event.isActive }
        if isRegistered {
            for binding in registration?.bindings ?? [] {
                guard isWhole || news.contains(where: { $0.binding.isSameContact(as: binding) }) else { continue }
                contacts.append(ContactNews(binding: binding, event: binding.event))
            }
        }
        for entry in registration?.profile.identities ?? [] where !entry.isBarred {
            document.registrations.append(
                RegistrationDocument.Element(
                    identity: entry.identity, state: isRegistered ? "active" : "terminated", contacts: contacts))
        }
        let lost = contacts.map { ContactNews(binding: $0.binding, event: $0.event.isActive ? .rejected : $0.event) }
        for identity in goneIdentities {
            document.registrations.append(
                RegistrationDocument.Element(identity: identity, state: "terminated", contacts: lost))
        }
        return document
    }
}
