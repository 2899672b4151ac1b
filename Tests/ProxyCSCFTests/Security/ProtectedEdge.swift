import IMS
import Octets
import ProxyCSCF
import SIP
import Testing

/// A P-CSCF that makes security agreements: the test plays phones, home network and kernel.
struct ProtectedEdge {
    static let cipherKey = "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"
    static let integrityKey = "101112131415161718191a1b1c1d1e1f"
    static let serverPort: UInt16 = 5100
    static let clientPorts: [UInt16] = [5101, 5102, 5103]
    static let serverDatagrams = ListenerID(rawValue: 2)
    static let serverStreams = ListenerID(rawValue: 3)

    var edge: AccessEdge
    var kernel = Kernel()
    /// What has been ordered and not done yet, while the test holds it back.
    var held: [(WorkID, ProxyWork)] = []
    var holdsBack = false

    init(_ demand: SecurityPolicy.Demand = .required, _ adjust: (inout ProxyCSCFConfiguration) -> Void = { _ in }) {
        edge = AccessEdge {
            $0.security = Self.policy(demand)
            for (id, listener) in Self.listeners { $0.listeners[id] = listener }
            adjust(&$0)
        }
    }

    static func policy(_ demand: SecurityPolicy.Demand) -> SecurityPolicy {
        var policy = SecurityPolicy()
        for id in AccessEdge.listeners.keys { policy.demands[id] = demand }
        policy.sockets = [
            SecurityPolicy.Sockets(
                address: .loopback, serverPort: serverPort, serverDatagrams: serverDatagrams,
                serverStreams: serverStreams,
                clients: clientPorts.enumerated().map { place, port in
                    let first = UInt16(4 + 2 * place)
                    return .init(
                        port: port, datagrams: ListenerID(rawValue: first), streams: ListenerID(rawValue: first + 1))
                })
        ]
        return policy
    }

    static let listeners: [ListenerID: SIPListener] = {
        var listeners: [ListenerID: SIPListener] = [:]
        for (place, port) in ([serverPort] + clientPorts).enumerated() {
            for (offset, transport) in [Transport.udp, .tcp].enumerated() {
                var listener = SIPListener(
                    transport, Endpoint(.loopback, port), sentBy: "pcscf.visited.example", port: serverPort)
                listener.isProtected = true
                listeners[ListenerID(rawValue: UInt16(2 + 2 * place + offset))] = listener
            }
        }
        return listeners
    }()

    static let challenge = [
        (
            HeaderName.wwwAuthenticate,
            "Digest realm=\"\(AccessEdge.domain)\", nonce=\"bm9uY2U=\", algorithm=AKAv1-MD5, ck=\"\(cipherKey)\", "
                + "ik=\"\(integrityKey)\""
        )
    ]

    // MARK: Steps

    /// Carries out what is ordered, and gives back everything with it.
    mutating func carryOut(_ actions: [Action<ProxyWork>]) -> [Action<ProxyWork>] {
        var actions = actions
        var taken = 0
        while taken < actions.count {
            if case .perform(let work, let id) = actions[taken] {
                if holdsBack {
                    held.append((id, work))
                } else {
                    actions += edge.handle(.performed(id, kernel.perform(work)))
                }
            }
            taken += 1
        }
        return actions
    }

    /// The kernel does what was held back.
    mutating func release() -> [Action<ProxyWork>] {
        let work = held
        held = []
        holdsBack = false
        return work.flatMap { id, work in carryOut(edge.handle(.performed(id, kernel.perform(work)))) }
    }

    mutating func send(_ request: Request, from hop: Hop) throws -> [Action<ProxyWork>] {
        carryOut(try edge.send(request, from: hop))
    }

    mutating func answer(
        _ actions: [Action<ProxyWork>], _ status: Status, _ fields: [(HeaderName, String)] = []
    ) throws -> [Action<ProxyWork>] { carryOut(try edge.answer(actions, status, fields)) }

    /// A REGISTER that is challenged.
    mutating func challenge(_ phone: ProtectedPhone) throws -> [Action<ProxyWork>] {
        try answer(try send(phone.first, from: phone.unprotected), .unauthorized, Self.challenge)
    }

    /// The answer to it, and what comes of that.
    mutating func authenticate(
        _ phone: ProtectedPhone, _ status: Status = .ok, expires: Int = 600, over transport: Transport = .udp
    ) throws -> [Action<ProxyWork>] {
        let actions = try send(phone.second, from: phone.protected(transport))
        guard status.isSuccess else { return try answer(actions, status) }
        return try answer(actions, status, phone.bound(expires))
    }

    /// Both.
    mutating func register(_ phone: inout ProtectedPhone, expires: Int = 600) throws {
        let response = try #require(try challenge(phone).response)
        try phone.take(response)
        #expect(try authenticate(phone, expires: expires).response?.status == .ok)
    }

    mutating func fire() -> [Action<ProxyWork>] { carryOut(edge.handle(.deadline)) }

    /// The states of the sets, as the operator sees them.
    mutating func states() throws -> [String] {
        let actions = edge.handle(.command(Command("security-associations"), CommandID(rawValue: 1)))
        guard case .reply(let report, _) = try #require(actions.first) else { return [] }
        return (report["sets"]?.list ?? []).compactMap { $0["state"]?.text }
    }

    /// Routes of responses that hold now, as the stack has them after these actions.
    static func routes(_ actions: [Action<ProxyWork>]) -> [Hop: Hop] {
        var routes: [Hop: Hop] = [:]
        for case .routeResponses(let hop, let other) in actions { routes[hop] = other }
        return routes
    }
}

