import Octets

// Requests that are not worked on: answered from what can be read of them, RFC 3261 §16.3 step 1, §21.4.1.
extension SIPStack {
    /// Octets that are no message. Without the headers that a response copies (§8.2.6.2) there is nothing to answer.
    @inline(never)
    mutating func refuse(
        _ octets: [UInt8], _ error: SIPSyntaxError, from hop: Hop, into output: inout [SIPStackOutput]
    ) {
        guard let request = SIPMessage.salvage(octets, limits: limits) else {
            output.append(.refused(reason: .malformed(error), from: hop))
            return
        }
        refuse(request, error, from: hop, into: &output)
    }

    /// A message with a fault: a request gets its 400, 505 or 513, a response or an ACK nothing.
    @inline(never)
    mutating func refuse(
        _ message: SIPMessage, _ error: SIPSyntaxError, from hop: Hop, into output: inout [SIPStackOutput]
    ) {
        output.append(.refused(reason: .malformed(error), from: hop))
        guard message.isRequest, message.method != .ack, let via = Self.topVia(of: message) else { return }
        transactions.refuse(
            message, error.status, reason: "\(error)".capitalisedFirst, via: via, from: hop, into: &output)
    }

    private static func topVia(of message: SIPMessage) -> Via? {
        do { return try message.first(Via.self) } catch { return nil }
    }
}

extension String {
    fileprivate var capitalisedFirst: String { prefix(1).uppercased() + dropFirst() }
}
