import Octets

/// What the stack says about an association, RFC 6458 §6; kernel's and usrsctp's notifications in one form.
package enum SCTPNotice: Sendable, Equatable {
    /// SCTP_COMM_UP, with the streams that were agreed.
    case up(outgoing: UInt16, incoming: UInt16)
    /// SCTP_COMM_LOST: the peer aborted, or does not answer.
    case lost
    /// SCTP_CANT_STR_ASSOC.
    case cannotStart
    /// SCTP_RESTART: the peer began anew within the association; for Diameter that is another connection.
    case restarted
    /// SCTP_SHUTDOWN_COMP.
    case shutDown
    /// SCTP_SHUTDOWN_EVENT: the peer sends no more.
    case peerShutsDown
    /// SCTP_PEER_ADDR_CHANGE. The address is nil with usrsctp, which knows no addresses.
    case path(IPAddress?, SCTPPathState)
    /// SCTP_SEND_FAILED: a message that was taken has not reached the peer.
    case sendFailed
    /// SCTP_PARTIAL_DELIVERY_ABORTED: the rest of a message begun will not come.
    case partialDeliveryAborted
    /// Anything else.
    case other
}

package enum SCTPPathState: Sendable, Equatable {
    case available, unreachable, confirmed, other
}
