import Cx
import Diameter
import IMS
import Octets
import SIP

// Requests other than REGISTER, TS 24.229 §5.3.2: to whom they go is the HSS's word, how they get there RFC 3261 §16.
extension InterrogatingCSCF {
    mutating func receive(
        _ request: SIPMessage, _ server: ServerTransactionID, from hop: Hop, at now: Instant
    ) -> [Action<Never>] {
        var request = request
        let isTrusted = configuration.trusts(hop.remote.address)
        if !isTrusted { request.removeAssertions() }
        request.translatePresenceAndMessagingURI()
        switch RequestValidation().verdict(on: request, tag: tag(server)) {
        case .proceed: break
        case .answerOptions: return [.respond(.response(.ok, to: request, toTag: tag(server)), server)]
        case .refuse(let response): return refuse(request, server, response)
        }
        do throws(SIPSyntaxError) {
            let route = try RoutePreprocessing(&request) { isOurs($0) }.ownRoute
            let isOriginating = route?.parameters.contains("orig") ?? false
            guard isTrusted || !(isOriginating || request.contains(.route)) else {
                return refuse(request, server, stranger(hop))
            }
            if request.method == .options, !request.contains(.route), isForUs(try request.parsedRequestURI()) {
                return [.respond(.response(.ok, to: request, toTag: tag(server)), server)]
            }
            guard queries.count < configuration.requestLimit, !relay.isFull else { return refuseBusy(request, server) }
            // §5.3.2.1: further Route entries know the way; so do requests within a dialog, which we are not part of.
            guard !request.contains(.route) else { return relay(request, server, to: [], at: now) }
            return isOriginating
                ? try receiveFromServer(request, server, at: now) : try receiveForUser(request, server, at: now)
        } catch {
            return refuse(request, server, .response(error.status, to: request, toTag: tag(server)))
        }
    }

    /// For one of our users or services, §5.3.2.1.
    private mutating func receiveForUser(
        _ request: SIPMessage, _ server: ServerTransactionID, at now: Instant
    ) throws(SIPSyntaxError) -> [Action<Never>] {
        var request = request
        if case .sip(let uri) = try request.parsedRequestURI() {
            let domain = uri.host.string.lowercased()
            if let application = configuration.serviceDomains[domain] {
                return forward(request, server, toServiceAt: application, at: now)
            }
            guard configuration.servedDomains.contains(domain) else {
                return refuse(
                    request, server,
                    Problem(
                        .notFound, "DOMAIN_NOT_SERVED", "\(request.requestURI) is not of a domain of ours",
                        hint: configuration.servedDomainsHint))
            }
        }
        if case .sip(let uri) = try request.parsedRequestURI(), let mark = TemporaryGRUU.mark(in: uri),
            let name = serverName(of: mark)
        {
            return forward(request, server, toMakerOfGRUU: name, at: now)
        }
        guard let served = try ServedIdentity.callee(of: &request) else {
            return refuse(request, server, .response(.unsupportedURIScheme, to: request, toTag: tag(server)))
        }
        return ask(about: served, request, server, at: now)
    }

    /// From an application server on behalf of one of our users or services: `orig` in the Route, §5.3.2.1.
    private mutating func receiveFromServer(
        _ request: SIPMessage, _ server: ServerTransactionID, at now: Instant
    ) throws(SIPSyntaxError) -> [Action<Never>] {
        guard let served = try ServedIdentity.caller(of: request) else {
            return refuse(
                request, server,
                Problem(
                    .forbidden, "NO_SERVED_USER",
                    "the request is on somebody's behalf, but neither P-Served-User nor P-Asserted-Identity says whose",
                    hint: "an application server that sends orig names the user in P-Served-User (RFC 5502)"))
        }
        return ask(about: served, request, server, at: now)
    }

    private mutating func ask(
        about served: ServedIdentity, _ request: SIPMessage, _ server: ServerTransactionID, at now: Instant
    ) -> [Action<Never>] {
        queries[server] = LocationQuery(request, for: served)
        return [.count(.locationAsked)] + step(server, at: now) { $0.begin() }
    }

    // MARK: The HSS

