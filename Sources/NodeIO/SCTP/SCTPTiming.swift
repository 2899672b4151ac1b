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
    /// Messages may take any stream, see `stream`.
    package var spreads: Bool

    /// RFC 6733 §2.1: Diameter without DTLS.
    package static let diameter = SCTPDelivery(payloadProtocol: 46, isOrdered: true, spreads: true)
    /// RFC 4168 §5, §5.1: identifier zero, stream zero, unordered.
    package static let sip = SCTPDelivery(payloadProtocol: 0, isOrdered: false, spreads: false)

    /// RFC 6733 §2.1.1: no message waits behind a lost one of another transaction. Each transaction has its stream by its
    /// Hop-by-Hop Identifier; the base protocol stays on stream zero, in order (CER before DWR before DPR).
    package func stream(of message: [UInt8], among streams: UInt16) -> UInt16 {
        guard spreads, streams > 1, message.count >= 16 else { return 0 }
        // RFC 6733 §3: Application-Id in octets 8 to 11, Hop-by-Hop Identifier in 12 to 15.
        guard message[8..<12].contains(where: { $0 != 0 }) else { return 0 }
        let hopByHop = message[12..<16].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return 1 + UInt16(hopByHop % UInt32(streams - 1))
    }

    /// In network order, as the socket interface wants it (RFC 6458 §5.3.4: the stack passes it on as it is).
    var networkPayloadProtocol: UInt32 { payloadProtocol.bigEndian }
}

extension Duration {
    /// Milliseconds as the socket options take them, at least one.
    var socketMilliseconds: UInt32 { UInt32(clamping: max(1, wholeNanoseconds / 1_000_000)) }
}
