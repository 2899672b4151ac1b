import IMS
import Octets
import SIP

// REGISTER through the P-CSCF, TS 24.229 §5.2.2.
extension ProxyCSCF {
    /// Contacts of one user that we remember; registrars allow fewer.
    private static let contactLimit = 32

    /// TS 24.229 §5.2.2.1.
    ///
    /// - Parameter set: the security associations that it has come through.
    mutating func register(
        _ request: SIPMessage, _ transaction: ServerTransactionID, _ hop: Hop, through set: SecurityAgreement?
    ) -> [Action<ProxyWork>] {
        let handset = configuration.handsets.choose(for: request, at: hop.listener)
        let profile = configuration.handsets[handset.index]
        let security: Registration.Security
        do throws(SecurityRefusal) {
            security =
                if let set {
                    try admit(request, through: set, from: hop.remote, profile)
                } else {
                    try admit(request, from: hop, profile)
                }
        } catch {
            return refuse(request, transaction, error)
        }
        var message: SIPMessage
        let registration = Registration(
            transaction: transaction, request: request, arrival: hop, flow: set?.flow ?? hop, security: security,
            protection: protection(of: request, at: hop, through: set), handset: handset)
        do throws(SIPSyntaxError) {
            message = try registration.forwarded(
                configuration, token: flowToken.encode(registration.flow), chargingID: entropy.octets(16))
        } catch {
            return refuse(
                request, transaction, .badRequest,
                Refusal(
                    "MALFORMED_AUTHORIZATION", answer: "400", "the Authorization header cannot be read: \(error)"))
        }
        if let fault = RequestFault(request, profile) { return refuse(request, transaction, fault) }
        message.removeProxyOptions(profile)
        _ = message.countDownMaxForwards()
        guard let next = home(of: request) else {
            let domain = request.requestURI.string
            return refuse(
                request, transaction, .notFound,
                Refusal(
                    "DOMAIN_NOT_SERVED", answer: "404", "no home network is known for \(domain)",
                    hint: "the phone's home domain must be one of home-domains, and hosts must say where its I-CSCF is")
            )
        }
        let client = names.next()
        registrations[client] = registration
        return [.count(.registerReceived), next.order(message, client)]
    }

    /// What the S-CSCF is told of the way by which a REGISTER has come, TS 24.229 §5.2.2. A phone that offers a security
    /// agreement, or answers a challenge of AKA, speaks AKA. Of others nothing is said before they answer a challenge,
    /// so that the HSS decides: where tls-pending and ip-assoc-yes would stand, phones with AKA but without IPsec would be
    /// asked for a password.
    private func protection(
        of request: SIPMessage, at hop: Hop, through set: SecurityAgreement?
    ) -> IntegrityProtection? {
        if let set {
            let isOwn = request.privateIdentity.map { $0.array == set.privateIdentity } ?? true
            return isOwn ? .securityAssociation : .unprotected
        }
        let credentials = ((try? request.first(Authorization.self)) ?? nil)?.credentials
        if credentials?.algorithm?.aka != nil || request.contains(.securityClient) {
            return hop.transport.isSecure ? .tlsConnected : .unprotected
        }
        let isBound = contacts.users(at: hop).contains { $0.privateIdentity == request.privateIdentity }
        if hop.transport.isSecure, isBound { return .tls }
        guard credentials?.response?.isEmpty == false else { return nil }
        if hop.transport.isSecure { return .tlsPending }
        return isBound ? .address : .addressPending
    }

    /// The entry point of the phone's home network, from the request URI's domain alone: port, `maddr` and `transport`
    /// are the phone's words, and an address names no domain; they would send our requests wherever a phone likes.
    private func home(of request: SIPMessage) -> NextHop? {
        guard case .sip(let uri)? = try? request.parsedRequestURI(), IPAddress(uri.host) == nil else { return nil }
        let domain = uri.host.string.lowercased()
        guard configuration.homeDomains.isEmpty || configuration.homeDomains.contains(domain) else { return nil }
        do {
            return .hop(try configuration.locator.locate(host: domain))
        } catch .unknownHost where configuration.usesDNS {
            return .toBeLocated(LocationQuestion(host: OctetSlice(domain)))
        } catch {
            return nil
        }
    }