    mutating func receivedLocation(
        _ answer: DiameterMessage, of server: ServerTransactionID, at now: Instant
    ) -> [Action<Never>] {
        do throws(CxDecodeFailure) {
            let answer = try LocationInfoAnswer(decoding: answer)
            if answer.result.isSuccess, let name = answer.serverName, let query = queries[server],
                !answer.flags.contains(.publicServiceIdentityDirectRouting)
            {
                known.learn(query.served.identity, at: name)
            }
            let pool = configuration.servingCSCFs
            let silent = silent.names(at: now)
            return step(server, at: now) { $0.received(answer, pool: pool, silent: silent) }
        } catch {
            return step(server, at: now) { .refuse($0.answerUnreadable("\(error)")) }
        }
    }

    mutating func locationAskFailed(
        _ failure: AskFailure, of server: ServerTransactionID, at now: Instant
    ) -> [Action<Never>] {
        guard let query = queries[server],
            let name = known[query.served.identity] ?? onlyServer
        else { return step(server, at: now) { .refuse($0.askFailed(failure)) } }
        return step(server, at: now) { $0.proceed(to: name, without: failure) }
    }

    /// Where all users are that are anywhere.
    private var onlyServer: String? {
        configuration.servingCSCFs.count == 1 ? configuration.servingCSCFs.first?.name : nil
    }

    /// Lets a query take a step and carries out what it orders. Nothing happens to one that has ended in the meantime.
    private mutating func step(
        _ server: ServerTransactionID, at now: Instant, _ body: (inout LocationQuery) -> LocationQuery.Step
    ) -> [Action<Never>] {
        guard var query = queries.removeValue(forKey: server), !relay.contains(server) else { return [] }
        let step = body(&query)
        queries[server] = query
        switch step {
        case .ask(let question): return [ask(question, for: server)]
        case .forward(let destination): return forward(query, server, to: destination, at: now)
        case .refuse(let problem):
            queries[server] = nil
            return refuse(query.request, server, problem)
        }
    }

    // MARK: On the way

    private mutating func forward(
        _ query: LocationQuery, _ server: ServerTransactionID, to destination: LocationQuery.Destination,
        at now: Instant
    ) -> [Action<Never>] {
        guard let uri = sipURI(destination.name), configuration.way(to: uri) != nil else {
            guard destination.isServingCSCF else {
                queries[server] = nil
                return refuse(query.request, server, query.unknownHost(destination))
            }
            return [unknownHost(destination.name, query.request)] + step(server, at: now) { $0.again() }
        }
        var request = query.request
        if let wildcard = destination.wildcard { request.set(.pProfileKey, OctetSlice.profileKey(wildcard)) }
        let isOriginating = query.served.isOriginating && destination.isServingCSCF
        let route = SIPMessage.route(to: uri, isOriginating: isOriginating)
        return [.count(query.isRetry ? .servingCSCFRetried : .requestForwarded)]
            + relay(request, server, to: [route], at: now)
    }

    /// A service whose subdomain the configuration gives to an application server, §5.3.2.1.
    private mutating func forward(
        _ request: SIPMessage, _ server: ServerTransactionID, toServiceAt name: String, at now: Instant
    ) -> [Action<Never>] {
        guard let uri = sipURI(name), configuration.way(to: uri) != nil else {
            return refuse(
                request, server,
                Problem(
                    .serverTimeout, "AS_UNKNOWN_HOST", "the application server \(name) cannot be located",
                    hint: "name its host and address under hosts in the I-CSCF's configuration"))
        }
        return [.count(.requestForwarded)] + relay(request, server, to: [SIPMessage.route(to: uri)], at: now)
    }

    /// A temporary GRUU, whose S-CSCF alone knows who is meant (RFC 5627 §3.1.2): the HSS has no such identity.
    private mutating func forward(
        _ request: SIPMessage, _ server: ServerTransactionID, toMakerOfGRUU name: String, at now: Instant
    ) -> [Action<Never>] {
        guard let uri = sipURI(name), configuration.way(to: uri) != nil else {
            return [unknownHost(name, request)]
                + refuse(
                    request, server,
                    Problem(
                        .serverTimeout, "SCSCF_UNREACHABLE",
                        "the S-CSCF \(name), which made this temporary GRUU, cannot be located",
                        hint: "name its host and address under hosts in the I-CSCF's configuration"))
        }
        return [.count(.requestForwarded)] + relay(request, server, to: [SIPMessage.route(to: uri)], at: now)
    }

