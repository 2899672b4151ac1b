import Octets

/// The SIP layers below a role as one value: framing, parsing and transactions (RFC 3261 §7, §17, §18).
///
/// Octets and orders of the role in, outputs appended to the caller's list; time is an argument. After every call
/// `nextDeadline` says when `fire` is due.
package struct SIPStack: Sendable {
    var transactions: TransactionLayer
    private var streams: [ConnectionID: Stream] = [:]
    private var streamDeadlines = DeadlineQueue<ConnectionID>()
    let limits: ParseLimits

    private struct Stream: Sendable {
        var framer: StreamFramer
        /// Since when a message has been incomplete.
        var insideSince: Instant?
    }

    /// How long a message may take to arrive once it has begun: a peer that sends slower holds memory for nothing.
    package static let messageTime = Duration.seconds(10)

    /// - Parameters:
    ///   - endpoint: the methods whose requests end at this node.
    ///   - overload: without it nothing is refused for coming too often or waiting too long.
    package init(
        listeners: [ListenerID: SIPListener], limits: TransactionLimits = TransactionLimits(),
        parsing: ParseLimits = .standard, endpoint: EndpointMethods = .none,
        overload: OverloadSettings? = nil, entropy: Entropy
    ) {
        transactions = TransactionLayer(
            listeners: listeners, limits: limits, endpoint: endpoint, overload: overload, entropy: entropy)
        self.limits = parsing
    }

    // MARK: From the network

    /// A whole message: a datagram, or what a WebSocket (RFC 7118 §5) or SCTP (RFC 4168) carries as one; of those the
    /// hop names the connection.
    package mutating func receive(
        datagram: [UInt8], from hop: Hop, at now: Instant, into output: inout [SIPStackOutput]
    ) {
        if let connection = hop.connection { transactions.connections[connection] = hop }
        guard !Self.isKeepAlive(datagram) else {
            // RFC 7118 §6: the ping of RFC 5626 §4.4.1 may come over a WebSocket too.
            if hop.connection != nil, datagram == [0x0D, 0x0A, 0x0D, 0x0A] {
                output.append(.transmit([0x0D, 0x0A], to: hop))
            }
            return
        }
        receive(message: datagram, from: hop, at: now, into: &output)
    }

    /// - Parameter hop: with `connection`, which names the stream.
    package mutating func receive(
        stream octets: [UInt8], from hop: Hop, at now: Instant, into output: inout [SIPStackOutput]
    ) {
        guard let connection = hop.connection else {
            preconditionFailure("stream octets without a connection")
        }
        var stream = streams.removeValue(forKey: connection) ?? Stream(framer: StreamFramer(limits: limits))
        transactions.connections[connection] = hop
        stream.framer.append(octets)
        do {
            while let frame = try stream.framer.next() {
                stream.insideSince = nil
                switch frame {
                case .message(let message): receive(message: message, from: hop, at: now, into: &output)
                case .keepAlive: output.append(.transmit([0x0D, 0x0A], to: hop))  // RFC 5626 §4.4.1
                }
            }
            if !stream.framer.isInsideMessage {
                stream.insideSince = nil
            } else if stream.insideSince == nil {
                stream.insideSince = now
                streamDeadlines.schedule(connection, at: now + Self.messageTime)
            }
            streams[connection] = stream
        } catch {
            // Where the next message begins is unknown (§18.3): nothing more can be read here.
            refuse(stream.framer.rejected, error, from: hop, into: &output)
            output.append(.close(connection))
            closed(connection, at: now, into: &output)
        }
    }

    /// The connection is gone: requests waiting for a response over it fail, responses take another way (§18.2.2).
    package mutating func closed(
        _ connection: ConnectionID, at now: Instant, into output: inout [SIPStackOutput]
    ) {
        streams[connection] = nil
        guard let hop = transactions.connections.removeValue(forKey: connection) else { return }
        transactions.transportFailed(Remote(hop), connection: connection, at: now, into: &output)
    }

    /// What was sent to this hop did not leave or arrive (§18.4): a connection refused, an ICMP error. A driver that
    /// loses a connection which has never carried anything to us reports it here, `closed` does not know it.
    package mutating func sendFailed(to hop: Hop, at now: Instant, into output: inout [SIPStackOutput]) {
        transactions.transportFailed(Remote(hop), connection: nil, at: now, into: &output)
    }

    // MARK: From the role

    /// Sends a request in a new client transaction. Our Via goes on top and comes off the responses again.
    package mutating func send(
        _ request: consuming SIPMessage, as id: ClientTransactionID, to hop: Hop, at now: Instant,
        into output: inout [SIPStackOutput]
    ) {
        transactions.send(request, as: id, to: hop, at: now, into: &output)
    }

    /// Sends the ACK for a 2xx, which is no transaction (§13.2.2.4).
    package mutating func sendAcknowledgement(
        _ acknowledgement: consuming SIPMessage, to hop: Hop, at now: Instant, into output: inout [SIPStackOutput]
    ) {
        transactions.sendStateless(acknowledgement, to: hop, at: now, into: &output)
    }

    /// Answers a request. Too late or a second time, it is discarded (RFC 6026 §8.3).
    package mutating func respond(
        _ response: consuming SIPMessage, to id: ServerTransactionID, at now: Instant,
        into output: inout [SIPStackOutput]
    ) {
        transactions.respond(response, to: id, at: now, into: &output)
    }

    /// Cancels an INVITE, once a provisional response has come (§9.1). Other requests cannot be cancelled.
    package mutating func cancel(
        _ id: ClientTransactionID, at now: Instant, into output: inout [SIPStackOutput]
    ) {
        transactions.cancel(id, at: now, into: &output)
    }

    /// From now on responses to requests that come by one hop leave by another; nil: by the same again. Inside security
    /// associations a phone sends UDP from its client port and hears on its server port (TS 33.203 §7.1); a response over
    /// TCP takes the other hop only when the connection of the request is gone.
    ///
    /// - Parameter hop: without connection.
    package mutating func routeResponses(from hop: Hop, by other: Hop?) { transactions.responseRoutes[hop] = other }

    // MARK: Time and numbers

    package mutating func fire(at now: Instant, into output: inout [SIPStackOutput]) {
        transactions.fire(at: now, into: &output)
        while let (connection, _) = streamDeadlines.popDue(at: now) {
            guard let since = streams[connection]?.insideSince, since + Self.messageTime <= now,
                let hop = transactions.connections[connection]
            else { continue }
            output.append(.refused(reason: .tooSlow, from: hop))
            output.append(.close(connection))
            closed(connection, at: now, into: &output)
        }
    }

    /// When `fire` is due; sometimes earlier, never later.
    package var nextDeadline: Instant? {
        guard let stream = streamDeadlines.next else { return transactions.nextDeadline }
        return transactions.nextDeadline.map { min($0, stream) } ?? stream
    }

    /// All transactions, those included that only wait for retransmissions.
    package var liveTransactions: Int { transactions.liveTransactions }

    /// Transactions that still owe or expect an answer; what the limits count.
    package var openTransactions: Int { transactions.load }

    // MARK: Overload

    /// How long what is handed in from now on has waited before, as far as the driver can tell.
    package mutating func waited(_ delay: Duration) { transactions.overload?.waited = delay }

    /// How many new requests a second are let in; nil while there is no limit.
    package var admittedRate: Double? { transactions.overload?.rate }

    // MARK: One message

    private mutating func receive(
        message octets: [UInt8], from hop: Hop, at now: Instant, into output: inout [SIPStackOutput]
    ) {
        guard transactions.overload?.admits(messageFrom: hop.remote.address, at: now) ?? true else {
            output.append(.refused(reason: .tooManyFromSource, from: hop))
            return
        }
        var message: SIPMessage
        do {
            message = try SIPMessage(parsing: octets, limits: limits)
        } catch {
            return refuse(octets, error, from: hop, into: &output)
        }
        let via: Via
        do {
            guard let top = try message.first(Via.self) else {
                return refuse(octets, SIPSyntaxError(.missing, .via), from: hop, into: &output)
            }
            via = top
        } catch {
            return refuse(octets, error, from: hop, into: &output)
        }
        guard message.isRequest else {
            return transactions.receive(response: consume message, via: via, from: hop, at: now, into: &output)
        }
        if let error = message.validateRequest() { return refuse(message, error, from: hop, into: &output) }
        transactions.receive(request: consume message, via: via, from: hop, at: now, into: &output)
    }

    /// Datagrams that keep a NAT binding open: empty, CRLFs or zeros.
    private static func isKeepAlive(_ datagram: [UInt8]) -> Bool {
        datagram.count <= 8 && datagram.allSatisfy { $0 == 0x0D || $0 == 0x0A || $0 == 0 }
    }
}
