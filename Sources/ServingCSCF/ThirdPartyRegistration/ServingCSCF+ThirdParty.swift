import Cx
import IMS
import Octets
import SIP
import ServiceTriggers

/// Third-party registration, TS 24.229 §5.4.1.7: the application servers whose filter criteria match the REGISTER are
/// told who has come, who stays and who has left.
///
///     registered, refreshed, left ─▶ criteria ─▶ REGISTER ─┬─ 2xx, other refusals ─▶ done
///                                                          └─ silence, 408, 5xx ─┬─ SESSION_CONTINUED ──▶ done
///                                                                                └─ SESSION_TERMINATED ─▶ the network
///                                                                                   ends the registration
extension ServingCSCF {
    /// - Parameter exchange: the phone's REGISTER and our response; nil when it was not the phone that ended it.
    mutating func tellServers(
        of registration: Registration, _ type: ServicePointTrigger.RegistrationType, as registered: PublicIdentity?,
        _ exchange: (request: SIPMessage, response: SIPMessage)?, at now: Instant, into actions: inout [Order]
    ) {
        var told: Set<String> = []
        for (index, services) in registration.profile.services.enumerated() {
            guard let criteria = tables.criteria.criteria(of: services),
                let identity = registration.profile.identity(ofServices: index, preferred: registered)
            else { continue }
            let request = exchange?.request ?? Self.imagined(identity)
            let (matches, exhaustion) = criteria.allMatches(
                for: request, in: .registration(type), budget: configuration.sessions.evaluationBudget)
            if let exhaustion {
                actions.append(
                    .observe(Observation(.error, "\(exhaustion)", about: Subject(publicIdentity: identity.text))))
            }
            for match in matches where told.insert(match.applicationServer.serverName).inserted {
                tell(match, of: registration, type, identity, exchange, at: now, into: &actions)
            }
        }
    }

    private mutating func tell(
        _ match: ServiceMatch, of registration: Registration, _ type: ServicePointTrigger.RegistrationType,
        _ identity: PublicIdentity, _ exchange: (request: SIPMessage, response: SIPMessage)?, at now: Instant,
        into actions: inout [Order]
    ) {
        let isLeaving = type == .deregistration
        let register = ThirdPartyRegister(
            exchange: exchange, server: match.applicationServer, identity: identity,
            expires: isLeaving ? 0 : registration.bindings.map { $0.seconds(at: now) }.max() ?? 0,
            chargingFunctions: registration.profile.chargingFunctions, serverName: configuration.serverName,
            network: configuration.domains.first ?? "")
        let pending = ThirdPartyRegistrations.Pending(
            identity: identity, server: match.applicationServer.serverName, handling: match.defaultHandling,
            isLeaving: isLeaving)
        guard thirdParties.count < configuration.maximumProcedures else {
            return serverFailed(pending, "too many of our REGISTERs wait for servers", into: &actions)
        }
        let message = register.message(tag: makeTag(), callID: makeTag(), boundary: makeTag())
        let client = clients.next()
        if send(message, toward: OctetSlice(match.applicationServer.serverName), as: client, into: &actions) {
            thirdParties.began(client, pending)
        } else {
            serverFailed(pending, "its name leads nowhere", into: &actions)
        }
    }

    /// - Returns: false when the response is to no third-party registration.
    mutating func serverAnswered(
        _ transaction: ClientTransactionID, _ response: SIPMessage, into actions: inout [Order]
    ) -> Bool {
        guard let status = response.status, status.isFinal else { return thirdParties.holds(transaction) }
        guard let pending = thirdParties.ended(transaction) else { return false }
        if status == .requestTimeout || (500..<600).contains(status.rawValue) {
            serverFailed(pending, "it answered \(status)", into: &actions)
        } else if !status.isSuccess {
            actions.append(
                .observe(
                    Observation(
                        .warning, "\(pending.server) refused to be told of the registration: \(status).",
                        about: Subject(publicIdentity: pending.identity.text, peer: pending.server))))
        }
        return true
    }

    /// - Returns: false when the transaction is that of no third-party registration.
    mutating func serverSilent(_ transaction: ClientTransactionID, into actions: inout [Order]) -> Bool {
        guard let pending = thirdParties.ended(transaction) else { return false }
        serverFailed(pending, "it did not answer", into: &actions)
        return true
    }

    /// The default handling of the criterion.
    private mutating func serverFailed(
        _ pending: ThirdPartyRegistrations.Pending, _ why: String, into actions: inout [Order]
    ) {
        let ends = pending.handling == .sessionTerminated && !pending.isLeaving
        actions.append(
            .observe(
                Observation(
                    .warning,
                    """
                    \(pending.server) could not be told of the registration: \(why). The registration \
                    \(ends ? "ends" : pending.isLeaving ? "is over all the same" : "stays") \
                    (default handling \(pending.handling == .sessionTerminated ? "SESSION_TERMINATED" : "SESSION_CONTINUED")).
                    """, about: Subject(publicIdentity: pending.identity.text, peer: pending.server))))
        guard ends, let slot = registrations.slot(of: pending.identity) else { return }
        // Told to register at once, the phone would come back for ever while the server is down (RFC 3680 §4.7.1).
        deregister(slot, because: .probation(Self.probation), into: &actions)
    }

    /// Seconds until a phone may come back that a server kept from being registered.
    private static let probation = 60

    /// The REGISTER that stands for one that nobody sent, for the criteria to be held against.
    private static func imagined(_ identity: PublicIdentity) -> SIPMessage {
        var request = SIPMessage(.register, uri: identity.text)
        request.append(.to, "<\(identity.text)>")
        request.append(.from, "<\(identity.text)>")
        request.append(.expires, "0")
        return request
    }
}

extension UserProfile {
    /// Of whom the servers of a service profile are told: the identity that was registered if it has this profile and
    /// is not barred, else the first that is not.
    fileprivate func identity(ofServices index: Int, preferred: PublicIdentity?) -> PublicIdentity? {
        let own = identities.filter { Int($0.services) == index && !$0.isBarred }
        return own.first { $0.identity == preferred }?.identity ?? own.first?.identity
    }
}
