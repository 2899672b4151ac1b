import IMS
import Octets
import SIP

// Message waiting, RFC 3842: told to those who subscribe to their own mailbox, and unasked where that is configured.
extension ApplicationServer {
    /// A SUBSCRIBE of a user, or to one. - Returns: whether it was for his mailbox, and is dealt with.
    mutating func takeSubscription(
        _ request: SIPMessage, _ user: ServedUser, _ server: ServerTransactionID, _ tag: String, at now: Instant,
        into actions: inout Actions
    ) -> Bool {
        guard request.method == .subscribe, configuration.mailboxes != nil, request.asksForMessages,
            let target = request.targetIdentity.map(recipient), settings[target].hasMailbox
        else { return false }
        switch user.sessionCase {
        case .originating: guard recipient(user.identity) == target else { return false }
        case .terminating:
            // RFC 3842 §3.7 has the subscriber authenticated: a mailbox is nobody's business but its user's.
            let asserted = request.assertedIdentities.compactMap(PublicIdentity.init).map(recipient)
            guard asserted.contains(target) else {
                let refusal = Refusal("NOT_THE_MAILBOX_OWNER", answer: "403", "Only its user may watch a mailbox.")
                refuse(request, server, .forbidden, refusal, tag, into: &actions)
                return true
            }
        case .originatingAfterDiversion: return false
        }
        watch(request, mailbox: target, server, tag, at: now, into: &actions)
        return true
    }

    mutating func watch(
        _ request: SIPMessage, mailbox: PublicIdentity, _ server: ServerTransactionID, _ tag: String, at now: Instant,
        into actions: inout Actions
    ) {
        if let refusal = Notifier.refusal(of: request, for: .messageSummary, toTag: tag) {
            return actions.append(.respond(refusal, server))
        }
        guard settings[mailbox].hasMailbox else {
            let refusal = Refusal("NO_MAILBOX", answer: "404", "\(mailbox) has no mailbox.")
            return refuse(request, server, .notFound, refusal, tag, into: &actions)
        }
        guard watchers.count < configuration.mailboxes?.subscriptionLimit ?? 0 else {
            let refusal = Refusal("TOO_MANY_SUBSCRIPTIONS", answer: "503", "As many mailboxes are watched as may be.")
            return refuse(request, server, .serviceUnavailable, refusal, tag, into: &actions)
        }
        do throws(DialogError) {
            let (notifier, orders) = try Notifier.accept(
                request, for: .messageSummary, toTag: tag, contact: configuration.contact, at: now)
            let id = notifier.dialog.id
            watchers[id] = MailboxWatcher(mailbox: mailbox, notifier: notifier)
            keepWatcher(id, orders, server, at: now, into: &actions)
        } catch { actions.append(.respond(.response(error.status, to: request, toTag: tag), server)) }
    }

    /// A request within a subscription's dialog: a refresh, or the end.
    mutating func refresh(
        _ id: DialogID, _ request: SIPMessage, _ server: ServerTransactionID, at now: Instant,
        into actions: inout Actions
    ) {
        guard request.method == .subscribe else {
            return actions.append(.respond(.response(.methodNotAllowed, to: request, toTag: nil), server))
        }
        let orders = watchers[id]?.notifier.receive(refresh: request, at: now) ?? []
        keepWatcher(id, orders, server, at: now, into: &actions)
    }

    /// The answer to a NOTIFY; nil when there was none.
    mutating func notified(_ id: DialogID, _ response: SIPMessage?, at now: Instant, into actions: inout Actions) {
        let orders =
            if let response {
                watchers[id]?.notifier.receive(response: response, at: now) ?? []
            } else {
                watchers[id]?.notifier.failed() ?? []
            }
        carryOut(orders, watcher: id, nil, at: now, into: &actions)
    }

    mutating func fire(watcher id: DialogID, at now: Instant, into actions: inout Actions) {
        guard let watcher = watchers[id], let deadline = watcher.notifier.nextDeadline else { return }
        var orders: [Notifier.Action] = []
        if deadline <= now {
            orders = watchers[id]?.notifier.fire(at: now) ?? []
        } else if watcher.isRestored {
            orders = watchers[id]?.notifier.changed(at: now) ?? []
        }
        watchers[id]?.isRestored = false
        carryOut(orders, watcher: id, nil, at: now, into: &actions)
    }

    /// A mailbox has changed.
    mutating func tellSummary(of mailbox: PublicIdentity, at now: Instant, into actions: inout Actions) {
        var isTold = false
        for (id, watcher) in watchers where watcher.mailbox == mailbox {
            isTold = true
            let orders = watchers[id]?.notifier.changed(at: now) ?? []
            carryOut(orders, watcher: id, nil, at: now, into: &actions)
        }
        if !isTold { tellUnasked(mailbox, into: &actions) }
    }

    /// A NOTIFY without a subscription, to a user who is registered.
    mutating func tellUnasked(_ mailbox: PublicIdentity, into actions: inout Actions) {
        guard configuration.mailboxes?.notifiesUnsolicited == true, registration(of: mailbox) != nil else { return }
        var request = outside(.notify, to: mailbox, from: configuration.uri.text)
        request.append(.contact, configuration.contact)
        request.append(.event, "message-summary")
        request.append(SubscriptionState(.terminated, reason: "noresource"))
        request.setBody(summary(of: mailbox).octets, contentType: MessageSummary.contentType)
        send(request, to: mailbox, as: .unsolicited, into: &actions)
    }

    // MARK: Steps

    private func summary(of mailbox: PublicIdentity) -> MessageSummary {
        let (new, old) = mailboxes.counts(of: mailbox)
        return MessageSummary(new: new, old: old, account: sipURI(of: mailbox))
    }

    mutating func carryOut(
        _ orders: [Notifier.Action], watcher id: DialogID, _ server: ServerTransactionID?, at now: Instant,
        into actions: inout Actions
    ) {
        for order in orders {
            switch order {
            case .respond(let response): if let server { actions.append(.respond(response, server)) }
            case .compose(let composition):
                guard let watcher = watchers[id] else { continue }
                let body = summary(of: watcher.mailbox).octets
                guard let notify = watchers[id]?.notifier.notify(composition, body: body, at: now) else { continue }
                let isSent = send(
                    notify, toward: watcher.notifier.dialog.nextHop, as: .notification(id), into: &actions)
                if !isSent || composition.state == .terminated { dropWatcher(id, into: &actions) }
            case .ended: dropWatcher(id, into: &actions)
            }
        }
        if let deadline = watchers[id]?.notifier.nextDeadline { deadlines.schedule(.watcher(id), at: deadline) }
    }
}

extension SIPMessage {
    fileprivate var asksForMessages: Bool {
        do throws(SIPSyntaxError) {
            return try first(Event.self).map(EventPackage.messageSummary.matches) ?? false
        } catch { return false }
    }
}
