import Octets
import SIP
import ServiceTriggers

/// A request on its way through this S-CSCF, from the transaction that brought it to its final response.
struct ServedRequest: Sendable {
    /// Where it is.
    enum Leg: Sendable {
        /// The profile of the user is being fetched.
        case awaitingProfile(ServiceContext)
        /// A number is being looked up.
        case awaitingNumber(NumberLookup)
        case atServer(Invocation)
        /// It has left for good, to a phone or another node.
        case onward
        /// It has left by one of several gateways.
        case atGateway(GatewayVisit)
        /// It belongs to a dialog; nil for one that is not followed.
        case inDialog(DialogTable.Key?)
    }

    /// A visit to an application server.
    struct Invocation: Sendable {
        let match: ServiceMatch
        /// The original dialog identifier that it was given.
        let token: UInt64
        /// A response above 100 has come.
        var isAnswered = false
    }

    /// As it goes on: our Route off; without what is for one hop alone.
    var message: SIPMessage
    let arrival: Hop
    /// nil inside a dialog.
    var user: ServedUser?
    var chain: ServiceChain?
    var leg: Leg
    /// The branch as it left, while a dialog may come of it that is to be followed.
    var sent: SIPMessage?
    /// When its first branch left.
    var leftAt: Instant?
    var pendingTimer: ProxySessionTimer.Pending?
    var flows = PhoneFlows()
    /// How many contacts it has gone to.
    var branches: UInt32 = 0
    /// The next hop of the last branch, for the log.
    var nextHop = OctetSlice()

    init(_ message: SIPMessage, from arrival: Hop, leg: Leg, user: ServedUser? = nil, chain: ServiceChain? = nil) {
        self.message = message
        self.arrival = arrival
        self.leg = leg
        self.user = user
        self.chain = chain
    }

    /// All services have had it.
    var hasLeft: Bool {
        switch leg {
        case .onward, .atGateway: true
        case .awaitingProfile, .awaitingNumber, .atServer, .inDialog: false
        }
    }

    /// The called user is served, and the request goes to his contacts.
    var isTerminating: Bool { chain.map { $0.context.isTerminatingCase && !$0.isDiverted } ?? false }
}

extension ServiceContext {
    /// What P-Served-User says of it, RFC 5502 §6 and RFC 8498 §4.
    var servedCase: PServedUser.SessionCase {
        switch sessionCase {
        case .originating, .originatingUnregistered: .originating
        case .originatingAfterDiversion: .originatingAfterDiversion
        case .terminatingRegistered, .terminatingUnregistered: .terminating
        }
    }

    var isTerminatingCase: Bool {
        switch sessionCase {
        case .terminatingRegistered, .terminatingUnregistered: true
        case .originating, .originatingUnregistered, .originatingAfterDiversion: false
        }
    }
}

extension Method {
    /// RFC 3261 §16.6 step 4: a request of it outside a dialog makes one, so that we stay on its path.
    var beginsDialog: Bool {
        switch self {
        case .invite, .subscribe, .refer: true
        default: false
        }
    }
}
