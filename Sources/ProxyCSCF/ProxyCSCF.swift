import Crypto
import IMS
import Octets
import SIP

/// The P-CSCF, a phone's first contact: TS 24.229 §5.2.
///
/// REGISTER is in `+Registering` (§5.2.2), what phones send in `+Originating` (§5.2.6.3), what they get in
/// `+Terminating` (§5.2.6.4), requests inside dialogs in `+Dialogs`, and all that goes through us in `+Relaying`.
package struct ProxyCSCF: NetworkFunction {
    package typealias Work = ProxyWork
    package typealias WorkResult = ProxyWorkResult

    let configuration: ProxyCSCFConfiguration
    let flowToken: FlowToken
    let recordRouting: RecordRouting
    let own: OwnNames
    /// For the hash of a user in our Record-Route.
    let userKey: (UInt64, UInt64)
    var entropy: Entropy
    var registrations: [ClientTransactionID: Registration] = [:]
    var contacts = RegisteredContacts()
    var names = ClientTransactionNames()
    var relay: RequestRelay
    /// What we want to know of each request of the relay.
    var passages: [ServerTransactionID: Passage] = [:]
    var sessions: SessionTable
    var charged: ChargedSessions<SessionTable.Key>
    var watches = RegistrationWatches()
    var closedConnections: ClosedConnections
    var agreements = SecurityAgreements()
    /// Challenges that wait until the kernel has their associations.
    var installations: [WorkID: Installation] = [:]
    var installationTimes = InstallationTimes()
    var journal = RecordJournal<ProxyWork>()
    var lastWork: UInt64 = 0
    /// nil without a media relay.
    var mediaRelay: MediaRelay?
    /// nil without a PCRF.
    var policy: PolicyControl?
    /// Goes to the log with the first event: what was taken up from the store.
    var greeting: Observation?
    /// S-CSCFs that have not said anything yet.
    var servers = ServerWatch()

    package init(_ configuration: ProxyCSCFConfiguration, entropy: Entropy) {
        self.configuration = configuration
        self.entropy = entropy
        flowToken = FlowToken(key: configuration.flowTokenKey)
        // Derived, so that one configured key is enough and dialogs outlive us.
        var keys = OctetReader(OctetSlice(Array(SHA256.hash(data: Array("dialogs".utf8) + configuration.flowTokenKey))))
        recordRouting = RecordRouting(RecordRouteSeal(key: (keys.read64() ?? 0, keys.read64() ?? 0)))
        userKey = (keys.read64() ?? 0, keys.read64() ?? 0)
        own = configuration.ownNames
        sessions = SessionTable(limit: configuration.sessionLimit)
        charged = ChargedSessions(limit: configuration.sessionLimit)
        relay = RequestRelay(own: own, limit: configuration.requestLimit)
        closedConnections = ClosedConnections(before: configuration.firstConnection)
        if let settings = configuration.mediaRelay {
            mediaRelay = MediaRelay(settings, from: self.entropy.next64())
        }
        policy = configuration.policyControl.map { PolicyControl($0) }
        policy?.changes.areKept = configuration.clock != nil
        sessions.ended.areKept = mediaRelay != nil || policy != nil
        contacts.changes.areKept = configuration.clock != nil || policy?.settings.watchesSignalling == true
        sessions.changes.areKept = configuration.clock != nil
        watches.changes.areKept = configuration.clock != nil
        agreements.changes.areKept = configuration.clock != nil
    }

    package var nextDeadline: Instant? {
        contacts.nextDeadline.orEarlier(relay.nextDeadline).orEarlier(servers.nextDeadline)
            .orEarlier(watches.nextDeadline).orEarlier(sessions.nextDeadline).orEarlier(agreements.nextDeadline)
            .orEarlier(mediaRelay?.nextDeadline).orEarlier(policy?.nextDeadline)
    }

    package mutating func handle(_ event: RoleEvent<ProxyWorkResult>, at now: Instant) -> [Action<ProxyWork>] {
        var actions = react(to: event, at: now)
        watchSignalling(at: now, into: &actions)
        let ended = sessions.ended.take()
        endMedia(ended, into: &actions)
        endPolicy(ended, at: now, into: &actions)
        keep(&actions)
        if let greeting {
            actions.append(.observe(greeting))
            self.greeting = nil
        }
        return actions
    }

    private mutating func react(to event: RoleEvent<ProxyWorkResult>, at now: Instant) -> [Action<ProxyWork>] {
        var actions: [Action<ProxyWork>] = []
        switch event {
        case .request(let request, let transaction, let hop):
            receive(request, transaction, by: hop, at: now, into: &actions)
        case .acknowledgement(let ack, let hop):
            guard let origin = origin(of: hop), origin.set != nil || !agreements.isProtected(hop.remote) else { break }
            acknowledge(ack, origin.flow, at: now, into: &actions)
        case .cancelled(let transaction): cancelled(transaction, at: now, into: &actions)
        case .response(let response, let transaction):
            if registrations[transaction] != nil { return received(response, transaction, at: now) }
            if watchAnswered(response, transaction, at: now, into: &actions) { break }
            relayed(response, transaction, at: now, into: &actions)
        case .transactionFailed(let transaction, let failure):
            if registrations[transaction] != nil { return failed(transaction, failure, at: now) }
            if watchFailed(transaction, at: now, into: &actions) { break }
            relayFailed(transaction, failure, at: now, into: &actions)
        case .command(let command, let id):
            let report = report(command, at: now, into: &actions)
            actions.append(.reply(report, id))
        case .deadline: fire(at: now, into: &actions)
        case .connectionClosed(let connection):
            closedConnections.insert(connection)
            sessions.closed(connection, grace: configuration.flowGrace, at: now)
        case .performed(let id, .keep(let outcome)): kept(id, outcome, into: &actions)
        case .performed(let work, .security(let outcome)): performed(work, outcome, at: now, into: &actions)
        case .asked(let request, let token, _): policyAsked(request, token, at: now, into: &actions)
        case .answer(let answer, let ask): policyAnswered(answer, ask, at: now, into: &actions)
        case .askFailed(let ask, let failure): policyFailed(ask, failure, at: now, into: &actions)
        case .performed(_, .media), .lookedUp: break
        }
        return actions
    }

    private mutating func fire(at now: Instant, into actions: inout [Action<ProxyWork>]) {
        for (user, _) in contacts.expire(at: now) {
            actions.append(.count(.registrationExpired))
            if contacts[user] == nil { watch(user, at: now, into: &actions) }
        }
        fireRelay(at: now, into: &actions)
        fireServers(at: now, into: &actions)
        fireAgreements(at: now, into: &actions)
        fireMediaRelay(at: now, into: &actions)
        firePolicy(at: now, into: &actions)
        fireWatches(at: now, into: &actions)
        for key in sessions.expire(at: now) {
            chargeEnd(key, because: "session timer expired", at: now, into: &actions)
        }
        releaseLost(at: now, into: &actions)
    }

    // MARK: Shared steps

    func refuse(
        _ request: SIPMessage, _ transaction: ServerTransactionID, _ status: Status, _ refusal: Refusal,
        reason: String? = nil, unsupported: [OctetSlice] = [], retryAfter: Int? = nil
    ) -> [Action<ProxyWork>] {
        var response = SIPMessage.response(status, reason: reason, to: request, toTag: tag(transaction))
        if let retryAfter { response.append(RetryAfter(retryAfter)) }
        for option in unsupported { response.append(.unsupported, option) }
        return [
            .respond(response, transaction),
            .observe(.refused(refusal, about: request.subject)),
            .count(request.method == .register ? .registerRefused : .requestRefused),
        ]
    }

    func refuse(
        _ request: SIPMessage, _ transaction: ServerTransactionID, _ fault: RequestFault
    ) -> [Action<ProxyWork>] {
        refuse(request, transaction, fault.status, fault.refusal, reason: fault.reason, unsupported: fault.unsupported)
    }

    /// A To tag of our own answers: RFC 3261 §19.3 asks for one that is unique, the transaction's number is.
    func tag(_ transaction: ServerTransactionID) -> String { "p\(String(transaction.rawValue, radix: 36))" }

    /// Whether a URI names this node.
    func isOwn(_ uri: SIPURI) -> Bool { own.contains(uri) }

    private mutating func report(
        _ command: Command, at now: Instant, into actions: inout [Action<ProxyWork>]
    ) -> Report {
        switch command.name {
        case "registrations":
            let rows = contacts.all.prefix(1_000)
            return [
                "count": .integer(contacts.count),
                "registrations": .list(
                    rows.map {
                        [
                            "impi": .text($0.user.privateIdentity.string),
                            "flow": .text($0.binding.flow.description),
                            "identities": .text(OctetSlice($0.record.associatedURIs).string),
                            "handset": .text(handset(of: $0.record).name),
                            "expires": .integer(Int(($0.binding.expires - now).milliseconds / 1_000)),
                        ]
                    }),
            ]
        case "security-associations": return securityReport(at: now)
        case "security-association-expired": return associationExpired(command.arguments, at: now, into: &actions)
        case "security-association-moved": return associationMoved(command.arguments, at: now, into: &actions)
        case "media-relay":
            guard let datagram = command.arguments["datagram"].flatMap({ Base64.decode(OctetSlice($0)) }) else {
                return .error("datagram is the Base64 of what the media relay says")
            }
            mediaRelayAnswered(OctetSlice(datagram), at: now, into: &actions)
            return .null
        case "policy-sessions": return policyReport()
        case "sessions": return sessionReport(command.arguments, at: now)
        default: return .error("a P-CSCF knows no command \(command.name)")
        }
    }
}
