import Octets
import SIP

/// A call that this server has answered itself: to say how a code went, by its end.
struct AnsweredCall: Sendable {
    /// What the call is for.
    enum Purpose: Equatable, Sendable {
        /// Ends with a BYE as soon as it is there, whose Reason says this.
        case confirmation(String)
        /// A mailbox: the audio is this.
        case mailbox(MediaID)
    }

    var server: InviteServer
    var session: InviteSession
    /// The INVITE's.
    let transaction: ServerTransactionID
    let purpose: Purpose
    /// Of our session descriptions; grows with each.
    var descriptionVersion: UInt64 = 1
    let descriptionID: UInt64

    var id: DialogID { session.dialog.id }

    var nextDeadline: Instant? { earlier(server.nextDeadline, session.nextDeadline) }
}

func earlier(_ left: Instant?, _ right: Instant?) -> Instant? {
    guard let left, let right else { return left ?? right }
    return min(left, right)
}
