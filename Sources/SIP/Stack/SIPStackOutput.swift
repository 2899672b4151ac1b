/// What the SIP stack orders or reports, in order.
package enum SIPStackOutput: Equatable, Sendable {
    case transmit([UInt8], to: Hop)
    /// The octets on this connection can no longer be told apart, or it breaks a limit.
    case close(ConnectionID)
    /// A new request; retransmissions and ACKs to refusals never come here.
    case request(SIPMessage, ServerTransactionID, from: Hop)
    /// An ACK for a 2xx (RFC 3261 §13.2.2.4).
    case acknowledgement(SIPMessage, from: Hop)
    /// The INVITE of this transaction is cancelled; the CANCEL has its 200, the INVITE wants its 487 (§9.2).
    case cancelled(ServerTransactionID)
    /// A response, our Via already taken off.
    case response(SIPMessage, ClientTransactionID)
    case failed(ClientTransactionID, TransactionFailure)
    /// Something was dropped or answered without asking the TU; for the log and the counters.
    case refused(reason: SIPStackRefusal, from: Hop)
}

/// Why the stack dropped a message or answered it by itself.
package enum SIPStackRefusal: Equatable, Sendable {
    /// No SIP message: answered with 400, 505 or 513 when there is enough of it to answer.
    case malformed(SIPSyntaxError)
    /// Too many transactions: answered with 503 up to a limit, then dropped.
    case overloaded
    /// Requests wait too long here: answered with 503 up to a limit, then dropped.
    case shed
    /// One address sends more requests than it may; dropped unread.
    case tooManyFromSource
    /// RFC 7339 §5.5: the next hop wants fewer requests; ours was not sent.
    case throttled
    /// RFC 6026 §8.9: a response to nothing we asked.
    case strayResponse
    /// RFC 3261 §18.1.2: a response whose top Via is not ours.
    case foreignVia
    /// RFC 3261 §9.2: a CANCEL for nothing we work on, answered with 481.
    case strayCancel
    /// RFC 3261 §8.2.2.2: a second copy of a request that ends here, answered with 482.
    case merged
    /// A message on a stream that did not arrive whole in time; the connection is closed.
    case tooSlow
}

extension SIPStackRefusal: CustomStringConvertible {
    /// For people; octets from outside are not repeated.
    package var description: String {
        switch self {
        case .malformed(let error): "\(error)"
        case .overloaded: "too many transactions"
        case .shed: "more requests than this node can handle"
        case .tooManyFromSource: "more requests than one address may send"
        case .throttled: "the next hop asked for fewer requests"
        case .strayResponse: "response without a transaction"
        case .foreignVia: "response whose top Via is not ours"
        case .strayCancel: "CANCEL without a transaction"
        case .merged: "the same request has come by another way already"
        case .tooSlow: "message on a stream not complete within \(SIPStack.messageTime.components.seconds) s"
        }
    }
}
