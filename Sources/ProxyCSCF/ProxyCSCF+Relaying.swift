import IMS
import Octets
import SIP

// Requests on their way through us, RFC 3261 §16: what the relay orders, and what we put on it last.
extension ProxyCSCF {
    typealias Order = RequestRelay.Order

    mutating func start(
        _ request: SIPMessage, _ passage: Passage, _ server: ServerTransactionID, at now: Instant,
        into actions: inout [Action<ProxyWork>]
    ) {
        guard !relay.isFull else {
            actions += refuse(
                passage.request, server, .serviceUnavailable,
                Refusal(
                    "TOO_MANY_REQUESTS", answer: "503",
                    "\(configuration.requestLimit) requests are on their way already"
                ), retryAfter: 5)
            return
        }
        if let (sentence, allowed) = configuration.mediaPolicy.objection(to: request) {
            return refuseMedia(passage.request, server, sentence, allowed: allowed, into: &actions)
        }
        if passage.course == .fromPhone, authorize(request, passage, server, at: now, into: &actions) { return }
        exchange(request, passage, server, at: now, into: &actions)
    }

    /// A request whose description, when it is a phone's, may be used.
    mutating func exchange(
        _ request: SIPMessage, _ passage: Passage, _ server: ServerTransactionID, at now: Instant,
        into actions: inout [Action<ProxyWork>]
    ) {
        if relayMedia(of: request, passage, server, at: now, into: &actions) { return }
        pass(request, passage, server, at: now, into: &actions)
    }

    /// A request with its description as it goes on.
    mutating func pass(
        _ request: SIPMessage, _ passage: Passage, _ server: ServerTransactionID, at now: Instant,
        into actions: inout [Action<ProxyWork>]
    ) {
        if passage.course == .towardsPhone, authorize(request, passage, server, at: now, into: &actions) { return }
        proceed(request, passage, server, at: now, into: &actions)
    }

    /// With nothing left to wait for.
    mutating func proceed(
        _ request: SIPMessage, _ passage: Passage, _ server: ServerTransactionID, at now: Instant,
        into actions: inout [Action<ProxyWork>]
    ) {
        let target: Target
        do throws(SIPSyntaxError) { target = try Target(request.requestURI) } catch {
            actions += refuse(
                passage.request, server, error.status,
                Refusal(
                    "MALFORMED_REQUEST_URI", answer: "\(error.status.rawValue)",
                    "the Request-URI cannot be read: \(error)"))
            return
        }
        var (request, passage) = (request, passage)
        if let minimum = startTimer(&request, &passage) {
            actions += refuseShortSession(passage.request, server, minimum: minimum)
            return
        }
        if case .possible(_, let home)? = passage.detour { passage.detour = .possible(request, home: home) }
        var orders: [Order] = []
        passages[server] = passage
        relay.start(request, server, to: [target], tag: tag(server), at: now, names: &names, into: &orders)
        perform(&orders, at: now, into: &actions)
    }

    mutating func relayed(
        _ response: SIPMessage, _ client: ClientTransactionID, at now: Instant, into actions: inout [Action<ProxyWork>]
    ) {
        servers.heard(client)
        // Who answers is there: what was kept for the way round is not needed.
        if let server = relay.server(of: client), case .possible? = passages[server]?.detour {
            passages[server]?.detour = nil
        }
        var orders: [Order] = []
        _ = relay.receive(response, from: client, at: now, names: &names, into: &orders)
        perform(&orders, at: now, into: &actions)
    }

    mutating func relayFailed(
        _ client: ClientTransactionID, _ failure: TransactionFailure, at now: Instant,
        into actions: inout [Action<ProxyWork>]
    ) {
        var orders: [Order] = []
        fail(client, failure, at: now, into: &orders, &actions)
        perform(&orders, at: now, into: &actions)
    }

    mutating func cancelled(
        _ server: ServerTransactionID, at now: Instant, into actions: inout [Action<ProxyWork>]
    ) {
        if cancelWaiting(server, at: now, into: &actions) { return }
        if cancelAuthorization(server, at: now, into: &actions) { return }
        passages[server]?.detour = nil
        var orders: [Order] = []
        _ = relay.cancelled(server, into: &orders)
        perform(&orders, at: now, into: &actions)
    }

    mutating func fireRelay(at now: Instant, into actions: inout [Action<ProxyWork>]) {
        var orders: [Order] = []
        relay.fire(at: now, into: &orders)
        perform(&orders, at: now, into: &actions)
    }

    // MARK: Steps

    private func refuseMedia(
        _ request: SIPMessage, _ server: ServerTransactionID, _ sentence: String, allowed: [UInt8],
        into actions: inout [Action<ProxyWork>]
    ) {
        var response = SIPMessage.response(.notAcceptableHere, to: request, toTag: tag(server))
        response.setBody(allowed, contentType: "application/sdp")
        let refusal = Refusal(
            "MEDIA_NOT_ALLOWED", answer: "488", sentence, hint: "see pcscf.codecs and pcscf.stream-bandwidth")
        actions += [
            .respond(response, server), .observe(.refused(refusal, about: request.subject)), .count(.requestRefused),
        ]
    }

