import Octets

/// Route information preprocessing, RFC 3261 §16.4.
package struct RoutePreprocessing: Sendable {
    /// The Route entry that named us, now taken off: its user part and parameters are what we wrote into it once.
    package private(set) var ownRoute: SIPURI?
    /// The previous hop is a strict router and had put our URI into the Request-URI.
    package private(set) var wasStrictlyRouted = false

    /// - Parameter isOwn: whether a URI names this node: host, port and transport of a listener, or a name of its own.
    package init(
        _ request: inout SIPMessage, isOwn: (SIPURI) -> Bool
    ) throws(SIPSyntaxError) {
        guard request.contains(.route) else { return }
        if case .sip(let uri) = try request.parsedRequestURI(), uri.isLooseRouter, isOwn(uri) {
            // Only what we put into a Record-Route carries `lr` and our name; the real target is the last Route.
            var routes = try request.all(Route.self)
            if let last = routes.popLast() {
                request.setRequestURI(last.address.uri)
                request.replaceRoutes(routes)
                ownRoute = uri
                wasStrictlyRouted = true
            }
        }
        guard let first = try request.first(Route.self), case .sip(let uri) = try first.address.parsedURI(), isOwn(uri)
        else { return }
        request.removeFirstValue(.route)
        ownRoute = uri
    }
}

extension SIPMessage {
    mutating func replaceRoutes(_ routes: [Route]) {
        remove(.route)
        for route in routes { append(route) }
    }
}
