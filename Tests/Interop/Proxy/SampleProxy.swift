import IMS
import Octets
import SIP

/// A stateful proxy and registrar of one domain, made of the library's parts alone: RFC 3261 §10, §16.
///
/// The counterpart of other people's clients in the checks, and the shortest way to see how the parts fit together:
/// requests are validated (§16.3), freed of our Route (§16.4), given targets (§16.5) and handed to a `ForkingContext`,
/// whose orders are carried out here (§16.6). It relays for its own users and inside dialogs that it has seen begin.
struct SampleProxy: NetworkFunction {
    struct Settings: Sendable {
        /// The domain, and its realm.
        var domain: OctetSlice
        var listeners: [ListenerID: SIPListener]
        var locator: StaticLocator
        /// Whether users have to prove themselves before they register.
        var authenticatesRegistrations: Bool
        /// And before they call.
        var authenticatesCalls: Bool
        /// Users whose callers are told their contacts (§8.3).
        var redirected: Set<OctetSlice>
        var policy: ForkingPolicy
        /// Requests in progress; above it new ones get a 503.
        var requestLimit: Int
    }

    /// What is remembered of a request on its way.
    private struct Call {
        let arrival: Hop
        let beginsDialog: Bool
        /// By Request-URI: connections that lead to it.
        let flows: [OctetSlice: Hop]
    }

    private let settings: Settings
    private let own: OwnNames
    private let recordRouting: RecordRouting
    private let validation = RequestValidation(routesNumbers: false)
    private var authenticator: Authenticator
    private var registrar: Registrar
    private var relay: RequestRelay
    private var calls: [ServerTransactionID: Call] = [:]
    private var names = ClientTransactionNames()

    init(_ settings: Settings, registrar: Registrar, authenticator: Authenticator, entropy: Entropy) {
        var entropy = entropy
        self.settings = settings
        self.registrar = registrar
        self.authenticator = authenticator
        own = OwnNames(listeners: settings.listeners.values)
        relay = RequestRelay(own: own, limit: settings.requestLimit)
        recordRouting = RecordRouting(RecordRouteSeal(key: (entropy.next64(), entropy.next64())))
    }

    var nextDeadline: Instant? {
        guard let first = relay.nextDeadline else { return registrar.nextDeadline }
        return registrar.nextDeadline.map { min($0, first) } ?? first
    }

    mutating func handle(_ event: RoleEvent<Never>, at now: Instant) -> [Action<Never>] {
        var actions: [Action<Never>] = []
        var orders: [RequestRelay.Order] = []
        switch event {
        case .request(let request, let server, let hop): receive(request, server, hop, at: now, into: &actions)
        case .acknowledgement(let ack, let hop): acknowledge(ack, hop, at: now, into: &actions)
        case .cancelled(let server): _ = relay.cancelled(server, into: &orders)
        case .response(let response, let client):
            _ = relay.receive(response, from: client, at: now, names: &names, into: &orders)
        case .transactionFailed(let client, let failure):
            _ = relay.failed(client, failure, at: now, names: &names, into: &orders)
        case .connectionClosed(let connection): registrar.closed(connection)
        case .deadline:
            registrar.expire(at: now)
            relay.fire(at: now, into: &orders)
        case .command(_, let id):
            actions = [.reply(["users": .integer(registrar.count), "requests": .integer(relay.count)], id)]
        case .asked, .answer, .askFailed, .performed, .lookedUp: break  // no Diameter, no work outside
        }
        perform(&orders, at: now, into: &actions)
        return actions
    }

    // MARK: Requests

