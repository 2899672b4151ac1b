import Octets

/// What the Diameter stack wants done.
package enum DiameterStackOutput: Equatable, Sendable {
    /// Open a connection to the peer; answered by `connected` or `connectFailed`.
    case connect(PeerConfiguration)
    /// One whole message.
    case send([UInt8], on: AssociationID)
    /// The stack has forgotten the association already; `closed` need not be reported.
    case close(AssociationID)
    /// A request for the role. Answer it by its token.
    case request(DiameterMessage, RequestToken, from: DiameterIdentity)
    case answer(DiameterMessage, AskID)
    case failed(AskID, AskFailure)
    case peerUp(DiameterIdentity)
    case peerDown(DiameterIdentity, PeerDownReason)
    /// Something about a peer that the operator wants to know.
    case noticed(DiameterIdentity, PeerNotice)
    /// Something was refused or dropped: for log, trace and counters.
    case refused(DiameterRefusal)
}

/// Why a peer went from open to not open.
package enum PeerDownReason: Equatable, Sendable, CustomStringConvertible {
    case connectionLost
    /// The watchdog got no answer for 3 Tw.
    case silent
    /// It said DPR.
    case peerDisconnected(DisconnectCause)
    /// We said DPR.
    case stopped
    /// It broke the protocol.
    case misbehaved
    /// It started anew before we noticed that it was gone.
    case restarted

    package var description: String {
        switch self {
        case .connectionLost: "connection lost"
        case .silent: "no answer to the watchdog"
        case .peerDisconnected(.rebooting): "peer says it is rebooting"
        case .peerDisconnected(.busy): "peer says it is busy"
        case .peerDisconnected(.doNotWantToTalkToYou): "peer does not want to talk to us"
        case .stopped: "stopped by us"
        case .misbehaved: "protocol error"
        case .restarted: "peer has restarted"
        }
    }
}

/// What happened to a peer whose connection stays.
package enum PeerNotice: Equatable, Sendable, CustomStringConvertible {
    /// Its Origin-State-Id has grown: it has lost its state (RFC 6733 §8.16).
    case restarted
    /// Its circuit has opened.
    case doesNotAnswer(timeouts: Int)
    /// Its circuit has closed.
    case answersAgain
    /// It has let a DWR and Tw pass (SUSPECT of RFC 3539 §3.4.1): what it had goes to other peers.
    case suspect
    /// It has been heard of again before its connection was given up.
    case trusted

    package var description: String {
        switch self {
        case .restarted: "has restarted and lost its state"
        case .doesNotAnswer(let timeouts):
            "gave no answer to \(timeouts) requests in a row and gets no more for a while"
        case .answersAgain: "answers again"
        case .suspect: "is suspect: no answer to the watchdog; its requests go to other peers"
        case .trusted: "answers the watchdog again"
        }
    }
}

/// A refusal by the base protocol: which, to whom, and what was answered.
package struct DiameterRefusal: Equatable, Sendable {
    package enum Reason: String, Equatable, Sendable, CaseIterable {
        case malformed = "DIAMETER_MALFORMED"
        case unknownPeer = "DIAMETER_UNKNOWN_PEER"
        case noCommonApplication = "DIAMETER_NO_COMMON_APPLICATION"
        case noCommonSecurity = "DIAMETER_NO_COMMON_SECURITY"
        case capabilitiesRefused = "DIAMETER_CAPABILITIES_REFUSED"
        case otherIdentity = "DIAMETER_OTHER_IDENTITY"
        case messageBeforeOpen = "DIAMETER_MESSAGE_BEFORE_OPEN"
        case capabilitiesTimeout = "DIAMETER_CAPABILITIES_TIMEOUT"
        case tooManyConnections = "DIAMETER_TOO_MANY_CONNECTIONS"
        case commandUnsupported = "DIAMETER_COMMAND_UNSUPPORTED"
        case applicationUnsupported = "DIAMETER_APPLICATION_UNSUPPORTED"
        case originMismatch = "DIAMETER_ORIGIN_MISMATCH"
        case senderNotAllowed = "DIAMETER_SENDER_NOT_ALLOWED"
        case loopDetected = "DIAMETER_LOOP_DETECTED"
        case redirectNotFollowed = "DIAMETER_REDIRECT_NOT_FOLLOWED"
        case notForUs = "DIAMETER_NOT_FOR_US"
        case tooBusy = "DIAMETER_TOO_BUSY"
        case stopping = "DIAMETER_STOPPING"
        case lateAnswer = "DIAMETER_LATE_ANSWER"
        case duplicateConnection = "DIAMETER_DUPLICATE_CONNECTION"
    }

    package var reason: Reason
    package var peer: DiameterIdentity?
    package var remote: Endpoint?
    /// What was answered; nil when nothing was.
    package var resultCode: ResultCode?
    /// One sentence for people.
    package var sentence: String

    package init(
        _ reason: Reason, peer: DiameterIdentity? = nil, remote: Endpoint? = nil, resultCode: ResultCode? = nil,
        _ sentence: String
    ) {
        self.reason = reason
        self.peer = peer
        self.remote = remote
        self.resultCode = resultCode
        self.sentence = sentence
    }
}

/// A peer as the operator sees it.
package struct PeerSnapshot: Equatable, Sendable {
    package var identity: DiameterIdentity
    package var realm: DiameterIdentity
    /// RFC 6733 §5.6: `I-Open`.
    package var state: String
    package var isOpen: Bool
    /// RFC 3539 §3.4.1: `OKAY`.
    package var watchdog: String
    /// Where it is or comes from.
    package var remote: Endpoint?
    package var transport: DiameterTransport
    package var applications: [ApplicationID]
    package var isRelay: Bool
    package var priority: Int
    package var weight: Int
    package var circuit: CircuitBreaker.State
    package var counters: PeerCounters
    package var lastError: String?
    package var inFlight: Int
    /// Of the last DWR.
    package var roundTrip: Duration?
    package var originStateID: UInt32?
    /// When we connect again.
    package var nextAttempt: Instant?
}

/// What the stack has counted since it began.
package struct DiameterStatistics: Equatable, Sendable {
    package var requestsSent: UInt64 = 0
    package var answersReceived: UInt64 = 0
    package var requestsReceived: UInt64 = 0
    package var requestsRefused: UInt64 = 0
    package var malformed: UInt64 = 0
    package var lateAnswers: UInt64 = 0
    package var timeouts: UInt64 = 0
    /// Requests sent again to another peer: because theirs was lost, because theirs refused them.
    package var failovers: UInt64 = 0
    package var retries: UInt64 = 0
    package var redirects: UInt64 = 0
    /// Requests of peers that we passed on.
    package var relayed: UInt64 = 0
    /// Requests that came more than once and were worked on once.
    package var duplicates: UInt64 = 0
    /// 3004 TOO_BUSY from peers.
    package var busyAnswers: UInt64 = 0
    package var circuitsOpened: UInt64 = 0
    /// Peers whose Origin-State-Id grew.
    package var restarts: UInt64 = 0

    package init() {}

    /// The names under which they are published.
    package var named: [(name: String, value: UInt64)] {
        [
            ("requests_sent", requestsSent), ("answers_received", answersReceived),
            ("requests_received", requestsReceived), ("requests_refused", requestsRefused),
            ("malformed", malformed), ("late_answers", lateAnswers), ("timeouts", timeouts),
            ("failovers", failovers), ("retries", retries), ("redirects", redirects), ("relayed", relayed),
            ("duplicates", duplicates), ("busy_answers", busyAnswers), ("circuits_opened", circuitsOpened),
            ("peer_restarts", restarts),
        ]
    }
}
