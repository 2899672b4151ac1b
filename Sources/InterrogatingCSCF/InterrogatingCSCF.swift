import Cx
import Diameter
import IMS
import Octets
import SIP

/// The I-CSCF: asks the HSS which S-CSCF serves a user. TS 24.229 §5.3.
package struct InterrogatingCSCF: NetworkFunction {
    /// What a question to the HSS is asked for.
    private enum Errand {
        case registration(ServerTransactionID)
        case location(ServerTransactionID)
    }

    let configuration: InterrogatingCSCFConfiguration
    private var sessions: SessionIDGenerator
    private var asks: [AskID: Errand] = [:]
    private var lastAsk: UInt64 = 0
    var names = ClientTransactionNames()
    var silent = SilentServers()
    var known: KnownServers
    var probes: ServerProbes
    /// When we stop waiting for an S-CSCF; entries of those that answered are stale.
    var patience = DeadlineQueue<ClientTransactionID>()

    private var registrations: [ServerTransactionID: Registration] = [:]
    private var forwards: [ClientTransactionID: ServerTransactionID] = [:]

    /// Other requests, from the first question to the end of their relaying.
    var queries: [ServerTransactionID: LocationQuery] = [:]
    var relay: RequestRelay
    /// S-CSCFs and application servers that have not said anything yet.
    var unheard: Set<ClientTransactionID> = []

    package init(_ configuration: InterrogatingCSCFConfiguration, sessions: SessionIDGenerator) {
        self.configuration = configuration
        self.sessions = sessions
        known = KnownServers(limit: configuration.knownServers)
        probes = ServerProbes(
            of: configuration.servingCSCFs.map(\.name), every: configuration.probeInterval,
            patience: configuration.probePatience)
        relay = RequestRelay(own: configuration.own, limit: configuration.requestLimit)
    }

    package var nextDeadline: Instant? {
        [relay.nextDeadline, patience.next, probes.nextDeadline].lazy.compactMap { $0 }.min()
    }

    package mutating func handle(_ event: RoleEvent<Never>, at now: Instant) -> [Action<Never>] {
        probes.begin(at: now)
        switch event {
        case .request(let request, let transaction, let hop): return received(request, transaction, from: hop, at: now)
        case .acknowledgement(let ack, let hop): return forward(ack, from: hop)
        case .cancelled(let transaction): return cancelRequest(transaction, at: now)
        case .answer(let answer, let ask):
            switch asks.removeValue(forKey: ask) {
            case .registration(let transaction)?: return received(answer, transaction, at: now)
            case .location(let transaction)?: return receivedLocation(answer, of: transaction, at: now)
            case nil: return []
            }
        case .askFailed(let ask, let failure):
            switch asks.removeValue(forKey: ask) {
            case .registration(let transaction)?: return advance(transaction, at: now) { $0.askFailed(failure) }
            case .location(let transaction)?: return locationAskFailed(failure, of: transaction, at: now)
            case nil: return []
            }
        case .response(let response, let client):
            return probeAnswered(client, response) ?? received(response, client, at: now)
        case .transactionFailed(let client, let failure):
            if let actions = probeFailed(client, at: now) { return actions }
            return forwards[client] == nil
                ? relayFailed(client, failure, at: now) : failed(client, at: now)
        case .deadline: return fire(at: now)
        case .command(let command, let id): return [.reply(report(command), id)]
        case .connectionClosed, .asked, .performed, .lookedUp: return []
        }
    }

    private mutating func fire(at now: Instant) -> [Action<Never>] {
        var actions: [Action<Never>] = []
        while let (client, _) = patience.popDue(at: now) {
            actions +=
                forwards[client] == nil
                ? lostPatience(with: client, at: now) : failed(client, at: now)
        }
        var orders: [RequestRelay.Order] = []
        relay.fire(at: now, into: &orders)
        return actions + carryOut(&orders, at: now) + probe(at: now)
    }

    private mutating func received(
        _ request: SIPMessage, _ transaction: ServerTransactionID, from hop: Hop, at now: Instant
    ) -> [Action<Never>] {
        let isRegister = request.method == .register
        guard configuration.trusts(hop.remote.address) || configuration.acceptsStrangers && !isRegister else {
            return refuse(
                request, transaction, .forbidden,
                Refusal(
                    "NOT_TRUSTED", answer: "403", "\(hop.remote) is not one of our peers",
                    hint: "phones speak to the P-CSCF; a peer's address belongs into trusted-peers"))
        }
        guard isRegister else { return receive(request, transaction, from: hop, at: now) }
        switch Self.question(request, configuration) {
        case .failure(let problem): return refuse(request, transaction, problem)
        case .success(let question):
            let registration = Registration(
                request, transaction, asking: question, isProtected: Self.isProtected(request))
            registrations[transaction] = registration
            return [.count(.registerReceived)] + advance(transaction, at: now) { $0.begin() }
        }
    }

    // MARK: REGISTER

    private mutating func received(
        _ response: SIPMessage, _ client: ClientTransactionID, at now: Instant
    ) -> [Action<Never>] {
        guard let transaction = forwards[client] else { return relayed(response, from: client, at: now) }
        // RFC 3261 §16.7 step 5 and RFC 4320 §4.1: a 100 ends here, and a REGISTER has no other provisional response.
        guard response.status?.isFinal ?? false else { return [] }
        forwards[client] = nil
        if let registration = registrations[transaction], let name = registration.current {
            silent.answered(name)
            known.learn(from: response, of: registration.request, at: name)
        }
        return advance(transaction, at: now) { $0.received(response) }
    }

    /// An S-CSCF that cannot be reached, or has not answered within our patience; what it says later is too late.
    private mutating func failed(
        _ client: ClientTransactionID, at now: Instant
    ) -> [Action<Never>] {
        guard let transaction = forwards.removeValue(forKey: client) else { return [] }
        if let name = registrations[transaction]?.current { silent.mark(name, at: now) }
        return advance(transaction, at: now) { $0.transactionFailed() }
    }

    private mutating func received(
        _ answer: DiameterMessage, _ transaction: ServerTransactionID, at now: Instant
    ) -> [Action<Never>] {
        do throws(CxDecodeFailure) {
            let answer = try UserAuthorizationAnswer(decoding: answer)
            let pool = configuration.servingCSCFs
            let silent = silent.names(at: now)
            return advance(transaction, at: now) { $0.received(answer, pool: pool, silent: silent) }
        } catch {
            return advance(transaction, at: now) { $0.answerUnreadable("\(error)") }
        }
    }

    /// Lets a registration take a step and carries out what it orders.
    private mutating func advance(
        _ transaction: ServerTransactionID, at now: Instant, _ step: (inout Registration) -> Registration.Step
    ) -> [Action<Never>] {
        guard var registration = registrations.removeValue(forKey: transaction) else { return [] }
        let order = step(&registration)
        registrations[transaction] = registration
        switch order {
        case .ask(let question):
            let message = question.message(
                session: sessions.next(), origin: configuration.origin, destinationRealm: configuration.destinationRealm
            )
            return [.ask(message, nextAsk(.registration(transaction)))]
        case .forward(let name): return forward(registration, to: name, at: now)
        case .relay(let response):
            registrations[transaction] = nil
            return [.respond(response, transaction), .count(Self.counter(for: response))]
        case .refuse(let status, let refusal):
            registrations[transaction] = nil
            return refuse(registration.request, transaction, status, refusal)
        }
    }

    private mutating func nextAsk(_ errand: Errand) -> AskID {
        lastAsk += 1
        let ask = AskID(rawValue: lastAsk)
        asks[ask] = errand
        return ask
    }

    /// A question about somebody's location.
    mutating func ask(_ question: LocationInfoRequest, for server: ServerTransactionID) -> Action<Never> {
        let message = question.message(
            session: sessions.next(), origin: configuration.origin, destinationRealm: configuration.destinationRealm)
        return .ask(message, nextAsk(.location(server)))
    }

    /// TS 24.229 §5.3.1.2: the S-CSCF's name becomes the request URI.
    private mutating func forward(
        _ registration: Registration, to name: String, at now: Instant
    ) -> [Action<Never>] {
        let transaction = registration.transaction
        guard case .sip(let uri)? = try? URI(parsing: OctetSlice(name)), let way = configuration.way(to: uri) else {
            return [unknownHost(name, registration.request)] + advance(transaction, at: now) { $0.transactionFailed() }
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
        let client = names.next()
        forwards[client] = transaction
        patience.schedule(client, at: now + configuration.patience)
        return [
            .count(registration.isRetry ? .servingCSCFRetried : .servingCSCFSelected),
            .send(message, by: way, client),
        ]
    }

    /// An S-CSCF that nobody can find is as good as none: another one is tried.
    func unknownHost(_ name: String, _ request: SIPMessage) -> Action<Never> {
        .observe(
            Observation(
                .warning,
                "the S-CSCF \(name) cannot be located: name its host and address under hosts in the I-CSCF's configuration",
                about: request.subject))
    }

    private static func counter(for response: SIPMessage) -> Counter {
        switch response.status {
        case .unauthorized?: .registerChallenged
        case let status? where status.isSuccess: .registerSucceeded
        default: .registerRefused
        }
    }

    func refuse(
        _ request: SIPMessage, _ transaction: ServerTransactionID, _ status: Status, _ refusal: Refusal
    ) -> [Action<Never>] {
        return [
            .respond(.response(status, to: request, toTag: tag(transaction)), transaction),
            .observe(.refused(refusal, about: request.subject)),
            .count(request.method == .register ? .registerRefused : .requestRefused),
        ]
    }

    func tag(_ transaction: ServerTransactionID) -> String { "i\(String(transaction.rawValue, radix: 36))" }

    private func report(_ command: Command) -> Report {
        switch command.name {
        case "registrations": ["under-way": .integer(registrations.count)]
        case "requests":
            ["asking": .integer(queries.keys.count { !relay.contains($0) }), "under-way": .integer(relay.count)]
        default: .error("an I-CSCF knows no command \(command.name)")
        }
    }
}
