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
    /// Requests sent again to another peer.
    package var failovers: UInt64 = 0

    package init() {}
}