    private mutating func receive(
        _ request: SIPMessage, _ server: ServerTransactionID, _ hop: Hop, at now: Instant,
        into actions: inout [Action<Never>]
    ) {
        let tag = "x\(String(server.rawValue, radix: 36))"
        switch validation.verdict(on: request, tag: tag) {
        case .proceed: break
        case .answerOptions: return actions.append(.respond(.response(.ok, to: request, toTag: tag), server))
        case .refuse(let response): return refuse(response, server, into: &actions)
        }
        guard !relay.isFull else {
            var response = SIPMessage.response(.serviceUnavailable, to: request, toTag: tag)
            response.append(.retryAfter, "5")
            return refuse(response, server, into: &actions)
        }
        do throws(SIPSyntaxError) {
            var request = request
            let passage = try recordRouting.passage(of: &request) { own.contains($0) }
            if let seal = passage?.seal {
                let target = try Target(request.requestURI)
                let flow = DialogFlows(seal.text, listeners: settings.listeners).towards(seal.sender)
                let flows = flow.map { [target.uri: $0] } ?? [:]
                return start(request, server, to: [target], flows: flows, hop, tag: tag, at: now, into: &actions)
            }
            try receiveForDomain(request, server, hop, tag: tag, at: now, into: &actions)
        } catch {
            refuse(.response(error.status, to: request, toTag: tag), server, into: &actions)
        }
    }

    /// A request outside the dialogs we know: ours to answer, or for one of our users.
    private mutating func receiveForDomain(
        _ request: SIPMessage, _ server: ServerTransactionID, _ hop: Hop, tag: String, at now: Instant,
        into actions: inout [Action<Never>]
    ) throws(SIPSyntaxError) {
        guard case .sip(let uri) = try request.parsedRequestURI(), isOurs(uri), !request.contains(.route) else {
            let response = SIPMessage.response(.forbidden, reason: "No Relay For Others", to: request, toTag: tag)
            return refuse(response, server, into: &actions)
        }
        if request.method == .register {
            return try register(request, server, hop, tag: tag, at: now, into: &actions)
        }
        guard let user = uri.user?.withoutURIEscapes else {
            let status: Status = request.method == .options ? .ok : .methodNotAllowed
            var response = SIPMessage.response(status, to: request, toTag: tag)
            response.append(.allow, "REGISTER, OPTIONS")
            return actions.append(.respond(response, server))
        }
        if settings.authenticatesCalls,
            case .refuse(let response) = authenticator.judge(request, .proxy, tag: tag, at: now)
        {
            return refuse(response, server, into: &actions)
        }
        let bindings = registrar.bindings(of: user, at: now)
        guard !bindings.isEmpty else {
            return refuse(.response(.temporarilyUnavailable, to: request, toTag: tag), server, into: &actions)
        }
        if settings.redirected.contains(user) {
            let contacts = bindings.map(\.contact)
            let response = Redirection.response(to: request, contacts: contacts, toTag: tag)
            return actions.append(.respond(response, server))
        }
        var flows: [OctetSlice: Hop] = [:]
        for binding in bindings { if let flow = binding.flow { flows[binding.target.uri] = flow } }
        start(
            request, server, to: bindings.map(\.target), flows: flows, hop, tag: tag, at: now, into: &actions,
            policy: settings.policy)
    }

    private mutating func register(
        _ request: SIPMessage, _ server: ServerTransactionID, _ hop: Hop, tag: String, at now: Instant,
        into actions: inout [Action<Never>]
    ) throws(SIPSyntaxError) {
        let unknown = request.unsupportedOptions(in: .require, known: [])
        guard unknown.isEmpty else {
            return refuse(.badExtension(unknown, to: request, toTag: tag), server, into: &actions)
        }
        guard let to = try request.first(To.self), case .sip(let uri) = try to.address.parsedURI(),
            let user = uri.user?.withoutURIEscapes, isOurs(uri)
        else { return refuse(.response(.notFound, to: request, toTag: tag), server, into: &actions) }
        if settings.authenticatesRegistrations {
            switch authenticator.judge(request, .registrar, tag: tag, at: now) {
            case .authenticated(user): break
            case .authenticated:
                let response = SIPMessage.response(.forbidden, reason: "Not Your Name", to: request, toTag: tag)
                return refuse(response, server, into: &actions)
            case .refuse(let response): return refuse(response, server, into: &actions)
            }
        }
        // A copy: the key must not keep the whole request.
        let response = registrar.register(request, of: OctetSlice(user.array), from: hop, tag: tag, at: now)
        actions.append(.respond(response, server))
    }

    private mutating func refuse(
        _ response: SIPMessage, _ server: ServerTransactionID, into actions: inout [Action<Never>]
    ) {
        actions.append(.respond(response, server))
        actions.append(.count(.requestRefused))
    }

