import IMS
import Octets
import SIP

/// A set of security associations with a phone, from the challenge to its end: TS 33.203 §7.
///
///     installing ─ installed ─▶ offered ─ authenticated ─▶ established ─ end ─▶ ending ─▶ gone at its deadline
///                                  └ end ────────────────────────────────────────▲
///
/// In every state it is gone at its deadline, when a set takes its place that the phone asks for with the same ports or
/// SPIs, and when the kernel says so.
struct SecurityAgreement: Sendable {
    enum State: Sendable, Equatable {
        /// The kernel has not answered yet.
        case installing
        /// The 401 has left; the phone has not shown that it knows the answer.
        case offered
        case established
        /// Answers under way still go through; nothing new begins.
        case ending
    }

    /// By our SPI of the server port, of which there are no two.
    typealias ID = SecurityParametersIndex

    private(set) var terms: SecurityTerms
    /// The private identity that the challenge was for.
    let privateIdentity: [UInt8]
    /// Where the phone is for the rest of the P-CSCF, whatever port and transport it uses: its server port, which it keeps
    /// when it agrees anew, at our protected server port.
    let flow: Hop
    /// From where requests go to the phone.
    let client: SecurityPolicy.Sockets.Client
    /// Where the phone's TCP connections come in.
    let serverStreams: ListenerID
    /// Security-Client of the REGISTER that was challenged.
    let offered: MechanismList
    private(set) var state = State.installing
    var deadline: Instant
    /// The phone has registered over TCP and is called over it.
    var prefersStreams = false
    /// Sets of the same phone that end when this one is used.
    var predecessors: [ID] = []

    init(
        _ terms: SecurityTerms, of privateIdentity: [UInt8], _ sockets: SecurityPolicy.Sockets,
        _ client: SecurityPolicy.Sockets.Client, offered: MechanismList, deadline: Instant
    ) {
        self.terms = terms
        self.privateIdentity = privateIdentity
        flow = Hop(.udp, sockets.serverDatagrams, terms.phone.server)
        self.client = client
        serverStreams = sockets.serverStreams
        self.offered = offered
        self.deadline = deadline
    }

    /// One that was in use before the P-CSCF began anew.
    init(
        restoring terms: SecurityTerms, of privateIdentity: [UInt8], _ sockets: SecurityPolicy.Sockets,
        _ client: SecurityPolicy.Sockets.Client, deadline: Instant, prefersStreams: Bool
    ) {
        self.init(terms, of: privateIdentity, sockets, client, offered: MechanismList([]), deadline: deadline)
        self.prefersStreams = prefersStreams
        state = .established
    }

    var id: ID { terms.proxy.serverSPI }

    /// Security-Server, and what Security-Verify has to be.
    var mechanism: SecurityMechanism { SecurityMechanism(terms) }

    // MARK: Events

    /// - Returns: false when the phone has not waited for it: the set has ended meanwhile.
    mutating func installed() -> Bool {
        switch state {
        case .installing:
            state = .offered
            return true
        case .offered, .established, .ending: return false
        }
    }

    /// The registrar has said 200 to a REGISTER through it.
    ///
    /// - Parameter until: the end of the registration, with the margin; never sooner than the old end.
    mutating func authenticated(until end: Instant) {
        switch state {
        case .installing: break  // nothing can come through it yet
        case .offered:
            state = .established
            deadline = end
        case .established: deadline = max(deadline, end)
        case .ending: break  // the phone has a newer set, or is leaving
        }
    }

    /// - Returns: whether its deadline has changed.
    mutating func end(by instant: Instant) -> Bool {
        switch state {
        case .installing, .offered, .established:
            state = .ending
            guard instant < deadline else { return false }
            deadline = instant
            return true
        case .ending: return false
        }
    }

    /// The NAT has given the phone another port.
    ///
    /// - Returns: whether that changes anything. An association stays with the address that it was made for.
    mutating func moved(to outer: Endpoint) -> Bool {
        guard let known = terms.encapsulation?.phone, known != outer, known.address == outer.address else {
            return false
        }
        terms.encapsulation?.phone = outer
        return true
    }

    // MARK: Ways

    /// As the kernel has it, to live until the deadline.
    func associations(at now: Instant) -> [SecurityAssociation] {
        terms.associations(at: .proxy, lifetime: max(.seconds(1), deadline - now))
    }

    /// Where the phone is, when it agrees anew through this set.
    var place: SecurityOffer.Place {
        terms.encapsulation.map { .translated(own: terms.phone.address, outer: $0.phone) }
            ?? .direct(terms.phone.address)
    }

    /// By which a request goes to the phone. As a datagram it leaves by TCP from the same port when it is too long.
    var departure: Hop {
        prefersStreams
            ? Hop(.tcp, client.streams, terms.phone.server) : Hop(.udp, client.datagrams, terms.phone.server)
    }

    /// What comes over UDP from the phone's client port is answered to its server port (TS 33.203 §7.1); over TCP only
    /// when the connection is gone.
    var responseRoutes: [(from: Hop, by: Hop)] {
        [
            (Hop(.udp, flow.listener, terms.phone.client), Hop(.udp, client.datagrams, terms.phone.server)),
            (Hop(.tcp, serverStreams, terms.phone.client), Hop(.tcp, client.streams, terms.phone.server)),
        ]
    }
}
