import IMS
import Octets
import SIP

// Requests other than REGISTER: which procedure is theirs, TS 24.229 §5.2.6.3.1.
extension ProxyCSCF {
    /// A request as it goes through a procedure.
    struct Arrival {
        /// As it came.
        let received: SIPMessage
        /// Our Route entries taken off.
        var request: SIPMessage
        let server: ServerTransactionID
        let hop: Hop
    }

    /// What a phone says through security associations comes from its one flow, whatever port and transport it took.
    mutating func receive(
        _ request: SIPMessage, _ server: ServerTransactionID, by hop: Hop, at now: Instant,
        into actions: inout [Action<ProxyWork>]
    ) {
        guard let origin = origin(of: hop) else {
            actions += refuse(
                request, server, .forbidden,
                Refusal(
                    "OUTSIDE_SECURITY_ASSOCIATIONS", answer: "403",
                    "\(request.method.text) from \(hop) to a protected port, outside every security association",
                    hint: "the associations are gone or were never made: the phone registers anew"))
            return
        }
        if origin.set == nil, request.method != .register, agreements.isProtected(hop.remote) {
            actions += refuse(
                request, server, .forbidden,
                Refusal(
                    "OUTSIDE_SECURITY_ASSOCIATIONS", answer: "403",
                    "\(request.method.text) from \(hop), past the security associations that the phone has",
                    hint: "the phone's IPsec does not cover this port: its requests go to the port of Security-Server"))
            return
        }
        if let set = origin.set { used(set, at: now, into: &actions) }
        guard request.method == .register else {
            if let set = origin.set, let refusal = refusal(ofVerifyIn: request, through: set) {
                actions += refuse(request, server, refusal)
                return
            }
            return receive(request, server, origin.flow, at: now, into: &actions)
        }
        actions += register(request, server, hop, through: origin.set)
    }

    mutating func receive(
        _ request: SIPMessage, _ server: ServerTransactionID, _ hop: Hop, at now: Instant,
        into actions: inout [Action<ProxyWork>]
    ) {
        if takeNotice(request, server, hop, at: now, into: &actions) { return }
        let request = withDialledNumber(request, at: hop)
        var arrival = Arrival(received: request, request: request, server: server, hop: hop)
        let ours: RecordRouting.Passage?
        do throws(SIPSyntaxError) {
            ours = try recordRouting.passage(of: &arrival.request) { isOwn($0) }
        } catch {
            if help(arrival, at: now, into: &actions) { return }
            if contacts.contains(hop), let fault = RequestFault.number(request) {
                actions += refuse(request, server, fault)
                return
            }
            actions += refuse(
                request, server, error.status,
                Refusal(
                    "MALFORMED_ROUTE", answer: "\(error.status.rawValue)",
                    "the Route or the Request-URI cannot be read: \(error)"))
            return
        }
        if let seal = ours?.seal, let leg = Leg(seal.text, flowToken) {
            return receive(arrival, leg, from: seal.sender, at: now, into: &actions)
        }
        if request.method == .options, isForUs(arrival.request) {
            return actions.append(.respond(.response(.ok, to: request, toTag: tag(server)), server))
        }
        if let token = ours?.arrival.user, mayBeCore(hop) {
            return terminate(arrival, token, at: now, into: &actions)
        }
        if help(arrival, at: now, into: &actions) { return }
        originate(arrival, at: now, into: &actions)
    }

    /// Whether something may come from our core: not from where a phone is, and where the operator names the core's
    /// addresses, from one of these (A4).
    func mayBeCore(_ hop: Hop) -> Bool {
        guard !contacts.contains(hop) else { return false }
        switch hop.remote.address {
        case .v4(let number) where number >> 24 == 127: return true
        case .v6(0, 1): return true
        case .v4, .v6:
            return configuration.trustedPeers.isEmpty || configuration.trustedPeers.contains(hop.remote.address)
        }
    }

    /// No Route and no user are left: an OPTIONS that asks whether we live, or one that has come to its end here
    /// (RFC 3261 §11).
    private func isForUs(_ request: SIPMessage) -> Bool {
        if case .exhausted = MaxForwards(request) { return true }
        guard !request.contains(.route) else { return false }
        do throws(SIPSyntaxError) {
            guard case .sip(let uri) = try request.parsedRequestURI() else { return false }
            return uri.user == nil && isOwn(uri)
        } catch {
            return false
        }
    }
}
