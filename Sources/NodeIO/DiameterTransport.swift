import Diameter
import NIOCore
import Octets

/// What carries Diameter messages: TCP (`TCPAssociations`), kernel SCTP or usrsctp (folder `SCTP`). RFC 6733 §2.1.
///
/// Bound to one event loop: every call is made on it and every event is delivered on it. An object is made once per
/// node and kind of transport and carries all associations of that kind, those we open and those we accept.
///
/// A conformer's initialiser takes the loop, the node's `AssociationNumbers` and `deliver`, the closure that takes its
/// events. Events may be delivered from inside a call; the node queues them.
package protocol AssociationTransport: AnyObject {
    /// Begins to accept. The address may be a wildcard. Fails with `BindFailure`.
    func listen(on local: Endpoint) -> EventLoopFuture<Void>

    /// Opens an association under the number that the node has drawn; ends in exactly one `.connected` or
    /// `.connectFailed`, the latter also on time-out (`AssociationLimits.connectTimeout`) and after `close`.
    func connect(_ association: AssociationID, to remote: Endpoint, from local: Endpoint?)

    /// The same to a peer with several addresses, at least one. Kernel SCTP makes paths of all of them.
    func connect(_ association: AssociationID, to remote: [Endpoint], from local: Endpoint?)

    /// Sends one whole Diameter message. Order is kept. What is sent on an association that is gone is dropped.
    /// Beyond `AssociationLimits.pendingOctets` the association is closed: its peer does not read.
    func send(_ message: [UInt8], on association: AssociationID)

    /// Ends an association after what was sent has left, or at once when it is stuck; answered by `.closed`.
    func close(_ association: AssociationID)

    /// Closes everything, listeners too, without further events.
    func shutDown()
}

extension AssociationTransport {
    /// What knows one address of a peer at a time goes to the first.
    package func connect(_ association: AssociationID, to remote: [Endpoint], from local: Endpoint?) {
        connect(association, to: remote[0], from: local)
    }
}

/// What an `AssociationTransport` reports.
package enum AssociationEvent: Sendable, Equatable {
    /// An association that we opened is up. `detail` is for the log: "kernel SCTP", "usrsctp over UDP 9899", "TCP".
    case connected(AssociationID, detail: String)
    case connectFailed(AssociationID, reason: String)
    /// A peer opened one; its number comes from `AssociationNumbers`.
    case accepted(AssociationID, from: Endpoint, detail: String)
    /// Octets in order: a whole message over SCTP, any part of the stream over TCP.
    case received([UInt8], AssociationID)
    /// Gone, by either side; nothing follows under this number.
    case closed(AssociationID, reason: String)
}

/// Draws the numbers of associations, for all transports of one node. Used on the loop only.
package final class AssociationNumbers {
    private var last: UInt64 = 0

    package init() {}

    package func next() -> AssociationID {
        last += 1
        return AssociationID(rawValue: last)
    }
}

/// Bounds that all Diameter transports keep.
package struct AssociationLimits: Sendable, Equatable {
    package var connectTimeout: Duration = .seconds(5)
    /// Octets waiting to leave on one association before it is closed.
    package var pendingOctets = 8 << 20
    /// Accepted associations at a time.
    package var accepted = 256
    /// One message, RFC 6733 §3: the length field has 24 bits; nothing in Cx comes near this.
    package var messageOctets = 1 << 20

    package init() {}
}

/// Settings of SCTP, kernel's or usrsctp's.
package struct SCTPSettings: Sendable, Equatable {
    /// usrsctp only, RFC 6951: our own UDP port. 9899 where we listen; 0 takes any free one, for nodes that only connect.
    package var encapsulationPort: UInt16 = 9899
    /// usrsctp only, RFC 6951: the UDP port of the peers that we connect to; of others it is learnt from their packets.
    package var remoteEncapsulationPort: UInt16 = 9899
    /// usrsctp only: the local address of the UDP socket.
    package var encapsulationAddress = IPAddress.any
    /// Streams asked for in each direction, RFC 6733 §2.1.1.
    package var streams: UInt16 = 8
    /// Kernel only: further local addresses of every association; the first is the one given to `listen` or `connect`.
    package var localAddresses: [IPAddress] = []
    /// What is sent: Diameter, or SIP.
    package var delivery = SCTPDelivery.diameter

    package init() {}
}

/// A local address that could not be had.
package struct BindFailure: Error, Sendable, Equatable {
    /// "UDP", "TCP", "kernel SCTP", "usrsctp over UDP 9899".
    package var transport: String
    package var local: Endpoint
    /// errno, or 0 when the failure has none.
    package var code: Int32
    /// `EADDRINUSE`, or a sentence.
    package var reason: String

    package init(_ transport: String, _ local: Endpoint, code: Int32, reason: String) {
        self.transport = transport
        self.local = local
        self.code = code
        self.reason = reason
    }
}
