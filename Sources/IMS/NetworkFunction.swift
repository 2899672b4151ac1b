import Diameter
import Octets
import SIP

/// A role of the IMS as a value: events and the time in, actions out.
///
/// It knows no socket and no clock. `NodeCore` joins one to the SIP and Diameter stacks, a driver joins that to the
/// machine; tests join many of them to a simulated network.
package protocol NetworkFunction: Sendable {
    /// What the role needs done outside the loop, a database transaction for instance. `Never` when nothing.
    associatedtype Work: Sendable = Never
    associatedtype WorkResult: Sendable = Never

    mutating func handle(_ event: RoleEvent<WorkResult>, at now: Instant) -> [Action<Work>]

    /// When the role wants `.deadline`; nil when it waits for nothing.
    var nextDeadline: Instant? { get }

    /// Keep-alives that are due (RFC 5626 §4.4); asked for after each `.deadline`.
    mutating func takeKeepAlives() -> [FlowPing]
}

extension NetworkFunction {
    /// Who opens no flows keeps none alive.
    package mutating func takeKeepAlives() -> [FlowPing] { [] }
}

/// A keep-alive of RFC 5626 §4.4: octets that are no SIP message, over a flow.
package struct FlowPing: Equatable, Sendable {
    package let octets: [UInt8]
    package let hop: Hop

    /// §4.4.1: CRLF twice over a stream; §4.4.2: a Binding request of STUN over UDP. nil over SCTP and WebSocket, which
    /// have their own.
    package init?(over hop: Hop, entropy: inout Entropy) {
        switch hop.transport {
        case .udp: octets = STUNBinding.request(transaction: entropy.octets(12))
        case .tcp, .tls: octets = Array("\r\n\r\n".utf8)
        case .sctp, .ws, .wss: return nil
        }
        self.hop = hop
    }
}

/// What reaches a role.
package enum RoleEvent<WorkResult: Sendable>: Sendable {
    /// A new request; retransmissions, CANCEL matching and ACK to non-2xx have been dealt with below.
    case request(SIPMessage, ServerTransactionID, from: Hop)
    /// An ACK for a 2xx, which is no transaction of its own (RFC 3261 §13.2.2.4).
    case acknowledgement(SIPMessage, from: Hop)
    /// The caller gave up: the INVITE of this transaction wants a 487, and its branches a CANCEL (RFC 3261 §9.2).
    case cancelled(ServerTransactionID)
    /// A response to a request that the role forwarded, our Via already taken off.
    case response(SIPMessage, ClientTransactionID)
    case transactionFailed(ClientTransactionID, TransactionFailure)
    /// A stream connection ended; flows over it are gone (RFC 5626 §4).
    case connectionClosed(ConnectionID)
    /// A Diameter request from a peer.
    case asked(DiameterMessage, RequestToken, from: DiameterIdentity)
    case answer(DiameterMessage, AskID)
    case askFailed(AskID, AskFailure)
    case performed(WorkID, WorkResult)
    /// What the domain name system said to `.lookUp`.
    case lookedUp(DNSAnswer, LookupID)
    /// The operator wants something; answered by `.reply`.
    case command(Command, CommandID)
    case deadline
}

/// What a role orders.
package enum Action<Work: Sendable>: Sendable {
    case respond(SIPMessage, ServerTransactionID)
    /// Sends a request in a client transaction; the stack puts our Via on.
    case forward(SIPMessage, to: Hop, ClientTransactionID)
    /// Sends a request to where its next hop's URI leads: located by RFC 3263, in a client transaction for each target
    /// until one answers. The role hears of the last one only. An ACK goes outside every transaction, to the first
    /// target, and nothing is heard of it.
    case send(SIPMessage, toward: LocationQuestion, ClientTransactionID)
    /// Sends a message outside every transaction: the ACK for a 2xx.
    case acknowledge(SIPMessage, to: Hop)
    case cancel(ClientTransactionID)
    /// See `SIPStack.routeResponses`.
    case routeResponses(from: Hop, by: Hop?)
    case ask(DiameterMessage, AskID)
    case answer(DiameterMessage, RequestToken)
    case perform(Work, WorkID)
    /// A record of the domain name system; without a locator the answer is a failure.
    case lookUp(DNSQuery, LookupID)
    case reply(Report, CommandID)
    case observe(Observation)
    case count(Counter)
    /// For the charging file and, where there is one, the Charging Data Function.
    case charge(ChargingRecord)
}

extension Action: Equatable where Work: Equatable {}

/// A piece of work outside the loop, named by the role.
package struct WorkID: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// An operator's command, named by the driver.
package struct CommandID: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// An operator's command: a word and its arguments, as `imsctl` sends them to the admin socket.
package struct Command: Equatable, Sendable {
    package var name: String
    package var arguments: [String: String]

    package init(_ name: String, _ arguments: [String: String] = [:]) {
        self.name = name
        self.arguments = arguments
    }
}
