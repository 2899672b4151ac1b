import IMS
import Octets
import SIP

/// What is charged for at the P-CSCF, TS 32.260 §5.2 (not at hand): sessions of phones from the 2xx to their end, calls that
/// come to nothing, requests outside dialogs, and registrations.
extension ProxyCSCF {
    /// A final answer goes back, to a request that began outside a dialog or inside one.
    mutating func charge(
        _ response: SIPMessage, _ passage: Passage, at now: Instant, into actions: inout [Action<ProxyWork>]
    ) {
        guard configuration.charges, let status = response.status, status.isFinal else { return }
        if let key = passage.session {
            if let record = charged.answered(response, to: passage.request, in: key, at: now) {
                actions.append(.charge(record))
            }
            return
        }
        let phoneIsCaller = passage.course == .fromPhone
        let side: ChargingRecord.Side = phoneIsCaller ? .originating : .terminating
        let (user, privateIdentity) = (passage.user?.publicIdentity.string, passage.user?.privateIdentity.string)
        if passage.request.method == .invite, status.isSuccess {
            guard let id = DialogID(sending: response) else { return }
            let session = ChargedSession(
                invite: passage.sent ?? passage.request, answer: response, side: side, user: user,
                privateIdentity: privateIdentity, requestedAt: passage.leftAt, at: now)
            let key = SessionTable.Key(id: id, phoneIsCaller: phoneIsCaller)
            if let record = charged.begin(key, session) { actions.append(.charge(record)) }
        } else {
            var record = ChargingRecord(.event, of: passage.sent ?? passage.request)
            record.side = side
            record.user = user
            record.privateIdentity = privateIdentity
            record.requestedAt = passage.leftAt
            record.endedAt = now
            record.status = Int(status.rawValue)
            actions.append(.charge(record))
        }
    }

    /// A session was ended by somebody else than its parties.
    mutating func chargeEnd(
        _ key: SessionTable.Key, because reason: String, at now: Instant, into actions: inout [Action<ProxyWork>]
    ) {
        if let record = charged.end(key, reason: reason, at: now) { actions.append(.charge(record)) }
    }

    /// The registrar has answered; a challenge is nothing yet.
    func charge(
        _ response: SIPMessage, _ registration: Registration, at now: Instant, into actions: inout [Action<ProxyWork>]
    ) {
        guard configuration.charges, let status = response.status, status != .unauthorized else { return }
        var record = ChargingRecord(.event, of: registration.request)
        let user = registration.user
        record.user = user.publicIdentity.string
        record.privateIdentity = user.privateIdentity.string
        record.endedAt = now
        record.status = Int(status.rawValue)
        if status.isSuccess {
            let contacts = (try? response.all(Contact.self)) ?? []
            record.expires = contacts.compactMap { $0.expires ?? response.expires }.max() ?? 0
        }
        actions.append(.charge(record))
    }
}

extension SessionTable.Key: ChargedSessionKey {
    var side: ChargingRecord.Side { phoneIsCaller ? .originating : .terminating }
}
