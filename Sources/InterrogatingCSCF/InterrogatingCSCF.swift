import Cx
import Diameter
import IMS
import Octets
import SIP

/// The I-CSCF: asks the HSS which S-CSCF serves a user. TS 24.229 §5.3.
package struct InterrogatingCSCF: NetworkFunction {
    private let configuration: InterrogatingCSCFConfiguration
    private var sessions: SessionIDGenerator
    private var registrations: [ServerTransactionID: Registration] = [:]
    private var asks: [AskID: ServerTransactionID] = [:]
    private var forwards: [ClientTransactionID: ServerTransactionID] = [:]
    /// When we stop waiting for an S-CSCF; entries of those that answered are stale.
    private var patience = DeadlineQueue<ClientTransactionID>()
    private var lastNumber: UInt64 = 0
    /// S-CSCFs that did not answer, and until when others are preferred.
    private var silent: [String: Instant] = [:]
    private static let silence = Duration.seconds(60)

    package init(_ configuration: InterrogatingCSCFConfiguration, sessions: SessionIDGenerator) {
        self.configuration = configuration
        self.sessions = sessions
    }

    package var nextDeadline: Instant? { patience.next }

    package mutating func handle(_ event: RoleEvent<Never>, at now: Instant) -> [Action<Never>] {
        switch event {
        case .request(let request, let transaction, let hop): return received(request, transaction, from: hop, at: now)
        case .answer(let answer, let ask): return received(answer, ask, at: now)
        case .askFailed(let ask, let failure):
            guard let transaction = asks.removeValue(forKey: ask) else { return [] }
            return advance(transaction, at: now) { $0.askFailed(failure) }
        case .response(let response, let forward):
            // RFC 3261 §16.7 step 5 and RFC 4320 §4.1: a 100 ends here, and a REGISTER has no other provisional response.
            guard response.status?.isFinal ?? false, let transaction = forwards.removeValue(forKey: forward) else {
                return []
            }
            if let name = registrations[transaction]?.current, !silent.isEmpty { silent[name] = nil }
            return advance(transaction, at: now) { $0.received(response) }
        case .transactionFailed(let forward, let failure): return failed(forward, failure, at: now)
        case .deadline:
            var actions: [Action<Never>] = []
            while let (forward, _) = patience.popDue(at: now) { actions += failed(forward, .timeout, at: now) }
            return actions
        case .command(let command, let id): return [.reply(report(command), id)]
        case .acknowledgement, .cancelled, .connectionClosed, .asked, .performed: return []
        }
    }

    /// An S-CSCF that cannot be reached, or has not answered within our patience; what it says later is too late.
    private mutating func failed(
        _ forward: ClientTransactionID, _ failure: TransactionFailure, at now: Instant
    ) -> [Action<Never>] {
        guard let transaction = forwards.removeValue(forKey: forward) else { return [] }
        if let name = registrations[transaction]?.current {
            silent = silent.filter { $0.value > now }
            silent[name] = now + Self.silence
        }
        return advance(transaction, at: now) { $0.transactionFailed(failure) }
    }

    private mutating func received(
        _ request: SIPMessage, _ transaction: ServerTransactionID, from hop: Hop, at now: Instant
    ) -> [Action<Never>] {
        guard configuration.trusts(hop.remote.address) else {
            return refuse(
                request, transaction, .forbidden,
                Refusal(
                    "NOT_TRUSTED", answer: "403", "\(hop.remote) is not one of our peers",
                    hint: "phones speak to the P-CSCF; a peer's address belongs into trusted-peers"))
        }
        guard request.method == .register else {
            guard request.method != .options else {
                return [.respond(.response(.ok, to: request, toTag: tag(transaction)), transaction)]
            }
            // Owed: requests other than REGISTER, TS 24.229 §5.3.2. Until then 501 says so (RFC 3261 §21.5.2).
            return refuse(
                request, transaction, .notImplemented,
                Refusal(
                    "NO_SESSIONS", answer: "501",
                    "this core registers phones; it does not carry \(request.method.text) yet"))
        }
        switch Self.question(request, configuration) {
        case .failure(let problem): return refuse(request, transaction, problem.status, problem.refusal)
        case .success(let question):
            let registration = Registration(
                request, transaction, asking: question, isProtected: Self.isProtected(request))
            registrations[transaction] = registration
            return [.count(.registerReceived)] + advance(transaction, at: now) { $0.begin() }
        }
    }

    private mutating func received(
        _ answer: DiameterMessage, _ ask: AskID, at now: Instant
    ) -> [Action<Never>] {
        guard let transaction = asks.removeValue(forKey: ask) else { return [] }
        do throws(CxDecodeFailure) {
            let answer = try UserAuthorizationAnswer(decoding: answer)
            let pool = configuration.servingCSCFs
            let silent = Set(silent.filter { $0.value > now }.keys)
            return advance(transaction, at: now) { $0.received(answer, pool: pool, silent: silent) }
        } catch {
            return advance(transaction, at: now) { $0.answerUnreadable("\(error)") }
        }
    }

    /// Lets a registration take a step and carries out what it orders.
    private mutating func advance(
        _ transaction: ServerTransactionID, at now: Instant, _ step: (inout Registration) -> Registration.Step
    ) -> [Action<Never>] {
        guard
            let order = registrations[transaction].map({ registration in
                var registration = registration
                let order = step(&registration)
                registrations[transaction] = registration
                return (order, registration)
            })
        else { return [] }
        let registration = order.1
        switch order.0 {
        case .ask(let question):
            lastNumber += 1
            let ask = AskID(rawValue: lastNumber)
            asks[ask] = transaction
            let message = question.message(
                session: sessions.next(), origin: configuration.origin, destinationRealm: configuration.destinationRealm
            )
            return [.ask(message, ask)]
        case .forward(let name): return forward(registration, to: name, at: now)
        case .relay(let response):
            registrations[transaction] = nil
            return [.respond(response, transaction), .count(Self.counter(for: response))]
        case .refuse(let status, let refusal):
            registrations[transaction] = nil
            return refuse(registration.request, transaction, status, refusal)
        }
    }

    /// TS 24.229 §5.3.1.2: the S-CSCF's name becomes the request URI.
    private mutating func forward(
        _ registration: Registration, to name: String, at now: Instant
    ) -> [Action<Never>] {
        let transaction = registration.transaction
        guard case .sip(let uri)? = try? URI(parsing: OctetSlice(name)),
            let hop = try? configuration.locator.locate(uri)
        else {
            registrations[transaction] = nil
            return refuse(
                registration.request, transaction, .serverTimeout,
                Refusal(
                    "SCSCF_UNKNOWN_HOST", answer: "504", "the S-CSCF \(name) cannot be located",
                    hint: "name its host and address under hosts in the I-CSCF's configuration"))
        }
        var message = registration.request
        switch message.countDownMaxForwards() {
        case .remaining: break
        case .exhausted:
            registrations[transaction] = nil
            return refuse(
                registration.request, transaction, .tooManyHops,
                Refusal("TOO_MANY_HOPS", answer: "483", "Max-Forwards was used up: the request goes round in a circle"))
        case .malformed:
            registrations[transaction] = nil
            return refuse(
                registration.request, transaction, .badRequest,
                Refusal("MALFORMED_MAX_FORWARDS", answer: "400", "Max-Forwards is no number up to 255"))
        }
        message.setRequestURI(OctetSlice(name))
        message.remove(.route)
        lastNumber += 1
        let client = ClientTransactionID(rawValue: lastNumber)
        forwards[client] = transaction
        patience.schedule(client, at: now + configuration.patience)
        return [
            .count(registration.isRetry ? .servingCSCFRetried : .servingCSCFSelected),
            .forward(message, to: hop, client),
        ]
    }

    private static func counter(for response: SIPMessage) -> Counter {
        switch response.status {
        case .unauthorized?: .registerChallenged
        case let status? where status.isSuccess: .registerSucceeded
        default: .registerRefused
        }
    }

    private func refuse(
        _ request: SIPMessage, _ transaction: ServerTransactionID, _ status: Status, _ refusal: Refusal
    ) -> [Action<Never>] {
        return [
            .respond(.response(status, to: request, toTag: tag(transaction)), transaction),
            .observe(.refused(refusal, about: request.subject)),
            .count(request.method == .register ? .registerRefused : .requestRefused),
        ]
    }

    private func tag(_ transaction: ServerTransactionID) -> String { "i\(String(transaction.rawValue, radix: 36))" }

    private func report(_ command: Command) -> Report {
        switch command.name {
        case "registrations": ["under-way": .integer(registrations.count)]
        default: .error("an I-CSCF knows no command \(command.name)")
        }
    }
}
