import IMS
import Octets
import SIP
import ServiceTriggers

/// Requests on their way out, and what comes back: RFC 3261 §16.6 and §16.7 with what TS 24.229 §5.4.3 adds.
extension ServingCSCF {
    /// A request that all services have had.
    mutating func relay(
        _ served: ServedRequest, _ transaction: ServerTransactionID, to targets: [Target],
        policy: ForkingPolicy = ForkingPolicy(), at now: Instant, into actions: inout [Order]
    ) {
        var served = served
        if case .inDialog = served.leg {} else { served.leg = .onward }
        tables.requests[transaction] = served
        start(served.message, transaction, to: targets, policy: policy, at: now, into: &actions)
    }

    /// The request is in the table; `message` is what goes out of it.
    mutating func start(
        _ message: SIPMessage, _ transaction: ServerTransactionID, to targets: [Target],
        policy: ForkingPolicy = ForkingPolicy(), at now: Instant, into actions: inout [Order]
    ) {
        var orders: [RequestRelay.Order] = []
        let tag = makeTag()
        tables.relay.start(
            message, transaction, to: targets, policy: policy, tag: tag, at: now, names: &clients, into: &orders)
        carryOut(&orders, at: now, into: &actions)
    }

    mutating func received(
        _ response: SIPMessage, _ client: ClientTransactionID, at now: Instant, into actions: inout [Order]
    ) {
        guard let transaction = tables.relay.server(of: client), let status = response.status else { return }
        if case .atServer(var invocation)? = tables.requests[transaction]?.leg {
            // One that has only said 100 is waited for a while: it may hang, and timer C is too long.
            if status == .trying, isServersOwn(invocation) {
                if tables.servers.isWaiting(for: client) {
                    tables.servers.wait(for: client, until: now + configuration.sessions.serverDecision)
                }
            } else {
                tables.servers.heard(client)
                tables.servers.isWell(invocation.match.applicationServer.serverName)
            }
            // §5.4.3.2: 408 and 5xx are the server's failure; what it passes on from others is not.
            if status == .requestTimeout || (500..<600).contains(status.rawValue), isServersOwn(invocation) {
                return serverFailed(transaction, "said \(status.rawValue)", status, at: now, into: &actions)
            }
            if status != .trying, !invocation.isAnswered {
                invocation.isAnswered = true
                tables.requests[transaction]?.leg = .atServer(invocation)
            }
        }
        if status == .flowFailed, takeNextFlow(after: client, of: transaction, at: now, into: &actions) { return }
        if case .atGateway(var visit)? = tables.requests[transaction]?.leg {
            tables.servers.heard(client)
            let isFailure = status == .requestTimeout || (500..<600).contains(status.rawValue)
            if isFailure, gatewayFailed(transaction, "said \(status.rawValue)", at: now, into: &actions) { return }
            if !isFailure { tables.gateways.isWell(visit.gateway) }
            if status != .trying, !visit.isAnswered {
                visit.isAnswered = true
                tables.requests[transaction]?.leg = .atGateway(visit)
            }
        }
        var orders: [RequestRelay.Order] = []
        _ = tables.relay.receive(response, from: client, at: now, names: &clients, into: &orders)
        carryOut(&orders, at: now, into: &actions)
    }

    mutating func failed(
        _ client: ClientTransactionID, _ failure: TransactionFailure, at now: Instant, into actions: inout [Order]
    ) {
        guard let transaction = tables.relay.server(of: client) else { return }
        if case .atServer(let invocation)? = tables.requests[transaction]?.leg {
            tables.servers.heard(client)
            if isServersOwn(invocation) {
                tables.servers.rest(
                    invocation.match.applicationServer.serverName, until: now + configuration.sessions.serverRest,
                    now: now)
                let status: Status = failure == .timeout ? .requestTimeout : .serverInternalError
                return serverFailed(transaction, failure.words, status, at: now, into: &actions)
            }
        }
        if case .atGateway? = tables.requests[transaction]?.leg {
            tables.servers.heard(client)
            if gatewayFailed(transaction, failure.words, at: now, into: &actions) { return }
        }
        reportFailure(of: transaction, "\(failure)", into: &actions)
        if takeNextFlow(after: client, of: transaction, at: now, into: &actions) { return }
        var orders: [RequestRelay.Order] = []
        _ = tables.relay.failed(client, failure, at: now, names: &clients, into: &orders)
        carryOut(&orders, at: now, into: &actions)
    }

