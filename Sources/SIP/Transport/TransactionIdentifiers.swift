/// A client transaction, named by the role that opens it.
package struct ClientTransactionID: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// A server transaction, named by the SIP stack when the request arrives.
package struct ServerTransactionID: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// Why a client transaction ended without a final response (RFC 3261 §17.1.1.2, §17.1.2.2, §17.1.4).
package enum TransactionFailure: Hashable, Sendable {
    /// Timer B or F fired: treated as 408.
    case timeout
    /// The transport refused the message: treated as 503.
    case transport
    /// The next hop asked for fewer requests and this one was not sent (RFC 7339 §5.10): treated as 503.
    case throttled
}
