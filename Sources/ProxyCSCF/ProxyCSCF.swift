import IMS
import Octets
import SIP

/// The P-CSCF, a phone's first contact: TS 24.229 §5.2.
package struct ProxyCSCF: NetworkFunction {
    private let configuration: ProxyCSCFConfiguration
    private let flowToken: FlowToken
    private var entropy: Entropy
    private var registrations: [ClientTransactionID: Registration] = [:]
    private var contacts = RegisteredContacts()
    private var lastTransaction: UInt64 = 0

    /// Contacts of one user that we remember; registrars allow fewer.
    private static let contactLimit = 32

    package init(_ configuration: ProxyCSCFConfiguration, entropy: Entropy) {
        self.configuration = configuration
        self.entropy = entropy
        flowToken = FlowToken(key: configuration.flowTokenKey)
    }

    package var nextDeadline: Instant? { contacts.nextDeadline }

    package mutating func handle(_ event: RoleEvent<Never>, at now: Instant) -> [Action<Never>] {
        switch event {
        case .request(let request, let transaction, let hop):
            guard request.method == .register else { return refuseOther(request, transaction, hop) }
            return register(request, transaction, hop)
        case .response(let response, let transaction): return received(response, transaction, at: now)
        case .transactionFailed(let transaction, let failure): return failed(transaction, failure)
        case .command(let command, let id): return [.reply(report(command, at: now), id)]
        case .deadline:
            let expired = contacts.expire(at: now)
            return Array(repeating: .count(.registrationExpired), count: expired)
        case .acknowledgement, .cancelled, .connectionClosed, .asked, .answer, .askFailed, .performed: return []
        }
    }

    /// TS 24.229 §5.2.2.1.
    private mutating func register(
        _ request: SIPMessage, _ transaction: ServerTransactionID, _ hop: Hop
    ) -> [Action<Never>] {
        var message: SIPMessage
        let registration = Registration(transaction: transaction, request: request, flow: hop)
        do throws(SIPSyntaxError) {
            message = try registration.forwarded(
                configuration, token: flowToken.encode(hop), chargingID: Hex.encode(entropy.octets(16)))
        } catch {
            return refuse(
                request, transaction, .badRequest,
                Refusal(
                    "MALFORMED_AUTHORIZATION", answer: "400", "the Authorization header cannot be read: \(error)"))
        }
        switch message.countDownMaxForwards() {
        case .remaining: break
        case .exhausted:
            return refuse(
                request, transaction, .tooManyHops,
                Refusal("TOO_MANY_HOPS", answer: "483", "Max-Forwards was used up: the request goes round in a circle"))
        case .malformed:
            return refuse(
                request, transaction, .badRequest,
                Refusal("MALFORMED_MAX_FORWARDS", answer: "400", "Max-Forwards is no number up to 255"))
        }
        let options = request.unsupportedProxyOptions
        guard options.isEmpty else {
            return refuse(
                request, transaction, .badExtension,
                Refusal(
                    "EXTENSION_NOT_SUPPORTED", answer: "420",
                    "the phone wants of its proxy \(options.map(\.string).joined(separator: ", ")), which it does not have"
                ),
                unsupported: options)
        }
        guard let next = home(of: request) else {
            let domain = request.requestURI.string
            return refuse(
                request, transaction, .notFound,
                Refusal(
                    "DOMAIN_NOT_SERVED", answer: "404", "no home network is known for \(domain)",
                    hint: "the phone's home domain must be one of home-domains, and hosts must say where its I-CSCF is")
            )
        }
        lastTransaction += 1
        let client = ClientTransactionID(rawValue: lastTransaction)
        registrations[client] = registration
        switch next {
        case .address(let hop): return [.count(.registerReceived), .forward(message, to: hop, client)]
        case .domain(let domain):
            return [.count(.registerReceived), .send(message, toward: LocationQuestion(host: domain), client)]
        }
    }

    /// The entry point of the phone's home network, from the request URI's domain alone: port, `maddr` and `transport`
    /// are the phone's words, and an address names no domain; they would send our requests wherever a phone likes.
    private func home(of request: SIPMessage) -> EntryPoint? {
        guard case .sip(let uri)? = try? request.parsedRequestURI(), IPAddress(uri.host) == nil else { return nil }
        let domain = uri.host.string.lowercased()
        guard configuration.homeDomains.isEmpty || configuration.homeDomains.contains(domain) else { return nil }
        do {
            return .address(try configuration.locator.locate(host: domain))
        } catch .unknownHost where configuration.usesDNS {
            return .domain(OctetSlice(domain))
        } catch {
            return nil
        }
    }

    private enum EntryPoint {
        case address(Hop)
        /// To be looked up, RFC 3263 §4.
        case domain(OctetSlice)
    }

    private mutating func received(
        _ response: SIPMessage, _ transaction: ClientTransactionID, at now: Instant
    ) -> [Action<Never>] {
        guard let registration = registrations[transaction], let status = response.status else { return [] }
        // RFC 3261 §16.7 step 5 and RFC 4320 §4.1: a 100 ends here, and a REGISTER has no other provisional response.
        guard status.isFinal else { return [] }
        registrations[transaction] = nil
        guard !(300..<400).contains(status.rawValue) else {
            return refuse(
                registration.request, registration.transaction, .serverTimeout,
                Refusal(
                    "HOME_REDIRECTS", answer: "504", "the I-CSCF of the home network redirects, and there is no other",
                    hint: "phones are not told the addresses of the core; see the log of the icscf"))
        }
        let relayed: SIPMessage
        do throws(SIPSyntaxError) {
            relayed = try registration.relayed(response)
        } catch {
            return refuse(
                registration.request, registration.transaction, .badGateway,
                Refusal(
                    "MALFORMED_CHALLENGE", answer: "502", "the S-CSCF's challenge cannot be read: \(error)",
                    hint: "it might carry CK and IK, so it is not passed on"))
        }
        var actions: [Action<Never>] = [.respond(relayed, registration.transaction)]
        switch status {
        case .unauthorized: actions.append(.count(.registerChallenged))
        case _ where status.isSuccess: actions.append(.count(remember(response, registration, at: now)))
        default: actions.append(.count(.registerRefused))
        }
        return actions
    }

    /// TS 24.229 §5.2.2.1 on the 200: what later requests of the phone are checked against.
    private mutating func remember(
        _ response: SIPMessage, _ registration: Registration, at now: Instant
    ) -> Counter {
        let asked = (try? registration.request.all(Contact.self)) ?? []
        let user = registration.user
        let known = contacts[user]?.bindings ?? []
        var bound: [RegisteredContacts.Binding] = []
        var isBound = false
        for contact in ((try? response.all(Contact.self)) ?? []).prefix(Self.contactLimit) {
            guard let seconds = contact.expires ?? response.expires, seconds > 0 else { continue }
            let uri = contact.address.uri
            let flow: Hop
            if asked.contains(where: { !$0.isWildcard && $0.address.uri == uri }) {
                flow = registration.flow
                isBound = true
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
            serviceRoute: joined(response.values(.serviceRoute)))
        return isBound || asked.isEmpty ? .registerSucceeded : .deregistered
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
    private mutating func failed(_ transaction: ClientTransactionID, _ failure: TransactionFailure) -> [Action<Never>] {
        guard let registration = registrations.removeValue(forKey: transaction) else { return [] }
        let how = failure == .timeout ? "does not answer" : "cannot be reached"
        return refuse(
            registration.request, registration.transaction, .serverTimeout,
            Refusal(
                "ICSCF_UNREACHABLE", answer: "504", "the I-CSCF of the home network \(how)",
                hint: "see whether the icscf is up: imsctl status"))
    }

    /// Owed: requests other than REGISTER, TS 24.229 §5.2.6 to §5.2.9. Until then 501 says so to a registered phone (RFC
    /// 3261 §21.5.2); who is not registered hears that first (§5.2.6.3).
    private func refuseOther(
        _ request: SIPMessage, _ transaction: ServerTransactionID, _ hop: Hop
    ) -> [Action<Never>] {
        if request.method == .options, contacts.contains(hop) || isForUs(request) {
            return [.respond(.response(.ok, to: request, toTag: tag(transaction)), transaction)]
        }
        guard contacts.contains(hop) else {
            return refuse(
                request, transaction, .forbidden,
                Refusal(
                    "NOT_REGISTERED", answer: "403", "\(request.method.text) from \(hop), where nobody is registered",
                    hint: "register first, from the same address and port"))
        }
        return refuse(
            request, transaction, .notImplemented,
            Refusal(
                "NO_SESSIONS", answer: "501", "this core registers phones; it does not carry \(request.method.text) yet"
            ))
    }

    private func isForUs(_ request: SIPMessage) -> Bool {
        guard case .sip(let uri)? = try? request.parsedRequestURI() else { return false }
        return uri.user == nil && uri.host.string == configuration.pathHost
    }

    private func refuse(
        _ request: SIPMessage, _ transaction: ServerTransactionID, _ status: Status, _ refusal: Refusal,
        unsupported: [OctetSlice] = []
    ) -> [Action<Never>] {
        var response = SIPMessage.response(status, to: request, toTag: tag(transaction))
        for option in unsupported { response.append(.unsupported, option) }
        return [
            .respond(response, transaction),
            .observe(.refused(refusal, about: request.subject)),
            .count(request.method == .register ? .registerRefused : .requestRefused),
        ]
    }

    /// A To tag of our own answers: RFC 3261 §19.3 asks for one that is unique, the transaction's number is.
    private func tag(_ transaction: ServerTransactionID) -> String { "p\(String(transaction.rawValue, radix: 36))" }

    private func report(_ command: Command, at now: Instant) -> Report {
        switch command.name {
        case "registrations":
            let rows = contacts.all.prefix(1_000)
            return [
                "count": .integer(contacts.count),
                "registrations": .list(
                    rows.map {
                        [
                            "impi": .text($0.user.privateIdentity.string),
                            "flow": .text($0.binding.flow.description),
                            "identities": .text(OctetSlice($0.record.associatedURIs).string),
                            "expires": .integer(Int(($0.binding.expires - now).milliseconds / 1_000)),
                        ]
                    }),
            ]
        default: return .error("a P-CSCF knows no command \(command.name)")
        }
    }
}
