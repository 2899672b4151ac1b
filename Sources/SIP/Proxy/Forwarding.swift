import Octets

// Where a request goes and what it carries on, RFC 3261 §16.6.
extension SIPMessage {
    /// Steps 6 and 7: the URI that decides about the next hop, the first Route or else the Request-URI. Towards a
    /// strict router (no `lr`) the request is rewritten: its URI becomes the Request-URI, ours goes to the end.
    package mutating func takeNextHop() throws(SIPSyntaxError) -> URI {
        guard let first = try first(Route.self) else { return try parsedRequestURI() }
        let next = try first.address.parsedURI()
        if case .sip(let uri) = next, !uri.isLooseRouter {
            removeFirstValue(.route)
            var writer = OctetWriter(reserving: requestURI.count + 2)
            writer.write(UInt8(ascii: "<"))
            writer.write(requestURI)
            writer.write(UInt8(ascii: ">"))
            append(.route, OctetSlice(writer.octets))
            setRequestURI(first.address.uri)
        }
        return next
    }

    /// Step 4: a Record-Route of ours, before the others.
    package mutating func insertRecordRoute(_ entry: RouteText) { prepend(.recordRoute, entry.text) }

    /// RFC 3327 §5.2: a Path of ours, before the others.
    package mutating func insertPath(_ entry: RouteText) { prepend(.path, entry.text) }

    /// A Route that the request has to take first.
    package mutating func insertRoute(_ entry: RouteText) { prepend(.route, entry.text) }
}

/// A loose-routing URI of this node as it stands in Record-Route, Route, Path or Service-Route: `<sip:user@host:port;lr>`.
package struct RouteText: Equatable, Sendable {
    package let text: OctetSlice

    /// - Parameters:
    ///   - user: what this node wants to be told when the entry comes back; characters of a URI's user part only.
    ///   - parameters: further URI parameters, each beginning with `;`.
    package init(
        host: String, port: UInt16?, user: String? = nil, transport: Transport? = nil, parameters: String = "",
        isSecure: Bool = false
    ) {
        var writer = OctetWriter(reserving: 64)
        writer.write(isSecure ? "<sips:" : "<sip:")
        if let user {
            writer.write(user)
            writer.write(UInt8(ascii: "@"))
        }
        writer.write(host)
        if let port {
            writer.write(UInt8(ascii: ":"))
            writer.write(decimal: UInt64(port))
        }
        // A SIPS URI means TLS by itself (RFC 3261 §26.2.2).
        if let transport, transport != .udp, !(isSecure && transport == .tls) {
            writer.write(";transport=")
            for octet in OctetSlice("\(transport)").array { writer.write(octet) }
        }
        writer.write(";lr")
        writer.write(parameters)
        writer.write(UInt8(ascii: ">"))
        text = OctetSlice(writer.octets)
    }

    /// The entry of a listener.
    package init(
        _ listener: SIPListener, user: String? = nil, parameters: String = "", isSecure: Bool = false
    ) {
        self.init(
            host: listener.sentByHost, port: listener.sentByPort, user: user, transport: listener.transport,
            parameters: parameters, isSecure: isSecure)
    }
}
