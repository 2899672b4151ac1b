import Cx
import Diameter
import IMS
import Octets
import ProxyCSCF
import Rx
import SIP
import Testing

/// A P-CSCF with a PCRF that the test plays, and one call of its phone.
struct PolicyEdge {
    static let settings = PolicyControlSettings(
        origin: DiameterOrigin(host: "pcscf.visited.example", realm: "visited.example"),
        realm: DiameterIdentity("pcrf.example"),
        sessions: SessionIDGenerator(originHost: DiameterIdentity("pcscf.visited.example"), start: 7))
    static let pcrf = DiameterOrigin(host: "pcrf1.pcrf.example", realm: "pcrf.example")
    /// 2026-01-01 at the origin of the time line.
    static let calendar = WallClock(nanoseconds: 1_767_225_600_000_000_000, at: .zero)

    static func description(_ address: String, _ lines: [String]) -> String {
        let family = address.contains(":") ? "IP6" : "IP4"
        let first = ["v=0", "o=- 1 1 IN \(family) \(address)", "s=-", "c=IN \(family) \(address)", "t=0 0"]
        return (first + lines).map { $0 + "\r\n" }.joined()
    }
    static let phones = description("10.11.12.13", ["m=audio 40000 RTP/AVP 0", "b=AS:64"])
    static let theirs = description("192.0.2.9", ["m=audio 50000 RTP/AVP 0", "b=AS:80"])

    var edge: AccessEdge
    /// The INVITE as it left.
    private(set) var invite: (SIPMessage, Hop, ClientTransactionID)?
    private var isCaller = true
    private var sequence = 1

    init(
        keeps: Bool = false, _ adjust: (inout PolicyControlSettings) -> Void = { _ in },
        _ more: (inout ProxyCSCFConfiguration) -> Void = { _ in }, register: Bool = true
    ) throws {
        var settings = Self.settings
        adjust(&settings)
        edge = AccessEdge {
            $0.policyControl = settings
            if keeps { $0.clock = Self.calendar }
            more(&$0)
        }
        if register { try edge.register() }
    }

    // MARK: SIP

    private static func body(_ description: String?) -> [String] {
        guard let description else { return [] }
        return ["Content-Type: application/sdp", "Content-Length: \(description.utf8.count)", "", description]
    }

    /// The phone calls.
    mutating func call(
        _ description: String? = phones, to target: String = "sip:bob@192.0.2.9", from hop: Hop = AccessEdge.phone
    ) throws -> [Action<ProxyWork>] {
        isCaller = true
        let lines = [
            "INVITE \(target) SIP/2.0", "Via: SIP/2.0/UDP 10.11.12.13:5060;branch=z9hG4bKp",
            "From: <\(AccessEdge.publicIdentity)>;tag=f2", "To: <sip:bob@192.0.2.9>", "Call-ID: c2", "CSeq: 1 INVITE",
            "Contact: <sip:001010000000001@10.11.12.13:5060>", "Route: \(AccessEdge.serviceRoute)",
        ]
        return leave(try edge.send(lines: lines + Self.body(description), from: hop))
    }

    /// The phone is called.
    mutating func ring(_ description: String? = theirs) throws -> [Action<ProxyWork>] {
        isCaller = false
        let path = try edge.path()
        return leave(
            try edge.send(lines: TerminatingTests.invite(path, Self.body(description)), from: AccessEdge.core))
    }

    private mutating func leave(_ actions: [Action<ProxyWork>]) -> [Action<ProxyWork>] {
        if let forwarded = actions.forwarded, forwarded.0.method == .invite { invite = forwarded }
        return actions
    }

    /// Who is called answers the INVITE, or what is forwarded among the actions given.
    mutating func answer(
        _ status: Status, _ description: String? = nil, tag: String = "s1",
        to actions: [Action<ProxyWork>]? = nil
    ) throws -> [Action<ProxyWork>] {
        let sent = try #require(actions == nil ? invite : actions?.forwarded)
        var response = SIPMessage.response(status, to: sent.0, toTag: tag)
        response.append(.contact, isCaller ? "<sip:bob@192.0.2.9>" : "<sip:001010000000001@10.11.12.13:5060>")
        for route in sent.0.texts(.recordRoute) { response.append(.recordRoute, route) }
        if let description { response.setBody(Array(description.utf8), contentType: "application/sdp") }
        return edge.handle(.response(response, sent.2))
    }

