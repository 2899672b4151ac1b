import Cx
import IMS
import Octets
import SIP
import ServiceTriggers

/// The filter criteria of a served user and the servers they name, TS 24.229 §5.4.3.2 and §5.4.3.3.
///
///     advance ─┬─ a criterion matches ─▶ invoke ─┬─ comes back under its identifier ─▶ resume ─▶ advance
///              │                                 ├─ answers ─▶ passed on
///              │                                 └─ silent, 408, 5xx ─▶ serverFailed ─┬─ continued ─▶ advance
///              │                                                                      └─ terminated ─▶ refused
///              └─ none is left ─▶ leave: to the contacts, or by the Request-URI
extension ServingCSCF {
    /// The next step of a request whose user is known.
    mutating func advance(
        _ served: ServedRequest, _ transaction: ServerTransactionID, at now: Instant, into actions: inout [Order]
    ) {
        guard let user = served.user, var chain = served.chain else { return }
        guard let services = user.service, let criteria = tables.criteria.criteria(of: services) else {
            return leave(served, transaction, user, at: now, into: &actions)
        }
        while true {
            let isSame = chain.context.isTerminatingCase && isAlias(served.message, of: user)
            switch chain.next(
                in: criteria, for: served.message, isSameUser: isSame, budget: configuration.sessions.evaluationBudget)
            {
            case .onward:
                var served = served
                served.chain = chain
                return leave(served, transaction, user, at: now, into: &actions)
            case .exhausted(let exhaustion):
                let subject = Subject(callID: served.message.callID?.string, publicIdentity: user.identity.text)
                guard exhaustion.defaultHandling == .sessionContinued else {
                    return reject(
                        served.message, transaction, .criteriaExhausted("\(exhaustion)"), from: served.arrival,
                        into: &actions)
                }
                actions.append(.observe(Observation(.error, "\(exhaustion)", about: subject)))
                var served = served
                served.chain = chain
                return leave(served, transaction, user, at: now, into: &actions)
            case .invoke(let match):
                guard chain.invocations <= configuration.sessions.maximumInvocations else {
                    return reject(served.message, transaction, .serviceLoop, from: served.arrival, into: &actions)
                }
                let name = match.applicationServer.serverName
                if tables.servers.isResting(name, at: now) {
                    guard match.defaultHandling == .sessionContinued else {
                        let fault = SessionFault.serverFailed(name, "did not answer lately", status: .serverTimeout)
                        return reject(served.message, transaction, fault, from: served.arrival, into: &actions)
                    }
                    continue
                }
                var served = served
                served.chain = chain
                return invoke(match, for: served, transaction, user, chain, at: now, into: &actions)
            }
        }
    }

    /// The Request-URI is another, and still the served user's.
    private func isAlias(_ request: SIPMessage, of user: ServedUser) -> Bool {
        do {
            return PublicIdentity(try request.parsedRequestURI()).map(user.hasAlias) ?? false
        } catch {
            return false
        }
    }

    // MARK: There

    /// Route: the server, then ourselves with the identifier (§5.4.3.2; RFC 5502 §4.1).
    private mutating func invoke(
        _ match: ServiceMatch, for request: ServedRequest, _ transaction: ServerTransactionID, _ user: ServedUser,
        _ chain: ServiceChain, at now: Instant, into actions: inout [Order]
    ) {
        var served = request
        let token = makeToken()
        served.leg = .atServer(ServedRequest.Invocation(match: match, token: token))
        guard !tables.chains.isFull else {
            return reject(served.message, transaction, .overloaded, from: served.arrival, into: &actions)
        }
        tables.chains.insert(user, chain, of: transaction, as: token)
        let back = RouteText(
            host: tables.host, port: tables.port, parameters: ";odi=\(ChainTable.text(token))")
        var message = served.message
        message.set(
            PServedUser(
                uri: OctetSlice(user.identity.text), chain.context.servedCase,
                isRegistered: user.isRegistered))
        if !user.profile.chargingFunctions.isEmpty {
            message.set(.pChargingFunctionAddresses, user.profile.chargingFunctions)
        }
        let target: Target
        do throws(SIPSyntaxError) {
            let route = try Self.route(to: match.applicationServer.serverName)
            target = try Target(message.requestURI, routes: [route, back.text])
        } catch {
            tables.requests[transaction] = served
            return serverFailed(transaction, "has no usable name", .badGateway, at: now, into: &actions)
        }
        tables.requests[transaction] = served
        start(message, transaction, to: [target], at: now, into: &actions)
    }

