import Octets

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
    /// The same for requests of one application.
    package var applicationTimeouts: [ApplicationID: Duration] = [:]
    /// The first pause before connecting again; doubled each time up to the longest.
    package var firstReconnect: Duration
    package var longestReconnect: Duration
    /// The pause after a DPR that said BUSY or DO_NOT_WANT_TO_TALK_TO_YOU (RFC 6733 §5.4.3).
    package var unwantedReconnect: Duration
    /// Our requests waiting at one peer; more go to another one or fail with `tooBusy`.
    package var inFlightPerPeer: Int
    /// A peer's requests being served; more are answered with 3004 TOO_BUSY.
    package var servedPerPeer: Int
    /// Accepted connections that have not said CER yet.
    package var waitingConnections: Int
    package var unknownPeers: UnknownPeerPolicy
    /// Who may send which commands.
    package var senders = CommandSenders()
    /// Where requests go that are neither for us nor for a peer's own realm.
    package var routes = RealmRoutingTable()
    package var limits: DiameterLimits
    package var circuit = CircuitBreaker.Settings()
    /// How long a peer that said 3004 TOO_BUSY is left alone at first; doubled up to the longest while it says so.
    package var firstBusyPause = Duration.milliseconds(500)
    package var longestBusyPause = Duration.seconds(8)
    package var duplicates = DuplicateDetection.Settings()
    /// Peers that one request is tried at, redirects included.
    package var attempts = 4

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

    func timeout(for application: ApplicationID) -> Duration { applicationTimeouts[application] ?? answerTimeout }

    /// How long one peer may keep a request when another could take it: half of what the answer may take, so that the
    /// other has the same. Until the watchdog has found a silent peer nothing else saves its requests.
    func patience(for application: ApplicationID) -> Duration { timeout(for: application) / 2 }
}
