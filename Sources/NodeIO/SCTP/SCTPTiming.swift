/// How fast SCTP finds out that a peer or a path is gone, RFC 9260 §16; the same for the kernel's and for usrsctp.
///
/// The RFC's own values (RTO up to 60 s, ten retransmissions) suit the open Internet; between nodes of one network
/// they would let a dead peer look alive for minutes, long after Diameter's watchdog (RFC 3539) has given up.
package struct SCTPTiming: Sendable, Equatable {
    package var retransmissionInitial: Duration = .seconds(1)
    package var retransmissionMinimum: Duration = .milliseconds(300)
    package var retransmissionMaximum: Duration = .seconds(2)
    /// Between heartbeats on an idle path.
    package var heartbeat: Duration = .seconds(5)
    /// Association.Max.Retrans.
    package var associationRetransmissions: UInt16 = 6
    /// Path.Max.Retrans.
    package var pathRetransmissions: UInt16 = 4
    /// After `close`: how long SHUTDOWN may take before the association is aborted.
    package var shutdown: Duration = .seconds(5)

    package init() {}
}

/// How a protocol's messages travel in an association.
package struct SCTPDelivery: Sendable, Equatable {
    package var payloadProtocol: UInt32
    package var isOrdered: Bool

    /// RFC 6733 §2.1: Diameter without DTLS.
    package static let diameter = SCTPDelivery(payloadProtocol: 46, isOrdered: true)
    /// RFC 4168 §5, §5.1: identifier zero, stream zero, unordered.
    package static let sip = SCTPDelivery(payloadProtocol: 0, isOrdered: false)

    /// In network order, as the socket interface wants it (RFC 6458 §5.3.4: the stack passes it on as it is).
    var networkPayloadProtocol: UInt32 { payloadProtocol.bigEndian }
}

extension Duration {
    /// Milliseconds as the socket options take them, at least one.
    var socketMilliseconds: UInt32 { UInt32(clamping: max(1, wholeNanoseconds / 1_000_000)) }
}
