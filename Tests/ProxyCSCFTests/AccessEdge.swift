import Diameter
import IMS
import Octets
import ProxyCSCF
import SIP
import Testing

/// A P-CSCF on its own: the test plays phones and I-CSCF, and moves the time by hand.
struct AccessEdge {
    static let domain = "ims.mnc001.mcc001.3gppnetwork.org"
    static let privateIdentity = "001010000000001@\(domain)"
    static let publicIdentity = "sip:001010000000001@\(domain)"
    static let key = [UInt8](0..<32)
    static let listener = ListenerID(rawValue: 0)
    static let home = Hop(.udp, listener, Endpoint(.loopback, 5070))
    static let core = Hop(.udp, listener, Endpoint(.loopback, 5080))
    static let serviceRoute = "<sip:orig@scscf.\(domain):5080;lr>"
    static let listeners = [
        listener: SIPListener(.udp, Endpoint(.loopback, 5060), sentBy: "pcscf.visited.example"),
        ListenerID(rawValue: 1): SIPListener(.tcp, Endpoint(.loopback, 5060), sentBy: "pcscf.visited.example"),
    ]
    static let phone = Hop(.udp, listener, Endpoint(.v4(0x0A0B_0C0D), 5060))

    var role: ProxyCSCF
    var now = Instant.zero
    private var transactions: UInt64 = 0
    private var configuration: ProxyCSCFConfiguration
    /// What the store has, where the configuration has a calendar: writes are done at once.
    var disk: [[UInt8]: [UInt8]] = [:]

    init(homeDomains: Set<String> = [domain], _ adjust: (inout ProxyCSCFConfiguration) -> Void = { _ in }) {
        configuration = ProxyCSCFConfiguration(
            pathHost: "pcscf.visited.example", pathPort: 5060, visitedNetwork: "visited.example",
            homeDomains: homeDomains,
            locator: StaticLocator(
                hosts: [
                    Self.domain: StaticLocator.Target(Self.home.remote),
                    "scscf.\(Self.domain)": StaticLocator.Target(Self.core.remote),
                ], listeners: Self.listeners), chargingNode: "192.0.2.1", flowTokenKey: Self.key)
        configuration.listeners = Self.listeners
        configuration.servingCSCFPatience = .seconds(1_000_000)  // its tests set it
        adjust(&configuration)
        role = ProxyCSCF(configuration, entropy: Entropy(number: 1))
    }

    mutating func handle(_ event: RoleEvent<ProxyWorkResult>) -> [Action<ProxyWork>] {
        settle(role.handle(event, at: now))
    }

    private mutating func settle(_ actions: [Action<ProxyWork>]) -> [Action<ProxyWork>] {
        var all: [Action<ProxyWork>] = []
        for action in actions {
            guard case .perform(.keep(let records), let id) = action else {
                all.append(action)
                continue
            }
            for record in records { disk[record.key] = record.value }
            all += handle(.performed(id, .keep(.written)))
        }
        return all
    }

    /// kill -9 and a new start, some time later: the node's time line begins anew, connections have higher numbers.
    mutating func crash(after span: Duration = .seconds(2)) {
        guard let clock = configuration.clock else { return }
        let wall = Int64(bitPattern: clock.nanoseconds(now + span))
        now = .zero + .seconds(5)
        configuration.clock = WallClock(nanoseconds: wall, at: now)
        configuration.firstConnection = ConnectionID(rawValue: 1_000)
        role = ProxyCSCF(configuration, entropy: Entropy(number: 2))
        for record in role.restore(disk.map { StoredRecord(key: $0.key, value: $0.value) }, at: now) {
            disk[record.key] = record.value
        }
    }

    mutating func send(_ request: Request, from hop: Hop = phone) throws -> [Action<ProxyWork>] {
        transactions += 1
        let message = try SIPMessage(parsing: Array(request.text.utf8))
        return handle(.request(message, ServerTransactionID(rawValue: transactions), from: hop))
    }

    /// The I-CSCF answers what is forwarded among `actions`.
    mutating func answer(
        _ actions: [Action<ProxyWork>], _ status: Status, _ fields: [(HeaderName, String)] = []
    ) throws -> [Action<ProxyWork>] {
        let (request, _, transaction) = try #require(actions.forwarded)
        var response = SIPMessage.response(status, to: request, toTag: "s1")
        for (name, value) in fields { response.append(name, value) }
        return handle(.response(response, transaction))
    }

    /// A request that the test writes line by line.
    mutating func send(lines: [String], from hop: Hop) throws -> [Action<ProxyWork>] {
        transactions += 1
        let message = try SIPMessage(
            parsing: Array((lines.contains("") ? lines : lines + ["", ""]).joined(separator: "\r\n").utf8))
        guard message.method != .ack else { return handle(.acknowledgement(message, from: hop)) }
        return handle(.request(message, ServerTransactionID(rawValue: transactions), from: hop))
    }

