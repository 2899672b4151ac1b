import IMS
import Octets
import SIP

// The P-CSCF watches the registrations that go through it, TS 24.229 §5.2.3: what the network takes away it forgets,
// §5.2.5.2. The clauses could not be checked against their text.
extension ProxyCSCF {
    /// Seconds asked for; the clause wants more than any registration lasts.
    private static let watchSeconds = 600_000
    private static let timing = TransactionTiming(.core, isReliable: false)

    /// A user has registered, or has gone.
    mutating func watch(_ user: RegisteredContacts.User, at now: Instant, into actions: inout [Action<ProxyWork>]) {
        guard configuration.watchesRegistrations else { return }
        guard let record = contacts[user] else {
            guard watches[user]?.forgetAt == nil else { return }
            watches[user]?.forgetAt = now + Self.timing.lifetime
            return
        }
        if watches[user] != nil {
            watches[user]?.forgetAt = nil
            return
        }
        guard let template = subscription(to: user, record) else { return }
        var watch = RegistrationWatch(
            subscriber: Subscriber(
                .registration, template: template, expires: Self.watchSeconds, timing: Self.timing))
        let orders = watch.subscriber.start(at: now, entropy: &entropy)
        watches[user] = watch
        carryOut(orders, of: user, answering: nil, at: now, into: &actions)
    }

    /// Goes on with a subscription that was stored. Each asks for the state anew, one after the other: what was notified
    /// while we were away is not known.
    ///
    /// - Returns: false when nobody needs it any more.
    mutating func rewatch(_ stored: StoredRegistrationWatch, at now: Instant) -> Bool {
        let user = stored.user
        guard configuration.watchesRegistrations, let record = contacts[user],
            let template = subscription(to: user, record)
        else { return false }
        // Fifty each second.
        let pause = Duration.seconds(1) + .milliseconds(20 * watches.count)
        do throws(SIPSyntaxError) {
            watches[user] = RegistrationWatch(
                subscriber: try Subscriber(
                    stored.subscriber, .registration, template: template, expires: Self.watchSeconds,
                    timing: Self.timing, refreshAt: now + pause))
        } catch {
            return false
        }
        watches.name(stored.subscriber.dialog.id.callID, of: user)
        return true
    }

    /// - Returns: false when the request is no NOTIFY of a subscription of ours.
    mutating func takeNotice(
        _ request: SIPMessage, _ server: ServerTransactionID, _ hop: Hop, at now: Instant,
        into actions: inout [Action<ProxyWork>]
    ) -> Bool {
        guard request.method == .notify, mayBeCore(hop), let user = watches.user(ofCall: request.callID),
            var watch = watches[user]
        else { return false }
        let orders = watch.subscriber.receive(notify: request, at: now, entropy: &entropy)
        watches[user] = watch
        carryOut(orders, of: user, answering: server, at: now, into: &actions)
        return true
    }

    /// - Returns: false when the transaction is no SUBSCRIBE of ours.
    mutating func watchAnswered(
        _ response: SIPMessage, _ client: ClientTransactionID, at now: Instant, into actions: inout [Action<ProxyWork>]
    ) -> Bool {
        guard let user = watches.user(of: client, isFinal: response.status?.isFinal ?? false) else { return false }
        guard var watch = watches[user] else { return true }
        let orders = watch.subscriber.receive(response, at: now, entropy: &entropy)
        watches[user] = watch
        carryOut(orders, of: user, answering: nil, at: now, into: &actions)
        return true
    }

    mutating func watchFailed(
        _ client: ClientTransactionID, at now: Instant, into actions: inout [Action<ProxyWork>]
    ) -> Bool {
        guard let user = watches.user(of: client, isFinal: true) else { return false }
        guard var watch = watches[user] else { return true }
        let orders = watch.subscriber.failed(at: now, entropy: &entropy)
        watches[user] = watch
        carryOut(orders, of: user, answering: nil, at: now, into: &actions)
        return true
    }

    mutating func fireWatches(at now: Instant, into actions: inout [Action<ProxyWork>]) {
        while let user = watches.popDue(at: now), var watch = watches[user] {
            if let end = watch.forgetAt, end <= now {
                watches[user] = nil
                continue
            }
            let orders = watch.subscriber.fire(at: now, entropy: &entropy)
            watches[user] = watch
            carryOut(orders, of: user, answering: nil, at: now, into: &actions)
        }
    }

    // MARK: Steps

    /// To the default identity by the Service-Route, in the name of our entry in the Path: by that the registrar knows us.
    private func subscription(to user: RegisteredContacts.User, _ record: RegisteredContacts.Record) -> SIPMessage? {
        guard let resource = RegisteredIdentities(user, record).default?.address.uri else { return nil }
        let own = "<sip:\(configuration.pathHost):\(configuration.pathPort)>"
        var request = SIPMessage(.subscribe, uri: resource)
        var list = ValueList(OctetSlice(record.serviceRoute))
        while let route = list.next() { request.append(.route, route) }
        request.append(.from, own)
        request.append(.to, "<\(resource.string)>")
        request.append(.contact, own)
        return request
    }

