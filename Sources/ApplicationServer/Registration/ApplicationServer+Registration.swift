import IMS
import Octets
import SIP

// Third-party registration, TS 24.229 §5.7.1.1: the S-CSCF tells who is registered.
extension ApplicationServer {
    mutating func register(
        _ request: SIPMessage, _ server: ServerTransactionID, _ tag: String, at now: Instant,
        into actions: inout Actions
    ) {
        let (change, seconds) = registrations.receive(request, at: now)
        let status: Status =
            switch change {
            case .began, .refreshed, .ended: .ok
            case .outOfOrder: .serverInternalError
            case .malformed: .badRequest
            case .full: .serviceUnavailable
            }
        var response = SIPMessage.response(status, to: request, toTag: tag)
        if status == .ok {
            if seconds > 0, let contact = request.firstValue(.contact) { response.append(.contact, contact) }
            response.append(Expires(seconds))
        }
        actions.append(.respond(response, server))
        switch change {
        case .began(let user), .refreshed(let user):
            // TS 24.341 (not at hand): whoever registers gets what waits for him.
            guard seconds > 0 else { break }
            deliver(to: recipient(user), at: now, into: &actions)
            if case .began = change, mailboxes.counts(of: recipient(user)).new > 0 {
                tellUnasked(recipient(user), into: &actions)
            }
        case .ended, .outOfOrder, .malformed, .full: break
        }
    }
}
