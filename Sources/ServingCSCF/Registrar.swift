import Cx
import Diameter
import IMS
import Octets
import SIP

/// A REGISTER that waits for the HSS.
struct RegisterProcedure: Sendable {
    enum Step: Sendable {
        /// MAR asked; how many AUTS led here, and whether another scheme was asked for before.
        case awaitingVector(resynchronisations: Int, isSecondAttempt: Bool)
        /// SAR asked, and the contacts wait for it.
        case awaitingAssignment(ServerAssignmentType)
        /// SAR AUTHENTICATION_FAILURE asked; the refusal goes out afterwards.
        case reportingFailure(RegistrarFault)
    }

    let request: RegisterRequest
    let step: Step
}

/// The registrar, TS 24.229 §5.4.1.2.
extension ServingCSCF {
    mutating func register(
        _ message: SIPMessage, _ transaction: ServerTransactionID, from hop: Hop, at now: Instant,
        into actions: inout [Order]
    ) {
        actions.append(.count(.registerReceived))
        var request: RegisterRequest
        do throws(RegistrarFault) {
            guard configuration.trusts(hop.remote.address) else { throw .untrusted(hop.remote.address) }
            request = try RegisterRequest(message, transaction, configuration)
        } catch {
            return refuse(message, transaction, error, from: hop, into: &actions)
        }
        // Nothing to fetch and nothing to bind: no vector is spent on that.
        if request.contacts.isFetch, !isRegistered(request) {
            return refuse(request, .contactMissing, into: &actions)
        }
        switch authenticate(&request) {
        case .unanswered:
            if request.isProtected, configuration.reauthentication == .unprotected, isRegistered(request),
                !isToBeAuthenticated(request)
            {
                accept(request, isChallenged: false, at: now, into: &actions)
            } else {
                askVector(request, into: &actions)
            }
        case .authenticated: accept(request, isChallenged: true, at: now, into: &actions)
        case .resynchronise(let rand, let auts, let round):
            askVector(request, resynchronisation: (rand, auts, round), into: &actions)
        case .refused(let fault): authenticationFailed(request, fault, into: &actions)
        }
    }

    /// Whether the user has a binding by this private identity.
    func isRegistered(_ request: RegisterRequest) -> Bool {
        registrations[request.publicIdentity]?.isRegistered(by: request.privateIdentity) == true
    }

    /// TS 24.229 §5.4.1.6: the network has shortened the registration so that the phone proves itself again.
    private func isToBeAuthenticated(_ request: RegisterRequest) -> Bool {
        registrations[request.publicIdentity]?.bindings.contains {
            $0.privateIdentity == request.privateIdentity && $0.event == .shortened
        } == true
    }

    /// The user is who it says it is: TS 24.229 §5.4.1.2.2, from the Expires check on.
    ///
    /// A refresh that was not challenged needs no SAR: the HSS knows the user, and nothing changes for it.
    mutating func accept(
        _ request: RegisterRequest, isChallenged: Bool, at now: Instant, into actions: inout [Order]
    ) {
        let isKnown = isRegistered(request)
        guard !request.contacts.isFetch else {
            guard isKnown else { return refuse(request, .contactMissing, into: &actions) }
            succeed(request, at: now, into: &actions)
            return
        }
        let updated: [Binding]
        do {
            updated = try bindings(after: request, at: now)
        } catch {
            return refuse(request, fault(error), into: &actions)
        }
        guard updated.contains(where: { $0.privateIdentity == request.privateIdentity }) else {
            // §5.4.1.4. Also for a user we do not know: the HSS may still think it registered, and the challenge left
            // its mark there.
            return assign(request, .userDeregistration, into: &actions)
        }
        if isKnown, !isChallenged {
            store(updated, for: request, at: now, into: &actions)
            succeed(request, as: .reRegistration, at: now, into: &actions)
            return
        }
        assign(
            request, isKnown ? .reRegistration : .registration,
            leaving: restoration(of: request.privateIdentity, updated, at: now), into: &actions)
    }

