import Cx
import IMS
import Octets
import SIP
import ServiceTriggers

/// An initial request of a served user, TS 24.229 §5.4.3.2.
extension ServingCSCF {
    /// - Parameter isRouteDiverted: our Route has `orig-cdiv`, as some application servers say it.
    mutating func originate(
        _ request: SIPMessage, _ transaction: ServerTransactionID, isRouteDiverted: Bool, from hop: Hop,
        at now: Instant, into actions: inout [Order]
    ) throws(SessionFault) {
        let claim = try claimedUser(of: request, from: hop)
        var request = request
        let isDiverted = claim.isByServer && (isRouteDiverted || Self.saysDiverted(request))
        request.remove(.pServedUser)
        guard let user = servedUser(claim.identity) else {
            guard claim.isByServer else {
                // The phone may have been registered elsewhere, or here before.
                guard configuration.restoresUsers, isHomeUser(claim.identity) else {
                    throw .notRegistered(claim.identity)
                }
                let served = ServedRequest(request, from: hop, leg: .awaitingProfile(.originating(isRegistered: true)))
                return fetchProfile(of: claim.identity, by: .noAssignment, for: served, transaction, into: &actions)
            }
            // An application server may speak for a user who is not there (RFC 5502 §4.4); a phone may not.
            guard isHomeUser(claim.identity) else { throw .foreignUser(claim.identity.text) }
            let context = Self.context(isRegistered: false, isDiverted: isDiverted)
            let served = ServedRequest(request, from: hop, leg: .awaitingProfile(context))
            return fetchProfile(of: claim.identity, for: served, transaction, into: &actions)
        }
        guard user.isRegistered || claim.isByServer else {
            throw configuration.restoresUsers ? .registrationLost(claim.identity) : .notRegistered(claim.identity)
        }
        if !claim.isByServer { try authenticate(&request, of: registrations[claim.identity], at: now) }
        try originate(request, transaction, of: user, isDiverted: isDiverted, from: hop, at: now, into: &actions)
    }

    /// RFC 8498 §4: `orig-cdiv` instead of a session case, by the application server that has diverted the call.
    private static func saysDiverted(_ request: SIPMessage) -> Bool {
        do {
            return try request.first(PServedUser.self)?.sessionCase == .originatingAfterDiversion
        } catch {
            return false  // who is served could be read; what else is said could not
        }
    }

    private static func context(isRegistered: Bool, isDiverted: Bool) -> ServiceContext {
        isDiverted
            ? ServiceContext(.originatingAfterDiversion, isRegistered: isRegistered)
            : .originating(isRegistered: isRegistered)
    }

    /// The user is known.
    ///
    /// - Parameter isDiverted: the criteria for calls that the user has diverted are held against it, no others.
    mutating func originate(
        _ request: SIPMessage, _ transaction: ServerTransactionID, of user: ServedUser, isDiverted: Bool = false,
        from hop: Hop, at now: Instant, into actions: inout [Order]
    ) throws(SessionFault) {
        guard !user.isBarred else { throw .barred(user.identity, status: .forbidden) }
        var request = request
        try assertService(in: &request, of: user)
        assertAlias(in: &request, of: user)
        chargeOriginating(&request)
        let context = Self.context(isRegistered: user.isRegistered, isDiverted: isDiverted)
        let chain = ServiceChain(context, for: request)
        let served = ServedRequest(request, from: hop, leg: .onward, user: user, chain: chain)
        advance(served, transaction, at: now, into: &actions)
    }

    // MARK: Who

    private struct Claim {
        let identity: PublicIdentity
        /// By P-Served-User from an application server.
        let isByServer: Bool
    }

    /// P-Served-User when an application server says it (RFC 5502 §7.2), else P-Asserted-Identity: the first that is
    /// registered here, or else the first.
    private func claimedUser(of request: SIPMessage, from hop: Hop) throws(SessionFault) -> Claim {
        do throws(SIPSyntaxError) {
            if isApplicationServer(hop.remote.address), let header = try request.first(PServedUser.self),
                let identity = PublicIdentity(try header.address.parsedURI())
            {
                return Claim(identity: identity, isByServer: true)
            }
            var first: PublicIdentity?
            for header in try request.all(PAssertedIdentity.self) {
                guard let identity = PublicIdentity(try header.address.parsedURI()) else { continue }
                if registrations[identity] != nil { return Claim(identity: identity, isByServer: false) }
                first = first ?? identity
            }
            if let first { return Claim(identity: first, isByServer: false) }
        } catch {
            throw .malformed(error)
        }
        throw .identityMissing
    }

    /// Of a home domain, or a number.
    func isHomeUser(_ identity: PublicIdentity) -> Bool {
        do {
            switch try URI(parsing: identity.text) {
            case .sip(let uri): return isHomeDomain(uri.host)
            case .tel: return true
            case .other: return false
            }
        } catch {
            return false
        }
    }

    // MARK: What is put in

    /// §5.4.3.2, RFC 6050 §4.2: the service that the phone prefers becomes the asserted one when the profile allows it.
    /// A profile that names no services allows all.
    private func assertService(in request: inout SIPMessage, of user: ServedUser) throws(SessionFault) {
        guard request.contains(.pPreferredService) else { return }
        let wanted: PPreferredService?
        do {
            wanted = try request.first(PPreferredService.self)
        } catch {
            throw .malformed(error)
        }
        request.remove(.pPreferredService)
        guard let wanted else { return }
        let allowed = user.service?.coreNetworkServicesAuthorization?.serviceIDs ?? []
        guard allowed.isEmpty || allowed.contains(where: { $0.lowercased() == wanted.service.text.lowercased() }) else {
            throw .serviceNotAuthorised(wanted.service.service, user.identity)
        }
        if !request.contains(.pAssertedService) { request.append(PAssertedService(wanted.service)) }
    }

    /// §5.4.3.2: beside the one asserted identity that there is, that of the other scheme, so that a phone network gets
    /// a number and an IMS a SIP URI (RFC 3325 §9.1 allows one of each).
    func assertAlias(in message: inout SIPMessage, of user: ServedUser) {
        guard message.count(.pAssertedIdentity) == 1, let text = message.firstValue(.pAssertedIdentity) else { return }
        do {
            guard let identity = PublicIdentity(try PAssertedIdentity(parsing: text).address.parsedURI()),
                user.profile.identities.contains(where: { $0.identity == identity }),
                let other = user.associatedIdentity(of: identity)
            else { return }
            message.append(.pAssertedIdentity, "<\(other.text)>")
        } catch {
            return
        }
    }

    /// RFC 7315 §4.6 and §5.6: the charging vector stays, with our network as the originating one; a request without one
    /// gets one. Where charging data goes is not for others to say.
    private mutating func chargeOriginating(_ request: inout SIPMessage) {
        request.remove(.pChargingFunctionAddresses)
        var vector: PChargingVector?
        do { vector = try request.first(PChargingVector.self) } catch {}  // one that cannot be read is replaced
        var charging = vector ?? PChargingVector(icid: makeTag() + makeTag(), generatedAt: tables.host)
        guard charging.originatingOperator == nil || vector == nil else { return }
        if let domain = configuration.domains.first { charging.parameters.set("orig-ioi", domain) }
        request.set(charging)
    }
}
