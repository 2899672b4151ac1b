import Octets

// Requests within a dialog, RFC 3261 §12.2.1.1.
extension Dialog {
    /// A request with the next CSeq, the route set and, in a target refresh request, our Contact. The rest is the
    /// caller's. ACK and CANCEL have the number of their INVITE and are not made here.
    package mutating func request(_ method: Method) -> SIPMessage {
        request(method, sequence: nextSequence())
    }

    /// The ACK for a 2xx, §13.2.2.4: the number and the credentials of the INVITE, everything else as in any request.
    package func acknowledgement(for invite: SIPMessage) -> SIPMessage {
        var ack = request(.ack, sequence: invite.cseq?.number ?? 0)
        for value in invite.values(.authorization) { ack.append(.authorization, value) }
        for value in invite.values(.proxyAuthorization) { ack.append(.proxyAuthorization, value) }
        return ack
    }

    /// Where our requests go next, §8.1.2: the first of the route set, or else the remote target. A URI.
    package var nextHop: OctetSlice { routeSet.first?.uri ?? remoteTarget }

    /// Whether we may send BYE, §15: the caller in every state, the callee not before the dialog is confirmed.
    ///
    /// - Parameter isAcknowledged: the callee has its ACK, or has waited 64·T1 for it.
    package func maySendBye(isAcknowledged: Bool) -> Bool {
        switch state {
        case .early: role == .client
        case .confirmed: role == .client || isAcknowledged
        case .terminated: false
        }
    }

    func request(_ method: Method, sequence: UInt32) -> SIPMessage {
        var routes = routeSet[...]
        var target = remoteTarget
        if let first = routes.first, !Self.isLooseRouter(first) {
            // A strict router: its URI becomes the Request-URI and the target the last Route.
            target = Self.requestURI(first.uri)
            routes.removeFirst()
            routes.append(NameAddress(uri: remoteTarget))
        }
        var request = SIPMessage(method, uri: target)
        for route in routes { request.append(Route(route)) }
        request.append(.maxForwards, "70")
        request.append(.from, local)
        request.append(.to, remote)
        request.append(.callID, id.callID)
        request.append(CSeq(sequence, method))
        if Self.isTargetRefresh(method), let localContact { request.append(.contact, localContact) }
        return request
    }

    private static func isLooseRouter(_ route: NameAddress) -> Bool {
        do {
            guard case .sip(let uri) = try route.parsedURI() else { return false }
            return uri.isLooseRouter
        } catch {
            return false
        }
    }

    /// §12.2.1.1, §19.1.1 table 1: a Request-URI has neither headers nor a method parameter.
    private static func requestURI(_ text: OctetSlice) -> OctetSlice {
        do {
            guard case .sip(var uri) = try URI(parsing: text) else { return text }
            guard !uri.headers.isEmpty || uri.parameters.contains("method") else { return text }
            uri.headers = OctetSlice()
            uri.parameters.remove("method")
            var writer = OctetWriter(reserving: text.count)
            uri.write(to: &writer)
            return OctetSlice(writer.octets)
        } catch {
            return text
        }
    }
}