    /// Of the pool, or known from answers of the HSS.
    private func serverName(of mark: UInt16) -> String? {
        configuration.servingCSCFs.lazy.map(\.name).first { TemporaryGRUU.mark(of: $0) == mark }
            ?? known.names.first { TemporaryGRUU.mark(of: $0) == mark }
    }

    private mutating func relay(
        _ request: SIPMessage, _ server: ServerTransactionID, to routes: [OctetSlice], at now: Instant
    ) -> [Action<Never>] {
        do throws(SIPSyntaxError) {
            let target = try Target(request.requestURI, routes: routes)
            var orders: [RequestRelay.Order] = []
            relay.start(
                request, server, to: [target], tag: tag(server), at: now, names: &names, into: &orders)
            return carryOut(&orders, at: now)
        } catch {
            queries[server] = nil
            return refuse(request, server, .response(error.status, to: request, toTag: tag(server)))
        }
    }

    mutating func relayed(
        _ response: SIPMessage, from client: ClientTransactionID, at now: Instant
    ) -> [Action<Never>] {
        guard let server = relay.server(of: client), let status = response.status else { return [] }
        let isFirst = unheard.remove(client) != nil
        let query = queries[server]
        if isFirst, let name = query?.destination?.name { silent.answered(name) }
        var orders: [RequestRelay.Order] = []
        _ = relay.receive(response, from: client, at: now, names: &names, into: &orders)
        // An INVITE is remembered for long after its 2xx, for copies of that; nothing needs to be known of it then.
        if status.isSuccess { queries[server] = nil }
        guard let query, isFirst, query.shouldMove(after: status) else { return carryOut(&orders, at: now) }
        if status == .serviceUnavailable, let name = query.destination?.name { silent.mark(name, at: now) }
        return move(query, server, at: now)
    }

    /// No answer from the server: another one is asked, or the caller is told why none is.
    mutating func relayFailed(
        _ client: ClientTransactionID, _ failure: TransactionFailure, at now: Instant
    ) -> [Action<Never>] {
        guard let server = relay.server(of: client) else { return [] }
        let wasSilent = unheard.remove(client) != nil
        var orders: [RequestRelay.Order] = []
        _ = relay.failed(client, failure, at: now, names: &names, into: &orders)
        guard wasSilent, let query = queries[server], !query.isCancelled else { return carryOut(&orders, at: now) }
        if failure != .throttled, let name = query.destination?.name { silent.mark(name, at: now) }
        return move(query, server, at: now)
    }

    /// An S-CSCF has had its time and said nothing, not even 100: if it wakes up, it finds a CANCEL.
    mutating func lostPatience(with client: ClientTransactionID, at now: Instant) -> [Action<Never>] {
        guard unheard.contains(client), let server = relay.server(of: client), queries[server] != nil else { return [] }
        let isInvite = queries[server]?.request.method == .invite
        return (isInvite ? [.cancel(client)] : []) + relayFailed(client, .timeout, at: now)
    }

    /// The response context has ended with what it would have answered; that is dropped, for the request goes on.
    private mutating func move(
        _ query: LocationQuery, _ server: ServerTransactionID, at now: Instant
    ) -> [Action<Never>] {
        queries[server] = query
        return step(server, at: now) { $0.mayMove ? $0.again() : .refuse($0.unreachable) }
    }

    mutating func cancelRequest(_ server: ServerTransactionID, at now: Instant) -> [Action<Never>] {
        queries[server]?.isCancelled = true
        var orders: [RequestRelay.Order] = []
        if relay.cancelled(server, into: &orders) { return carryOut(&orders, at: now) }
        // §5.3.2.2: while the HSS is being asked, the answer comes from us; what the HSS says then is dropped.
        guard let query = queries.removeValue(forKey: server) else { return [] }
        return [.respond(.response(.requestTerminated, to: query.request, toTag: tag(server)), server)]
    }

