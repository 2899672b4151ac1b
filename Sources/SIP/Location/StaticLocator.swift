import Octets

/// Finds the hop for a URI from a table of names, without DNS: the procedures of RFC 3263 §4 as far as addresses and
/// explicit ports and transports decide.
package struct StaticLocator: Sendable {
    /// Where a host name leads.
    package struct Target: Hashable, Sendable {
        package var endpoint: Endpoint
        /// What to use when the URI does not say; UDP when nil.
        package var transport: Transport?

        package init(_ endpoint: Endpoint, transport: Transport? = nil) {
            self.endpoint = endpoint
            self.transport = transport
        }
    }

    private var hosts: [OctetSlice: Target] = [:]
    private var listeners: [(id: ListenerID, transport: Transport, isV6: Bool)] = []

    /// - Parameter hosts: host name, in any case, to target; a port in the URI goes before the target's.
    package init(hosts: [String: Target], listeners: [ListenerID: SIPListener]) {
        for (name, target) in hosts { self.hosts[Self.folded(OctetSlice(name))] = target }
        self.listeners = listeners.map { ($0.key, $0.value.transport, $0.value.local.address.isV6) }
            .sorted { $0.id.rawValue < $1.id.rawValue }
    }

    package func locate(_ uri: URI) throws(LocationFailure) -> Hop {
        switch uri {
        case .sip(let uri): return try locate(uri)
        case .tel, .other: throw .notRoutable
        }
    }

    package func locate(_ uri: SIPURI) throws(LocationFailure) -> Hop { try locate(LocationQuestion(uri)) }

    /// A configured name without a URI round it, the address of a fixed next hop.
    package func locate(host: String, port: UInt16? = nil, transport: Transport? = nil) throws(LocationFailure) -> Hop {
        try locate(LocationQuestion(host: OctetSlice(host), port: port, transport: transport))
    }

    package func locate(_ question: LocationQuestion) throws(LocationFailure) -> Hop {
        if let address = IPAddress(question.host) {
            let transport = question.transport ?? (question.isSecure ? .tls : .udp)
            return try hop(transport, Endpoint(address, question.port ?? transport.defaultPort), question.host)
        }
        guard let target = hosts[Self.folded(question.host)] else { throw .unknownHost(question.host) }
        let transport = question.transport ?? (question.isSecure ? .tls : target.transport ?? .udp)
        let endpoint = Endpoint(target.endpoint.address, question.port ?? target.endpoint.port)
        return try hop(transport, endpoint, question.host)
    }

    /// Whether a name is in the table.
    func knows(_ host: OctetSlice) -> Bool { hosts[Self.folded(host)] != nil }

    private func hop(_ transport: Transport, _ endpoint: Endpoint, _ domain: OctetSlice) throws(LocationFailure) -> Hop
    {
        guard endpoint.port != 0 else { throw .notRoutable }
        let found = listeners.first { $0.transport == transport && $0.isV6 == endpoint.address.isV6 }
        guard let found else { throw .noListener(transport) }
        return Hop(transport, found.id, endpoint, domain: transport.isSecure ? domain : nil)
    }

    private static func folded(_ name: OctetSlice) -> OctetSlice {
        let isFolded = name.indices.allSatisfy { ASCII.lowercase(name[$0]) == name[$0] }
        guard !isFolded || name.last == UInt8(ascii: ".") else { return name }
        var octets = name.array.map(ASCII.lowercase)
        if octets.last == UInt8(ascii: ".") { octets.removeLast() }  // the root of a fully qualified name
        return OctetSlice(octets)
    }
}

/// Why no hop was found.
package enum LocationFailure: Error, Hashable, Sendable {
    /// A tel URI or another scheme: needs translation first (404 or 416).
    case notRoutable
    case unknownHost(OctetSlice)
    case unknownTransport(OctetSlice)
    /// A sips URI over a transport without TLS.
    case insecureTransport
    /// This node has no listener of the transport and address family.
    case noListener(Transport)
    /// The domain name system gave no answer.
    case resolution(OctetSlice, DNSFailure)
}

extension LocationFailure: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notRoutable: "the URI names no SIP host"
        case .unknownHost(let host): "no address is known for host \(host)"
        case .unknownTransport(let token): "unknown transport \(token)"
        case .insecureTransport: "a sips URI needs TLS"
        case .resolution(let host, let failure): "no address is known for host \(host): \(failure)"
        case .noListener(let transport): "no local listener speaks \(transport) in the address family of the target"
        }
    }
}
