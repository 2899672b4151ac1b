import Octets
import SIP

/// A stack with a clock, a UDP and a TCP listener, and messages written as text.
struct StackBench {
    static let udp = ListenerID(rawValue: 0)
    static let tcp = ListenerID(rawValue: 1)
    static let udp6 = ListenerID(rawValue: 2)
    static let peer = Hop(.udp, udp, Endpoint(.v4(0xC000_0201), 5070))
    static let connection = ConnectionID(rawValue: 7)
    static let stream = Hop(.tcp, tcp, Endpoint(.v4(0xC000_0201), 40_001), connection: connection)

    var stack: SIPStack
    var now = Instant.zero + .seconds(100)

    init(limits: TransactionLimits = TransactionLimits(), overload: OverloadSettings? = nil, seed: UInt64 = 1) {
        let address = IPAddress.v4(0xC633_6401)  // 198.51.100.1
        stack = SIPStack(
            listeners: [
                Self.udp: SIPListener(.udp, Endpoint(address, 5060), sentBy: "proxy.example.com"),
                Self.tcp: SIPListener(.tcp, Endpoint(address, 5060), sentBy: "proxy.example.com"),
                Self.udp6: SIPListener(.udp, Endpoint(.v6(0x2001_0db8_0000_0000, 1), 5060)),
            ], limits: limits, overload: overload, entropy: Entropy(number: seed))
    }

    mutating func receive(_ text: String, from hop: Hop = peer) -> [SIPStackOutput] {
        receive(wire(text), from: hop)
    }

    mutating func receive(_ octets: [UInt8], from hop: Hop = peer) -> [SIPStackOutput] {
        var output: [SIPStackOutput] = []
        if hop.transport.isReliable {
            stack.receive(stream: octets, from: hop, at: now, into: &output)
        } else {
            stack.receive(datagram: octets, from: hop, at: now, into: &output)
        }
        return output
    }

    mutating func send(
        _ request: SIPMessage, as id: UInt64 = 1, to hop: Hop = peer
    ) -> [SIPStackOutput] {
        var output: [SIPStackOutput] = []
        stack.send(request, as: ClientTransactionID(rawValue: id), to: hop, at: now, into: &output)
        return output
    }

    mutating func respond(
        _ status: Status, to request: SIPMessage, _ id: ServerTransactionID, tag: String? = "local"
    ) -> [SIPStackOutput] {
        var output: [SIPStackOutput] = []
        stack.respond(.response(status, to: request, toTag: tag), to: id, at: now, into: &output)
        return output
    }

    mutating func cancel(_ id: UInt64) -> [SIPStackOutput] {
        var output: [SIPStackOutput] = []
        stack.cancel(ClientTransactionID(rawValue: id), at: now, into: &output)
        return output
    }

    mutating func closed(_ connection: ConnectionID = connection) -> [SIPStackOutput] {
        var output: [SIPStackOutput] = []
        stack.closed(connection, at: now, into: &output)
        return output
    }

    mutating func sendFailed(to hop: Hop = peer) -> [SIPStackOutput] {
        var output: [SIPStackOutput] = []
        stack.sendFailed(to: hop, at: now, into: &output)
        return output
    }

    /// Lets time pass, firing at every deadline on the way.
    mutating func advance(_ span: Duration) -> [SIPStackOutput] {
        let end = now + span
        var output: [SIPStackOutput] = []
        while let deadline = stack.nextDeadline, deadline <= end {
            now = max(now, deadline)
            stack.fire(at: now, into: &output)
        }
        now = end
        return output
    }
}

/// Lines as a message: CRLF at each end; the empty line and the body as they stand.
func wire(_ text: String) -> [UInt8] {
    var text = text
    if !text.contains("\n\n") { text += text.hasSuffix("\n") ? "\n" : "\n\n" }
    var octets: [UInt8] = []
    for octet in text.utf8 {
        if octet == 0x0A { octets.append(0x0D) }
        octets.append(octet)
    }
    return octets
}

extension SIPStackOutput {
    var isTransmit: Bool {
        guard case .transmit = self else { return false }
        return true
    }
}

extension [SIPStackOutput] {
    /// The messages sent, parsed again, with their hops.
    var transmitted: [(message: SIPMessage, octets: [UInt8], hop: Hop)] {
        compactMap {
            guard case .transmit(let octets, let hop) = $0 else { return nil }
            do {
                return (try SIPMessage(parsing: octets), octets, hop)
            } catch {
                return nil
            }
        }
    }

    var requests: [(message: SIPMessage, id: ServerTransactionID)] {
        compactMap {
            guard case .request(let message, let id, _) = $0 else { return nil }
            return (message, id)
        }
    }

    var responses: [(message: SIPMessage, id: ClientTransactionID)] {
        compactMap {
            guard case .response(let message, let id) = $0 else { return nil }
            return (message, id)
        }
    }

    var failures: [TransactionFailure] {
        compactMap {
            guard case .failed(_, let failure) = $0 else { return nil }
            return failure
        }
    }

    var refusals: [SIPStackRefusal] {
        compactMap {
            guard case .refused(let reason, _) = $0 else { return nil }
            return reason
        }
    }
}

/// A request of the peer's.
func request(
    _ method: String = "OPTIONS", branch: String? = "z9hG4bKpeer1", sentBy: String = "192.0.2.1:5070",
    via: String = "", transport: String = "UDP", cseq: Int = 1, toTag: String? = nil,
    callID: String = "call1@192.0.2.1",
    fromTag: String = "from1", extra: String = ""
) -> String {
    """
    \(method) sip:user@example.com SIP/2.0
    Via: SIP/2.0/\(transport) \(sentBy)\(branch.map { ";branch=\($0)" } ?? "")\(via)
    Max-Forwards: 70
    From: <sip:peer@example.com>;tag=\(fromTag)
    To: <sip:user@example.com>\(toTag.map { ";tag=\($0)" } ?? "")
    Call-ID: \(callID)
    CSeq: \(cseq) \(method)
    \(extra)Content-Length: 0


    """
}

/// A request of the role's, without a Via.
func outgoing(_ method: Method = .options, cseq: Int = 1, callID: String = "own1") -> SIPMessage {
    var message = SIPMessage(method, uri: "sip:user@192.0.2.1:5070")
    message.append(.maxForwards, "70")
    message.append(.from, "<sip:proxy@example.com>;tag=own")
    message.append(.to, "<sip:user@example.com>")
    message.append(.callID, callID)
    message.append(.cseq, "\(cseq) \(method.text)")
    return message
}

/// The peer's response to a request of ours.
func reply(_ status: Status, to request: SIPMessage, tag: String = "peer") -> [UInt8] {
    SIPMessage.response(status, to: request, toTag: tag).serialized()
}
