import Cx
import Diameter
import IMS
import Octets
import SIP
import ServingCSCF
import Testing

/// A laboratory with registered users and neighbours: the test plays I-CSCF, P-CSCF and application servers.
struct Exchange {
    static let domain = Laboratory.domain
    static let alice = Laboratory.publicIdentity
    static let number = "tel:+15550001"
    /// The contact of alice and the Path to it, of `Message`.
    static let contact = "sip:001010000000001@10.0.0.1:5060"
    static let path = "<sip:token@pcscf.ims.example:5060;lr>"
    static let hosts: [String: UInt16] = [
        domain: 5071, "pcscf.ims.example": 5060, "as1.example.org": 6001, "as2.example.org": 6002,
        "gw1.example.net": 7001, "gw2.example.net": 7002, "psap.example.net": 7110,
    ]

    var laboratory: Laboratory

    init(_ adjust: (inout ServingCSCFConfiguration) -> Void = { _ in }) {
        let socket = SIPListener(.udp, Endpoint(.loopback, 5080), sentBy: "scscf.\(Self.domain)", port: 5080)
        let listeners = [ListenerID(rawValue: 0): socket]
        laboratory = Laboratory { configuration in
            configuration.sessions.listeners = listeners
            configuration.locator = StaticLocator(
                hosts: Self.hosts.mapValues { .init(Endpoint(.loopback, $0)) }, listeners: listeners)
            adjust(&configuration)
        }
    }

    /// With alice registered; `criteria` are the filter criteria of her profile.
    static func registered(
        criteria: String = "", barred: Bool = false, message: Message = Message(), services: String = "",
        _ adjust: (inout ServingCSCFConfiguration) -> Void = { _ in }
    ) throws -> Exchange {
        var exchange = Exchange(adjust)
        let profile = Profile.profile(
            [(alice, barred), ("sip:+15550001@\(domain)", false), (number, false)], services: services + criteria)
        try exchange.laboratory.register(message, profile: profile)
        return exchange
    }

    mutating func send(_ request: Request, from hop: Hop = Laboratory.proxy) throws -> [ServingCSCF.Order] {
        try laboratory.deliver(request.text, from: hop)
    }

    /// A response to what was forwarded comes back.
    mutating func answer(
        _ sent: Sent, _ status: Int, tag: String? = "callee", _ headers: [String] = []
    ) throws -> [ServingCSCF.Order] {
        let status = try #require(Status(rawValue: UInt16(status)))
        var response = SIPMessage.response(status, to: sent.message, toTag: tag)
        for value in sent.message.values(.recordRoute) { response.append(.recordRoute, value) }
        for header in headers {
            let parts = header.split(separator: ":", maxSplits: 1)
            response.append(HeaderName(String(parts[0])), String(parts[1].drop { $0 == " " }))
        }
        return laboratory.handle(.response(response, sent.client))
    }

    mutating func fail(_ sent: Sent, _ failure: TransactionFailure) -> [ServingCSCF.Order] {
        laboratory.handle(.transactionFailed(sent.client, failure))
    }

    /// What an application server sends on: the request without its own Route, changed as it likes.
    mutating func sendBack(
        _ sent: Sent, _ change: (inout SIPMessage) -> Void = { _ in }, from hop: Hop = Laboratory.proxy
    ) throws -> [ServingCSCF.Order] {
        var message = sent.message
        message.removeFirstValue(.route)
        message.prepend(.via, "SIP/2.0/UDP as1.example.org;branch=z9hG4bK-as")
        change(&message)
        return try laboratory.deliver(message.description, from: hop)
    }

    /// The SAA for a user who is not registered.
    mutating func giveProfile(
        _ actions: [ServingCSCF.Order], of identity: String, criteria: String = "", barred: Bool = false
    ) throws -> [ServingCSCF.Order] {
        try laboratory.answer(actions, profile: Profile.profile([(identity, barred)], services: criteria))
    }
}

/// Where a request went.
struct Sent {
    let message: SIPMessage
    /// The port of the neighbour, which says who it is; nil when the way is asked of DNS.
    let port: UInt16?
    /// The host that DNS is asked for.
    let host: String?
    let client: ClientTransactionID

