import Octets

/// A client transaction in the layer: its machine and what the machine's orders need.
struct ClientRecord: Sendable {
    enum Machine: Sendable {
        case invite(InviteClientTransaction)
        case nonInvite(NonInviteClientTransaction)
    }

    var machine: Machine
    /// The TU's name for it; nil for a CANCEL of ours.
    let id: ClientTransactionID?
    /// The unguessable part of the branch.
    let random: UInt64
    let method: Method
    var hop: Hop
    /// Where the request would have left as a datagram had it not been too long for one (§18.1.1).
    var datagramListener: ListenerID?
    /// The request for retransmission; from the final response to an INVITE on, the ACK.
    var octets: [UInt8] = []
    /// An INVITE as it was sent, for its ACK and CANCEL.
    var invite: SIPMessage?
    var timers = ArmedTimers()
    /// The deadline under which the queue holds this transaction.
    var queuedAt = Instant.distantFuture
    var link: PendingLink?
}

/// A server transaction in the layer.
struct ServerRecord: Sendable {
    enum Machine: Sendable {
        case invite(InviteServerTransaction)
        case nonInvite(NonInviteServerTransaction)
    }

    var machine: Machine
    let key: TransactionKey
    let route: ResponseRoute
    /// The last response as it was sent.
    var octets: [UInt8] = []
    /// The request, until the TU has responded: our 100 is made from it.
    var request: SIPMessage?
    /// Of an INVITE without magic cookie.
    var legacy: LegacyAcknowledgement?
    /// RFC 7339 §5.1: its responses say how much we want to be sent.
    var asksForFeedback = false
    var isCancelled = false
    /// Answered, kept for retransmissions only.
    var isLingering = false
    var timers = ArmedTimers()
    var queuedAt = Instant.distantFuture
}

/// How the ACK for the refusal of an INVITE without magic cookie is found, RFC 3261 §17.2.3.
enum LegacyAcknowledgement: Sendable {
    /// No refusal yet: what INVITE and ACK have in common.
    case open(TransactionKey)
    /// Refused: the key of the ACK.
    case refused(TransactionKey)
}

/// Where responses to a request go, RFC 3261 §18.2.2 with RFC 3581 §4. `maddr` is not followed: it is for multicast.
struct ResponseRoute: Sendable, Equatable {
    let hop: Hop
    /// Where a new connection goes when that of the request is gone: the port of sent-by.
    let port: UInt16
    /// From where it goes there.
    let listener: ListenerID

    /// - Parameter other: the way of the responses where it is not that of the requests, see `SIPStack.routeResponses`.
    init(_ via: Via, from hop: Hop, by other: Hop? = nil) {
        port = other?.remote.port ?? via.port ?? hop.transport.defaultPort
        listener = other?.listener ?? hop.listener
        if let other, !hop.transport.isReliable {
            self.hop = other
            return
        }
        guard !hop.transport.isReliable else {
            self.hop = hop
            return
        }
        let asksForSource = via.parameters.contains("rport")
        self.hop = Hop(
            hop.transport, hop.listener, Endpoint(hop.remote.address, asksForSource ? hop.remote.port : port))
    }

    var fallback: Hop { Hop(hop.transport, listener, Endpoint(hop.remote.address, port)) }
}

extension Transport {
    /// RFC 3261 §19.1.2, RFC 7118 §5: the port when none is written.
    package var defaultPort: UInt16 {
        switch self {
        case .udp, .tcp, .sctp: 5060
        case .tls: 5061
        case .ws: 80
        case .wss: 443
        }
    }
}