    /// A request of the dialog.
    mutating func send(_ method: String, fromPhone: Bool, _ description: String? = nil) throws
        -> [Action<ProxyWork>]
    {
        let entries = try #require(invite).0.texts(.recordRoute).filter { $0.contains("pcscf") }
        let routes = fromPhone == isCaller ? entries.reversed() : entries
        let further = fromPhone ? ["<sip:scscf.\(AccessEdge.domain):5080;lr>"] : []
        let tags = fromPhone == isCaller ? ("f2", "s1") : ("s1", "f2")
        if method != "ACK" { sequence += 1 }
        let lines =
            [
                "\(method) \(fromPhone ? "sip:bob@192.0.2.9" : "sip:001010000000001@10.11.12.13:5060") SIP/2.0",
                "Via: SIP/2.0/UDP 192.0.2.77:5060;branch=z9hG4bKd\(sequence)", "From: <sip:a@x>;tag=\(tags.0)",
                "To: <sip:b@x>;tag=\(tags.1)", "Call-ID: c2", "CSeq: \(sequence) \(method)", "Max-Forwards: 70",
            ] + (routes + further).map { "Route: \($0)" } + Self.body(description)
        return try edge.send(lines: lines, from: fromPhone ? AccessEdge.phone : AccessEdge.core)
    }

    // MARK: Diameter

    func asked(_ actions: [Action<ProxyWork>]) -> [(message: DiameterMessage, ask: AskID)] {
        actions.compactMap { action in
            guard case .ask(let message, let ask) = action else { return nil }
            return (message, ask)
        }
    }

    /// The one AAR among the actions.
    func request(_ actions: [Action<ProxyWork>]) throws -> AARequest {
        let all = asked(actions).filter { $0.message.commandCode == .authenticateAuthorize }
        #expect(all.count == 1)
        return try AARequest(decoding: try #require(all.first).message)
    }

    /// The one STR.
    func end(_ actions: [Action<ProxyWork>]) throws -> SessionTerminationRequest {
        let all = asked(actions).filter { $0.message.commandCode == .sessionTermination }
        #expect(all.count == 1)
        return try SessionTerminationRequest(decoding: try #require(all.first).message)
    }

    /// The PCRF answers what is asked among the actions; what comes of it.
    mutating func answer(_ actions: [Action<ProxyWork>], _ answer: AAAnswer) throws -> [Action<ProxyWork>] {
        let question = try #require(asked(actions).first)
        return leave(
            edge.handle(.answer(answer.message(answering: question.message, origin: Self.pcrf), question.ask)))
    }

    mutating func grant(_ actions: [Action<ProxyWork>]) throws -> [Action<ProxyWork>] {
        try answer(actions, AAAnswer(.success))
    }

    /// A call that stands, agreed to by the PCRF.
    mutating func talk(isCaller: Bool = true) throws {
        let offered = isCaller ? try call() : try ring()
        _ = try grant(offered)
        let answered = try answer(.ok, isCaller ? Self.theirs : Self.phones)
        #expect(try grant(answered).response?.status == .ok)
        _ = try send("ACK", fromPhone: isCaller)
    }

    /// The PCRF asks.
    mutating func receive(_ message: DiameterMessage) -> [Action<ProxyWork>] {
        edge.handle(.asked(message, RequestToken(rawValue: 1), from: Self.pcrf.host))
    }

    mutating func receive(_ request: ReAuthRequest) -> [Action<ProxyWork>] {
        receive(
            request.message(
                origin: Self.pcrf, destinationRealm: Self.settings.origin.realm,
                destinationHost: Self.settings.origin.host))
    }

    mutating func receive(_ request: AbortSessionRequest) -> [Action<ProxyWork>] {
        receive(
            request.message(
                origin: Self.pcrf, destinationRealm: Self.settings.origin.realm,
                destinationHost: Self.settings.origin.host))
    }

    /// The Session-Id of the one session there is.
    mutating func session() throws -> String {
        let rows = try #require(sessions())
        #expect(rows.count == 1)
        return try #require(rows.first?["id"]?.text)
    }

    mutating func sessions() -> [Report]? {
        let actions = edge.handle(.command(Command("policy-sessions"), CommandID(rawValue: 1)))
        for case .reply(let report, _) in actions { return report["sessions"]?.list }
        return nil
    }
}

extension [Action<ProxyWork>] {
    /// What the PCRF is answered.
    var diameterAnswer: DiameterMessage? {
        for case .answer(let message, _) in self { return message }
        return nil
    }

    /// What is forwarded, in order.
    var allForwarded: [SIPMessage] {
        compactMap { action in
            guard case .forward(let message, _, _) = action else { return nil }
            return message
        }
    }

    var warnings: [String] {
        compactMap { action in
            guard case .observe(let observation) = action, observation.level == .warning else { return nil }
            return observation.message
        }
    }
}
