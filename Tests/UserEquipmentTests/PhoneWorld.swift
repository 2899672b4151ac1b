import AKA
import IMS
import Octets
import SIP
import Testing
import UserEquipment

/// A phone on its own: the test plays the network, with the algorithms of the home on the other side.
struct PhoneWorld {
    static let domain = "ims.mnc001.mcc001.3gppnetwork.org"
    static let imsi = "001010000000001"
    static let key = "465b5ce8b199b49faa5f0a2ee238a6bc"
    static let opc = "cd63cb71954a9f4e48a5994e37a02baf"
    static let proxy = Hop(.udp, ListenerID(rawValue: 0), Endpoint(.loopback, 5060))

    var role: UserEquipment
    var now = Instant.zero
    private var commands: UInt64 = 0

    init(_ configuration: UserEquipment.Configuration? = nil) {
        role = UserEquipment(
            configuration ?? UserEquipment.Configuration(proxy: Self.proxy, contact: "127.0.0.1:5090"),
            entropy: Entropy(number: 1))
    }

    mutating func command(_ name: String, _ arguments: [String: String] = [:]) -> [PhoneAction] {
        commands += 1
        return role.handle(.command(Command(name, arguments), CommandID(rawValue: commands)), at: now)
    }

    mutating func phone(_ more: [String: String] = [:]) -> [PhoneAction] {
        var arguments = ["phone": "a", "imsi": Self.imsi, "domain": Self.domain, "k": Self.key, "opc": Self.opc]
        for (name, value) in more { arguments[name] = value.isEmpty ? nil : value }
        return command("phone", arguments)
    }

    mutating func answer(
        _ actions: [PhoneAction], _ status: Status, _ fields: [(HeaderName, String)] = []
    ) throws -> [PhoneAction] {
        let (request, transaction) = try #require(actions.sent)
        var response = SIPMessage.response(status, to: request, toTag: "s1")
        for (name, value) in fields { response.append(name, value) }
        return role.handle(.response(response, transaction), at: now)
    }

    /// A 401 with a vector made from a key, as the home makes one.
    mutating func challenge(
        _ actions: [PhoneAction], sqn: UInt64, key: String = key, opc: String = opc, more: String = ""
    ) throws -> [PhoneAction] {
        try answer(actions, .unauthorized, [(.wwwAuthenticate, Self.challenge(sqn: sqn, key: key, opc: opc, more))])
    }

    static func vector(sqn: UInt64, key: String = key, opc: String = opc) throws -> AuthenticationVector {
        let milenage = Milenage(
            key: try #require(Secret128(hex: key)), opc: try #require(Secret128(hex: opc)))
        let rand = try #require(RandomChallenge(octets: OctetSlice([UInt8](0..<16))))
        return AuthenticationVector(milenage, rand: rand, sqn: try #require(SequenceNumber(rawValue: sqn)))
    }

    static func challenge(sqn: UInt64, key: String = key, opc: String = opc, _ more: String = "") throws -> String {
        let vector = try vector(sqn: sqn, key: key, opc: opc)
        let nonce = Base64.encode(vector.rand.octets + vector.autn.octets)
        return "Digest realm=\"\(domain)\",nonce=\"\(nonce)\",algorithm=AKAv1-MD5,qop=\"auth\"\(more)"
    }
}

extension [PhoneAction] {
    var sent: (SIPMessage, ClientTransactionID)? {
        for case .forward(let message, let hop, let transaction) in self where hop == PhoneWorld.proxy {
            return (message, transaction)
        }
        return nil
    }

    var reply: Report? {
        for case .reply(let report, _) in self { return report }
        return nil
    }

    var credentials: Credentials? {
        guard let message = sent?.0 else { return nil }
        do { return try message.first(Authorization.self)?.credentials } catch { return nil }
    }
}
