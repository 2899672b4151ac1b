import Cx
import IMS
import Octets
import SIP

/// The answers to a REGISTER.
extension ServingCSCF {
    /// 200, TS 24.229 §5.4.1.2.2: Path, Service-Route, P-Associated-URI, every Contact with what is left of its time.
    ///
    /// Then the application servers are told, when something has changed for them.
    ///
    /// No Date (RFC 3261 §10.3 step 8 asks for it with SHOULD): the core has no calendar.
    /// - Parameter type: what the request has done; nil for one that only asks.
    @discardableResult
    mutating func succeed(
        _ request: RegisterRequest, as type: ServicePointTrigger.RegistrationType? = nil, at now: Instant,
        into actions: inout [Order]
    ) -> SIPMessage {
        var response = SIPMessage.response(.ok, to: request.message, toTag: makeTag())
        let registration = registrations[request.publicIdentity]
        for path in request.message.values(.path) { response.append(.path, path) }
        if request.usesOutbound { response.append(.require, "outbound") }
        if let registration {
            if !registration.bindings.isEmpty { response.append(.serviceRoute, serviceRoute) }
            appendAssociatedIdentities(registration.profile, to: &response)
            for binding in registration.bindings {
                var writer = OctetWriter(reserving: binding.contact.count + 16)
                writer.write(binding.contact)
                writer.write(";expires=")
                writer.write(decimal: binding.seconds(at: now))
                write(gruusOf: binding, request, to: &writer)
                response.append(.contact, OctetSlice(writer.octets))
            }
            if !registration.profile.chargingFunctions.isEmpty {
                response.append(.pChargingFunctionAddresses, registration.profile.chargingFunctions)
            }
        }
        keepSecret(of: request)
        actions.append(.respond(response, request.transaction))
        charge(request, response, at: now, into: &actions)
        actions.append(.count(.registerSucceeded))
        if let type, let visible = registration?.withoutEmergency {
            tellServers(
                of: visible, type, as: request.publicIdentity, (request.message, response), at: now,
                into: &actions)
        }
        return response
    }

    /// RFC 5627 §5.3: for who asks with this request, and for the identity that it registers.
    private mutating func write(gruusOf binding: Binding, _ request: RegisterRequest, to writer: inout OctetWriter) {
        guard request.message.listContains(.supported, token: "gruu"),
            let uris = deviceURIs(of: binding, request.publicIdentity, salt: makeToken())
        else { return }
        writer.write(";pub-gruu=\"")
        writer.write(uris.publicURI)
        writer.write("\"")
        guard let temporaryURI = uris.temporaryURI else { return }
        writer.write(";temp-gruu=\"")
        writer.write(temporaryURI)
        writer.write("\"")
    }

    /// RFC 7315 §4.1: the default identity first, then the others of the set; a barred one is told to nobody.
    private func appendAssociatedIdentities(_ profile: UserProfile, to response: inout SIPMessage) {
        var writer = OctetWriter(reserving: 256)
        for entry in profile.identities where !entry.isBarred {
            if writer.count > 0 { writer.write(", ") }
            writer.write("<")
            writer.write(entry.identity.text)
            writer.write(">")
        }
        guard writer.count > 0 else { return }
        response.append(.pAssociatedURI, OctetSlice(writer.octets))
    }

    mutating func refuse(_ request: RegisterRequest, _ fault: RegistrarFault, into actions: inout [Order]) {
        refuse(request.message, request.transaction, fault, about: request.subject, into: &actions)
    }

    /// For a request that is not understood as far as its identities.
    mutating func refuse(
        _ message: SIPMessage, _ transaction: ServerTransactionID, _ fault: RegistrarFault, from hop: Hop,
        into actions: inout [Order]
    ) {
        let subject = Subject(
            callID: message.callID?.string, publicIdentity: message.firstValue(.to)?.string, peer: "\(hop.remote)")
        refuse(message, transaction, fault, about: subject, into: &actions)
    }

    private mutating func refuse(
        _ message: SIPMessage, _ transaction: ServerTransactionID, _ fault: RegistrarFault, about subject: Subject,
        into actions: inout [Order]
    ) {
        var response = SIPMessage.response(fault.status, to: message, toTag: makeTag())
        switch fault.remedy {
        case .none: break
        case .minimumExpires(let seconds): response.append(.minExpires, "\(seconds)")
        case .unsupported(let options): for option in options { response.append(.unsupported, option) }
        case .retryLater: response.append(.retryAfter, "\(retryAfter())")
        }
        actions.append(.respond(response, transaction))
        actions.append(.observe(.refused(fault.refusal, about: subject)))
        chargeRefusal(of: message, fault.status, about: subject, into: &actions)
        actions.append(.count(.registerRefused))
    }
}
