import Cx
import Diameter
import IMS
import Octets
import SIP
import ServingCSCF
import Testing

/// An S-CSCF on its own: the test plays P-CSCF, phone and HSS, and moves the time by hand.
struct Laboratory {
    static let domain = "ims.mnc001.mcc001.3gppnetwork.org"
    static let privateIdentity = "001010000000001@\(domain)"
    static let publicIdentity = "sip:001010000000001@\(domain)"
    static let proxy = Hop(.udp, ListenerID(rawValue: 0), Endpoint(.loopback, 5070))
    static let hss = LocalOrigin(host: "hss.\(domain)", realm: domain)
    static let serverName = "sip:scscf.\(domain):5080"
    static let server = Hop(.udp, ListenerID(rawValue: 0), Endpoint(.loopback, 5090))
    /// The P-CSCF and two application servers.
    static let locator = StaticLocator(
        hosts: [
            "pcscf.ims.example": StaticLocator.Target(proxy.remote),
            "as.ims.example": StaticLocator.Target(server.remote),
            "as2.ims.example": StaticLocator.Target(server.remote),
        ], listeners: [ListenerID(rawValue: 0): SIPListener(.udp, Endpoint(.loopback, 5080))])

    var role: ServingCSCF
    var now = Instant.zero
    private(set) var transactions: UInt64 = 0

    init(_ adjust: (inout ServingCSCFConfiguration) -> Void = { _ in }) {
        var configuration = ServingCSCFConfiguration(
            serverName: Self.serverName, domains: [Self.domain],
            originHost: DiameterIdentity("scscf.\(Self.domain)"), originRealm: DiameterIdentity(Self.domain),
            destinationRealm: DiameterIdentity(Self.domain))
        configuration.locator = Self.locator
        adjust(&configuration)
        role = ServingCSCF(configuration: configuration, start: 1, entropy: Entropy(number: 7))
    }

    mutating func handle(_ event: RoleEvent<StoreOutcome>) -> [ServingCSCF.Order] { role.handle(event, at: now) }

    mutating func send(_ message: Message, from hop: Hop = proxy) throws -> [ServingCSCF.Order] {
        try deliver(message.text, from: hop)
    }

    /// A request in a transaction of its own.
    mutating func deliver(_ text: String, from hop: Hop = proxy) throws -> [ServingCSCF.Order] {
        transactions += 1
        let request = try SIPMessage(parsing: Array(text.utf8))
        return handle(.request(request, ServerTransactionID(rawValue: transactions), from: hop))
    }

    /// The HSS answers the question among `actions`.
    mutating func answer(_ actions: [ServingCSCF.Order], _ vector: Vector) throws -> [ServingCSCF.Order] {
        let (question, id) = try #require(actions.question)
        #expect(question.commandCode == .multimediaAuth)
        let item = AuthenticationItem.aka(
            itemNumber: 1, rand: vector.rand, autn: vector.autn, xres: vector.xres, confidentialityKey: vector.ck,
            integrityKey: vector.ik)
        let answer = MultimediaAuthAnswer(.success, sipNumberAuthItems: 1, authenticationItems: [item])
        return handle(.answer(answer.message(answering: question, origin: Self.hss), id))
    }

    mutating func answer(
        _ actions: [ServingCSCF.Order], profile: String?, charging: ChargingInformation? = nil
    ) throws -> [ServingCSCF.Order] {
        let (question, id) = try #require(actions.question)
        let answer = ServerAssignmentAnswer(
            .success, userData: profile.map { OctetSlice($0) }, chargingInformation: charging)
        return handle(.answer(answer.message(answering: question, origin: Self.hss), id))
    }

    mutating func answer(_ actions: [ServingCSCF.Order], result: CxResult) throws -> [ServingCSCF.Order] {
        let (question, id) = try #require(actions.question)
        let message: DiameterMessage =
            if question.commandCode == .multimediaAuth {
                MultimediaAuthAnswer(result).message(answering: question, origin: Self.hss)
            } else {
                ServerAssignmentAnswer(result).message(answering: question, origin: Self.hss)
            }
        return handle(.answer(message, id))
    }

    mutating func fail(_ actions: [ServingCSCF.Order], _ failure: AskFailure) throws -> [ServingCSCF.Order] {
        let (_, id) = try #require(actions.question)
        return handle(.askFailed(id, failure))
    }

