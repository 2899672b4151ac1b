import Octets
import SIP

/// What the SIP sockets tell the node; always on the loop.
package enum SIPTransportEvent: Sendable, Equatable {
    /// A whole message: a datagram, or one of WebSocket or SCTP.
    case datagram([UInt8], from: Hop)
    case stream([UInt8], from: Hop)
    case closed(ConnectionID)
    case sendFailed(Hop)
    /// What comes next has waited so long to be read.
    case waited(Duration)
    /// No more octets wait in the kernel just now: what has been answered may leave in one go.
    case burstEnded
    /// Something for the log: a limit reached, a connection cut off.
    case noticed(String, peer: Endpoint)
}

/// Bounds of the SIP sockets.
package struct SIPTransportLimits: Sendable, Equatable {
    package var receiveBuffer = 4 << 20
    /// Datagrams taken from the kernel in one call.
    package var vectorReads = 32
    /// Looks at UDP sockets so often instead of being told by the kernel when there is something; nil where the kernel can
    /// tell. Where it cannot, it is done so without being asked.
    package var pollInterval: Duration?
    /// Connections at a time, both directions; lowered to what the process may open.
    package var connections = 10_000
    /// Connections from one address, theirs only.
    package var connectionsPerAddress = 100
    package var connectTimeout: Duration = .seconds(5)
    /// From the connection to the end of the TLS and WebSocket handshakes.
    package var handshakeTimeout: Duration = .seconds(10)
    /// From accepting a connection to the end of the first header, and for a message over TLS or WebSocket from its
    /// first octet to its last; `SIPStack.messageTime` bounds the others.
    package var headerTimeout: Duration = .seconds(10)
    /// Without an octet from the peer.
    package var idleTimeout: Duration = .seconds(3600)
    /// The longest pause between our pings on connections that we have opened, RFC 5626 §4.4.1; nil for none.
    package var keepAlive: Duration?
    /// Octets that wait for a connection to come up.
    package var queuedOctets = 256 << 10
    /// Octets that a peer may leave unread before it is cut off.
    package var unreadOctets = 1 << 20
    /// One message over WebSocket or SCTP; `ParseLimits` bounds the others.
    package var messageOctets = 65_536

    package init() {}
}