    /// Network-initiated de-registration, §5.2.5.2: what stands over the flow of the contact ends with it, sessions now;
    /// whatever else there is of a flow, such as its security associations, is to be ended here.
    private mutating func takenAway(
        _ binding: RegisteredContacts.Binding, of user: RegisteredContacts.User, at now: Instant,
        into actions: inout [Action<ProxyWork>]
    ) {
        actions.append(
            .observe(
                Observation(
                    .notice, "the network took the contact \(OctetSlice(binding.contact)) away",
                    about: Subject(
                        privateIdentity: user.privateIdentity.string, publicIdentity: user.publicIdentity.string))))
        actions.append(.count(.deregistered))
        for key in sessions.keys(of: user) where sessions[key]?.flow.arrival == binding.flow.arrival {
            release(key, because: "the registration was ended by the network", at: now, into: &actions)
        }
    }

    private mutating func carryOut(
        _ orders: [Subscriber.Action], of user: RegisteredContacts.User, answering server: ServerTransactionID?,
        at now: Instant, into actions: inout [Action<ProxyWork>]
    ) {
        for order in orders {
            switch order {
            case .send(let request): send(request, of: user, at: now, into: &actions)
            case .respond(var response):
                guard let server else { continue }
                if response.toTag == nil {
                    response.replace(.to, with: response.values(.to).map { OctetSlice("\($0);tag=\(tag(server))") })
                }
                actions.append(.respond(response, server))
            case .notified(let notify): learn(from: notify, about: user, at: now, into: &actions)
            case .challenged, .fork: break  // no network asks its proxies for passwords; the package allows no forks
            case .ended(let ending, let retryAt):
                if retryAt == nil || contacts[user] == nil { watches[user] = nil }
                watches[user]?.version = nil
                guard contacts[user] != nil, ending != .unsubscribed else { continue }
                actions.append(
                    .observe(
                        Observation(
                            .info, "the subscription to the registration state has ended: \(ending)",
                            about: Subject(
                                privateIdentity: user.privateIdentity.string,
                                publicIdentity: user.publicIdentity.string))))
            }
        }
    }

    private mutating func send(
        _ request: SIPMessage, of user: RegisteredContacts.User, at now: Instant,
        into actions: inout [Action<ProxyWork>]
    ) {
        let client = names.next()
        var request = request
        watches.sent(request, as: client, of: user)
        request.set(.pAssertedIdentity, "<sip:\(configuration.pathHost):\(configuration.pathPort)>")
        request.set(.pChargingVector, configuration.chargingVector(entropy.octets(16)))
        do throws(SIPSyntaxError) {
            if let next = configuration.nextHop(try request.takeNextHop()) {
                return actions.append(next.order(request, client))
            }
        } catch {}  // the registrar's own Service-Route cannot be read: as good as no way
        _ = watchFailed(client, at: now, into: &actions)
    }

    private mutating func learn(
        from notify: SIPMessage, about user: RegisteredContacts.User, at now: Instant,
        into actions: inout [Action<ProxyWork>]
    ) {
        guard !notify.body.isEmpty else { return }  // RFC 6665 §4.1.2: nothing is told yet
        let information: RegistrationInformation
        do throws(RegistrationInformation.Fault) {
            information = try RegistrationInformation(parsing: notify.body)
        } catch {
            actions.append(
                .observe(
                    Observation(
                        .warning, "registration information cannot be read: \(error)", about: notify.subject)))
            return
        }
        switch watches[user]?.take(information.version) {
        case .inOrder?: break
        case .stale?, nil: return
        case .gap?:
            if !information.isWhole, var watch = watches[user] {
                let orders = watch.subscriber.refresh(at: now)
                watches[user] = watch
                carryOut(orders, of: user, answering: nil, at: now, into: &actions)
            }
        }
        guard let record = contacts[user] else { return }
        let news = RegistrationNews(information, about: record)
        contacts.associate(user, news.associatedURIs)
        contacts.shorten(user, news.shortened, at: now)
        for binding in contacts.remove(user, where: { news.isGone($0) }) {
            switch news.ending(of: binding) {
            case .phone: break  // counted with the 200 of its REGISTER
            case .time: actions.append(.count(.registrationExpired))
            case .network: takenAway(binding, of: user, at: now, into: &actions)
            }
        }
        endUnused(user.securityName, at: now, into: &actions)
        if contacts[user] == nil { watch(user, at: now, into: &actions) }
    }
}
