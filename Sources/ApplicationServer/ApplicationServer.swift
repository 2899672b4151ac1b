import IMS
import Octets
import SIP

/// The telephony application server: reached over ISC by SIP alone (TS 24.229 §5.7), as any vendor's is.
///
///     INVITE ─▶ ServedUser ─┬─ originating: a code ─▶ settings changed ─▶ stored ─▶ 200, BYE
///                           ├─ terminating, a rule holds ─▶ DivertibleCall ─▶ Diversion ─▶ back to the S-CSCF
///                           │                                             ╰─▶ his mailbox ─▶ 200, MailboxDialogue
///                           ├─ originating: his own number ─▶ his mailbox
///                           ├─ barred ─▶ 603, 433
///                           └─ otherwise ─▶ back to the S-CSCF as it came
///     MESSAGE ─▶ a short message, or one that does not reach its user ─▶ stored ─▶ 202 ─▶ delivered, now or when he registers
///
/// A proxy that is gone from the path when the call is answered: no Record-Route. What it answers itself (codes, mailboxes)
/// it does as a user agent.
package struct ApplicationServer: NetworkFunction {
    package typealias Work = ServiceWork
    package typealias WorkResult = ServiceWorkResult
    typealias Actions = [Action<ServiceWork>]

    let configuration: ApplicationServerConfiguration
    var settings: SettingsTable
    var registrations: ThirdPartyRegistrations
    var relay: RequestRelay
    /// What is remembered of the requests on their way.
    var relayed: [ServerTransactionID: RelayedRequest] = [:]
    var names = ClientTransactionNames()
    var deadlines = DeadlineQueue<Waiter>()
    /// The calls that we have answered.
    var calls: [DialogID: AnsweredCall] = [:]
    /// INVITEs that wait for the store.
    var pendingCodes: [ServerTransactionID: PendingCode] = [:]
    /// What waits for recipients who are not there.
    var messages: MessageQueues
    var lastMessage: UInt64 = 0
    /// Our own requests that somebody waits for.
    var ownRequests: [ClientTransactionID: OwnRequest] = [:]
    var stored: [WorkID: Continuation] = [:]
    var lastWork: UInt64 = 0
    var mailboxes = MailboxTable()
    /// Calls that a mailbox will answer as soon as there is a port for its audio.
    var pendingMailboxes: [MediaID: PendingMailbox] = [:]
    var mailboxCalls: [MediaID: MailboxCall] = [:]
    /// Who is told of waiting messages.
    var watchers: [DialogID: MailboxWatcher] = [:]
    var entropy: Entropy
    private let validation = RequestValidation()

    /// What waits for a deadline.
    enum Waiter: Hashable, Sendable {
        case relayed(ServerTransactionID)
        case call(DialogID)
        case mailbox(MediaID)
        case watcher(DialogID)
    }

    /// A request of our own making.
    enum OwnRequest: Equatable, Sendable {
        /// The BYE of a call that is gone whatever the answer.
        case bye
        /// What became of a short message, for its sender's phone.
        case report
        /// The first message of a recipient.
        case delivery(PublicIdentity)
        /// A NOTIFY of a subscription, and one without.
        case notification(DialogID)
        case unsolicited
    }

    /// What goes on when the store has done its work.
    enum Continuation: Sendable {
        case code(ServerTransactionID)
        case command(CommandID, PublicIdentity)
        case message(PendingMessage)
        case mailbox(MailboxErrand)
        /// The answer to a SUBSCRIBE, and the NOTIFY behind it.
        case subscription(DialogID, ServerTransactionID, [Notifier.Action])
        /// Nobody waits for it.
        case nothing
    }

    /// - Parameter records: what the store held at the start. - Returns: nothing is lost that can be read; the others are told.
    package init(
        _ configuration: ApplicationServerConfiguration, records: [StoredRecord], entropy: Entropy,
        unreadable: inout [String]
    ) {
        self.configuration = configuration
        self.entropy = entropy
        settings = SettingsTable(limit: configuration.userLimit, domain: configuration.domain)
        registrations = ThirdPartyRegistrations(
            limit: configuration.userLimit, longest: configuration.longestRegistration)
        messages = MessageQueues(limit: configuration.messageLimit, limitPerUser: configuration.messageLimitPerUser)
        relay = RequestRelay(own: configuration.own, limit: configuration.requestLimit)
        for record in records {
            do throws(SettingFault) { try load(record) } catch { unreadable.append("\(record.name): \(error)") }
        }
    }

    private mutating func load(_ record: StoredRecord) throws(SettingFault) {
        switch record.kind {
        case .settings:
            let owner = PublicIdentity(canonical: record.name)
            let user = try ServiceSettings(record: record.octets)
            try settings.check(user, of: owner)
            settings.set(user, of: owner)
        case .message:
            guard let message = StoredMessage(name: record.name, record: record.octets) else {
                throw .value(record.name, expected: "a message with recipient, sender and times")
            }
            // Even beyond the limits: it was accepted. A first attempt soon, unless a registration comes before it.
            messages.append(message)
            messages.schedule(message.recipient, at: configuration.startsAt + configuration.firstRetry)
        case .voiceMessage:
            guard let message = VoiceMessage(name: record.name, record: record.octets) else {
                throw .value(record.name, expected: "a message with mailbox, caller, times and file")
            }
            mailboxes.append(message)
        case .mailboxWatcher: try loadWatcher(record)
        }
    }

    /// The files that the store's records speak of, relative to the folder of the mailboxes.
    package var files: Set<String> { mailboxes.files }

    package var nextDeadline: Instant? {
        earlier(earlier(deadlines.next, relay.nextDeadline), earlier(registrations.nextDeadline, messages.nextDeadline))
    }

    package mutating func handle(_ event: RoleEvent<ServiceWorkResult>, at now: Instant) -> [Action<ServiceWork>] {
        var actions: Actions = []
        switch event {
        case .request(let request, let server, let hop): receive(request, server, hop, at: now, into: &actions)
        case .acknowledgement(let ack, _): acknowledge(ack, at: now, into: &actions)
        case .cancelled(let server): cancelled(server, at: now, into: &actions)
        case .response(let response, let client): receive(response, of: client, at: now, into: &actions)
        case .transactionFailed(let client, let failure): failed(client, failure, at: now, into: &actions)
        case .performed(let work, let result): performed(work, result, at: now, into: &actions)
        case .command(let command, let id): answer(command, id, at: now, into: &actions)
        case .deadline: fire(at: now, into: &actions)
        case .connectionClosed: break  // requests find their way by Route and Via
        case .asked, .answer, .askFailed, .lookedUp: break  // no Diameter, no names to look up
        }
        return actions
    }

    // MARK: Requests

    private mutating func receive(
        _ request: SIPMessage, _ server: ServerTransactionID, _ hop: Hop, at now: Instant, into actions: inout Actions
    ) {
        let tag = makeTag()
        guard configuration.trusts(hop.remote.address) else {
            let refusal = Refusal(
                "UNTRUSTED_PEER", answer: "403", "\(hop.remote.address) is none of our S-CSCFs.",
                hint: "Put its address into tas.trusted-peers.")
            return refuse(request, server, .forbidden, refusal, tag, into: &actions)
        }
        switch validation.verdict(on: request, tag: tag) {
        case .proceed: break
        case .answerOptions: return actions.append(.respond(.response(.ok, to: request, toTag: tag), server))
        case .refuse(let response):
            actions.append(.count(.requestRefused))
            return actions.append(.respond(response, server))
        }
        do throws(SIPSyntaxError) {
            var request = request
            let routes = try RoutePreprocessing(&request) { configuration.own.contains($0) }
            if request.toTag != nil, let id = DialogID(receiving: request) {
                if calls[id] != nil { return receive(request, inCall: id, server, at: now, into: &actions) }
                if watchers[id] != nil { return refresh(id, request, server, at: now, into: &actions) }
            }
            if !request.contains(.route), try names(request) {
                return serve(request, server, tag, at: now, into: &actions)
            }
            guard routes.ownRoute != nil else {
                let refusal = Refusal(
                    "NOT_ROUTED_HERE", answer: "403",
                    "The request names this server neither in its Route nor as its target.")
                return refuse(request, server, .forbidden, refusal, tag, into: &actions)
            }
            pass(request, server, hop, tag, at: now, into: &actions)
        } catch { actions.append(.respond(.response(error.status, to: request, toTag: tag), server)) }
    }

    /// Whether the Request-URI is one of our own.
    private func names(_ request: SIPMessage) throws(SIPSyntaxError) -> Bool {
        guard case .sip(let uri) = try request.parsedRequestURI() else { return false }
        return configuration.own.contains(uri)
    }

    /// A request to this server itself.
    private mutating func serve(
        _ request: SIPMessage, _ server: ServerTransactionID, _ tag: String, at now: Instant,
        into actions: inout Actions
    ) {
        switch request.method {
        case .register: register(request, server, tag, at: now, into: &actions)
        case .invite where request.toTag == nil && isForMailboxes(request):
            callMailbox(request, server, tag, into: &actions)
        case .subscribe where request.toTag == nil && isForMailboxes(request):
            guard let user = request.assertedIdentities.lazy.compactMap(PublicIdentity.init).first else {
                let refusal = Refusal("NO_SUBSCRIBER", answer: "403", "The SUBSCRIBE needs a P-Asserted-Identity.")
                return refuse(request, server, .forbidden, refusal, tag, into: &actions)
            }
            watch(request, mailbox: recipient(user), server, tag, at: now, into: &actions)
        case .message where Self.isShortMessage(request):
            guard let sender = request.assertedIdentities.lazy.compactMap(PublicIdentity.init).first else {
                let refusal = Refusal("NO_SENDER", answer: "403", "A short message needs a P-Asserted-Identity.")
                return refuse(request, server, .forbidden, refusal, tag, into: &actions)
            }
            takeShortMessage(request, of: sender, server, tag, at: now, into: &actions)
        case .options:
            var response = SIPMessage.response(.ok, to: request, toTag: tag)
            response.append(.allow, Self.methods)
            actions.append(.respond(response, server))
        default:
            let known = request.toTag == nil
            let refusal = Refusal(
                known ? "NO_SUCH_SERVICE" : "NO_SUCH_CALL", answer: known ? "404" : "481",
                known ? "There is no service at \(request.requestURI)." : "The call is over, or never was.")
            refuse(request, server, known ? .notFound : .callOrTransactionDoesNotExist, refusal, tag, into: &actions)
        }
    }

    static let methods = "INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, PRACK, MESSAGE, REGISTER, SUBSCRIBE, INFO"

    /// A request that comes by and goes on: with the services of its user when it is the first of a call.
    private mutating func pass(
        _ request: SIPMessage, _ server: ServerTransactionID, _ hop: Hop, _ tag: String, at now: Instant,
        into actions: inout Actions
    ) {
        if request.toTag == nil, let user = ServedUser(request),
            takeSubscription(request, user, server, tag, at: now, into: &actions)
        {
            return
        }
        guard request.toTag == nil, Self.isServed(request.method), let user = ServedUser(request) else {
            return forward(RelayedRequest(request, tag), server, at: now, into: &actions)
        }
        switch user.sessionCase {
        case .originating: originate(request, user, server, hop, tag, at: now, into: &actions)
        case .terminating: terminate(request, user, server, tag, at: now, into: &actions)
        case .originatingAfterDiversion:
            // Who diverts pays: what he may not call he may not divert to.
            if let (status, refusal) = barOutgoing(request, user) {
                return refuse(request, server, status, refusal, tag, into: &actions)
            }
            forward(RelayedRequest(request, tag), server, at: now, into: &actions)
        }
    }

    /// Calls and messages are; everything else passes.
    private static func isServed(_ method: Method) -> Bool { method == .invite || method == .message }

    /// A call or message of a user of ours.
    private mutating func originate(
        _ request: SIPMessage, _ user: ServedUser, _ server: ServerTransactionID, _ hop: Hop, _ tag: String,
        at now: Instant, into actions: inout Actions
    ) {
        if Self.isShortMessage(request) {
            return takeShortMessage(request, of: user.identity, server, tag, at: now, into: &actions)
        }
        var request = request
        restrictIdentity(of: &request, user)
        if request.method == .invite, takeCode(request, user, server, hop, tag, at: now, into: &actions) { return }
        if let (status, refusal) = barOutgoing(request, user) {
            return refuse(request, server, status, refusal, tag, into: &actions)
        }
        if request.method == .invite, listens(request, user, server, tag, into: &actions) { return }
        var note = RelayedRequest(request, tag)
        note.user = user
        forward(note, server, at: now, into: &actions)
    }

    private mutating func cancelled(_ server: ServerTransactionID, at now: Instant, into actions: inout Actions) {
        if let pending = pendingCodes.removeValue(forKey: server) {
            let response = SIPMessage.response(.requestTerminated, to: pending.request, toTag: pending.tag)
            return actions.append(.respond(response, server))
        }
        if cancelledMailbox(server, into: &actions) { return }
        relayed[server]?.call?.settle()
        var orders: [RequestRelay.Order] = []
        if relay.cancelled(server, into: &orders) { carryOut(orders, at: now, into: &actions) }
    }

    // MARK: Time

    private mutating func fire(at now: Instant, into actions: inout Actions) {
        registrations.expire(at: now)
        fireMessages(at: now, into: &actions)
        var orders: [RequestRelay.Order] = []
        relay.fire(at: now, into: &orders)
        carryOut(orders, at: now, into: &actions)
        while let (waiter, _) = deadlines.popDue(at: now) {
            switch waiter {
            case .relayed(let server): fire(server, at: now, into: &actions)
            case .call(let id): fire(id, at: now, into: &actions)
            case .mailbox(let media): mailboxTimeIsOver(media, into: &actions)
            case .watcher(let id): fire(watcher: id, at: now, into: &actions)
            }
        }
    }

    // MARK: Tools

    mutating func makeTag() -> String { String(entropy.next64(), radix: 36) }

    mutating func store(_ order: StoreOrder, then continuation: Continuation, into actions: inout Actions) {
        perform(.store(order), then: continuation, into: &actions)
    }

    mutating func perform(_ work: ServiceWork, then continuation: Continuation, into actions: inout Actions) {
        lastWork &+= 1
        let id = WorkID(rawValue: lastWork)
        stored[id] = continuation
        actions.append(.perform(work, id))
    }

    func refuse(
        _ request: SIPMessage, _ server: ServerTransactionID, _ status: Status, _ refusal: Refusal, _ tag: String,
        into actions: inout Actions
    ) {
        actions.append(.respond(.response(status, to: request, toTag: tag), server))
        actions.append(.observe(.refused(refusal, about: request.subject)))
        actions.append(.count(.requestRefused))
    }
}
