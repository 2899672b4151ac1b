import IMS
import Octets
import SIP
import ServiceTriggers

/// Where a request that is no REGISTER begins, TS 24.229 §5.4.3.
///
///     Route of ours ─┬─ sealed ─────────── inside a dialog ─▶ relayInDialog
///                    ├─ odi=… ──────────── from an application server ─▶ resume
///                    ├─ orig, orig-cdiv ── of a served user ─▶ originate   (§5.4.3.2)
///                    └─ neither, or none ─ for a served user ─▶ terminate  (§5.4.3.3)
///
/// The clauses of TS 24.229 are followed as the project's notes and RFC 5502 and 7315 have them; their text could not be
/// looked up.
extension ServingCSCF {
    mutating func begin(
        _ message: SIPMessage, _ transaction: ServerTransactionID, from hop: Hop, at now: Instant,
        into actions: inout [Order]
    ) {
        do throws(SessionFault) {
            try admit(message)
            var request = message
            switch try entry(of: &request) {
            case .dialog(let seal): try relayInDialog(request, transaction, seal, from: hop, at: now, into: &actions)
            case .returned(let token):
                try resume(request, transaction, token, from: hop, at: now, into: &actions)
            case .originating(let isDiverted):
                try originate(
                    request, transaction, isRouteDiverted: isDiverted, from: hop, at: now, into: &actions)
            case .terminating: try terminate(request, transaction, from: hop, at: now, into: &actions)
            }
        } catch {
            reject(message, transaction, error, from: hop, into: &actions)
        }
    }

    /// RFC 3261 §16.3.
    private func admit(_ request: SIPMessage) throws(SessionFault) {
        guard !tables.isFull else { throw .overloaded }
        switch MaxForwards(request) {
        case .remaining: break
        case .exhausted: throw .tooManyHops
        case .malformed: throw .malformed(SIPSyntaxError(.malformed, .maxForwards))
        }
        let unknown = request.unsupportedOptions(in: .proxyRequire, known: [])
        guard unknown.isEmpty else { throw .badExtension(unknown) }
    }

    enum Entry {
        case dialog(RecordRouteSeal.Opened)
        case returned(OctetSlice)
        /// `isDiverted`: the Route says `orig-cdiv`.
        case originating(isDiverted: Bool)
        case terminating
    }

    /// Takes our Route off and says what it means.
    func entry(of request: inout SIPMessage) throws(SessionFault) -> Entry {
        let passage: RecordRouting.Passage?
        do {
            passage = try tables.recordRouting.passage(of: &request) { tables.own.contains($0) }
        } catch {
            throw .malformed(error)
        }
        if let seal = passage?.seal { return .dialog(seal) }
        guard request.toTag == nil else { throw .dialogUnknown }
        guard let route = passage?.arrival else { return .terminating }
        if let token = route.parameters["odi"] { return .returned(token) }
        let isDiverted = route.parameters.contains("orig-cdiv")
        let isOriginating = isDiverted || route.user?.equals("orig") ?? false || route.parameters.contains("orig")
        return isOriginating ? .originating(isDiverted: isDiverted) : .terminating
    }

    mutating func reject(
        _ message: SIPMessage, _ transaction: ServerTransactionID, _ fault: SessionFault, from hop: Hop,
        into actions: inout [Order]
    ) {
        var response = SIPMessage.response(fault.status, to: message, toTag: makeTag())
        for option in fault.unsupported { response.append(.unsupported, option) }
        if let minimum = fault.minimumInterval { response.append(MinSE(minimum)) }
        if fault.asksForRegistration { askForRegistration(in: &response) }
        if fault.isTransient { response.append(.retryAfter, "\(retryAfter())") }
        for challenge in fault.challenges { response.append(ProxyAuthenticate(challenge)) }
        actions.append(.respond(response, transaction))
        guard fault.challenges.isEmpty else { return }
        let subject = Subject(
            callID: message.callID?.string, publicIdentity: message.firstValue(.to)?.string, peer: "\(hop.remote)")
        actions.append(.observe(.refused(fault.refusal, about: subject)))
        actions.append(.count(.requestRefused))
    }
}

extension ServingCSCF {
    /// TS 24.229 §5.4.3.2 and §7.6, as TS 34.229-1 §12.2a has it: the phone believes a URI of its Service-Route.
    private func askForRegistration(in response: inout SIPMessage) {
        response.append(.pAssertedIdentity, serviceRoute)
        let body = """
            <?xml version="1.0" encoding="UTF-8"?>\r
            <ims-3gpp version="1"><alternative-service><type>restoration</type>\
            <reason>the registration is not known here</reason><action>initial-registration</action>\
            </alternative-service></ims-3gpp>\r

            """
        response.setBody(Array(body.utf8), contentType: "application/3gpp-ims+xml")
    }
}

/// Questions about names.
extension ServingCSCF {
    /// A host of the home network, or of one that we trust.
    func isTrusted(_ host: OctetSlice) -> Bool {
        if let address = IPAddress(host) { return trusts(address) }
        return isHome(host) || Self.isIn(configuration.sessions.trustedDomains, host)
    }

    /// A home domain, or a host in one.
    func isHome(_ host: OctetSlice) -> Bool {
        if host.equalsIgnoringCase(text: tables.host) { return true }
        return configuration.domains.contains { Self.isHost(host, in: $0) }
    }

    func isHomeDomain(_ host: OctetSlice) -> Bool {
        configuration.domains.contains { host.equalsIgnoringCase(text: $0) }
    }

    private static func isIn(_ domains: Set<String>, _ host: OctetSlice) -> Bool {
        domains.contains { isHost(host, in: $0) }
    }

    private static func isHost(_ host: OctetSlice, in domain: String) -> Bool {
        let count = domain.utf8.count
        guard host.count > count else { return host.equalsIgnoringCase(text: domain) }
        let split = host.end - count
        return host[split - 1] == UInt8(ascii: ".") && host[split..<host.end].equalsIgnoringCase(text: domain)
    }

    /// Our proxies and application servers.
    func trusts(_ address: IPAddress) -> Bool {
        configuration.trusts(address) || configuration.sessions.applicationServers.contains(address)
    }

    /// Who may originate for a user (A15 of the attack table).
    func isApplicationServer(_ address: IPAddress) -> Bool {
        switch address {
        case .v4(let number) where number >> 24 == 127: true
        case .v6(0, 1): true
        case .v4, .v6: configuration.sessions.applicationServers.contains(address)
        }
    }
}
