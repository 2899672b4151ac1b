import Octets

/// A transport of SIP as it stands in a Via (RFC 3261 §7.1, RFC 4168, RFC 7118).
package enum Transport: UInt8, Hashable, Sendable, CaseIterable {
    case udp, tcp, tls, sctp, ws, wss

    /// RFC 3261 §17: whether the transport itself retransmits.
    package var isReliable: Bool { self != .udp }

    /// Whether it runs over TLS.
    package var isSecure: Bool { self == .tls || self == .wss }

    /// RFC 7118.
    package var isWebSocket: Bool { self == .ws || self == .wss }

    /// RFC 3261 §18.3: whether Content-Length alone tells where a message ends. The others keep messages apart.
    package var isStream: Bool { self == .tcp || self == .tls }

    /// The token of a Via's sent-protocol.
    package var token: StaticString {
        switch self {
        case .udp: "UDP"
        case .tcp: "TCP"
        case .tls: "TLS"
        case .sctp: "SCTP"
        case .ws: "WS"
        case .wss: "WSS"
        }
    }

    /// Reads the token of a Via or of a `transport` parameter, in any case.
    package init?(token: OctetSlice) {
        guard let transport = Self.allCases.first(where: { token.equalsIgnoringCase($0.token) }) else { return nil }
        self = transport
    }
}

/// One local socket of the node; numbered by the configuration's order.
package struct ListenerID: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }
}

/// One connection of a stream transport, for as long as it lives; numbers are never used again.
package struct ConnectionID: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// Where a message came from or goes to: local socket, transport, remote address and, unless it is UDP, the connection.
///
/// Without `connection` the driver takes an open connection to `remote` or opens one (RFC 3261 §18.1.1). With one it
/// uses that, and falls back to `remote` when it is gone (§18.2.2).
package struct Hop: Hashable, Sendable {
    package var transport: Transport
    package var listener: ListenerID
    package var remote: Endpoint
    package var connection: ConnectionID?
    /// Over TLS, the host of the URI that led here: whom the server's certificate must name (RFC 5922 §7.3). Without one
    /// it must name the address.
    package var domain: OctetSlice?
    /// A flow that the other side has opened (RFC 5626 §5.3): nothing but this path reaches it, so that even a long
    /// request stays UDP.
    package var isFlow = false

    package init(
        _ transport: Transport, _ listener: ListenerID, _ remote: Endpoint, connection: ConnectionID? = nil,
        domain: OctetSlice? = nil
    ) {
        self.domain = domain
        self.transport = transport
        self.listener = listener
        self.remote = remote
        self.connection = connection
    }
}

extension Hop: CustomStringConvertible {
    package var description: String { "\(transport)/\(remote)" }
}