    /// REGISTER, 401, REGISTER, 200. Returns the 200's actions.
    @discardableResult
    mutating func register(
        _ message: Message = Message(), vector: Vector = .one, profile: String? = Profile.standard
    ) throws -> [ServingCSCF.Order] {
        var first = message
        first.authorization = .initial
        _ = try answer(try send(first), vector)
        var second = message
        second.cseq += 1
        second.authorization = .response(vector)
        let asked = try send(second)
        guard asked.question != nil else { return asked }
        return try answer(asked, profile: profile)
    }

    mutating func wait(_ span: Duration) -> [ServingCSCF.Order] {
        now += span
        return handle(.deadline)
    }

    mutating func command(_ name: String, _ arguments: [String: String] = [:]) throws -> Report {
        try order(name, arguments).report
    }

    /// A command with what follows from it.
    mutating func order(
        _ name: String, _ arguments: [String: String] = [:]
    ) throws -> (report: Report, actions: [ServingCSCF.Order]) {
        let actions = handle(.command(Command(name, arguments), CommandID(rawValue: 1)))
        for case .reply(let report, _) in actions { return (report, actions) }
        throw Unexpected()
    }

    func stat(_ name: String) throws -> Int {
        var copy = self
        return try #require(try copy.command("stats")[name]?.integer)
    }

    struct Unexpected: Error {}
}

/// An AKA vector of TS 35.208 with the responses that follow from RFC 3310 and 2617, computed apart from this code.
struct Vector {
    let rand, autn, xres, ck, ik: [UInt8]
    let nonce: String
    /// Without qop.
    let response: String
    /// qop=auth, nc=00000001, cnonce=0a4f113b.
    let protectedResponse: String

    private init(_ rand: String, _ autn: String, _ xres: String, _ ck: String, _ ik: String, _ text: [String]) {
        (self.rand, self.autn, self.xres) = (Hex.decode(rand) ?? [], Hex.decode(autn) ?? [], Hex.decode(xres) ?? [])
        (self.ck, self.ik) = (Hex.decode(ck) ?? [], Hex.decode(ik) ?? [])
        (nonce, response, protectedResponse) = (text[0], text[1], text[2])
    }

    static let one = Vector(
        "23553cbe9637a89d218ae64dae47bf35", "55f328b43577b9b94a9ffac354dfafb3", "a54211d5e3ba50bf",
        "b40ba9a3c58b2a05bbf0d987b21bf8cb", "f769bcd751044604127672711c6d3441",
        [
            "I1U8vpY3qJ0hiuZNrke/NVXzKLQ1d7m5Sp/6w1Tfr7M=", "1125a3c2e293453f07e08957ff235efc",
            "402ab8df9f3a4d63a9f47c2f90e02938",
        ])

    static let two = Vector(
        "c00d603103dcee52c4478119494202e8", "39f96cd9800faf175df5b31807e258b0", "d3a628ed988620f0",
        "58c433ff7a7082acd424220f2b67c556", "21a8c1f929702adb3e738488b9f5c5da",
        [
            "wA1gMQPc7lLER4EZSUIC6Dn5bNmAD68XXfWzGAfiWLA=", "9253dfb8d11604b1ae9f72b12c800564",
            "ddf9e6e7795833f3efad85f3a38c0033",
        ])

    /// Set 1 with an RES that holds zero octets: C strings end there, passwords do not.
    static let zeroes = Vector(
        "23553cbe9637a89d218ae64dae47bf35", "55f328b43577b9b94a9ffac354dfafb3", "a50011d5e3ba0000",
        "b40ba9a3c58b2a05bbf0d987b21bf8cb", "f769bcd751044604127672711c6d3441",
        ["I1U8vpY3qJ0hiuZNrke/NVXzKLQ1d7m5Sp/6w1Tfr7M=", "b44fce95898150c7c7e931a3aed293e4", ""])
}

/// A REGISTER as the I-CSCF sends it to us.
struct Message {
    enum Authorization {
        case none
        /// First REGISTER: empty nonce and response.
        case initial
        case response(Vector)
        case responseWithQualityOfProtection(Vector)
        case raw(String)
    }

    var method = "REGISTER"
    var uri = Laboratory.serverName
    var to = "<\(Laboratory.publicIdentity)>"
    var username = Laboratory.privateIdentity
    var callID = "call-1@10.0.0.1"
    var cseq = 1
    var contacts = ["<sip:001010000000001@10.0.0.1:5060>;+sip.instance=\"<urn:gsma:imei:35-1>\""]
    var expires: Int? = 600
    var path: String? = "<sip:token@pcscf.ims.example:5060;lr>"
    var authorization = Authorization.none
    var protection = "no"
    var more: [String] = []

