import IMS
import Octets
import SIP

/// Requests that are no REGISTER: for the node itself, for the registrar, or of and for a served user.
extension ServingCSCF {
    mutating func serve(
        _ message: SIPMessage, _ transaction: ServerTransactionID, from hop: Hop, at now: Instant,
        into actions: inout [Order]
    ) {
        guard trusts(hop.remote.address) else {
            return reject(
                message, transaction, SessionFault(RegistrarFault.untrusted(hop.remote.address)), from: hop,
                into: &actions)
        }
        if message.method == .options, isOurs(message) {
            var response = SIPMessage.response(.ok, to: message, toTag: makeTag())
            response.append(.allow, "REGISTER, OPTIONS")
            response.append(.supported, "path")
            actions.append(.respond(response, transaction))
            return
        }
        begin(message, transaction, from: hop, at: now, into: &actions)
    }

    /// Addressed to the node (RFC 3261 §11.2): no user, and nobody else's host.
    private func isOurs(_ message: SIPMessage) -> Bool {
        do {
            guard case .sip(let uri) = try message.parsedRequestURI(), uri.user == nil else { return false }
            return tables.own.contains(uri) || isHome(uri.host) && !message.contains(.route)
        } catch {
            return false
        }
    }
}
