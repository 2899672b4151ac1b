import Octets

/// Staying on the path of a dialog between two sockets, RFC 3261 §16.6 step 4, and leaving it again by the right one.
///
/// Where a request leaves by another socket than it came in by (another transport, address family or network), there
/// are two entries, so that each side finds one that it can reach. They come back one behind the other and are taken
/// off as one; the second says by which socket the request has to leave.
package struct RecordRouting: Sendable {
    /// What our entries say about a request inside a dialog.
    package struct Passage: Sendable {
        /// nil: no seal of ours, or one of another dialog.
        package let seal: RecordRouteSeal.Opened?
        /// The entry for the side on which the request has come.
        package let arrival: SIPURI
        /// The entry for the other side, when there were two.
        package let departure: SIPURI?
        package let wasStrictlyRouted: Bool
    }

    private let seal: RecordRouteSeal

    package init(_ seal: RecordRouteSeal) { self.seal = seal }

    /// Puts our entries before the others. They are SIPS when the request goes to a SIPS URI.
    ///
    /// - Parameters:
    ///   - text: what we want to be told again; not secret.
    ///   - arrival: the socket that the request came by.
    ///   - departure: the one it leaves by.
    package func insert(
        into request: inout SIPMessage, text: OctetSlice, arrival: SIPListener, departure: SIPListener
    ) {
        let isSecure = request.goesToSIPS
        func entry(_ listener: SIPListener, _ position: RecordRouteSeal.Position) -> RouteText {
            let parameter = seal.parameter(text, position, in: request)
            return RouteText(listener, parameters: parameter, isSecure: isSecure)
        }
        guard arrival.transport != departure.transport || arrival.local != departure.local else {
            return request.insertRecordRoute(entry(arrival, .single))
        }
        request.insertRecordRoute(entry(arrival, .upstream))
        request.insertRecordRoute(entry(departure, .downstream))
    }

    /// Takes our entries off (§16.4); nil when the request does not come by a Route of ours.
    package func passage(
        of request: inout SIPMessage, isOwn: (SIPURI) -> Bool
    ) throws(SIPSyntaxError) -> Passage? {
        let routes = try RoutePreprocessing(&request, isOwn: isOwn)
        guard let arrival = routes.ownRoute else { return nil }
        let opened = seal.open(arrival, in: request)
        var departure: SIPURI?
        if let opened, opened.position != .single, let first = try request.first(Route.self),
            case .sip(let uri) = try first.address.parsedURI(), isOwn(uri), let other = seal.open(uri, in: request),
            other.position != .single, other.position != opened.position, other.text == opened.text
        {
            request.removeFirstValue(.route)
            departure = uri
        }
        return Passage(
            seal: opened, arrival: arrival, departure: departure, wasStrictlyRouted: routes.wasStrictlyRouted)
    }
}

extension SIPMessage {
    /// Whether the Request-URI or the next Route is a SIPS URI (§16.6 step 4).
    fileprivate var goesToSIPS: Bool {
        do throws(SIPSyntaxError) {
            if case .sip(let uri) = try parsedRequestURI(), uri.isSecure { return true }
            guard let route = try first(Route.self), case .sip(let uri) = try route.address.parsedURI() else {
                return false
            }
            return uri.isSecure
        } catch {
            return false
        }
    }

    /// §16.4: a Request-URI whose `maddr` is an address of ours, and that came by the port and transport it names,
    /// loses all three: they have led it here.
    package mutating func stripOwnMaddr(
        arrivedBy listener: SIPListener, isResponsible: (_ address: OctetSlice) -> Bool
    ) throws(SIPSyntaxError) {
        guard case .sip(var uri) = try parsedRequestURI(), let maddr = uri.parameters["maddr"], isResponsible(maddr)
        else { return }
        let transport = uri.transport ?? (uri.isSecure ? .tls : .udp)
        guard transport == listener.transport, (uri.port ?? transport.defaultPort) == listener.local.port else {
            return
        }
        uri.parameters.remove("maddr")
        uri.parameters.remove("transport")
        uri.port = nil
        setRequestURI(uri.text)
    }
}
