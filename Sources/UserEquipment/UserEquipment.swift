import AKA
import IMS
import Octets
import SIP

/// Virtual phones on one node: each with its USIM, driven by commands.
///
///     phone    {phone, imsi | impi + impu, domain, k, opc | op, sqn?, expires?, q?, outbound?, fault?}   makes or replaces a phone
///     register {phone}, deregister {phone}                                     answers when the procedure has ended
///     advance  {phone, sqn}                                                    the phone has seen this SQN already
///     load     {imsi, count, rate, duration, domain, k, opc, at-once?}         answers when the load has ended
///     load-calls {rate, duration, stay?}, end-calls {}                         between all registered phones
///
/// A phone with `security`, a list of pairs of algorithms ("hmac-sha-1-96/aes-cbc,…"), makes a security agreement.
/// Calls, messages, the registration event package and security: see `perform(call:)` and its neighbours.
package struct UserEquipment: NetworkFunction {
    /// Security associations to be installed.
    package typealias Work = SecurityOrder
    package typealias WorkResult = SecurityOutcome

    package struct Configuration: Sendable {
        /// The P-CSCF, and our socket towards it.
        package var proxy: Hop
        /// Host and port of our Contacts.
        package var contact: String
        /// For phones with a security agreement.
        package var protected: ProtectedSockets?
        /// Base values of what the phones time themselves: those of the socket.
        package var timers: TransactionTimers

        package init(proxy: Hop, contact: String, timers: TransactionTimers = .userEquipment) {
            self.proxy = proxy
            self.contact = contact
            self.timers = timers
        }

        var timing: TransactionTiming { TransactionTiming(timers, isReliable: proxy.transport.isReliable) }
    }

    /// A phone with what it has under way.
    struct Handset: Sendable {
        var phone: Phone
        var registration: Registration
        var command: CommandID?
        var steps: [RegistrationStep] = []
        var began = Instant.zero

        var manner = CallManner()
        /// Of the last call, ended or not.
        var lastCall: Int?
        /// Reports of calls that are over.
        var history: [Report] = []
        /// Waiting for the next call to come in.
        var waits: [Wait] = []
        /// Messages that have come, the oldest first.
        var inbox: [Report] = []
        var watches: [WatchedEvent: EventWatch] = [:]
        /// Message summaries that came without a subscription.
        var unasked: [String] = []
        /// nil for a phone without security agreement.
        var security: PhoneSecurity?
        /// When it pings next.
        var pingAt: Instant?
    }

    /// What a client transaction is for.
    enum Purpose: Sendable {
        case registration(String)
        case invite(call: Int)
        case within(call: Int, SIPMessage)
        case message(CommandID, of: String, SIPMessage, sent: Instant)
        /// Nobody waits for its answer.
        case report
        case watch(WatchKey)
    }

    enum Alarm: Hashable, Sendable {
        case call(Int)
        case watch(WatchKey)
        /// The sets of associations that drain.
        case security(String)
        case keepAlive(String)
    }

    let configuration: Configuration
    var entropy: Entropy
    var handsets: [String: Handset] = [:]
    /// Phones by the user part of their Contacts.
    var users: [OctetSlice: String] = [:]
    var transactions: [ClientTransactionID: Purpose] = [:]
    private var lastTransaction: UInt64 = 0
    var calls = CallTable()
    var alarms = DeadlineQueue<Alarm>()
    private var load: RegistrationLoad?
    var tasks: [WorkID: Task] = [:]
    var lastWork: UInt64 = 0
    var callLoad: CallLoad?
    var pings: [FlowPing] = []

    package init(_ configuration: Configuration, entropy: Entropy) {
        self.configuration = configuration
        self.entropy = entropy
    }

    package var nextDeadline: Instant? {
        let deadlines = [load?.nextDeadline, callLoad?.nextDeadline, alarms.next]
        return deadlines.reduce(nil) { one, other in
            guard let one, let other else { return one ?? other }
            return min(one, other)
        }
    }

    /// How each phone stands, by name.
    package var states: [String: Registration.State] { handsets.mapValues(\.registration.state) }

    /// The SQNs that the phones' USIMs hold, by name.
    package var sequenceNumbers: [String: SequenceNumber] { handsets.mapValues(\.phone.usim.sequenceNumber) }

    /// Calls that go on, or that somebody may still ask about.
    package var openCalls: Int { calls.count }

    package mutating func handle(_ event: RoleEvent<SecurityOutcome>, at now: Instant) -> [PhoneAction] {
        switch event {
        case .command(let command, let id): return perform(command, id, at: now)
        case .response(let response, let transaction): return received(response, transaction, at: now)
        case .transactionFailed(let transaction, let failure): return failed(transaction, failure, at: now)
        case .request(let request, let transaction, let hop): return asked(request, transaction, from: hop, at: now)
        case .acknowledgement(let ack, _): return acknowledged(ack, at: now)
        case .cancelled(let transaction): return cancelled(transaction, at: now)
        case .deadline:
            var actions = fireAlarms(at: now)
            actions += beginDueCalls(at: now)
            if let begun = load?.fire(at: now, &lastTransaction, &entropy) { actions += begun + finishedLoad() }
            return actions
        case .performed(let work, let outcome): return performed(work, outcome, at: now)
        case .connectionClosed, .asked, .answer, .askFailed, .lookedUp: return []
        }
    }

    // MARK: Commands

    private mutating func perform(_ command: Command, _ id: CommandID, at now: Instant) -> [PhoneAction] {
        if command.name == "load" {
            guard load == nil else { return [.reply(.error("a load is running already"), id)] }
            switch RegistrationLoad.make(command.arguments, configuration, id, at: now) {
            case .success(let made):
                load = made
                return []
            case .failure(let complaint): return [.reply(.error(complaint.sentence), id)]
            }
        }
        if let actions = perform(callLoad: command, id, at: now) { return actions }
        guard let name = command.arguments["phone"] else {
            return [.reply(.error("which phone? argument 'phone'"), id)]
        }
        if command.name == "phone" { return [.reply(make(name, command.arguments), id)] }
        guard handsets[name] != nil else { return [.reply(.error("there is no phone \(name)"), id)] }
        switch command.name {
        case "register": return start(.register, name, id, at: now)
        case "deregister": return start(.deregister, name, id, at: now)
        case "advance":
            guard let text = command.arguments["sqn"], let value = UInt64(text),
                let sqn = SequenceNumber(rawValue: value)
            else { return [.reply(.error("sqn must be a number below 2^48"), id)] }
            handsets[name]?.phone.usim.advance(to: sqn)
            return [.reply(["phone": .text(name), "sqn": .text(text)], id)]
        default:
            return perform(call: command, name, id, at: now) ?? perform(message: command, name, id, at: now)
                ?? perform(watch: command, name, id, at: now) ?? perform(security: command, name, id, at: now)
                ?? [.reply(.error("a phone knows no command \(command.name)"), id)]
        }
    }

    private mutating func make(_ name: String, _ arguments: [String: String]) -> Report {
        do throws(Complaint) {
            let phone = try Phone.make(arguments).get()
            var handset = Handset(phone: phone, registration: newRegistration(&entropy))
            handset.security = try security(arguments, of: name).get()
            handset.manner = try handset.manner.changed(by: arguments).get()
            handsets[name] = handset
            users[OctetSlice(phone.contactUser)] = name
            return ["phone": .text(name)]
        } catch {
            return .error(error.sentence)
        }
    }

    // MARK: Transactions

    mutating func send(_ request: SIPMessage, of name: String, for purpose: Purpose) -> PhoneAction {
        begin(request, of: name, for: purpose).action
    }

    mutating func begin(
        _ request: SIPMessage, of name: String, for purpose: Purpose
    ) -> (action: PhoneAction, transaction: ClientTransactionID) {
        lastTransaction += 1
        let transaction = ClientTransactionID(rawValue: lastTransaction)
        transactions[transaction] = purpose
        let access = access(of: name)
        guard request.method != .register, !access.verify.isEmpty else {
            return (.forward(request, to: access.hop, transaction), transaction)
        }
        var request = request
        SecurityHeaders.write(access.verify, to: &request)
        return (.forward(request, to: access.hop, transaction), transaction)
    }

    private mutating func received(
        _ response: SIPMessage, _ transaction: ClientTransactionID, at now: Instant
    ) -> [PhoneAction] {
        if let actions = load?.received(response, transaction, &lastTransaction, at: now) {
            return actions + finishedLoad()
        }
        guard let purpose = transactions[transaction] else { return [] }
        let isFinal = response.status?.isFinal ?? false
        // An INVITE's client hears of every 2xx (RFC 6026 §7.2): it stays until the next one, or the end of its call.
        if isFinal, !purpose.isInvite { transactions[transaction] = nil }
        switch purpose {
        case .registration(let name): return isFinal ? registered(response, name, at: now) : []
        case .invite(let number):
            return change(number, at: now) { $0.receive(response, at: now, into: &$1) }
        case .within(let number, let request):
            return change(number, at: now) { $0.receive(response, to: request, at: now, into: &$1) }
        case .message(let command, let name, let request, let sent):
            if response.status == .unsupportedURIScheme, let domain = handsets[name]?.phone.domain,
                let again = request.withSIPURI(at: domain)
            {
                return [send(again, of: name, for: .message(command, of: name, again, sent: sent))]
            }
            return isFinal ? [.reply(Self.report(response, sent: sent, at: now), command)] : []
        case .report: return []
        case .watch(let key): return watched(key, response, at: now)
        }
    }

    private mutating func failed(
        _ transaction: ClientTransactionID, _ failure: TransactionFailure, at now: Instant
    ) -> [PhoneAction] {
        if let actions = load?.failed(transaction, at: now) { return actions + finishedLoad() }
        switch transactions.removeValue(forKey: transaction) {
        case .registration(let name)?:
            return registrationFailed(failure, name, at: now)
        case .invite(let number)?:
            return change(number, at: now) { $0.inviteFailed(failure, at: now, into: &$1) }
        case .within(let number, let request)?:
            return change(number, at: now) { $0.failed(request, at: now, into: &$1) }
        case .message(let command, _, _, let sent)?: return [.reply(Self.report(failure, sent: sent, at: now), command)]
        case .report?: return []
        case .watch(let key)?: return watched(key, nil, at: now)
        case nil: return []
        }
    }

    // MARK: Requests

    private mutating func asked(
        _ request: SIPMessage, _ transaction: ServerTransactionID, from hop: Hop, at now: Instant
    ) -> [PhoneAction] {
        func refuse(_ status: Status) -> [PhoneAction] {
            [.respond(.response(status, to: request, toTag: Hex.encode(entropy.octets(8))), transaction)]
        }
        if request.method == .notify { return notified(request, transaction, at: now) }
        if let toTag = request.toTag {
            guard let number = calls.number(request.callID, toTag) else {
                return refuse(.callOrTransactionDoesNotExist)
            }
            return change(number, at: now, request.method == .invite ? transaction : nil) {
                $0.receive(request, transaction, at: now, into: &$1)
            }
        }
        switch request.method {
        case .options:
            var response = SIPMessage.response(.ok, to: request, toTag: tag())
            response.append(.allow, Call.allowed)
            return [.respond(response, transaction)]
        case .invite:
            guard let name = phone(named: request) else { return refuse(.notFound) }
            // Nothing reaches a phone with security associations but through them.
            guard access(of: name).listeners?.contains(hop.listener) ?? true else { return refuse(.forbidden) }
            return invited(name, request, transaction, at: now)
        case .message:
            guard let name = phone(named: request) else { return refuse(.notFound) }
            guard access(of: name).listeners?.contains(hop.listener) ?? true else { return refuse(.forbidden) }
            return messaged(name, request, transaction, at: now)
        default:
            var response = SIPMessage.response(.methodNotAllowed, to: request, toTag: tag())
            response.append(.allow, Call.allowed)
            return [.respond(response, transaction)]
        }
    }

    /// The phone whose Contact the Request-URI is.
    func phone(named request: SIPMessage) -> String? {
        do throws(SIPSyntaxError) {
            guard case .sip(let uri) = try request.parsedRequestURI(), let user = uri.user else { return nil }
            return users[user]
        } catch {
            return nil
        }
    }

    // MARK: Steps

    private mutating func fireAlarms(at now: Instant) -> [PhoneAction] {
        var actions: [PhoneAction] = []
        while let (alarm, _) = alarms.popDue(at: now) {
            switch alarm {
            case .call(let number): actions += fire(call: number, at: now)
            case .watch(let key): actions += fire(watch: key, at: now)
            case .security(let name): actions += fire(security: name, at: now)
            case .keepAlive(let name): ping(name, at: now)
            }
        }
        return actions
    }

    private mutating func finishedLoad() -> [PhoneAction] {
        guard let command = load?.command, let report = load?.report else { return [] }
        load = nil
        return [.reply(report, command)]
    }

    mutating func tag() -> String { Hex.encode(entropy.octets(8)) }
}

package typealias PhoneAction = Action<SecurityOrder>

extension UserEquipment.Purpose {
    var isInvite: Bool {
        switch self {
        case .invite: true
        case .within(_, let request): request.method == .invite
        case .registration, .message, .report, .watch: false
        }
    }
}

/// Why a command or a message cannot be used, in one sentence.
package struct Complaint: Error, Equatable, Sendable {
    package let sentence: String
    package init(_ sentence: String) { self.sentence = sentence }
}
