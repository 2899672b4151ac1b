import Octets

/// A local socket as the SIP layer sees it.
package struct SIPListener: Sendable, Equatable {
    package var transport: Transport
    package var local: Endpoint
    /// What our Via and Route entries say: a host name or address as it stands in a URI (IPv6 in brackets), and a port.
    package var sentByHost: String
    package var sentByPort: UInt16
    /// TS 24.229 §7.7: longer timers towards phones than between core nodes.
    package var timers: TransactionTimers
    /// Of the requests that we send from here, when they go to others than those who send to us: a P-CSCF's phones and
    /// its core on one socket.
    package var clientTimers: TransactionTimers
    /// Of a UDP listener: a request of more octets leaves over TCP, when there is a TCP listener of the same address
    /// family (RFC 3261 §18.1.1): 1300, or 200 less than the path MTU where that is known. nil where all is UDP.
    package var datagramLimit: Int?
    /// What goes through it is protected by a security association (TS 33.203), which knows two ports of the other side:
    /// it answers to the port of our Via whatever port it came from, so that we ask for no other (no `rport`); and nothing
    /// takes this socket but by its number.
    package var isProtected = false

    package init(
        _ transport: Transport, _ local: Endpoint, sentBy host: String? = nil, port: UInt16? = nil,
        timers: TransactionTimers = .core, clientTimers: TransactionTimers? = nil, datagramLimit: Int? = 1300
    ) {
        self.transport = transport
        self.local = local
        sentByHost = host ?? (local.address.isV6 ? "[\(local.address)]" : "\(local.address)")
        sentByPort = port ?? local.port
        self.timers = timers
        self.clientTimers = clientTimers ?? timers
        self.datagramLimit = datagramLimit
    }
}

/// The base values from which RFC 3261 §17 (table 4) derives all transaction timers.
package struct TransactionTimers: Sendable, Equatable {
    package var t1: Duration
    package var t2: Duration
    package var t4: Duration
    /// Timer C, RFC 3261 §16.6 step 11: more than three minutes.
    package var timerC: Duration = .seconds(181)

    package init(t1: Duration, t2: Duration, t4: Duration) {
        self.t1 = t1
        self.t2 = t2
        self.t4 = t4
    }

    /// Between core nodes: RFC 3261 §17.1.1.1.
    package static let core = TransactionTimers(t1: .milliseconds(500), t2: .seconds(4), t4: .seconds(5))
    /// Towards a phone on a radio link: TS 24.229 §7.7.
    package static let userEquipment = TransactionTimers(t1: .seconds(2), t2: .seconds(16), t4: .seconds(17))
}