/// The kernel's associations, with its own rules: no SPI twice at one destination, no selector twice.
struct Kernel {
    private(set) var associations: [SecurityAssociation] = []
    /// How long each lives, from its order on.
    private(set) var lifetimes: [SecurityAssociation.ID: Duration] = [:]
    /// It refuses with this.
    var failure: String?
    /// Whatever went wrong that should not.
    private(set) var complaints: [String] = []

    mutating func perform(_ work: ProxyWork) -> ProxyWorkResult {
        guard case .security(let order) = work else { return .security(.done) }
        switch order {
        case .install(let new):
            if let failure { return .security(.failed(failure)) }
            for association in new {
                if associations.contains(where: { $0.id == association.id }) {
                    complaints.append("\(association.id) is there already")
                }
                if associations.contains(where: {
                    $0.source == association.source && $0.destination == association.destination
                }) {
                    complaints.append("\(association.source) to \(association.destination) is there already")
                }
                associations.append(association)
                lifetimes[association.id] = association.lifetime
            }
        case .remove(let old):
            for association in old {
                associations.removeAll { $0.id == association.id }
                lifetimes[association.id] = nil
            }
        case .extend(let some, let lifetime):
            for association in some {
                for index in associations.indices where associations[index].id == association.id {
                    associations[index] = association
                }
                if lifetimes[association.id] == nil { complaints.append("\(association.id) is not there") }
                lifetimes[association.id] = lifetime
            }
        case .clearOrphans: complaints.append("the role clears no orphans itself")
        }
        return .security(.done)
    }
}

/// A phone with IPsec, as its messages say.
struct ProtectedPhone {
    var address = IPAddress.v4(0x0A0B_0C0D)
    var clientPort: UInt16 = 6001
    var serverPort: UInt16 = 6000
    var clientSPI: UInt32 = 11_111
    var serverSPI: UInt32 = 22_222
    var identity = AccessEdge.privateIdentity
    var publicIdentity = AccessEdge.publicIdentity
    var pairs = [
        "hmac-md5-96/null", "hmac-md5-96/aes-cbc", "hmac-sha-1-96/null", "hmac-sha-1-96/aes-cbc",
    ]
    var modes = ["trans"]
    /// Security-Server of the last challenge.
    var verify: String?
    var mechanism: SecurityMechanism?
    /// Whether it says `Require: sec-agree`.
    var demands = true
    /// A whole line in the place of the list.
    var client: String?

    var contact: String { "<sip:001010000000001@\(host):\(serverPort)>" }
    private var host: String { address.isV6 ? "[\(address)]" : "\(address)" }

    /// Where it sends from before it has associations.
    var unprotected: Hop { Hop(.udp, AccessEdge.listener, Endpoint(address, 5060)) }

    /// Where what it sends through associations comes in.
    func protected(_ transport: Transport = .udp) -> Hop {
        transport == .udp
            ? Hop(.udp, ProtectedEdge.serverDatagrams, Endpoint(address, clientPort))
            : Hop(
                .tcp, ProtectedEdge.serverStreams, Endpoint(address, clientPort),
                connection: ConnectionID(rawValue: UInt64(clientPort)))
    }

    var securityClient: String {
        client
            ?? modes.flatMap { mode in
                pairs.map { pair in
                    let names = pair.split(separator: "/")
                    return "ipsec-3gpp;alg=\(names[0]);ealg=\(names[1]);spi-c=\(clientSPI);spi-s=\(serverSPI);"
                        + "port-c=\(clientPort);port-s=\(serverPort);prot=esp;mod=\(mode)"
                }
            }.joined(separator: ", ")
    }

    private func request(_ authorization: String, _ more: [String]) -> Request {
        var request = Request()
        request.via = "SIP/2.0/UDP \(host):\(serverPort);branch=z9hG4bKp"
        request.from = "<\(publicIdentity)>;tag=f1"
        request.to = "<\(publicIdentity)>"
        request.contacts = [contact]
        request.authorization =
            "Digest username=\"\(identity)\",realm=\"\(AccessEdge.domain)\",uri=\"sip:\(AccessEdge.domain)\","
            + authorization
        let demand = demands ? ["Require: sec-agree", "Proxy-Require: sec-agree"] : []
        request.more = more + demand + ["Supported: path, sec-agree"]
        return request
    }

    /// REGISTER without answer to a challenge.
    var first: Request { request("nonce=\"\",response=\"\"", ["Security-Client: \(securityClient)"]) }

    /// REGISTER with an answer, through associations.
    var second: Request {
        request(
            "nonce=\"bm9uY2U=\",response=\"0123456789abcdef0123456789abcdef\",algorithm=AKAv1-MD5",
            ["Security-Client: \(securityClient)"] + (verify.map { ["Security-Verify: \($0)"] } ?? []))
    }

    /// What the registrar says.
    func bound(_ expires: Int) -> [(HeaderName, String)] {
        (expires > 0 ? [(.contact, "\(contact);expires=\(expires)")] : []) + [
            (.serviceRoute, AccessEdge.serviceRoute), (.pAssociatedURI, "<\(publicIdentity)>"),
        ]
    }

    /// Remembers the Security-Server of a 401.
    mutating func take(_ response: SIPMessage) throws {
        let text = try #require(response.texts(.securityServer).first)
        #expect(response.texts(.securityServer).count == 1)
        verify = text
        mechanism = try SecurityMechanism(parsing: OctetSlice(text))
    }

    /// Agrees anew: the same server port, everything else is another.
    func renewed(_ step: UInt16 = 1) -> ProtectedPhone {
        var phone = self
        phone.clientPort += 10 * step
        phone.clientSPI += 1_000 * UInt32(step)
        phone.serverSPI += 1_000 * UInt32(step)
        return phone
    }
}
