import NIOCore
import Octets
import SIP

/// One way of carrying SIP: UDP (`DatagramSockets`), TCP, TLS and WebSocket (`StreamConnections`), SCTP
/// (`SIPAssociations`). RFC 3261 §18.
///
/// Bound to the node's loop: every call is made on it and every `SIPTransportEvent` is delivered on it, also from inside
/// a call; the node queues them.
protocol SIPTransport: AnyObject {
    /// Begins to accept. Fails with `BindFailure`, or with `StartFailure` when something else is missing.
    func listen(_ listener: ListenerID, at socket: SIPSocket) -> EventLoopFuture<Void>

    /// Takes a message to be sent; `flush` lets it go. What cannot be sent is reported by `.sendFailed`.
    func transmit(_ octets: [UInt8], to hop: Hop)

    func flush()

    /// Ends a connection after what was sent has left.
    func close(_ connection: ConnectionID)

    /// Closes everything, listeners too, without further events.
    func shutDown()
}

/// A local socket: what runs over it, where, and what it asks of those who call.
package struct SIPSocket: Sendable, Equatable {
    package var transport: Transport
    package var local: Endpoint
    package var options: SIPSocketOptions

    package init(_ transport: Transport, _ local: Endpoint, _ options: SIPSocketOptions = SIPSocketOptions()) {
        self.transport = transport
        self.local = local
        self.options = options
    }
}

/// What a listener of the configuration may say beyond transport and address.
package struct SIPSocketOptions: Sendable, Hashable {
    /// tls, wss: what is asked of those who call.
    package var clientCertificates = ClientCertificates.none
    /// ws, wss: whose pages may connect.
    package var webSocket = WebSocketPolicy()
    /// Not UDP: for connections that we open only; nothing is bound.
    package var isForCalling = false
    /// tcp: connections that we open leave from this socket's own port, where a security association expects them
    /// (TS 33.203 §7.1).
    package var callsFromPort = false

    package init() {}
}

/// Draws the numbers of connections, for all transports of one node. Used on the loop only.
package final class ConnectionNumbers {
    private var upcoming: UInt64

    package init(from first: ConnectionID = ConnectionID(rawValue: 1)) { upcoming = first.rawValue }

    func next() -> ConnectionID {
        defer { upcoming &+= 1 }
        return ConnectionID(rawValue: upcoming)
    }
}
