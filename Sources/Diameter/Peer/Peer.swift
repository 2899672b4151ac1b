import Octets

/// One peer of the stack: its machines, its connections, what it said of itself.
struct Peer: Sendable {
    var configuration: PeerConfiguration
    /// Let in by policy, not configured: its entry may be used again when it is gone.
    let isTransient: Bool

    var machine = PeerStateMachine()
    var watchdog = WatchdogStateMachine()
    var pause = ReconnectPause()

    var initiator: AssociationID?
    var responder: AssociationID?
    /// The CER on `responder` until it is answered.
    var request: DiameterMessage?
    /// The connection that has just brought a CER, not accepted yet.
    var candidate: (association: AssociationID, request: DiameterMessage)?

    var applications: Set<ApplicationID> = []
    /// It has said that it is a relay: every application goes to it.
    var isRelay = false
    /// Of its CER or CEA.
    var originRealm: DiameterIdentity?
    var originStateID: UInt32?

    /// The Timeout of the peer machine.
    var stateDeadline: Instant?
    /// While open: the watchdog's timer. While closed: the next attempt to connect.
    var watchdogDeadline: Instant?
    /// The peer has tried to connect again although this connection stands: it may be dead.
    var isDoubted = false
    /// The DWR under way.
    var watchdogSent: (hopByHop: HopByHopID, at: Instant)?

    var disconnectCause: DisconnectCause?
    var downReason = PeerDownReason.connectionLost
    var lastError: String?
    var roundTrip: Duration?
    /// Its requests that we have not answered yet.
    var served = 0
    var circuit = CircuitBreaker()
    var busy = BusyPause()
    /// What load sharing owes it.
    var credit = 0
    var counters = PeerCounters()
    var transport: DiameterTransport?
    var remote: Endpoint?

    init(_ configuration: PeerConfiguration, isTransient: Bool = false) {
        self.configuration = configuration
        self.isTransient = isTransient
    }

    var identity: DiameterIdentity { configuration.identity }

    /// The connection that messages go over; while closing, the one that is left.
    var association: AssociationID? {
        switch machine.state {
        case .iOpen: initiator
        case .rOpen: responder
        case .closing: initiator ?? responder
        case .closed, .waitConnAck, .waitICEA, .waitConnAckElect, .waitReturns: nil
        }
    }

    /// How well the peer can take a request: less is better, nil not at all.
    ///
    /// RFC 3539 sends nothing to a peer in SUSPECT or REOPEN. Neither do we while another can take it; with none, a
    /// doubtful peer is better than certain failure.
    var doubt: Int? {
        guard machine.state.isOpen else { return nil }
        switch watchdog.state {
        case .okay: return 0
        case .reopen: return watchdog.answers < 0 ? 2 : 1
        case .suspect: return 2
        case .initial, .down: return nil
        }
    }

    /// §5.3: only applications that it has advertised.
    func takes(_ application: ApplicationID) -> Bool { isRelay || applications.contains(application) }

    func association(_ side: PeerStateMachine.Side) -> AssociationID? {
        switch side {
        case .initiator: initiator
        case .responder: responder
        }
    }
}

/// One transport connection.
struct Association: Sendable {
    enum Owner: Sendable {
        /// Accepted; who it is will be known with its CER.
        case unknown(until: Instant)
        case peer(Int, PeerStateMachine.Side)
    }

    var framer: DiameterFramer
    var owner: Owner
    var remote: Endpoint?
    var transport: DiameterTransport?
}

/// Where the answer to a request goes.
struct ServedRequest: Sendable {
    var peer: Int
    var association: AssociationID
    var hopByHop: HopByHopID
    var endToEnd: EndToEndID
    /// Under which its answer is remembered.
    var duplicateKey: DuplicateDetection.Key?
}

/// What has been counted at one peer since the node began.
package struct PeerCounters: Equatable, Sendable {
    package var requests: UInt64 = 0
    package var timeouts: UInt64 = 0
    package var lateAnswers: UInt64 = 0
    package var failovers: UInt64 = 0
}