    /// The server's URI as a loose route, whether the profile says so or not.
    private static func route(to name: String) throws(SIPSyntaxError) -> OctetSlice {
        var uri = try SIPURI(parsing: name)
        if !uri.isLooseRouter { uri.parameters.set("lr") }
        return OctetSlice("<\(uri.text)>")
    }

    // MARK: Back

    /// A request comes back from a server, or is made by it, under an identifier of ours.
    mutating func resume(
        _ request: SIPMessage, _ transaction: ServerTransactionID, _ text: OctetSlice, from hop: Hop, at now: Instant,
        into actions: inout [Order]
    ) throws(SessionFault) {
        guard let token = ChainTable.token(text), let entry = tables.chains[token] else { throw .chainUnknown }
        tables.chains.returned(token)
        var request = request
        request.remove(.pServedUser)
        request.remove(.pChargingFunctionAddresses)
        let served = ServedRequest(request, from: hop, leg: .onward, user: entry.user, chain: entry.chain)
        advance(served, transaction, at: now, into: &actions)
    }

    /// Whether a failure of its branch is the server's own: it has neither sent the request back nor answered it.
    func isServersOwn(_ invocation: ServedRequest.Invocation) -> Bool {
        !invocation.isAnswered && tables.chains[invocation.token]?.hasReturned == false
    }

    /// DefaultHandling, TS 29.228 Annex B.2.2: go on without the server, or end.
    mutating func serverFailed(
        _ transaction: ServerTransactionID, _ why: String, _ status: Status, at now: Instant,
        into actions: inout [Order]
    ) {
        guard let served = tables.requests.remove(transaction), case .atServer(let invocation) = served.leg
        else { return }
        tables.relay.forget(transaction)
        tables.chains.remove(invocation.token)
        let name = invocation.match.applicationServer.serverName
        guard invocation.match.defaultHandling == .sessionContinued else {
            return reject(
                served.message, transaction, .serverFailed(name, why, status: status), from: served.arrival,
                into: &actions)
        }
        actions.append(
            .observe(
                Observation(
                    .warning,
                    "Application server \(name) \(why); the session goes on without it (DefaultHandling 0).",
                    about: Subject(
                        callID: served.message.callID?.string, publicIdentity: served.user?.identity.text, peer: name)))
        )
        advance(served, transaction, at: now, into: &actions)
    }

    /// Servers and gateways that have said nothing in time. A branch that may still be alive is cancelled.
    mutating func dropSilentServers(at now: Instant, into actions: inout [Order]) {
        let settings = configuration.sessions
        let why = "has said nothing in time"
        while let client = tables.servers.popSilent(at: now) {
            guard let transaction = tables.relay.server(of: client), let request = tables.requests[transaction] else {
                continue
            }
            switch request.leg {
            case .atServer(let invocation) where isServersOwn(invocation):
                if request.message.method == .invite { actions.append(.cancel(client)) }
                let name = invocation.match.applicationServer.serverName
                tables.servers.rest(name, until: now + settings.serverRest, now: now)
                serverFailed(transaction, why, .requestTimeout, at: now, into: &actions)
            case .atGateway(let visit) where !visit.isAnswered && !visit.remaining.isEmpty:
                if request.message.method == .invite { actions.append(.cancel(client)) }
                _ = gatewayFailed(transaction, why, at: now, into: &actions)
            case .awaitingProfile, .awaitingNumber, .atServer, .onward, .atGateway, .inDialog: continue
            }
        }
    }
}
