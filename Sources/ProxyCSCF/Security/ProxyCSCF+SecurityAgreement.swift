import IMS
import Octets
import SIP

// The security agreement of a REGISTER: RFC 3329 §2.3, TS 24.229 §5.2.2.2 and TS 33.203 §7 (neither of the two could be
// checked against its text).
extension ProxyCSCF {
    /// A REGISTER that comes through no associations: whether the phone may register, and what can be agreed on.
    func admit(
        _ request: SIPMessage, from hop: Hop, _ handset: HandsetProfile
    ) throws(SecurityRefusal) -> Registration.Security {
        let demand = configuration.security.demand(hop.listener)
        guard demand != .off else { return .none }
        let mechanisms: [SecurityMechanism]
        do throws(SIPSyntaxError) { mechanisms = try request.offeredMechanisms() } catch {
            throw .notPossible(.malformed(error))
        }
        if demand == .required || request.demandsAgreement || !mechanisms.isEmpty, request.hasSeveralHops {
            throw .notFirstHop
        }
        guard !mechanisms.isEmpty else {
            guard demand == .required else {
                guard !request.demandsAgreement else { throw .demanded("it offers no mechanism") }
                return .none
            }
            let isKnown = request.demandsAgreement || request.listContains(.supported, token: "sec-agree")
            throw .notOffered(saysSupported: isKnown)
        }
        let offer: SecurityOffer
        do throws(SecurityOffer.Fault) {
            offer = try self.offer(mechanisms, of: request, from: hop, handset, through: nil)
        } catch {
            switch (demand, error) {
            case (.required, _): throw .notPossible(error)
            case (_, .nothingInCommon) where request.demandsAgreement, (_, .behindNAT) where request.demandsAgreement:
                throw .demanded("\(error)")
            case (.off, _), (.optional, _): return .impossible(error)
            }
        }
        // The answer to a challenge belongs into the associations that came with it; only who could make nothing of the
        // challenge (RFC 3310 §3.4) speaks without.
        guard demand == .optional || !request.answersChallenge else {
            throw SecurityRefusal(
                .securityAgreementRequired, "OUTSIDE_SECURITY_ASSOCIATIONS",
                "the phone answers its challenge from \(hop), outside the security associations",
                hint: "IPsec of the phone has not come up: compare its associations with those of this host",
                list: .capabilities)
        }
        return .offer(offer)
    }

    /// A REGISTER through associations: RFC 3329 §2.3.1, the list that we sent must come back, and the phone's own must
    /// be the one that was agreed on.
    func admit(
        _ request: SIPMessage, through set: SecurityAgreement, from remote: Endpoint, _ handset: HandsetProfile
    ) throws(SecurityRefusal) -> Registration.Security {
        let verified: [SecurityMechanism]
        let mechanisms: [SecurityMechanism]
        do throws(SIPSyntaxError) {
            verified = try request.verifiedMechanisms()
            mechanisms = try request.offeredMechanisms()
        } catch {
            throw SecurityRefusal(
                .badRequest, "MALFORMED_SECURITY_AGREEMENT",
                "the Security-Verify or Security-Client header cannot be read: \(error)")
        }
        guard MechanismList(verified, handset.verification) == MechanismList([set.mechanism], handset.verification)
        else { throw .altered(set.mechanism) }
        switch set.state {
        case .offered:
            guard MechanismList(mechanisms) == set.offered else {
                throw SecurityRefusal(
                    .forbidden, "SECURITY_CLIENT_MISMATCH",
                    "Security-Client is not that of the REGISTER which was challenged")
            }
            return .through(set.id, nil)
        case .established:
            guard !mechanisms.isEmpty else { return .through(set.id, nil) }
            let hop = Hop(.udp, set.flow.listener, remote)
            do throws(SecurityOffer.Fault) {
                return .through(set.id, try offer(mechanisms, of: request, from: hop, handset, through: set))
            } catch {
                throw .notPossible(error)
            }
        case .installing, .ending:
            throw SecurityRefusal(
                .forbidden, "SECURITY_ASSOCIATIONS_ENDED",
                "the security associations from \(remote) have ended, the phone registers without them")
        }
    }

    /// Of another request through associations, RFC 3329 §2.3.1: held to what matters in it, whatever handset sends it.
    /// While a phone changes to a new set it may name either.
    func refusal(ofVerifyIn request: SIPMessage, through set: SecurityAgreement) -> SecurityRefusal? {
        guard request.contains(.securityVerify) else { return nil }
        do throws(SIPSyntaxError) {
            let list = MechanismList(try request.verifiedMechanisms(), .terms)
            let isKnown = agreements.sets(of: set.privateIdentity).contains {
                MechanismList([$0.mechanism], .terms) == list
            }
            return isKnown ? nil : .altered(set.mechanism)
        } catch {
            return SecurityRefusal(
                .badRequest, "MALFORMED_SECURITY_AGREEMENT", "the Security-Verify header cannot be read: \(error)")
        }
    }