    var routes: [String] { message.texts(.route) }
    func text(_ name: HeaderName) -> String? { message.firstValue(name)?.string }
}

extension [ServingCSCF.Order] {
    var sent: [Sent] {
        compactMap { action in
            switch action {
            case .forward(let message, let hop, let client):
                Sent(message: message, port: hop.remote.port, host: nil, client: client)
            case .send(let message, let question, let client):
                Sent(message: message, port: nil, host: question.host.string, client: client)
            default: nil
            }
        }
    }

    var responses: [Int] {
        compactMap { action in
            guard case .respond(let message, _) = action else { return nil }
            return message.status.map { Int($0.rawValue) }
        }
    }

    var cancelled: [ClientTransactionID] {
        compactMap { action in
            guard case .cancel(let client) = action else { return nil }
            return client
        }
    }

    var observations: [String] {
        compactMap { action in
            guard case .observe(let observation) = action else { return nil }
            return observation.message
        }
    }
}

/// A request as a neighbour sends it.
struct Request {
    var method = "INVITE"
    var uri: String
    var routes: [String]
    var from = "<\(Exchange.alice)>;tag=caller"
    var to: String
    var callID = "call-7@10.0.0.1"
    var cseq = 1
    var hops = 69
    var contact = "<sip:phone@10.0.0.9:5060>"
    var more: [String]

    static let scscf = "scscf.\(Laboratory.domain):5080"

    /// Of alice, from her P-CSCF.
    static func originating(_ method: String = "INVITE", to uri: String = "sip:bob@other.example") -> Request {
        Request(
            method: method, uri: uri, routes: ["<sip:orig@\(scscf);lr>"], to: "<\(uri)>",
            more: [
                "P-Asserted-Identity: <\(Exchange.alice)>",
                "P-Charging-Vector: icid-value=abc;icid-generated-at=pcscf.ims.example",
                "P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=0010100010000001",
            ])
    }

    /// For alice, from the I-CSCF.
    static func terminating(_ method: String = "INVITE", to uri: String = Exchange.alice) -> Request {
        Request(
            method: method, uri: uri, routes: ["<sip:\(scscf);lr>"], from: "<sip:bob@other.example>;tag=caller",
            to: "<\(uri)>",
            more: [
                "P-Asserted-Identity: <sip:bob@other.example>",
                "P-Charging-Vector: icid-value=abc;icid-generated-at=pcscf.ims.example;orig-ioi=other.example",
            ])
    }

    func with(_ change: (inout Request) -> Void) -> Request {
        var copy = self
        change(&copy)
        return copy
    }

    var text: String {
        var lines = [
            "\(method) \(uri) SIP/2.0", "Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK\(cseq)",
            "Max-Forwards: \(hops)",
        ]
        lines += routes.map { "Route: \($0)" }
        lines += [
            "From: \(from)", "To: \(to)", "Call-ID: \(callID)", "CSeq: \(cseq) \(method)",
            "Contact: \(contact)",
        ]
        lines += more + ["Content-Length: 0", "", ""]
        return lines.joined(separator: "\r\n")
    }
}

/// Filter criteria as XML, TS 29.228 Annex E.
enum Criteria {
    /// `sessionCase`: 0 originating, 1 terminating registered, 2 terminating unregistered, 3 originating unregistered,
    /// 4 originating after diversion.
    static func one(
        _ priority: Int, _ server: String, sessionCase: Int? = nil, method: String = "INVITE", terminates: Bool = false
    ) -> String {
        var triggers = "<SPT><ConditionNegated>0</ConditionNegated><Group>0</Group><Method>\(method)</Method></SPT>"
        if let sessionCase {
            triggers +=
                "<SPT><ConditionNegated>0</ConditionNegated><Group>1</Group><SessionCase>\(sessionCase)</SessionCase></SPT>"
        }
        return "<InitialFilterCriteria><Priority>\(priority)</Priority><TriggerPoint><ConditionTypeCNF>1"
            + "</ConditionTypeCNF>\(triggers)</TriggerPoint><ApplicationServer><ServerName>\(server)</ServerName>"
            + "<DefaultHandling>\(terminates ? 1 : 0)</DefaultHandling></ApplicationServer></InitialFilterCriteria>"
    }
}
