import IMS
import Octets
import SIP

/// Subscriptions to registration state, TS 24.229 §5.4.2.1.1.
///
///     SUBSCRIBE ─▶ of a dialog of ours? ─ yes ─▶ refresh or end
///                    └─ no ─▶ registered here? ─▶ allowed? ─▶ Notifier ─▶ 200, NOTIFY with the whole state
extension ServingCSCF {
    /// - Returns: false when the request is none for the notifier of a user registered here.
    mutating func watch(
        _ message: SIPMessage, _ transaction: ServerTransactionID, from hop: Hop, at now: Instant,
        into actions: inout [Order]
    ) -> Bool {
        guard message.method == .subscribe, message.isForRegistrationState, configuration.trusts(hop.remote.address)
        else { return false }
        if message.toTag != nil {
            guard let dialog = DialogID(receiving: message), let slot = watches.slot(of: dialog) else { return false }
            let notices = watches.update(slot) { $0.notifier.receive(refresh: message, at: now) } ?? []
            carryOut(notices, of: slot, answering: transaction, at: now, into: &actions)
            return true
        }
        guard let resource = message.watchedIdentity, let registration = registrations[resource]?.withoutEmergency
        else { return false }
        do throws(WatcherFault) {
            let watcher = try watcher(message, of: registration, resource)
            if watcher == .user {
                var request = message
                do throws(SessionFault) {
                    try authenticate(&request, of: registration, at: now)
                } catch {
                    reject(message, transaction, error, from: hop, into: &actions)
                    return true
                }
            }
            try makeRoom(for: message, watching: registration)
            try begin(message, transaction, by: watcher, of: resource, at: now, into: &actions)
        } catch {
            refuse(message, transaction, error, from: hop, into: &actions)
        }
        return true
    }

    private mutating func begin(
        _ message: SIPMessage, _ transaction: ServerTransactionID, by watcher: RegistrationWatch.Watcher,
        of resource: PublicIdentity, at now: Instant, into actions: inout [Order]
    ) throws(WatcherFault) {
        let accepted: (Notifier, [Notifier.Action])
        do throws(DialogError) {
            accepted = try Notifier.accept(
                message, for: .registration, toTag: makeTag(), contact: "<\(configuration.serverName)>", at: now)
        } catch {
            throw .malformed("\(error)")
        }
        let slot = watches.insert(RegistrationWatch(resource: resource, watcher: watcher, notifier: accepted.0))
        carryOut(accepted.1, of: slot, answering: transaction, at: now, into: &actions)
        if watcher == .user {
            leaveSubscription(of: resource, from: accepted.0.dialog.remoteTarget, at: now, into: &actions)
        }
    }

    /// Who the subscriber is, by the identity that our network asserts.
    private func watcher(
        _ message: SIPMessage, of registration: Registration, _ resource: PublicIdentity
    ) throws(WatcherFault) -> RegistrationWatch.Watcher {
        // §5.4.8.6: who has registered for emergency calls watches nothing.
        if message.isFromEmergencyContact { throw .unfit(.badEvent) }
        if let refusal = Notifier.refusal(of: message, for: .registration, toTag: nil) {
            throw .unfit(refusal.status ?? .badEvent)
        }
        let asserted: [URI]
        do {
            asserted = try message.all(PAssertedIdentity.self).map { try $0.address.parsedURI() }
        } catch {
            throw .malformed("\(error)")
        }
        guard let first = asserted.first else { throw .anonymous }
        for uri in asserted {
            if let identity = PublicIdentity(uri),
                registration.profile.identities.contains(where: { $0.identity == identity && !$0.isBarred })
            {
                return .user
            }
            guard case .sip(let sip) = uri else { continue }
            if registration.bindings.contains(where: { $0.isReached(through: sip) }) { return .proxy }
            if registration.profile.names(applicationServer: sip) { return .applicationServer }
        }
        throw .notAllowed(subscriber: PublicIdentity(first)?.text ?? "the subscriber", resource: resource)
    }

    /// Bounds what a user, and all of them, may have; a subscriber who comes again, from the same address and without his
    /// old dialog, has lost that one.
    private mutating func makeRoom(
        for message: SIPMessage, watching registration: Registration
    ) throws(WatcherFault) {
        let slots = watches.slots(watching: registration.profile.identities.map(\.identity))
        let target: OctetSlice?
        do {
            target = try message.first(Contact.self)?.address.uri
        } catch {
            throw .malformed("\(error)")
        }
        var others = slots.count
        for slot in slots where watches[slot]?.notifier.dialog.remoteTarget == target {
            strike(slot)
            others -= 1
        }
        guard others < configuration.maximumWatchersOfUser else {
            throw .tooManyForUser(configuration.maximumWatchersOfUser)
        }
        guard watches.count < configuration.maximumWatchers else { throw .tooMany }
    }

    private mutating func refuse(
        _ message: SIPMessage, _ transaction: ServerTransactionID, _ fault: WatcherFault, from hop: Hop,
        into actions: inout [Order]
    ) {
        let tag = makeTag()
        var response = SIPMessage.response(fault.status, to: message, toTag: tag)
        switch fault {
        case .unfit(.badEvent):
            // RFC 6665 §4.2.1.1.
            response = Notifier.refusal(of: message, for: .registration, toTag: tag) ?? response
            if !response.contains(.allowEvents) { response.append(.allowEvents, "reg") }
        case .unfit: response = Notifier.refusal(of: message, for: .registration, toTag: tag) ?? response
        case .tooMany: response.append(.retryAfter, "\(retryAfter())")
        case .anonymous, .notAllowed, .tooManyForUser, .malformed: break
        }
        actions.append(.respond(response, transaction))
        actions.append(
            .observe(
                .refused(
                    fault.refusal,
                    about: Subject(
                        callID: message.callID?.string, publicIdentity: message.watchedIdentity?.text,
                        peer: "\(hop.remote)"))))
        actions.append(.count(.requestRefused))
    }
}

extension SIPMessage {
    /// Its Contact is one for emergency calls.
    fileprivate var isFromEmergencyContact: Bool {
        do {
            guard let contact = try first(Contact.self), case .sip(let uri) = try contact.address.parsedURI() else {
                return false
            }
            return uri.isForEmergency
        } catch {
            return false
        }
    }

    /// Event: reg.
    fileprivate var isForRegistrationState: Bool {
        do {
            guard let event = try first(Event.self) else { return false }
            return EventPackage.registration.matches(event)
        } catch {
            return false
        }
    }

    /// The identity in the Request-URI, or behind a GRUU there.
    fileprivate var watchedIdentity: PublicIdentity? {
        do {
            return PublicIdentity(try parsedRequestURI())
        } catch {
            return nil
        }
    }
}

extension Binding {
    /// Whether a URI of this host stands in the Path.
    fileprivate func isReached(through proxy: SIPURI) -> Bool {
        var list = ValueList(path)
        while let value = list.next() {
            do {
                guard case .sip(let hop) = try NameAddress(parsing: value).parsedURI() else { continue }
                if hop.host.equalsIgnoringCase(proxy.host) { return true }
            } catch {
                continue
            }
        }
        return false
    }
}

extension UserProfile {
    /// Whether a server of this host stands in the filter criteria, shared sets aside.
    fileprivate func names(applicationServer uri: SIPURI) -> Bool {
        services.contains { service in
            service.filterCriteria.contains { criterion in
                do {
                    return try SIPURI(parsing: criterion.applicationServer.serverName).host
                        .equalsIgnoringCase(uri.host)
                } catch {
                    return false
                }
            }
        }
    }
}
