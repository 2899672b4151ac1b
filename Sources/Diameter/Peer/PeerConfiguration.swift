import Octets

/// A peer as the operator configures it.
package struct PeerConfiguration: Hashable, Sendable {
    /// The Origin-Host that it must say.
    package var identity: DiameterIdentity
    package var realm: DiameterIdentity
    /// Where to connect to; nil for a peer that only connects to us.
    package var remote: Endpoint?
    package var transport: DiameterTransport
    /// Whether we connect, and connect again.
    package var initiates: Bool
    /// Lower is asked first; among equals the one with fewest requests in flight.
    package var priority: Int
    /// Addresses it may connect from; empty: any.
    package var addresses: Set<IPAddress>

    package init(
        identity: DiameterIdentity, realm: DiameterIdentity, remote: Endpoint? = nil,
        transport: DiameterTransport = .auto, initiates: Bool = true, priority: Int = 0,
        addresses: Set<IPAddress> = []
    ) {
        self.identity = identity
        self.realm = realm
        self.remote = remote
        self.transport = transport
        self.initiates = initiates
        self.priority = priority
        self.addresses = addresses
    }

    var connects: Bool { initiates && remote != nil }
}

/// Whom we let in beside the configured peers, RFC 6733 §5.3.
package enum UnknownPeerPolicy: Equatable, Sendable {
    /// Nobody: 3010 UNKNOWN_PEER.
    case refuse
    /// Who comes from one of these addresses and says one of these realms; no realms: any.
    case accept(from: Set<IPAddress>, realms: Set<DiameterIdentity>)

    func accepts(_ origin: DiameterOrigin, from address: IPAddress) -> Bool {
        switch self {
        case .refuse: false
        case .accept(let addresses, let realms):
            addresses.contains(address) && (realms.isEmpty || realms.contains(origin.realm))
        }
    }
}

/// Times and bounds of the Diameter stack.
package struct DiameterSettings: Equatable, Sendable {
    /// Tw of RFC 3539 §3.4.1: 30 s, at least 6 s.
    package var watchdog: Duration { didSet { watchdog = max(watchdog, .seconds(6)) } }
    /// How long to wait for a connection, then for CEA; for the CER of who connects to us; for DPA.
    package var connectTimeout: Duration
    package var capabilitiesTimeout: Duration
    package var disconnectTimeout: Duration
    /// How long a request may wait for its answer, failover included.
    package var answerTimeout: Duration
    /// The first pause before connecting again; doubled each time up to the longest.
    package var firstReconnect: Duration
    package var longestReconnect: Duration
    /// The pause after a DPR that said BUSY or DO_NOT_WANT_TO_TALK_TO_YOU (RFC 6733 §5.4.3).
    package var unwantedReconnect: Duration
    /// Our requests waiting at one peer; more fail with `tooBusy`.
    package var inFlightPerPeer: Int
    /// A peer's requests being served; more are answered with 3004 TOO_BUSY.
    package var servedPerPeer: Int
    /// Accepted connections that have not said CER yet.
    package var waitingConnections: Int
    package var unknownPeers: UnknownPeerPolicy
    package var limits: DiameterLimits

    package init(
        watchdog: Duration = .seconds(30), connectTimeout: Duration = .seconds(10),
        capabilitiesTimeout: Duration = .seconds(10), disconnectTimeout: Duration = .seconds(5),
        answerTimeout: Duration = .seconds(5), firstReconnect: Duration = .seconds(1),
        longestReconnect: Duration = .seconds(30), unwantedReconnect: Duration = .seconds(300),
        inFlightPerPeer: Int = 4096, servedPerPeer: Int = 16384, waitingConnections: Int = 64,
        unknownPeers: UnknownPeerPolicy = .refuse, limits: DiameterLimits = .standard
    ) {
        self.watchdog = max(watchdog, .seconds(6))
        self.connectTimeout = connectTimeout
        self.capabilitiesTimeout = capabilitiesTimeout
        self.disconnectTimeout = disconnectTimeout
        self.answerTimeout = answerTimeout
        self.firstReconnect = firstReconnect
        self.longestReconnect = longestReconnect
        self.unwantedReconnect = unwantedReconnect
        self.inFlightPerPeer = inFlightPerPeer
        self.servedPerPeer = servedPerPeer
        self.waitingConnections = waitingConnections
        self.unknownPeers = unknownPeers
        self.limits = limits
    }

    package static let standard = DiameterSettings()
}
