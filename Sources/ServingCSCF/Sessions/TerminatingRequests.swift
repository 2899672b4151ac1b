import IMS
import Octets
import SIP
import ServiceTriggers

/// An initial request for a served user, TS 24.229 §5.4.3.3.
extension ServingCSCF {
    mutating func terminate(
        _ request: SIPMessage, _ transaction: ServerTransactionID, from hop: Hop, at now: Instant,
        into actions: inout [Order]
    ) throws(SessionFault) {
        let identity = try calledUser(of: request)
        var request = request
        request.remove(.pServedUser)
        request.remove(.pChargingFunctionAddresses)
        guard let user = servedUser(identity) else {
            let served = ServedRequest(request, from: hop, leg: .awaitingProfile(.terminating(isRegistered: false)))
            return fetchProfile(of: identity, for: served, transaction, into: &actions)
        }
        try terminate(request, transaction, for: user, from: hop, at: now, into: &actions)
    }

    /// The user is known, registered or not.
    mutating func terminate(
        _ request: SIPMessage, _ transaction: ServerTransactionID, for user: ServedUser, from hop: Hop,
        at now: Instant, into actions: inout [Order]
    ) throws(SessionFault) {
        guard !user.isBarred else { throw .barred(user.identity, status: .notFound) }
        let chain = ServiceChain(.terminating(isRegistered: user.isRegistered), for: request)
        let served = ServedRequest(request, from: hop, leg: .onward, user: user, chain: chain)
        advance(served, transaction, at: now, into: &actions)
    }

    /// The Request-URI as an identity: a SIP URI of a home domain, or a number. A SIP URI with a number is the number's
    /// user when it is no identity itself.
    private func calledUser(of request: SIPMessage) throws(SessionFault) -> PublicIdentity {
        let uri: URI
        do { uri = try request.parsedRequestURI() } catch { throw .malformed(error) }
        guard let identity = PublicIdentity(uri) else { throw .unsupportedScheme(request.requestURI) }
        guard case .sip(let sip) = uri else { return identity }
        guard isHomeDomain(sip.host), sip.user != nil else { throw .foreignUser(identity.text) }
        if registrations[identity] == nil, let number = sip.telephoneNumber, number.isGlobal {
            let other = PublicIdentity(canonical: number.addressOfRecord)
            if registrations[other] != nil { return other }
        }
        return identity
    }

    /// No service wants it any more: to the contacts, §5.4.3.3.
    mutating func deliver(
        _ served: ServedRequest, _ transaction: ServerTransactionID, to user: ServedUser, at now: Instant,
        into actions: inout [Order]
    ) {
        var served = served
        do throws(SessionFault) {
            guard let registration = registrations[user.identity] else { throw .unavailable(user.identity) }
            let bindings = registration.bindings(for: served.message)
            var policy = ForkingPolicy()
            let targets: [Target]
            do throws(SIPSyntaxError) {
                if served.message.contains(.requestDisposition) {
                    policy.apply(try RequestDisposition.directives(of: served.message))
                }
                targets = try self.targets(bindings, for: served.message, at: now)
                served.flows = try PhoneFlows(bindings, at: now)
            } catch {
                throw .malformed(error)
            }
            guard !targets.isEmpty else {
                throw bindings.contains { $0.expiry > now }
                    ? .nothingPreferred(user.identity) : .unavailable(user.identity)
            }
            try startTimer(&served)
            prepare(&served.message, for: user)
            relay(served, transaction, to: targets, policy: policy, at: now, into: &actions)
        } catch {
            reject(served.message, transaction, error, from: served.arrival, into: &actions)
        }
    }

    /// What the phone and its P-CSCF get: whom the request was for (RFC 7315 §4.2), and nothing that was for servers.
    private func prepare(_ request: inout SIPMessage, for user: ServedUser) {
        request.remove(.route)  // the Path alone leads to the phone
        request.set(PCalledPartyID(NameAddress(uri: request.requestURI)))
        if !user.profile.chargingFunctions.isEmpty {
            request.set(.pChargingFunctionAddresses, user.profile.chargingFunctions)
        }
    }

    /// The contacts in the order of trying them: by q, and among equals as the caller prefers (RFC 3841 §7.2). Of several
    /// flows of one phone the latest (RFC 5626 §5.1).
    private func targets(
        _ bindings: [Binding], for request: SIPMessage, at now: Instant
    ) throws(SIPSyntaxError) -> [Target] {
        var current: [Binding] = []
        for binding in bindings where binding.expiry > now {
            if let instance = binding.instanceID,
                let other = current.firstIndex(where: {
                    $0.instanceID == instance && $0.privateIdentity == binding.privateIdentity
                })
            {
                if current[other].expiry < binding.expiry { current[other] = binding }
            } else {
                current.append(binding)
            }
        }
        if case .sip(let uri) = try request.parsedRequestURI(), let gruu = uri.parameters["gr"], !gruu.isEmpty {
            current.removeAll { !isDevice($0, gruu) }  // RFC 5627 §5.4: a public GRUU means one phone
        }
        let isSimple = current.count < 2 && !request.contains(.acceptContact) && !request.contains(.rejectContact)
        guard !isSimple else {
            return try current.map { binding throws(SIPSyntaxError) in try Self.target(binding, 1000) }
        }
        var candidates: [CallerPreferences.Candidate] = []
        for binding in current {
            candidates.append(.init(try Contact(parsing: binding.contact).features(), q: binding.q))
        }
        var targets: [Target] = []
        var rank = 1000
        var last: CallerPreferences.Choice?
        for choice in try CallerPreferences(of: request).order(candidates) {
            if let last, last.q != choice.q || last.preference != choice.preference { rank = max(rank - 1, 0) }
            last = choice
            targets.append(try Self.target(current[choice.index], rank))
        }
        return targets
    }

    private static func target(_ binding: Binding, _ rank: Int) throws(SIPSyntaxError) -> Target {
        try Target(binding.uri, q: rank, routes: binding.path.isEmpty ? [] : [binding.path])
    }
}

extension Registration {
    /// Where a request to the user may go. Contacts for emergency calls are for the PSAP that calls back (RFC 7090 §5), or
    /// for a user who has no others: nobody else knows to call him there.
    fileprivate func bindings(for request: SIPMessage) -> [Binding] {
        guard bindings.contains(where: \.isEmergency) else { return bindings }
        let isCallback = request.firstValue(.priority)?.equalsIgnoringCase("psap-callback") ?? false
        return bindings.filter { $0.isEmergency == (isCallback || !isOrdinary) }
    }
}