    private func offer(
        _ mechanisms: [SecurityMechanism], of request: SIPMessage, from hop: Hop, _ handset: HandsetProfile,
        through set: SecurityAgreement?
    ) throws(SecurityOffer.Fault) -> SecurityOffer {
        guard sockets(for: hop) != nil else { throw .noSockets }
        return try SecurityOffer(
            mechanisms, at: set?.place ?? place(of: request, from: hop.remote.address), configuration.security,
            preference: handset.algorithms ?? configuration.security.preference)
    }

    /// TS 33.203 Annex M: behind a NAT is who is not where its Via says.
    private func place(of request: SIPMessage, from remote: IPAddress) -> SecurityOffer.Place {
        do throws(SIPSyntaxError) {
            guard let own = try request.first(Via.self).flatMap({ IPAddress($0.host) }), own != remote else {
                return .direct(remote)
            }
            return .translated(own: own, outer: Endpoint(remote, UDPEncapsulation.port))
        } catch {
            return .direct(remote)
        }
    }

    private func sockets(for hop: Hop) -> SecurityPolicy.Sockets? {
        let policy = configuration.security
        return policy.sockets(for: configuration.listener(hop.listener).local.address).map { policy.sockets[$0] }
    }

    // MARK: The challenge

    /// The 401 for a REGISTER: where keys have come with it the associations are there before it leaves.
    ///
    /// - Parameter response: without the keys.
    mutating func challenge(
        _ registration: Registration, _ response: SIPMessage, _ keys: ChallengeKeys?, at now: Instant
    ) -> [Action<ProxyWork>] {
        var actions: [Action<ProxyWork>] = []
        let passed: [Action<ProxyWork>] = [.respond(response, registration.transaction), .count(.registerChallenged)]
        switch registration.security {
        case .none: return passed
        case .impossible(let fault):
            return passed + [.observe(Observation(.notice, "no IPsec: \(fault)", about: registration.request.subject))]
        case .offer(let offer):
            guard let keys else {
                guard configuration.security.demand(registration.arrival.listener) == .required else { return passed }
                return refuse(
                    registration.request, registration.transaction,
                    SecurityRefusal(
                        .forbidden, "NO_KEYS_FOR_IPSEC", "the S-CSCF's challenge has no CK and IK, IPsec needs them",
                        hint: "the subscriber has SIP Digest instead of AKA, or the S-CSCF keeps the keys back"))
            }
            agree(offer, keys, registration, response, through: nil, at: now, into: &actions)
        case .through(let id, let offer):
            guard agreements[id]?.state == .established else {
                // The registrar wants another answer: these keys are worth nothing any more.
                end(id, at: now, into: &actions)
                return passed + actions
            }
            guard let keys, let offer else { return passed }
            agree(offer, keys, registration, response, through: id, at: now, into: &actions)
        }
        return actions
    }

    private mutating func agree(
        _ offer: SecurityOffer, _ keys: ChallengeKeys, _ registration: Registration, _ response: SIPMessage,
        through: SecurityAgreement.ID?, at now: Instant, into actions: inout [Action<ProxyWork>]
    ) {
        guard let sockets = sockets(for: registration.arrival),
            let expanded = SecurityKeys(
                offer.algorithms, integrityKey: keys.integrity, cipherKey: keys.confidentiality)
        else {
            actions += refuse(registration.request, registration.transaction, .notPossible(.noSockets))
            return
        }
        var policy = configuration.security
        if let crosses = configuration.handsets[registration.handset.index].crossesAssociations {
            policy.isCrossed = crosses
        }
        let (set, replaced): (SecurityAgreement, [SecurityAgreement])
        do throws(SecurityAgreements.Fault) {
            (set, replaced) = try agreements.agree(
                offer, expanded, of: registration.user.securityName, through: through,
                policy: policy, sockets: sockets, at: now, entropy: &entropy)
        } catch {
            actions += refuse(registration.request, registration.transaction, .notAgreed(error))
            return
        }
        for old in replaced { takeDown(old, at: now, into: &actions) }
        let work = nextWork()
        installations[work] = Installation(
            set: set.id, registration: registration, response: response, began: now)
        actions.append(.perform(.security(.install(set.associations(at: now))), work))
    }

    /// The kernel has answered.
    mutating func performed(
        _ work: WorkID, _ outcome: SecurityOutcome, at now: Instant, into actions: inout [Action<ProxyWork>]
    ) {
        guard let installation = installations.removeValue(forKey: work) else {
            guard case .failed(let sentence) = outcome else { return }
            actions.append(.observe(Observation(.warning, "security associations: \(sentence)")))
            return
        }
        let registration = installation.registration
        switch outcome {
        case .done:
            installationTimes.add(now - installation.began)
            var isOffered = false
            agreements.update(installation.set) { isOffered = $0.installed() }
            guard isOffered, let set = agreements[installation.set] else {
                actions += refuse(
                    registration.request, registration.transaction,
                    SecurityRefusal(
                        .serviceUnavailable, "REGISTER_OVERTAKEN",
                        "another REGISTER of the phone has overtaken this one"))
                return
            }
            for (hop, other) in set.responseRoutes { actions.append(.routeResponses(from: hop, by: other)) }
            var response = installation.response
            response.append(SecurityServer(set.mechanism))
            actions.append(.respond(response, registration.transaction))
            actions.append(.count(.registerChallenged))
        case .failed(let sentence):
            agreements.remove(installation.set)
            actions += refuse(
                registration.request, registration.transaction,
                SecurityRefusal(
                    .serverInternalError, "SECURITY_ASSOCIATIONS_FAILED",
                    "the security associations cannot be installed: \(sentence)",
                    hint: "pcscf needs CAP_NET_ADMIN and a kernel with ESP"))
        }
    }

