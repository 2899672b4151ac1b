import Cx
import Diameter
import IMS
import InterrogatingCSCF
import Octets
import SIP
import Testing

/// An I-CSCF on its own: the test plays P-CSCF, HSS and S-CSCFs.
struct EntryPoint {
    static let domain = "ims.mnc001.mcc001.3gppnetwork.org"
    static let privateIdentity = "001010000000001@\(domain)"
    static let publicIdentity = "sip:001010000000001@\(domain)"
    static let listener = ListenerID(rawValue: 0)
    static let proxy = Hop(.udp, listener, Endpoint(.loopback, 5060))
    static let hss = LocalOrigin(host: "hss.\(domain)", realm: domain)
    static let first = "sip:scscf.\(domain):5080"
    static let second = "sip:scscf2.\(domain):5081"
    static let third = "sip:scscf3.\(domain):5082"
    static let pool = [first, second, third].map { ServingCSCFCandidate($0) }

    var role: InterrogatingCSCF
    var now = Instant.zero
    private var transactions: UInt64 = 0

    static let service = "sip:as.\(domain):5090"

    init(
        pool: [ServingCSCFCandidate] = pool, trusted: Set<IPAddress> = [],
        adjust: (inout InterrogatingCSCFConfiguration) -> Void = { _ in }
    ) {
        let ports: [(String, UInt16)] = [("scscf", 5080), ("scscf2", 5081), ("scscf3", 5082), ("as", 5090)]
        var hosts: [String: StaticLocator.Target] = [:]
        for (name, port) in ports {
            hosts["\(name).\(Self.domain)"] = StaticLocator.Target(Endpoint(.loopback, port))
        }
        let origin = LocalOrigin(host: "icscf.\(Self.domain)", realm: Self.domain)
        let listeners = [Self.listener: SIPListener(.udp, Endpoint(.loopback, 5070))]
        var configuration = InterrogatingCSCFConfiguration(
            servedDomains: [Self.domain], servingCSCFs: pool, origin: origin,
            destinationRealm: DiameterIdentity(Self.domain),
            locator: StaticLocator(hosts: hosts, listeners: listeners), trustedPeers: trusted)
        configuration.own = OwnNames(listeners: listeners.values)
        adjust(&configuration)
        role = InterrogatingCSCF(configuration, sessions: SessionIDGenerator(originHost: origin.host, start: 1))
    }

    mutating func handle(_ event: RoleEvent<Never>) -> [Action<Never>] { role.handle(event, at: now) }

    mutating func send(_ request: Request, from hop: Hop = proxy) throws -> [Action<Never>] {
        transactions += 1
        let message = try SIPMessage(parsing: Array(request.text.utf8))
        return handle(.request(message, ServerTransactionID(rawValue: transactions), from: hop))
    }

    /// The HSS answers the UAR among `actions`.
    mutating func answer(
        _ actions: [Action<Never>], _ result: CxResult = .firstRegistration, name: String? = nil,
        capabilities: ServerCapabilities? = nil
    ) throws -> [Action<Never>] {
        let (question, id) = try #require(actions.question)
        let answer = UserAuthorizationAnswer(result, serverName: name, serverCapabilities: capabilities)
        return handle(.answer(answer.message(answering: question, origin: Self.hss), id))
    }

    /// The HSS answers the LIR among `actions`.
    mutating func locate(_ actions: [Action<Never>], _ answer: LocationInfoAnswer) throws -> [Action<Never>] {
        let (question, id) = try #require(actions.question)
        return handle(.answer(answer.message(answering: question, origin: Self.hss), id))
    }

    /// A call to a user whom the HSS knows to be served by `name`.
    mutating func call(_ request: Request = .invite, servedBy name: String = first) throws -> [Action<Never>] {
        try locate(try send(request), LocationInfoAnswer(.success, serverName: name))
    }

    /// The S-CSCF answers the REGISTER among `actions`.
    mutating func respond(_ actions: [Action<Never>], _ status: Status) throws -> [Action<Never>] {
        let (request, _, transaction) = try #require(actions.forwarded)
        return handle(.response(.response(status, to: request, toTag: "s1"), transaction))
    }

    mutating func fail(_ actions: [Action<Never>], _ failure: TransactionFailure) throws -> [Action<Never>] {
        let (_, _, transaction) = try #require(actions.forwarded)
        return handle(.transactionFailed(transaction, failure))
    }

