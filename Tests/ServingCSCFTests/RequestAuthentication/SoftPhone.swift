import Cx
import IMS
import Octets
import SIP
import ServingCSCF
import Testing

/// Alice with a password instead of a SIM, registered: the test plays her phone, the P-CSCF, the HSS and the store.
struct SoftPhone {
    var exchange: Exchange
    private(set) var disk: [[UInt8]: [UInt8]] = [:]
    private var client: DigestClient?

    /// MD5 of `001010000000001@ims.mnc001.mcc001.3gppnetwork.org:ims.mnc001.mcc001.3gppnetwork.org:secret`.
    private static let credential = DigestCredential(
        realm: Laboratory.domain, ha1: "8e504717b0c49544ba9bd14e57d29594")

    init(
        protection: String = "ip-assoc-pending", _ adjust: (inout ServingCSCFConfiguration) -> Void = { _ in }
    ) throws {
        exchange = Exchange(adjust)
        var message = Message()
        message.contacts = ["<\(Exchange.contact)>"]
        message.authorization = .initial
        message.protection = protection
        let asked = settle(try exchange.laboratory.send(message))
        let (question, id) = try #require(asked.question)
        let answer = MultimediaAuthAnswer(
            .success, sipNumberAuthItems: 1, authenticationItems: [.digest(itemNumber: 1, Self.credential)])
        let challenged = settle(
            exchange.laboratory.handle(.answer(answer.message(answering: question, origin: Laboratory.hss), id)))
        let challenge = try #require(try challenged.response?.first(WWWAuthenticate.self)).challenge
        var digest = try #require(
            DigestClient(challenge, username: OctetSlice(Laboratory.privateIdentity), password: Array("secret".utf8)))
        var credentials = digest.credentials(
            method: .register, uri: OctetSlice("sip:\(Laboratory.domain)"), cnonce: "0a4f113b")
        credentials.set("integrity-protected", quoted: protection)
        message.authorization = .none
        message.more = ["Authorization: \(credentials.text)"]
        message.cseq = 2
        let proved = settle(try exchange.laboratory.send(message))
        let profile = Profile.profile([
            (Exchange.alice, false), ("sip:+15550001@\(Exchange.domain)", false), (Exchange.number, false),
        ])
        let registered = settle(try exchange.laboratory.answer(proved, profile: profile))
        try #require(registered.response?.status == .ok)
    }

    /// Another phone of alice, which has a SIM.
    mutating func registerWithKeys(_ message: Message) throws {
        var message = message
        message.authorization = .initial
        let asked = settle(try exchange.laboratory.send(message))
        let challenged = settle(try exchange.laboratory.answer(asked, .one))
        let challenge = try #require(try challenged.response?.first(WWWAuthenticate.self)).challenge
        var keys = try #require(
            DigestClient(challenge, username: OctetSlice(message.username), password: Vector.one.xres))
        let credentials = keys.credentials(
            method: .register, uri: OctetSlice("sip:\(Laboratory.domain)"), cnonce: "0a4f113b")
        message.authorization = .none
        message.more = ["Authorization: \(credentials.text)"]
        message.cseq += 1
        let proved = settle(try exchange.laboratory.send(message))
        try #require(settle(try exchange.laboratory.answer(proved, profile: nil)).response?.status == .ok)
    }

    mutating func send(_ request: Request) throws -> [ServingCSCF.Order] { settle(try exchange.send(request)) }

    /// Takes the challenge of a 407.
    mutating func take(
        _ actions: [ServingCSCF.Order], username: String = Laboratory.privateIdentity, password: String = "secret"
    ) throws {
        let challenge = try #require(try actions.response?.first(ProxyAuthenticate.self)).challenge
        client = DigestClient(challenge, username: OctetSlice(username), password: Array(password.utf8))
        try #require(client != nil)
    }

    /// The request in a transaction of its own, with credentials of the last challenge.
    mutating func proved(_ request: Request) throws -> Request {
        let method = Method(request.method)
        let made = client?.credentials(method: method, uri: OctetSlice(request.uri), cnonce: "0a4f113b")
        let credentials = try #require(made)
        return request.with {
            $0.cseq += 1
            $0.more.append("Proxy-Authorization: \(credentials.text)")
        }
    }

    mutating func settle(_ actions: [ServingCSCF.Order]) -> [ServingCSCF.Order] {
        actions.flatMap { action -> [ServingCSCF.Order] in
            guard case .perform(let records, let id) = action else { return [action] }
            for record in records { disk[record.key] = record.value }
            return settle(exchange.laboratory.handle(.performed(id, .written)))
        }
    }
}

extension Credentials {
    var text: String {
        var writer = OctetWriter()
        write(to: &writer)
        return OctetSlice(writer.octets).string
    }
}
