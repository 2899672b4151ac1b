import IMS
import Octets
import SIP

/// An INVITE to a code whose change is being stored.
struct PendingCode: Sendable {
    let request: SIPMessage
    let tag: String
    let isReliable: Bool
    let user: PublicIdentity
    let settings: ServiceSettings
    let sentence: String
}

// What a user dials to see or change his services.
//
// A change, and the answer to a question when the service is active, is told by a call that is answered and ended at once: the
// Reason of the BYE (RFC 3326) says it in words. No announcement is played. What is not active is 480, a code that we do
// not know 404, one without its number 484, each with the sentence as its reason phrase.
extension ApplicationServer {
    /// - Returns: whether the call was one to a code, and is dealt with.
    mutating func takeCode(
        _ request: SIPMessage, _ user: ServedUser, _ server: ServerTransactionID, _ hop: Hop, _ tag: String,
        at now: Instant, into actions: inout Actions
    ) -> Bool {
        guard configuration.takesCodes, let dialled = request.dialled else { return false }
        switch ServiceCode.read(dialled) {
        case .none: return false
        case .unknown: refuse(request, server, .notFound, "No Such Service Code", tag, into: &actions)
        case .code(let code):
            let owner = settings.owner(of: user.identity)
            let isReliable = hop.transport.isReliable
            switch code.execute(on: settings[owner], domain: configuration.domain) {
            case .refuse(let status, let sentence): refuse(request, server, status, sentence, tag, into: &actions)
            case .inactive(let sentence):
                refuse(request, server, .temporarilyUnavailable, sentence, tag, into: &actions)
            case .active(let sentence): confirm(request, server, sentence, tag, isReliable, at: now, into: &actions)
            case .change(let changed, let sentence):
                change(
                    PendingCode(
                        request: request, tag: tag, isReliable: isReliable, user: owner, settings: changed,
                        sentence: sentence), server, into: &actions)
            }
        }
        return true
    }

    /// The store has kept the change, or has not.
    mutating func codeStored(
        _ server: ServerTransactionID, _ result: ServiceWorkResult, at now: Instant, into actions: inout Actions
    ) {
        guard let pending = pendingCodes.removeValue(forKey: server) else { return }
        switch result {
        case .done:
            confirm(pending.request, server, pending.sentence, pending.tag, pending.isReliable, at: now, into: &actions)
        case .file, .media: break  // settings have neither
        case .failed(let sentence):
            let response = SIPMessage.response(.serverInternalError, to: pending.request, toTag: pending.tag)
            actions.append(.respond(response, server))
            actions.append(
                .observe(Observation(.error, "a setting is not stored: \(sentence)", about: pending.request.subject)))
        }
    }

    // MARK: Steps

    private mutating func change(_ pending: PendingCode, _ server: ServerTransactionID, into actions: inout Actions) {
        do throws(SettingFault) { try settings.check(pending.settings, of: pending.user) } catch {
            return refuse(pending.request, server, .serverInternalError, "\(error)", pending.tag, into: &actions)
        }
        settings.set(pending.settings, of: pending.user)
        pendingCodes[server] = pending
        store(.put(.settings, name: pending.user.text, pending.settings.record), then: .code(server), into: &actions)
    }

    private func refuse(
        _ request: SIPMessage, _ server: ServerTransactionID, _ status: Status, _ sentence: String, _ tag: String,
        into actions: inout Actions
    ) {
        var response = SIPMessage.response(status, reason: sentence, to: request, toTag: tag)
        response.append(Reason(cause: Int(status.rawValue), text: sentence))
        actions.append(.respond(response, server))
    }
}