    mutating func underWay() throws -> Int { try count("under-way", of: "registrations") }

    /// Requests other than REGISTER: those that wait for the HSS, and those that have been forwarded.
    mutating func requests() throws -> [Int] {
        [try count("asking", of: "requests"), try count("under-way", of: "requests")]
    }

    private mutating func count(_ key: String, of name: String) throws -> Int {
        let actions = handle(.command(Command(name), CommandID(rawValue: 1)))
        guard case .reply(let report, _) = try #require(actions.first) else { return -1 }
        return report[key]?.integer ?? -1
    }
}

/// A REGISTER as the P-CSCF sends it.
struct Request {
    var method = "REGISTER"
    var uri = "sip:\(EntryPoint.domain)"
    var to = "<\(EntryPoint.publicIdentity)>"
    var maxForwards = "69"
    var contacts = ["<sip:001010000000001@10.11.12.13:5060>"]
    var expires: Int? = 600
    var username: String? = EntryPoint.privateIdentity
    var protection: String? = "no"
    var visitedNetwork: String? = "\"visited.example\""
    var more: [String] = []

    static let callee = "sip:bob@\(EntryPoint.domain)"

    /// A request for a user of the domain as an S-CSCF sends it.
    static var invite: Request { request("INVITE") }

    static func request(
        _ method: String, to uri: String = callee, routes: [String] = [], more: [String] = []
    ) -> Request {
        Request(
            method: method, uri: uri, to: "<sip:bob@\(EntryPoint.domain)>", contacts: ["<sip:alice@10.11.12.13:5060>"],
            expires: nil, username: nil, protection: nil, visitedNetwork: nil,
            more: routes.map { "Route: \($0)" } + more)
    }

    var text: String {
        var lines = [
            "\(method) \(uri) SIP/2.0", "Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKp",
            "Max-Forwards: \(maxForwards)", "From: <\(EntryPoint.publicIdentity)>;tag=f1", "To: \(to)",
            "Call-ID: c1@10.11.12.13", "CSeq: 1 \(method)", "Path: <sip:t@pcscf.visited.example:5060;lr>",
        ]
        lines += contacts.map { "Contact: \($0)" }
        if let expires { lines.append("Expires: \(expires)") }
        if let visitedNetwork { lines.append("P-Visited-Network-ID: \(visitedNetwork)") }
        if let username {
            let protection = protection.map { ",integrity-protected=\"\($0)\"" } ?? ""
            lines.append(
                "Authorization: Digest username=\"\(username)\",realm=\"\(EntryPoint.domain)\","
                    + "uri=\"sip:\(EntryPoint.domain)\",nonce=\"\",response=\"\"\(protection)")
        }
        lines += more + ["Content-Length: 0", "", ""]
        return lines.joined(separator: "\r\n")
    }
}

extension [Action<Never>] {
    /// One word or two per action, for whole lists to be compared.
    var shape: [String] {
        map { action in
            switch action {
            case .respond(let message, _): "respond \(message.status.map { "\($0.rawValue)" } ?? "?")"
            case .forward(let message, let hop, _): "forward to \(message.requestURI) at \(hop.remote.port)"
            case .send(let message, let nextHop, _): "send \(message.method.text) toward \(nextHop.host)"
            case .acknowledge: "acknowledge"
            case .cancel(let client): "cancel \(client.rawValue)"
            case .ask(let message, _): "ask \(Self.type(of: message))"
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

    var question: (DiameterMessage, AskID)? {
        for case .ask(let message, let id) in self { return (message, id) }
        return nil
    }

    var forwarded: (SIPMessage, Hop, ClientTransactionID)? {
        for case .forward(let message, let hop, let transaction) in self { return (message, hop, transaction) }
        return nil
    }

    var target: String? { forwarded?.0.requestURI.string }

    /// The Route entries of what is forwarded.
    var routes: [String]? { forwarded?.0.values(.route).map(\.string) }

    private static func type(of message: DiameterMessage) -> String {
        do {
            guard message.commandCode == .locationInfo else {
                return "\(try UserAuthorizationRequest(decoding: message).userAuthorizationType ?? .registration)"
            }
            let request = try LocationInfoRequest(decoding: message)
            let originating = request.originatingRequest.map { _ in " originating" } ?? ""
            let type = request.userAuthorizationType.map { " \($0)" } ?? ""
            return "about \(request.publicIdentity)\(originating)\(type)"
        } catch {
            return "\(error)"
        }
    }
}
