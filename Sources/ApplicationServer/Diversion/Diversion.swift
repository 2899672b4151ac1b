import IMS
import Octets
import SIP

/// A diversion that has been decided: what the new request carries and what the caller is told.
struct Diversion: Sendable {
    let reason: DiversionReason
    /// With its cause (RFC 4458 §2).
    let target: SIPURI
    /// Of the diverted request.
    let history: [HistoryInfo]
    let served: PublicIdentity
    let revealsTarget: Bool

    var targetText: OctetSlice { OctetSlice(target.text) }

    /// nil when the target is no address that a call can go to.
    init?(
        _ request: SIPMessage, _ reason: DiversionReason, to target: DiversionTarget, after failure: Status?,
        served: PublicIdentity, settings: ServiceSettings, configuration: ApplicationServerConfiguration
    ) {
        guard
            var uri = target.uri(of: served.text, voicemail: configuration.voicemail, domain: configuration.domain)
        else { return nil }
        uri.parameters.set("cause", "\(reason.cause)")
        self.reason = reason
        self.served = served
        self.target = uri
        revealsTarget = settings.revealsTarget
        history = DiversionHistory.diverting(
            request, to: uri, after: failure, hidesServed: !settings.revealsDiverting, domain: configuration.domain)
    }

    /// The request to the new target, whose Request-URI is set already: History-Info, and the served user in the case
    /// after diversion (RFC 8498 §7 `orig-cdiv`, not at hand).
    func decorate(_ request: inout SIPMessage) {
        request.remove(.historyInfo)
        for entry in history { request.append(entry) }
        var user = PServedUser(uri: OctetSlice(served.text))
        user.address.parameters.set("orig-cdiv")
        request.set(user)
    }

    /// 181 for the caller, TS 24.604 §4.5.2.6.4 (not at hand). - Parameter contact: ours, for the early dialog that the tag makes.
    func announcement(to request: SIPMessage, toTag: String, contact: String) -> SIPMessage {
        var response = SIPMessage.response(.callIsBeingForwarded, to: request, toTag: toTag)
        for route in request.values(.recordRoute) { response.append(.recordRoute, route) }
        response.append(.contact, contact)
        response.append(PAssertedIdentity(NameAddress(uri: OctetSlice(served.text))))
        guard DiversionHistory.isTold(to: request) else { return response }
        for entry in DiversionHistory.told(history, revealsTarget: revealsTarget) { response.append(entry) }
        return response
    }

    /// A response from the new target on its way to the caller. What is secret of it comes off: its entries and its
    /// asserted identity.
    func edit(_ response: inout SIPMessage, to request: SIPMessage) {
        guard !revealsTarget else { return }
        response.remove(.pAssertedIdentity)
        response.remove(.historyInfo)
        guard DiversionHistory.isTold(to: request) else { return }
        for entry in DiversionHistory.told(history, revealsTarget: false) { response.append(entry) }
    }
}