    var text: String {
        var lines = [
            "\(method) \(uri) SIP/2.0", "Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKt", "Max-Forwards: 68",
            "From: <\(Laboratory.publicIdentity)>;tag=f1", "To: \(to)", "Call-ID: \(callID)", "CSeq: \(cseq) \(method)",
        ]
        if let path { lines.append("Path: \(path)") }
        lines += contacts.map { "Contact: \($0)" }
        if let expires { lines.append("Expires: \(expires)") }
        if let credentials { lines.append("Authorization: \(credentials)") }
        lines += more + ["Content-Length: 0", "", ""]
        return lines.joined(separator: "\r\n")
    }

    private var credentials: String? {
        let common = "Digest username=\"\(username)\", realm=\"\(Laboratory.domain)\", uri=\"sip:\(Laboratory.domain)\""
        let end = ", integrity-protected=\"\(protection)\""
        switch authorization {
        case .none: return nil
        case .initial: return common + ", nonce=\"\", response=\"\"" + end
        case .response(let vector):
            return common + ", nonce=\"\(vector.nonce)\", algorithm=AKAv1-MD5, response=\"\(vector.response)\"" + end
        case .responseWithQualityOfProtection(let vector):
            return common + ", nonce=\"\(vector.nonce)\", algorithm=AKAv1-MD5, qop=auth, nc=00000001, "
                + "cnonce=\"0a4f113b\", response=\"\(vector.protectedResponse)\"" + end
        case .raw(let text): return common + ", " + text + end
        }
    }
}

/// User-Data as TS 29.228 Annex E has it.
enum Profile {
    static let standard = profile([
        (Laboratory.publicIdentity, true), ("sip:+15550001@\(Laboratory.domain)", false), ("tel:+15550001", false),
    ])

    /// With an application server for everything.
    static let withServer = profile(
        [(Laboratory.publicIdentity, true), ("sip:+15550001@\(Laboratory.domain)", false), ("tel:+15550001", false)],
        services: """
            <InitialFilterCriteria><Priority>1</Priority><ApplicationServer><ServerName>sip:as.ims.example:5090\
            </ServerName><DefaultHandling>0</DefaultHandling></ApplicationServer></InitialFilterCriteria>
            """)

    static func profile(_ identities: [(identity: String, isBarred: Bool)], services: String = "") -> String {
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><IMSSubscription><PrivateID>\(Laboratory.privateIdentity)</PrivateID>"
            + "<ServiceProfile>"
            + identities.map {
                "<PublicIdentity>\($0.isBarred ? "<BarringIndication>1</BarringIndication>" : "")"
                    + "<Identity>\($0.identity)</Identity></PublicIdentity>"
            }.joined() + services + "</ServiceProfile></IMSSubscription>"
    }
}

extension [ServingCSCF.Order] {
    /// One word or two per action, for whole lists to be compared.
    var shape: [String] {
        map { action in
            switch action {
            case .respond(let message, _): "respond \(message.status.map { "\($0.rawValue)" } ?? "?")"
            case .forward(let message, _, _): "forward \(message.method.text)"
            case .send(let message, let nextHop, _): "send \(message.method.text) toward \(nextHop.host)"
            case .acknowledge: "acknowledge"
            case .cancel: "cancel"
            case .ask(let message, _): "ask \(Self.name(of: message))"
            case .answer(let message, _): "answer \(Self.result(of: message))"
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

    var response: SIPMessage? {
        for case .respond(let message, _) in self { return message }
        return nil
    }

    /// The requests that were sent, with their transactions.
    var requests: [(message: SIPMessage, client: ClientTransactionID)] {
        compactMap { action in
            guard case .forward(let message, _, let client) = action else { return nil }
            return (message, client)
        }
    }

    var diameterAnswer: DiameterMessage? {
        for case .answer(let message, _) in self { return message }
        return nil
    }

    var refusal: Refusal? {
        for case .observe(let observation) in self { if let refusal = observation.refusal { return refusal } }
        return nil
    }

    private static func name(of message: DiameterMessage) -> String {
        if message.commandCode == .multimediaAuth { return "MAR" }
        do {
            return "SAR \(try ServerAssignmentRequest(decoding: message).serverAssignmentType)"
        } catch {
            return "\(error)"
        }
    }

    private static func result(of message: DiameterMessage) -> String {
        do {
            return "\(try message.result())"
        } catch {
            return "\(error)"
        }
    }
}

extension SIPMessage {
    func texts(_ name: HeaderName) -> [String] { values(name).map(\.string) }
}
