import IMS
import Octets
import SIP

/// Requests that are no REGISTER.
///
/// OPTIONS to ourselves is answered (RFC 3261 §11.2). Everything else gets 501: sessions, messages and subscriptions are
/// not served by this S-CSCF, for no user, which is what RFC 3261 §21.5.2 has that status for. Owed: TS 24.229 §5.4.2
/// (subscriptions) and §5.4.3 (sessions and messages).
extension ServingCSCF {
    mutating func serve(
        _ message: SIPMessage, _ transaction: ServerTransactionID, from hop: Hop, into actions: inout [Order]
    ) {
        guard configuration.trusts(hop.remote.address) else {
            return refuse(
                message, transaction, .forbidden, RegistrarFault.untrusted(hop.remote.address).refusal, hop,
                into: &actions)
        }
        if message.method == .options, isOurs(message) {
            var response = SIPMessage.response(.ok, to: message, toTag: makeTag())
            response.append(.allow, "REGISTER, OPTIONS")
            response.append(.supported, "path")
            actions.append(.respond(response, transaction))
            return
        }
        let refusal = Refusal(
            "SESSIONS_NOT_SERVED", answer: "501",
            "This S-CSCF registers users; \(message.method.text) is not served yet.")
        refuse(message, transaction, .notImplemented, refusal, hop, into: &actions)
    }

    /// Addressed to the node: no user, or the user of our own name.
    private func isOurs(_ message: SIPMessage) -> Bool {
        do {
            guard case .sip(let uri) = try message.parsedRequestURI() else { return false }
            return uri.user == nil
        } catch {
            return false
        }
    }

    private mutating func refuse(
        _ message: SIPMessage, _ transaction: ServerTransactionID, _ status: Status, _ refusal: Refusal, _ hop: Hop,
        into actions: inout [Order]
    ) {
        var response = SIPMessage.response(status, to: message, toTag: makeTag())
        if status == .notImplemented { response.append(.allow, "REGISTER, OPTIONS") }
        actions.append(.respond(response, transaction))
        let subject = Subject(callID: message.callID?.string, peer: "\(hop.remote)")
        actions.append(.observe(.refused(refusal, about: subject)))
        actions.append(.count(.requestRefused))
    }
}
