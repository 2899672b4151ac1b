import IMS
import Octets
import SIP

/// What is charged for at the S-CSCF, TS 32.260 §5.2 (not at hand): sessions of our users from the 2xx to their end, calls
/// that come to nothing, requests outside dialogs, and registrations.
extension ServingCSCF {
    /// A final answer to a request that has left for good goes back.
    mutating func charge(
        _ response: SIPMessage, to served: ServedRequest, at now: Instant, into actions: inout [Order]
    ) {
        guard configuration.charges, let status = response.status, status.isFinal, let user = served.user else {
            return
        }
        let side: ChargingRecord.Side = served.isTerminating ? .terminating : .originating
        if served.message.method == .invite, status.isSuccess {
            guard let id = DialogID(sending: response) else { return }
            let session = ChargedSession(
                invite: served.sent ?? served.message, answer: response, side: side, user: user.identity.text,
                requestedAt: served.leftAt, at: now)
            if let record = tables.charged.begin(.init(id: id, isTerminating: served.isTerminating), session) {
                actions.append(.charge(record))
            }
        } else {
            var record = ChargingRecord(.event, of: served.message)
            record.side = side
            record.user = user.identity.text
            record.requestedAt = served.leftAt
            record.endedAt = now
            record.status = Int(status.rawValue)
            record.expires = served.message.method == .subscribe && status.isSuccess ? response.expires : nil
            actions.append(.charge(record))
        }
    }

    /// The answer to a request within a session goes back.
    mutating func chargeWithin(
        _ key: DialogTable.Key, _ response: SIPMessage, to request: SIPMessage, at now: Instant,
        into actions: inout [Order]
    ) {
        guard configuration.charges, let record = tables.charged.answered(response, to: request, in: key, at: now)
        else { return }
        actions.append(.charge(record))
    }

    /// A session was ended by somebody else than its parties.
    mutating func chargeEnd(
        _ key: DialogTable.Key, because reason: String, at now: Instant, into actions: inout [Order]
    ) {
        if let record = tables.charged.end(key, reason: reason, at: now) { actions.append(.charge(record)) }
    }

    /// A REGISTER was answered for good.
    func charge(
        _ request: RegisterRequest, _ response: SIPMessage, at now: Instant, into actions: inout [Order]
    ) {
        guard configuration.charges, let status = response.status else { return }
        var record = ChargingRecord(.event, of: request.message)
        record.user = request.publicIdentity.text
        record.privateIdentity = request.privateIdentity.text
        record.requestedAt = now
        record.status = Int(status.rawValue)
        if status.isSuccess {
            record.expires = registrations[request.publicIdentity]?.bindings.map { $0.seconds(at: now) }.max() ?? 0
        }
        actions.append(.charge(record))
    }

    /// A REGISTER was refused.
    func chargeRefusal(
        of message: SIPMessage, _ status: Status, about subject: Subject, into actions: inout [Order]
    ) {
        guard configuration.charges, message.method == .register else { return }
        var record = ChargingRecord(.event, of: message)
        record.user = subject.publicIdentity
        record.privateIdentity = subject.privateIdentity
        record.status = Int(status.rawValue)
        actions.append(.charge(record))
    }

    /// A registration ended without a REGISTER.
    func chargeEnd(
        of privateIdentity: PrivateIdentity, as user: PublicIdentity?, because reason: String, at now: Instant?,
        into actions: inout [Order]
    ) {
        guard configuration.charges else { return }
        var record = ChargingRecord(.event, method: "REGISTER", callID: "")
        record.user = user?.text
        record.privateIdentity = privateIdentity.text
        record.endedAt = now
        record.expires = 0
        record.reason = reason
        actions.append(.charge(record))
    }
}

extension DialogTable.Key: ChargedSessionKey {
    var side: ChargingRecord.Side { isTerminating ? .terminating : .originating }
}
