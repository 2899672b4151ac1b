import Diameter
import Octets
import SIP

/// What a driver tells a node.
package enum NodeInput<WorkResult: Sendable>: Sendable {
    /// Once, before everything else: Diameter peers are called now.
    case start
    case datagram([UInt8], from: Hop)
    /// Octets of a stream, in order; `Hop.connection` is set.
    case stream([UInt8], from: Hop)
    case connectionClosed(ConnectionID)
    /// A SIP message could not be sent: refused, unreachable, connection lost before it left.
    case sendFailed(Hop)
    /// `detail` says how the peer is reached: "kernel SCTP", "usrsctp over UDP 9899", "TCP".
    case peerConnected(DiameterIdentity, AssociationID, detail: String)
    case peerConnectFailed(DiameterIdentity, reason: String)
    case associationAccepted(AssociationID, from: Endpoint, detail: String)
    case association([UInt8], AssociationID)
    case associationClosed(AssociationID, reason: String)
    /// What the transport says of an association that goes on.
    case associationNoticed(AssociationID, AssociationNotice)
    case performed(WorkID, WorkResult)
    /// What the domain name system said to `NodeOutput.resolve`.
    case resolved(DNSQuery, DNSAnswer)
    /// How long what is handed in from now on has waited in buffers before, as far as the driver can tell.
    case waited(Duration)
    case command(Command, CommandID)
    case deadline
    /// An orderly stop: take leave of the Diameter peers, then say `.drained`.
    case drain
}

/// What a transport can say of an association beside its beginning and its end; of SCTP, RFC 6458 §6.1.
package enum AssociationNotice: Sendable, Equatable {
    /// A path of several does not answer, or answers again. nil where the stack does not name it.
    case pathFailed(IPAddress?), pathRestored(IPAddress?)
    /// A message has not reached the peer.
    case sendFailed
    /// The peer has begun anew: it lost its state.
    case restarted
    /// The peer does not answer on any path, or has aborted.
    case lost
}

/// What a node orders of its driver.
package enum NodeOutput<Work: Sendable>: Sendable {
    case transmit([UInt8], to: Hop)
    case closeConnection(ConnectionID)
    /// RFC 5923 §8.2: the client of this TLS connection asks that requests to it, at this port, take the connection.
    case alias(ConnectionID, port: UInt16)
    case connect(PeerConfiguration)
    case send([UInt8], on: AssociationID)
    case closeAssociation(AssociationID)
    case perform(Work, WorkID)
    case resolve(DNSQuery)
    case reply(Report, CommandID)
    case observe(Observation)
    /// A line of the charging file.
    case charge(ChargingRecord)
    /// A charging record that waits for the Charging Data Function, to be read again at the next start; nil when it has
    /// arrived.
    case keepRecord(UInt64, [UInt8]?)
    case drained
}