    mutating func carryOut(_ orders: inout [RequestRelay.Order], at now: Instant) -> [Action<Never>] {
        var actions: [Action<Never>] = []
        var taken = 0
        while taken < orders.count {
            switch orders[taken] {
            case .forward(let request, let uri, let client, let server):
                guard let next = sipURI(uri), let way = configuration.way(to: next) else {
                    queries[server] = nil
                    _ = relay.failed(client, .transport, at: now, names: &names, into: &orders)
                    break
                }
                if queries[server] != nil {
                    unheard.insert(client)
                    patience.schedule(client, at: now + configuration.patience)
                }
                actions.append(.send(request, by: way, client))
            case .respond(let response, let server): actions.append(.respond(response, server))
            case .cancel(let client): actions.append(.cancel(client))
            case .ended(let server): queries[server] = nil
            }
            taken += 1
        }
        return actions
    }

    /// An ACK for a 2xx: it goes where its Route says, and nowhere else (RFC 3261 §16.11).
    mutating func forward(_ ack: SIPMessage, from hop: Hop) -> [Action<Never>] {
        guard configuration.trusts(hop.remote.address) else { return [] }
        do throws(SIPSyntaxError) {
            var ack = ack
            guard case .remaining = ack.countDownMaxForwards() else { return [] }
            _ = try RoutePreprocessing(&ack) { isOurs($0) }
            guard ack.contains(.route), case .sip(let uri) = try ack.takeNextHop() else { return [] }
            switch configuration.way(to: uri) {
            case .hop(let next)?: return [.acknowledge(ack, to: next)]
            case .question(let question)?: return [.send(ack, toward: question, names.next())]
            case nil: return []
            }
        } catch {
            return []  // An ACK has no answer.
        }
    }

    // MARK: Names

    /// Whether a Route entry names this node, by address or as the entry point of the home network.
    private func isOurs(_ uri: SIPURI) -> Bool {
        configuration.own.contains(uri)
            || uri.user == nil && configuration.servedDomains.contains(uri.host.string.lowercased())
    }

    /// Whether a Request-URI names this node and no user.
    private func isForUs(_ uri: URI) -> Bool {
        guard case .sip(let uri) = uri else { return false }
        return uri.user == nil && isOurs(uri)
    }

    private func sipURI(_ name: String) -> SIPURI? { sipURI(OctetSlice(name)) }

    private func sipURI(_ name: OctetSlice) -> SIPURI? {
        do throws(SIPSyntaxError) { return try SIPURI(parsing: name) } catch { return nil }
    }

    // MARK: Refusals

    private func stranger(_ hop: Hop) -> Problem {
        Problem(
            .forbidden, "NOT_TRUSTED", "\(hop.remote) is not one of our peers",
            hint: "a peer's address belongs into trusted-peers; others may only send requests for our users")
    }

    func refuse(_ request: SIPMessage, _ server: ServerTransactionID, _ problem: Problem) -> [Action<Never>] {
        refuse(request, server, problem.status, problem.refusal)
    }

    /// An answer that says it all itself.
    private func refuse(
        _ request: SIPMessage, _ server: ServerTransactionID, _ response: SIPMessage
    ) -> [Action<Never>] { [.respond(response, server), .count(.requestRefused)] }

    private func refuseBusy(_ request: SIPMessage, _ server: ServerTransactionID) -> [Action<Never>] {
        var response = SIPMessage.response(.serviceUnavailable, to: request, toTag: tag(server))
        response.append(RetryAfter(5))
        return refuse(request, server, response)
    }
}

extension OctetSlice {
    /// A wildcarded identity as the value of P-Profile-Key, RFC 5002 §7: what may not stand in a URI is escaped.
    fileprivate static func profileKey(_ identity: String) -> OctetSlice {
        var writer = OctetWriter(reserving: identity.utf8.count + 8)
        writer.write("<")
        for octet in identity.utf8 {
            let isPlain = octet > 0x20 && octet < 0x7F && !"<>\"{}|\\^[]`".utf8.contains(octet)
            if isPlain { writer.write(octet) } else { writer.writeEscape(octet) }
        }
        writer.write(">")
        return OctetSlice(writer.octets)
    }
}