    /// Which hop it was, so that nobody has to guess behind a 408.
    private func reportFailure(of transaction: ServerTransactionID, _ why: String, into actions: inout [Order]) {
        guard let request = tables.requests[transaction] else { return }
        actions.append(
            .observe(
                Observation(
                    .notice, "\(request.message.method.text) got no answer from \(request.nextHop): \(why).",
                    about: Subject(
                        callID: request.message.callID?.string, publicIdentity: request.user?.identity.text,
                        peer: request.nextHop.string))))
    }

    /// The caller gave up, RFC 3261 §9.2.
    mutating func cancelled(
        _ transaction: ServerTransactionID, at now: Instant, into actions: inout [Order]
    ) {
        var orders: [RequestRelay.Order] = []
        if tables.relay.cancelled(transaction, into: &orders) {
            return carryOut(&orders, at: now, into: &actions)
        }
        // It has not left yet.
        guard let request = tables.requests.remove(transaction) else { return }
        actions.append(.respond(.response(.requestTerminated, to: request.message, toTag: makeTag()), transaction))
    }

    mutating func fireSessions(at now: Instant, into actions: inout [Order]) {
        var orders: [RequestRelay.Order] = []
        tables.relay.fire(at: now, into: &orders)
        carryOut(&orders, at: now, into: &actions)
        dropSilentServers(at: now, into: &actions)
        tables.chains.expire(at: now)
        for key in tables.dialogs.expire(at: now) {
            chargeEnd(key, because: "session timer expired", at: now, into: &actions)
        }
        writeSessions(at: now)
        while let identity = tables.unregistered.popExpired(at: now) { forgetUnregistered(identity, into: &actions) }
    }

    // MARK: Orders

    mutating func carryOut(
        _ orders: inout [RequestRelay.Order], at now: Instant, into actions: inout [Order]
    ) {
        var taken = 0
        while taken < orders.count {
            switch orders[taken] {
            case .forward(let message, let uri, let client, let transaction):
                if !forward(message, to: uri, client, of: transaction, at: now, into: &actions) {
                    if case .atServer? = tables.requests[transaction]?.leg {
                        serverFailed(transaction, "has no known address", .badGateway, at: now, into: &actions)
                    } else if !gatewayFailed(transaction, "has no known address", at: now, into: &actions) {
                        reportFailure(of: transaction, "no way there is known", into: &actions)
                        _ = tables.relay.failed(client, .transport, at: now, names: &clients, into: &orders)
                    }
                }
            case .respond(let response, let transaction):
                respond(response, to: transaction, at: now, into: &actions)
            case .cancel(let client): actions.append(.cancel(client))
            case .ended(let transaction):
                tables.requests[transaction] = nil
                tables.chains.ended(transaction, at: now)
            }
            taken += 1
        }
    }

    /// - Returns: false when no way there is known.
    private mutating func forward(
        _ request: SIPMessage, to uri: OctetSlice, _ client: ClientTransactionID, of transaction: ServerTransactionID,
        at now: Instant, into actions: inout [Order]
    ) -> Bool {
        guard var served = tables.requests[transaction] else { return false }
        served.nextHop = uri
        served.flows.began(client, to: request.requestURI)
        if served.leftAt == nil { served.leftAt = now }
        guard let way = way(to: uri) else {
            tables.requests[transaction] = served
            return false
        }
        var request = request
        if served.isTerminating, served.hasLeft, Retargeting.isRecorded(for: request) {
            served.branches += 1
            Retargeting.record(in: &request, from: served.message.requestURI, branch: served.branches)
        }
        if served.user != nil, request.method.beginsDialog {
            stayOnPath(of: &request, served, leaving: way)
            if served.hasLeft, request.method == .invite { served.sent = request }
        }
        tables.requests[transaction] = served
        switch served.leg {
        case .atServer, .atGateway:
            tables.servers.wait(for: client, until: now + configuration.sessions.serverPatience)
        case .awaitingProfile, .awaitingNumber, .onward, .inDialog: break
        }
        switch way {
        case .hop(let hop): actions.append(.forward(request, to: hop, client))
        case .question(let question): actions.append(.send(request, toward: question, client))
        }
        return true
    }