    /// A phone that cannot be reached over its flow is a 430 (RFC 5626 §5.3.1), so that the S-CSCF tries another.
    private mutating func fail(
        _ client: ClientTransactionID, _ failure: TransactionFailure, at now: Instant, into orders: inout [Order],
        _ actions: inout [Action<ProxyWork>]
    ) {
        if takeDetour(client, at: now, into: &orders, &actions) { return }
        if failure == .transport, let server = relay.server(of: client), let passage = passages[server],
            passage.course == .towardsPhone
        {
            let response = SIPMessage.response(.flowFailed, to: passage.request, toTag: tag(server))
            if let key = passage.session {
                release(key, because: "the phone cannot be reached", at: now, into: &actions)
            }
            _ = relay.receive(response, from: client, at: now, names: &names, into: &orders)
        } else {
            _ = relay.failed(client, failure, at: now, names: &names, into: &orders)
        }
    }

    private mutating func perform(_ orders: inout [Order], at now: Instant, into actions: inout [Action<ProxyWork>]) {
        var taken = 0
        while taken < orders.count {
            switch orders[taken] {
            case .forward(let request, let uri, let client, let server):
                if !forward(request, uri, client, of: server, at: now, into: &actions) {
                    fail(client, .transport, at: now, into: &orders, &actions)
                }
            case .respond(let response, let server):
                respond(response, server, passages[server], at: now, into: &actions)
            case .cancel(let client): actions.append(.cancel(client))
            case .ended(let server): passages[server] = nil
            }
            taken += 1
        }
    }

    /// - Returns: false when there is no way there.
    private mutating func forward(
        _ request: SIPMessage, _ uri: OctetSlice, _ client: ClientTransactionID, of server: ServerTransactionID,
        at now: Instant, into actions: inout [Action<ProxyWork>]
    ) -> Bool {
        guard var passage = passages[server], watchServer(client, at: uri, passage, at: now),
            let next = next(uri, passage)
        else { return false }
        var request = request
        if let leg = passage.leg {
            guard let departure = configuration.departure(next) else { return false }
            recordRouting.insert(
                into: &request, text: leg.text(flowToken), arrival: configuration.listener(passage.arrival.listener),
                departure: departure)
        }
        if request.method == .invite, passage.leg != nil { passage.sent = request }
        if passage.course == .towardsPhone { passage.recordRoute = request.values(.recordRoute) }
        if passage.leftAt == nil { passage.leftAt = now }
        passages[server] = passage
        actions.append(next.order(request, client))
        return true
    }

    private func next(_ uri: OctetSlice, _ passage: Passage) -> NextHop? {
        switch passage.course {
        case .towardsPhone: return departure(to: passage.flow).map(NextHop.hop)
        case .fromPhone:
            do throws(SIPSyntaxError) { return configuration.nextHop(try URI(parsing: uri)) } catch { return nil }
        }
    }

    /// What copies of a 2xx are charged by, and their media relayed by, is the whole INVITE.
    private mutating func letGo(_ passage: Passage, of server: ServerTransactionID, after response: SIPMessage) {
        guard passage.request.method == .invite, response.status?.isSuccess == true, !configuration.charges,
            mediaRelay == nil, configuration.policyControl == nil
        else { return }
        var passage = passage
        passage.letGo()
        passages[server] = passage
    }

    mutating func respond(
        _ response: SIPMessage, _ server: ServerTransactionID, _ passage: Passage?, at now: Instant,
        into actions: inout [Action<ProxyWork>]
    ) {
        var response = response
        switch passage?.course {
        case .towardsPhone?: if let passage { response = fromPhone(response, passage) }
        case .fromPhone?:
            response.removePrivate()
            if let passage { explain(&response, passage) }
            // RFC 6223 §4.4: for a dialog.
            if passage?.leg != nil, response.status?.isSuccess == true {
                let handset = passage?.user.flatMap { contacts[$0] }.map(handset)
                response.takeKeepAlives(every: handset?.keepAlive ?? configuration.keepAlive)
            }
        case nil: response.removePrivate()
        }
        if let passage {
            charge(response, passage, at: now, into: &actions)
            follow(&response, passage, at: now)
            followPolicy(response, passage, at: now, into: &actions)
            letGo(passage, of: server, after: response)
        }
        if passage?.course == .towardsPhone, authorize(response, passage, server, at: now, into: &actions) { return }
        exchange(response, passage, server, at: now, into: &actions)
    }

    /// A response whose description, when it is a phone's, may be used.
    mutating func exchange(
        _ response: SIPMessage, _ passage: Passage?, _ server: ServerTransactionID, at now: Instant,
        into actions: inout [Action<ProxyWork>]
    ) {
        if relayMedia(of: response, passage, server, at: now, into: &actions) { return }
        deliver(response, passage, server, at: now, into: &actions)
    }

    /// A response with its description as it goes back.
    mutating func deliver(
        _ response: SIPMessage, _ passage: Passage?, _ server: ServerTransactionID, at now: Instant,
        into actions: inout [Action<ProxyWork>]
    ) {
        if passage?.course != .towardsPhone, authorize(response, passage, server, at: now, into: &actions) { return }
        actions.append(.respond(response, server))
    }
}
