import Octets

// Requests that a client transaction makes from its INVITE.
extension SIPMessage {
    /// The ACK for a final response other than 2xx, RFC 3261 §17.1.1.3; with the credentials of an INVITE that began
    /// here (§22.1), whose only Via is ours.
    func acknowledgement(for response: SIPMessage) -> SIPMessage {
        var request = derived(.ack, to: response.firstValue(.to))
        guard count(.via) == 1 else { return request }
        for name: HeaderName in [.authorization, .proxyAuthorization] {
            for credentials in values(name) { request.append(name, credentials) }
        }
        return request
    }

    /// The CANCEL for this INVITE, RFC 3261 §9.1.
    func cancellation() -> SIPMessage { derived(.cancel, to: firstValue(.to)) }

    /// Same Request-URI, top Via, From, Call-ID, Route and CSeq number; nothing else of the INVITE.
    private func derived(_ method: Method, to: OctetSlice?) -> SIPMessage {
        var request = SIPMessage(method, uri: requestURI)
        if let via = firstValue(.via) { request.append(.via, via) }
        for route in values(.route) { request.append(.route, route) }
        request.append(.maxForwards, "70")
        if let from = firstValue(.from) { request.append(.from, from) }
        if let to { request.append(.to, to) }
        if let callID { request.append(.callID, callID) }
        request.append(.cseq, "\(cseq?.number ?? 0) \(method.text)")
        return request
    }
}