    enum Way {
        case hop(Hop)
        case question(LocationQuestion)
    }

    func way(to uri: OctetSlice) -> Way? {
        do {
            guard case .sip(let asked) = try URI(parsing: uri) else { return nil }
            let target = reachable(asked)
            do throws(LocationFailure) {
                return .hop(try configuration.locator.locate(target))
            } catch .unknownHost where configuration.usesDNS {
                return .question(try LocationQuestion(target))
            }
        } catch {
            return nil
        }
    }

    /// An address of record says nothing of a transport (RFC 3261 §19.1.1, table 1): what a caller's phone adds to one of
    /// ours is not how our entry point is reached.
    private func reachable(_ uri: SIPURI) -> SIPURI {
        guard isHomeDomain(uri.host), uri.port == nil else { return uri }
        var uri = uri
        uri.parameters.remove("transport")
        return uri
    }

    /// Our Record-Route, sealed: on which side of the dialog we are and whom we serve. One entry for each passage, so
    /// that a server between two of them stays between them; only the passage that leaves the services is followed.
    private func stayOnPath(of request: inout SIPMessage, _ served: ServedRequest, leaving way: Way) {
        let arrival = listener(served.arrival.listener)
        let departure: SIPListener =
            switch way {
            case .hop(let hop): listener(hop.listener)
            case .question: arrival
            }
        let mark = DialogMark(
            isTerminating: served.isTerminating, isFollowed: served.hasLeft && request.method == .invite,
            user: served.user?.identity.text ?? "")
        tables.recordRouting.insert(into: &request, text: mark.text, arrival: arrival, departure: departure)
    }

    private func listener(_ id: ListenerID) -> SIPListener {
        configuration.sessions.listeners[id]
            ?? SIPListener(.udp, Endpoint(.loopback, tables.port ?? 5060), sentBy: tables.host, port: tables.port)
    }

    private mutating func respond(
        _ response: SIPMessage, to transaction: ServerTransactionID, at now: Instant, into actions: inout [Order]
    ) {
        var response = response
        if let served = tables.requests[transaction] {
            switch served.leg {
            case .onward, .atGateway:
                if let user = served.user, served.isTerminating {
                    assertAlias(in: &response, of: user)
                    chargeTerminating(&response, to: served.message)
                }
                if let sent = served.sent { follow(&response, to: sent, served, at: now) }
                charge(response, to: served, at: now, into: &actions)
            case .inDialog(let key?):
                chargeWithin(key, response, to: served.message, at: now, into: &actions)
                tables.dialogs.passed(&response, to: served.message, in: key, at: now)
            case .inDialog(nil), .atServer, .awaitingNumber, .awaitingProfile: break
            }
        }
        // An INVITE is remembered for long after its 2xx, for copies of that; nothing needs to be done to them.
        if response.status?.isSuccess ?? false { tables.requests[transaction] = nil }
        actions.append(.respond(response, transaction))
    }

    /// RFC 7315 §4.6: the charging vector goes back with our network as the terminating one.
    private func chargeTerminating(_ response: inout SIPMessage, to request: SIPMessage) {
        guard !response.contains(.pChargingVector), let domain = configuration.domains.first else { return }
        do {
            guard var vector = try request.first(PChargingVector.self) else { return }
            vector.parameters.set("term-ioi", domain)
            response.append(vector)
        } catch {
            return
        }
    }
}

extension TransactionFailure {
    /// What is said of a server.
    fileprivate var words: String {
        switch self {
        case .timeout: "did not answer"
        case .transport: "cannot be reached"
        case .throttled: "has asked for fewer requests"
        }
    }
}
