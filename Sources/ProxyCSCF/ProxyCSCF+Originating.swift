import IMS
import Octets
import SIP

// What phones send outside dialogs, TS 24.229 §5.2.6.3.2, §5.2.6.3.3 and §5.2.6.3.6. The clauses could not be checked
// against their text.
extension ProxyCSCF {
    mutating func originate(_ arrival: Arrival, at now: Instant, into actions: inout [Action<ProxyWork>]) {
        let (request, server) = (arrival.received, arrival.server)
        let preferred = request.identities(in: .pPreferredIdentity)
        let claimed = preferred + request.identities(in: .from)
        guard
            let user = contacts.user(at: arrival.hop, contact: request.contactURI, identities: claimed),
            let record = contacts[user]
        else {
            actions += refuse(request, server, .forbidden, refusal(of: request, at: arrival.hop))
            return
        }
        // A13: our Record-Route is in every dialog that we let begin.
        guard request.toTag == nil else {
            actions += refuse(
                request, server, .callOrTransactionDoesNotExist,
                Refusal(
                    "DIALOG_UNKNOWN", answer: "481", "\(request.method.text) of a dialog that did not begin here",
                    hint: "requests inside a dialog carry its Record-Route as Route"))
            return
        }
        guard !isForEmergency(record, at: arrival.hop) else {
            actions += refuse(
                request, server, .forbidden,
                Refusal(
                    "EMERGENCY_REGISTRATION", answer: "403", "the phone has registered for emergency calls only"))
            return
        }
        let handset = handset(of: record)
        if let fault = RequestFault.routing(request, handset) {
            actions += refuse(request, server, fault)
            return
        }
        var message = arrival.request
        message.removeProxyOptions(handset)
        let policy = handset.routeMismatch ?? configuration.routeMismatch
        guard follow(record.serviceRoute, of: user, policy, &message, into: &actions) else {
            actions += refuse(
                request, server, .badRequest,
                Refusal(
                    "ROUTE_NOT_SERVICE_ROUTE", answer: "400",
                    "the Route is not the Service-Route that the registration was given",
                    hint: "see pcscf.route-mismatch"))
            return
        }
        let identities = RegisteredIdentities(user, record)
        let mismatch = handset.identityMismatch ?? configuration.identityMismatch
        if mismatch == .refuse, let other = claimed.first(where: { !identities.mayUse($0) }) {
            actions += refuse(
                request, server, .forbidden,
                Refusal(
                    "IDENTITY_NOT_REGISTERED", answer: "403", "\(other) is not registered at \(arrival.hop)",
                    hint: "see pcscf.identity-mismatch"))
            return
        }
        do throws(SIPSyntaxError) { try message.mark(.unprotected) } catch {
            actions += refuse(
                request, server, .badRequest,
                Refusal("MALFORMED_AUTHORIZATION", answer: "400", "the Authorization header cannot be read: \(error)"))
            return
        }
        message.removeUntrusted()
        message.remove(.pPreferredIdentity)
        let asserted = preferred.lazy.compactMap { identities[$0] }.first ?? identities.default
        if let asserted { message.append(PAssertedIdentity(asserted.address)) }
        let vector = configuration.chargingVector(entropy.octets(16))
        message.append(.pChargingVector, vector)
        let leg = Leg(phoneIsCaller: true, user: hash(user), flow: arrival.hop)
        var passage = Passage(
            course: .fromPhone, request: request, arrival: arrival.hop, flow: arrival.hop, user: user,
            leg: message.beginsDialog ? leg : nil, chargingVector: vector)
        if !record.serviceRoute.isEmpty, let home = user.homeDomain {
            passage.detour = .possible(message, home: home)
        }
        start(message, passage, server, at: now, into: &actions)
    }

    private func refusal(of request: SIPMessage, at hop: Hop) -> Refusal {
        guard contacts.contains(hop) else {
            return Refusal(
                "NOT_REGISTERED", answer: "403", "\(request.method.text) from \(hop), where nobody is registered",
                hint: "register first, from the same address and port")
        }
        return Refusal(
            "SENDER_UNKNOWN", answer: "403",
            "several users are registered at \(hop), and neither Contact, P-Preferred-Identity nor From names one")
    }

    /// Step 2 of §5.2.6.3.3: the rest of the Route has to be the Service-Route of the registration, and becomes it when
    /// the policy says so.
    ///
    /// - Returns: false when the request is to be refused.
    private func follow(
        _ serviceRoute: [UInt8], of user: RegisteredContacts.User, _ policy: ProxyCSCFConfiguration.RouteMismatch,
        _ message: inout SIPMessage, into actions: inout [Action<ProxyWork>]
    ) -> Bool {
        var wanted: [OctetSlice] = []
        var list = ValueList(OctetSlice(serviceRoute))
        while let value = list.next() { wanted.append(value) }
        // A registrar without Service-Route is reached by the entry point of the home network.
        if wanted.isEmpty { wanted = user.homeDomain.map { [OctetSlice("<sip:\($0);lr>")] } ?? [] }
        guard !Self.isSameRoute(message.values(.route), wanted) else { return !wanted.isEmpty }
        guard policy == .replace, !wanted.isEmpty else { return false }
        message.replace(.route, with: wanted)
        actions.append(
            .observe(
                Observation(
                    .debug, "the Service-Route took the place of the phone's Route", about: message.subject)))
        return true
    }

    private static func isSameRoute(_ found: [OctetSlice], _ wanted: [OctetSlice]) -> Bool {
        guard found.count == wanted.count else { return false }
        do throws(SIPSyntaxError) {
            for (mine, theirs) in zip(found, wanted) where mine != theirs {
                let left = try NameAddress(parsing: mine).parsedURI()
                guard try left.matches(NameAddress(parsing: theirs).parsedURI()) else { return false }
            }
            return true
        } catch {
            return false
        }
    }
}

extension RegisteredContacts.User {
    /// The host of the public identity; nil when it is no SIP URI.
    var homeDomain: String? {
        do throws(SIPSyntaxError) {
            guard case .sip(let uri) = try URI(parsing: publicIdentity) else { return nil }
            return uri.host.string
        } catch {
            return nil
        }
    }
}

extension RegisteredIdentities {
    /// Registered, or nobody's: RFC 3323 §4.1.1.3.
    fileprivate func mayUse(_ identity: PublicIdentity) -> Bool {
        contains(identity) || identity.text == "sip:anonymous@anonymous.invalid"
    }
}