    mutating func received(
        _ response: SIPMessage, _ transaction: ClientTransactionID, at now: Instant
    ) -> [Action<ProxyWork>] {
        guard let registration = registrations[transaction], let status = response.status else { return [] }
        // RFC 3261 §16.7 step 5 and RFC 4320 §4.1: a 100 ends here, and a REGISTER has no other provisional response.
        guard status.isFinal else { return [] }
        registrations[transaction] = nil
        let profile = configuration.handsets[registration.handset.index]
        guard !(300..<400).contains(status.rawValue) else {
            return refuse(
                registration.request, registration.transaction, .serverTimeout,
                Refusal(
                    "HOME_REDIRECTS", answer: "504", "the I-CSCF of the home network redirects, and there is no other",
                    hint: "phones are not told the addresses of the core; see the log of the icscf"))
        }
        var relayed: SIPMessage
        let keys: ChallengeKeys?
        do throws(SIPSyntaxError) {
            keys = status == .unauthorized ? try ChallengeKeys(of: response) : nil
            relayed = try registration.relayed(response, to: profile)
        } catch {
            return refuse(
                registration.request, registration.transaction, .badGateway,
                Refusal(
                    "MALFORMED_CHALLENGE", answer: "502", "the S-CSCF's challenge cannot be read: \(error)",
                    hint: "it might carry CK and IK, so it is not passed on"))
        }
        guard status != .unauthorized else { return challenge(registration, relayed, keys, at: now) }
        if status.isSuccess {
            relayed.takeKeepAlives(every: profile.keepAlive ?? configuration.keepAlive)
            relayed.setFlowTimer(registration, configuration)
        }
        var actions: [Action<ProxyWork>] = [.respond(relayed, registration.transaction)]
        charge(response, registration, at: now, into: &actions)
        guard status.isSuccess else {
            actions.append(.count(.registerRefused))
            unsecured(registration, at: now, into: &actions)
            return actions
        }
        if let refusal = registration.refusal(of: configuration.security) {
            return refuse(registration.request, registration.transaction, refusal)
        }
        policy?.lostFlows.remove(registration.flow.arrival)
        let before = contacts[registration.user].map(handset)
        let expires = remember(response, registration, at: now)
        if expires != nil, before != profile { actions += introduce(registration) }
        actions.append(.count(expires != nil || !registration.namesContacts ? .registerSucceeded : .deregistered))
        secured(registration, expires: expires, at: now, into: &actions)
        watch(registration.user, at: now, into: &actions)
        return actions
    }

    /// TS 24.229 §5.2.2.1 on the 200: what later requests of the phone are checked against.
    ///
    /// - Returns: the seconds of what is bound where the phone is; nil when nothing is.
    private mutating func remember(
        _ response: SIPMessage, _ registration: Registration, at now: Instant
    ) -> Int? {
        let asked = (try? registration.request.all(Contact.self)) ?? []
        let user = registration.user
        let known = contacts[user]?.bindings ?? []
        var bound: [RegisteredContacts.Binding] = []
        var longest: Int?
        for contact in ((try? response.all(Contact.self)) ?? []).prefix(Self.contactLimit) {
            guard let seconds = contact.expires ?? response.expires, seconds > 0 else { continue }
            let uri = contact.address.uri
            let flow: Hop
            if asked.contains(where: { !$0.isWildcard && $0.address.uri == uri }) {
                flow = registration.flow
                longest = max(longest ?? 0, seconds)
            } else if let other = known.first(where: { OctetSlice($0.contact) == uri }) {
                flow = other.flow
            } else {
                continue  // bound through another P-CSCF
            }
            bound.append(
                RegisteredContacts.Binding(contact: uri.array, flow: flow, expires: now + .seconds(seconds)))
        }
        contacts.update(
            user, bound, associatedURIs: joined(response.values(.pAssociatedURI)),
            serviceRoute: joined(response.values(.serviceRoute)), handset: registration.handset.index)
        return longest
    }

    private func joined(_ values: [OctetSlice]) -> [UInt8] {
        var writer = OctetWriter(reserving: values.reduce(0) { $0 + $1.count + 1 })
        for (index, value) in values.enumerated() {
            if index > 0 { writer.write(UInt8(ascii: ",")) }
            writer.write(value)
        }
        return writer.octets
    }

    /// TS 24.229 §5.2.2.1: no answer from the home network is 504.
    mutating func failed(
        _ transaction: ClientTransactionID, _ failure: TransactionFailure, at now: Instant
    ) -> [Action<ProxyWork>] {
        guard let registration = registrations.removeValue(forKey: transaction) else { return [] }
        let how = failure == .timeout ? "does not answer" : "cannot be reached"
        var actions: [Action<ProxyWork>] = []
        unsecured(registration, at: now, into: &actions)
        return refuse(
            registration.request, registration.transaction, .serverTimeout,
            Refusal(
                "ICSCF_UNREACHABLE", answer: "504", "the I-CSCF of the home network \(how)",
                hint: "see whether the icscf is up: imsctl status")) + actions
    }
}