    // MARK: The answer

    /// The registrar has said 200, and the contacts are up to date.
    mutating func secured(
        _ registration: Registration, expires: Int?, at now: Instant, into actions: inout [Action<ProxyWork>]
    ) {
        let name = registration.user.securityName
        if case .through(let id, _) = registration.security, let set = agreements[id] {
            guard contacts.contains(set.flow) else {
                end(id, at: now, into: &actions)
                return endUnused(name, at: now, into: &actions)
            }
            let sisters = agreements.sets(of: name).filter {
                $0.id != id && $0.state == .established && $0.flow == set.flow
            }
            let wasNew = set.state == .offered
            let end = max(
                expires.map { now + .seconds($0) + configuration.security.lifetimeMargin } ?? now,
                sisters.map(\.deadline).max() ?? now)
            agreements.update(id) { set in
                set.authenticated(until: end)
                if wasNew { set.predecessors = sisters.map(\.id) }
                set.prefersStreams = registration.arrival.transport == .tcp && registration.request.asksForStream
            }
            extend(id, at: now, into: &actions)
        }
        endUnused(name, at: now, into: &actions)
    }

    /// The registration has come to nothing: the phone has not shown that it is who it says.
    mutating func unsecured(
        _ registration: Registration, at now: Instant, into actions: inout [Action<ProxyWork>]
    ) {
        guard case .through(let id, _) = registration.security, agreements[id]?.state == .offered else { return }
        end(id, at: now, into: &actions)
    }

    /// Sets of an identity whose phones are not registered any more: de-registered, restarted with other ports, or taken
    /// away by the network.
    mutating func endUnused(_ name: [UInt8], at now: Instant, into actions: inout [Action<ProxyWork>]) {
        guard agreements.count > 0 else { return }
        for set in agreements.sets(of: name) where set.state == .established && !contacts.contains(set.flow) {
            end(set.id, at: now, into: &actions)
        }
    }

    func refuse(
        _ request: SIPMessage, _ transaction: ServerTransactionID, _ refusal: SecurityRefusal
    ) -> [Action<ProxyWork>] {
        var actions = refuse(request, transaction, refusal.status, refusal.refusal)
        if case .respond(var response, transaction)? = actions.first {
            refusal.complete(&response, configuration.security)
            actions[0] = .respond(response, transaction)
        }
        return actions
    }
}

/// A challenge that waits for the kernel.
struct Installation: Sendable {
    let set: SecurityAgreement.ID
    let registration: Registration
    /// The 401, without Security-Server.
    let response: SIPMessage
    let began: Instant
}

/// CK and IK of a challenge.
struct ChallengeKeys: Sendable {
    let confidentiality: [UInt8]
    let integrity: [UInt8]

    /// nil when no challenge has both.
    init?(of response: SIPMessage) throws(SIPSyntaxError) {
        for header in try response.all(WWWAuthenticate.self) {
            guard let confidentiality = header.challenge.confidentialityKey,
                let integrity = header.challenge.integrityKey
            else { continue }
            self.confidentiality = confidentiality
            self.integrity = integrity
            return
        }
        return nil
    }
}

extension SIPMessage {
    /// A response to a challenge stands in it, and no request for resynchronisation.
    fileprivate var answersChallenge: Bool {
        do throws(SIPSyntaxError) {
            return try all(Authorization.self).contains { header in
                !(header.credentials.response?.isEmpty ?? true) && !header.credentials.contains("auts")
            }
        } catch {
            return false
        }
    }

    /// RFC 3329 §2.3.1: the option tag, in Require or in Proxy-Require.
    fileprivate var demandsAgreement: Bool {
        listContains(.require, token: "sec-agree") || listContains(.proxyRequire, token: "sec-agree")
    }

    /// RFC 3329 §2.3.2: more than one Via.
    fileprivate var hasSeveralHops: Bool { values(.via).count > 1 }

    /// A contact wants to be reached over TCP.
    fileprivate var asksForStream: Bool {
        do throws(SIPSyntaxError) {
            for contact in try all(Contact.self) where !contact.isWildcard {
                if case .sip(let uri) = try contact.address.parsedURI(), uri.transport == .tcp { return true }
            }
            return false
        } catch {
            return false
        }
    }
}

extension RegisteredContacts.User {
    /// Whom security associations are for: the private identity, or the public one where a phone names no other.
    var securityName: [UInt8] { (privateIdentity.isEmpty ? publicIdentity : privateIdentity).array }
}