    func bindings(after request: RegisterRequest, at now: Instant) throws(BindingFailure) -> [Binding] {
        let origin = BindingOrigin(
            callID: request.callID, cseq: request.cseq, path: request.path, identity: request.publicIdentity)
        return try update(
            registrations[request.publicIdentity]?.bindings ?? [], by: request.contacts, of: request.privateIdentity,
            in: origin, limit: configuration.maximumContacts, policy: configuration.contactLimit, at: now)
    }

    func fault(_ failure: BindingFailure) -> RegistrarFault {
        switch failure {
        case .outOfOrder: .outOfOrder
        case .tooManyContacts: .tooManyContacts(configuration.maximumContacts)
        }
    }

    /// The HSS hears of it only when another S-CSCF would have to know.
    private mutating func store(
        _ bindings: [Binding], for request: RegisterRequest, at now: Instant, into actions: inout [Order]
    ) {
        guard let slot = registrations.slot(of: request.publicIdentity) else { return }
        let before = registrations[slot]?.bindings ?? []
        registrations.replace(slot, bindings: bindings, because: .request(request.contacts))
        guard before.count != bindings.count || !zip(before, bindings).allSatisfy({ $0.isRestored(as: $1) }) else {
            return
        }
        leaveRestoration(of: request.privateIdentity, in: slot, at: now, into: &actions)
    }

    /// TS 24.229 §5.4.1.2.3. The HSS hears of it when the user was not registered before; a registration that exists
    /// stays as it is. The refusal waits for that, so that the next attempt finds the HSS ready.
    mutating func authenticationFailed(
        _ request: RegisterRequest, _ fault: RegistrarFault, into actions: inout [Order]
    ) {
        guard fault.status == .forbidden, !isRegistered(request) else {
            return refuse(request, fault, into: &actions)
        }
        ask(request, .authenticationFailure, then: .reportingFailure(fault), into: &actions)
    }

    /// The HSS answered.
    mutating func proceed(
        _ procedure: RegisterProcedure, with message: DiameterMessage, at now: Instant,
        into actions: inout [Order]
    ) {
        let request = procedure.request
        switch procedure.step {
        case .awaitingVector(let round, let isSecondAttempt):
            do {
                let answer = try MultimediaAuthAnswer(decoding: message)
                challenge(
                    request, round: round, isSecondAttempt: isSecondAttempt, with: answer, at: now, into: &actions)
            } catch {
                refuse(request, .unreadable("MAA", "\(error)"), into: &actions)
            }
        case .awaitingAssignment(let type):
            do {
                let answer = try ServerAssignmentAnswer(decoding: message)
                assigned(request, type, with: answer, at: now, into: &actions)
            } catch {
                refuse(request, .unreadable("SAA", "\(error)"), into: &actions)
            }
        case .reportingFailure(let fault): refuse(request, fault, into: &actions)
        }
    }

    /// The HSS did not answer.
    mutating func proceed(
        _ procedure: RegisterProcedure, without failure: AskFailure, at now: Instant,
        into actions: inout [Order]
    ) {
        let request = procedure.request
        switch procedure.step {
        case .awaitingVector: refuse(request, .unanswered(failure, "MAR"), into: &actions)
        case .awaitingAssignment(.userDeregistration):
            deregister(request, despite: "no answer (\(failure))", at: now, into: &actions)
        case .awaitingAssignment: refuse(request, .unanswered(failure, "SAR"), into: &actions)
        case .reportingFailure(let fault): refuse(request, fault, into: &actions)
        }
    }
}

extension RegisterRequest {
    /// The Path values joined, as they are stored and as they go back (RFC 3327 §5.3).
    var path: OctetSlice {
        let values = message.values(.path)
        if values.count == 1 { return values[0] }
        var writer = OctetWriter()
        for (index, value) in values.enumerated() {
            if index > 0 { writer.write(", ") }
            writer.write(value)
        }
        return OctetSlice(writer.octets)
    }

    /// Domain of the public identity.
    var domain: String {
        let text = publicIdentity.text
        guard let at = text.utf8.lastIndex(of: UInt8(ascii: "@")) else { return text }
        return String(text[text.utf8.index(after: at)...])
    }
}
