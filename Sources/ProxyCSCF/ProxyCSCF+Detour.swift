import IMS
import Octets
import SIP

// When the S-CSCF of the Service-Route is lost: TS 23.380 §4.4.3 and TS 24.229 §5.2.6.3.2A let the P-CSCF answer 504, with
// which the phone registers anew. Before that we try the way that application servers take (TS 24.229 §5.3.2.1): the I-CSCF
// of the home network finds another S-CSCF, which restores the user, and the phone notices nothing. That part is ours; the
// text of the specifications was not at hand.
//
//     Service-Route ─ no word in time ─▶ <sip:home;lr;orig> ─ nobody serves the user ─▶ 504, restoration
extension ProxyCSCF {
    /// The way round the Service-Route of an initial request.
    enum Detour: Sendable {
        /// The request as it set out, and the entry point of the home network.
        case possible(SIPMessage, home: String)
        case taken
    }

    /// RFC 4320 §4.1: a request that is no INVITE gets its 100 when the sender's Timer E has reached T2, after 3.5 s; and a
    /// second for a copy that is lost.
    private static let firstWord = Duration.milliseconds(4_500)

    /// Takes note of a request that leaves for an S-CSCF. - Returns: false when that one is known to be silent.
    mutating func watchServer(
        _ client: ClientTransactionID, at uri: OctetSlice, _ passage: Passage, at now: Instant
    ) -> Bool {
        guard case .possible = passage.detour else { return true }
        var patience = configuration.servingCSCFPatience
        if passage.request.method != .invite { patience = max(patience, Self.firstWord) }
        servers.wait(for: client, of: uri, until: now + patience)
        return !servers.isSilent(uri, at: now)
    }

    /// A branch has failed. - Returns: false when that is not what this is about.
    mutating func takeDetour(
        _ client: ClientTransactionID, at now: Instant, into orders: inout [RequestRelay.Order],
        _ actions: inout [Action<ProxyWork>]
    ) -> Bool {
        guard let server = relay.server(of: client), let passage = passages[server] else { return false }
        switch passage.detour {
        case nil: return false
        case .taken:
            let response = registrationLost(
                SIPMessage.response(.serverTimeout, to: passage.request, toTag: tag(server)))
            _ = relay.receive(response, from: client, at: now, names: &names, into: &orders)
            return true
        case .possible(var request, let home):
            guard servers.isWaiting(for: client) else { return false }
            servers.failed(client, at: now)
            let lost = request.firstValue(.route)?.string ?? "of the user"
            request.replace(.route, with: [OctetSlice("<sip:\(home);lr;orig>")])
            let target: Target
            do throws(SIPSyntaxError) { target = try Target(request.requestURI) } catch { return false }
            actions.append(
                .observe(
                    Observation(
                        .warning, "the S-CSCF \(lost) does not answer; the I-CSCF is to find another",
                        about: passage.request.subject)))
            actions.append(.count(.servingCSCFRetried))
            relay.forget(server)
            passages[server]?.detour = .taken
            relay.start(request, server, to: [target], tag: tag(server), at: now, names: &names, into: &orders)
            return true
        }
    }

    /// §5.2.6.3.2A: 504 whose P-Asserted-Identity is our URI of the Path, as TS 34.229-1 §12.2a has it.
    func registrationLost(_ response: SIPMessage) -> SIPMessage {
        var response = response
        response.set(.pAssertedIdentity, OctetSlice("<sip:\(configuration.pathHost):\(configuration.pathPort)>"))
        let body = """
            <?xml version="1.0" encoding="UTF-8"?>\r
            <ims-3gpp version="1"><alternative-service><type>restoration</type>\
            <reason>the home network does not answer</reason><action>initial-registration</action>\
            </alternative-service></ims-3gpp>\r

            """
        response.setBody(Array(body.utf8), contentType: "application/3gpp-ims+xml")
        return response
    }

    /// The I-CSCF has found nobody (504 of its own), and says nothing to the phone: that does it then.
    func explain(_ response: inout SIPMessage, _ passage: Passage) {
        guard case .taken? = passage.detour, response.status == .serverTimeout, response.body.isEmpty else { return }
        response = registrationLost(response)
    }

    mutating func fireServers(at now: Instant, into actions: inout [Action<ProxyWork>]) {
        while let client = servers.popSilent(at: now) {
            guard let server = relay.server(of: client) else {
                servers.heard(client)
                continue
            }
            // If it wakes up, it finds a CANCEL.
            if passages[server]?.request.method == .invite { actions.append(.cancel(client)) }
            relayFailed(client, .timeout, at: now, into: &actions)
        }
    }
}
