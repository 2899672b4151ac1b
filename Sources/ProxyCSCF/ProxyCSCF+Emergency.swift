import IMS
import Octets
import SIP

// Calls for help, TS 24.229 §5.2.10. The clauses could not be checked against their text.
extension ProxyCSCF {
    /// - Returns: false when the request is no call for help.
    mutating func help(_ arrival: Arrival, at now: Instant, into actions: inout [Action<ProxyWork>]) -> Bool {
        let (request, server) = (arrival.received, arrival.server)
        guard request.toTag == nil, let service = configuration.emergency.service(of: request) else { return false }
        let user = contacts.user(
            at: arrival.hop, contact: request.contactURI,
            identities: request.identities(in: .pPreferredIdentity) + request.identities(in: .from))
        guard user != nil || configuration.emergency.servesUnregistered && request.method == .invite else {
            actions += refuse(
                request, server, .forbidden,
                Refusal(
                    "EMERGENCY_NOT_REGISTERED", answer: "403",
                    "\(service) from \(arrival.hop), where nobody is registered",
                    hint: "pcscf.emergency-unregistered allows calls for help without registration"))
            return true
        }
        if let fault = RequestFault(request) {
            actions += refuse(request, server, fault)
            return true
        }
        guard let destination = configuration.emergency.destination, configuration.emergency.answer == .route else {
            actions += refuseForAlternative(request, server, service, isRegistered: user != nil)
            return true
        }
        actions.append(
            .observe(
                Observation(
                    .notice, "a call to \(service) from \(arrival.hop) goes to \(destination)", about: request.subject))
        )
        route(arrival, to: destination, service, user, at: now, into: &actions)
        return true
    }

    /// To the PSAP or E-CSCF, in the name of the user as far as one is known (§5.2.10.2, §5.2.10.3).
    private mutating func route(
        _ arrival: Arrival, to destination: SIPURI, _ service: ServiceURN, _ user: RegisteredContacts.User?,
        at now: Instant, into actions: inout [Action<ProxyWork>]
    ) {
        var message = arrival.request
        message.remove(.route)
        if destination.isLooseRouter {
            message.setRequestURI(service.text)
            message.append(.route, "<\(destination.text)>")
        } else {
            message.setRequestURI(destination.text)
        }
        let preferred = message.identities(in: .pPreferredIdentity)
        message.removeUntrusted()
        message.remove(.pPreferredIdentity)
        if let user {
            // With the number, by which the one who answers can call back.
            let identities = RegisteredIdentities(user, contacts[user])
            let first = preferred.lazy.compactMap { identities[$0] }.first ?? identities.default
            let number = identities.all.first { $0.identity.text.hasPrefix("tel:") && $0.identity != first?.identity }
            for entry in [first, number].compactMap({ $0 }) { message.append(PAssertedIdentity(entry.address)) }
        }
        let vector = configuration.chargingVector(entropy.octets(16))
        message.append(.pChargingVector, vector)
        let leg = Leg(phoneIsCaller: true, user: user.map(hash) ?? 0, flow: arrival.hop)
        let passage = Passage(
            course: .fromPhone, request: arrival.received, arrival: arrival.hop, flow: arrival.hop, user: user,
            leg: message.beginsDialog ? leg : nil, chargingVector: vector)
        start(message, passage, arrival.server, at: now, into: &actions)
    }

    /// 380 with what the phone shall do instead, TS 24.229 §7.6: it believes the one whose URI it knows from the Path.
    private func refuseForAlternative(
        _ request: SIPMessage, _ server: ServerTransactionID, _ service: ServiceURN, isRegistered: Bool
    ) -> [Action<ProxyWork>] {
        var response = SIPMessage.response(.alternativeService, to: request, toTag: tag(server))
        response.append(.contact, "<\(service.text)>")
        response.append(.pAssertedIdentity, "<sip:\(configuration.pathHost):\(configuration.pathPort)>")
        let action = isRegistered ? "emergency-registration" : "anonymous-emergencycall"
        let body = """
            <?xml version="1.0" encoding="UTF-8"?>\r
            <ims-3gpp version="1"><alternative-service><type>emergency</type>\
            <reason>emergency calls are not served here</reason><action>\(action)</action>\
            </alternative-service></ims-3gpp>\r

            """
        response.setBody(Array(body.utf8), contentType: "application/3gpp-ims+xml")
        let refusal = Refusal(
            "EMERGENCY_ALTERNATIVE", answer: "380", "a call to \(service) was told to go another way",
            hint: "pcscf.emergency-route names a PSAP or E-CSCF")
        return [
            .respond(response, server), .observe(.refused(refusal, about: request.subject)), .count(.requestRefused),
        ]
    }

    /// Who registered for an emergency alone, with `sos` in the contact, may ask for nothing else (§5.2.10.3).
    func isForEmergency(_ record: RegisteredContacts.Record, at hop: Hop) -> Bool {
        let here = record.bindings.filter { $0.flow == hop }
        return !here.isEmpty
            && here.allSatisfy { binding in
                do throws(SIPSyntaxError) {
                    return try SIPURI(parsing: OctetSlice(binding.contact)).parameters.contains("sos")
                } catch {
                    return false
                }
            }
    }
}