    /// The ACK of a 2xx goes the way of its dialog; one without our Route, to the user's best contact.
    private mutating func acknowledge(
        _ ack: SIPMessage, _ hop: Hop, at now: Instant, into actions: inout [Action<Never>]
    ) {
        do throws(SIPSyntaxError) {
            var ack = ack
            guard case .remaining = ack.countDownMaxForwards() else { return }
            let passage = try recordRouting.passage(of: &ack) { own.contains($0) }
            var flow = passage?.seal.flatMap {
                DialogFlows($0.text, listeners: settings.listeners).towards($0.sender)
            }
            if passage?.seal == nil {
                guard case .sip(let uri) = try ack.parsedRequestURI(), isOurs(uri),
                    let user = uri.user?.withoutURIEscapes,
                    let best = registrar.bindings(of: user, at: now).max(by: { $0.target.q < $1.target.q })
                else { return }
                ack.setRequestURI(best.target.uri)
                flow = best.flow
            }
            let isLast = !ack.contains(.route)
            let next = try ack.takeNextHop()
            if isLast, let flow { return actions.append(.acknowledge(ack, to: flow)) }
            guard let hop = locate(next) else { return }
            actions.append(.acknowledge(ack, to: hop))
        } catch {
            return  // An ACK has no answer.
        }
    }

    // MARK: Contexts

    private mutating func start(
        _ request: SIPMessage, _ server: ServerTransactionID, to targets: [Target], flows: [OctetSlice: Hop],
        _ hop: Hop, tag: String, at now: Instant, into actions: inout [Action<Never>],
        policy: ForkingPolicy = ForkingPolicy()
    ) {
        let beginsDialog: Bool =
            switch request.method {
            case .invite, .subscribe, .refer: request.toTag == nil
            default: false
            }
        calls[server] = Call(arrival: hop, beginsDialog: beginsDialog, flows: flows)
        var orders: [RequestRelay.Order] = []
        relay.start(
            request, server, to: targets, policy: policy, tag: tag, at: now, names: &names, into: &orders)
        perform(&orders, at: now, into: &actions)
    }

    /// Carries out what the relay orders, and what it orders in consequence.
    private mutating func perform(
        _ orders: inout [RequestRelay.Order], at now: Instant, into actions: inout [Action<Never>]
    ) {
        var taken = 0
        while taken < orders.count {
            switch orders[taken] {
            case .forward(let request, let uri, let client, let server):
                if !forward(request, to: uri, client, of: server, into: &actions) {
                    _ = relay.failed(client, .transport, at: now, names: &names, into: &orders)
                }
            case .respond(let response, let server): actions.append(.respond(response, server))
            case .cancel(let client): actions.append(.cancel(client))
            case .ended(let server): calls[server] = nil
            }
            taken += 1
        }
    }

    /// - Returns: false when there is no way there.
    private func forward(
        _ request: SIPMessage, to uri: OctetSlice, _ client: ClientTransactionID, of server: ServerTransactionID,
        into actions: inout [Action<Never>]
    ) -> Bool {
        guard let call = calls[server] else { return false }
        let next: Hop?
        if !request.contains(.route), let flow = call.flows[request.requestURI] {
            next = flow
        } else {
            do throws(SIPSyntaxError) { next = locate(try URI(parsing: uri)) } catch { next = nil }
        }
        guard let next else { return false }
        var request = request
        if call.beginsDialog, let arrival = settings.listeners[call.arrival.listener],
            let departure = settings.listeners[next.listener]
        {
            let flows = DialogFlows(caller: call.arrival, callee: call.flows[request.requestURI])
            recordRouting.insert(into: &request, text: flows.text, arrival: arrival, departure: departure)
        }
        actions.append(.forward(request, to: next, client))
        return true
    }

    private func locate(_ uri: URI) -> Hop? {
        do throws(LocationFailure) { return try settings.locator.locate(uri) } catch { return nil }
    }

    /// Our domain or one of our sockets.
    private func isOurs(_ uri: SIPURI) -> Bool {
        own.contains(uri) || uri.port == nil && uri.host.equalsIgnoringCase(settings.domain)
    }
}