    /// The transaction of the last request.
    var lastServer: ServerTransactionID { ServerTransactionID(rawValue: transactions) }

    /// The Path that the S-CSCF keeps of a registration.
    mutating func path(of request: Request = Request(), from hop: Hop = phone) throws -> String {
        let (message, _, _) = try #require(try send(request, from: hop).forwarded)
        return try #require(message.texts(.path).first)
    }

    /// REGISTER and 200 with the contacts given, as they stand in the 200.
    @discardableResult
    mutating func register(
        _ request: Request = Request(), from hop: Hop = phone, bound: [String]? = nil
    ) throws -> [Action<ProxyWork>] {
        let contacts = bound ?? request.contacts.map { "\($0);expires=600" }
        return try answer(
            try send(request, from: hop), .ok,
            contacts.map { (.contact, $0) } + [
                (.serviceRoute, Self.serviceRoute),
                (.pAssociatedURI, "<\(Self.publicIdentity)>, <tel:+15550001>"),
            ])
    }

    /// Whether somebody is registered there: what they send goes on, what others send is 403.
    mutating func isRegistered(_ hop: Hop = phone) throws -> Bool {
        let actions = try send(Request(method: "MESSAGE"), from: hop)
        if actions.forwarded == nil { #expect(actions.response?.status == .forbidden) }
        return actions.forwarded != nil
    }

    mutating func registrations() throws -> Int {
        let actions = handle(.command(Command("registrations"), CommandID(rawValue: 1)))
        guard case .reply(let report, _) = try #require(actions.first) else { return -1 }
        return report["count"]?.integer ?? -1
    }
}

/// A request as a phone sends it.
struct Request {
    var method = "REGISTER"
    var via = "SIP/2.0/UDP 10.11.12.13:5060;branch=z9hG4bKp"
    var uri = "sip:\(AccessEdge.domain)"
    var from = "<\(AccessEdge.publicIdentity)>;tag=f1"
    var to = "<\(AccessEdge.publicIdentity)>"
    var maxForwards: String? = "70"
    var contacts = ["<sip:001010000000001@10.11.12.13:5060>"]
    var expires: Int? = 600
    var authorization: String? =
        "Digest username=\"\(AccessEdge.privateIdentity)\",realm=\"\(AccessEdge.domain)\","
        + "uri=\"sip:\(AccessEdge.domain)\",nonce=\"\",response=\"\""
    /// Whole lines, as they are.
    var more: [String] = []

    var text: String {
        var lines = [
            "\(method) \(uri) SIP/2.0", "Via: \(via)",
            "From: \(from)", "To: \(to)", "Call-ID: c1@10.11.12.13", "CSeq: 1 \(method)",
        ]
        if let maxForwards { lines.append("Max-Forwards: \(maxForwards)") }
        lines += contacts.map { "Contact: \($0)" }
        if let expires { lines.append("Expires: \(expires)") }
        if let authorization { lines.append("Authorization: \(authorization)") }
        lines += more + ["Content-Length: 0", "", ""]
        return lines.joined(separator: "\r\n")
    }
}

extension [Action<ProxyWork>] {
    /// One word or two per action, for whole lists to be compared.
    var shape: [String] {
        map { action in
            switch action {
            case .respond(let message, _): "respond \(message.status.map { "\($0.rawValue)" } ?? "?")"
            case .forward(let message, let hop, _): "forward \(message.method.text) to \(hop.remote)"
            case .send(let message, let nextHop, _): "send \(message.method.text) toward \(nextHop.host)"
            case .acknowledge(_, let hop): "acknowledge to \(hop.remote)"
            case .cancel: "cancel"
            case .ask: "ask"
            case .answer: "answer"
            case .reply: "reply"
            case .observe(let observation): "observe \(observation.refusal?.code ?? "\(observation.level)")"
            case .count(let counter): "count \(counter)"
            case .perform: "perform"
            case .routeResponses: "route responses"
            case .charge(let record): "charge \(record.kind)"
            case .lookUp(let query, _): "look up \(query)"
            }
        }
    }

    var forwarded: (SIPMessage, Hop, ClientTransactionID)? {
        for case .forward(let message, let hop, let transaction) in self { return (message, hop, transaction) }
        return nil
    }

    var response: SIPMessage? {
        for case .respond(let message, _) in self { return message }
        return nil
    }
}

extension SIPMessage {
    func texts(_ name: HeaderName) -> [String] { values(name).map(\.string) }

    /// As it goes over the wire and comes out of the parser at the other end.
    func received() throws -> SIPMessage { try SIPMessage(parsing: serialized()) }

    var text: String { String(decoding: serialized(), as: UTF8.self) }
}
