import IMS
import Octets
import SIP
import Simulation

/// A role that sends a request to a URI when told so, and answers requests as it is told: two of them make a conversation.
struct Messenger: NetworkFunction {
    /// What requests to it are answered with; nil for never.
    var status: Status? = .ok
    var retryAfter: Int?
    /// What became of each request it sent, by number: the status, or how it failed.
    private(set) var outcomes: [UInt64: String] = [:]
    /// Call-IDs of the requests that reached it.
    private(set) var received: [String] = []
    private var sent: UInt64 = 0

    var nextDeadline: Instant? { nil }

    mutating func handle(_ event: RoleEvent<Never>, at now: Instant) -> [Action<Never>] {
        switch event {
        case .command(let command, let id): return [.reply(.null, id)] + obey(command)
        case .request(let request, let transaction, _):
            received.append(request.callID?.string ?? "")
            guard let status else { return [] }
            var response = SIPMessage.response(status, to: request, toTag: "1")
            if let retryAfter { response.set(.retryAfter, "\(retryAfter)") }
            return [.respond(response, transaction)]
        case .response(let response, let id):
            if let status = response.status, status.isFinal { outcomes[id.rawValue] = "\(status.rawValue)" }
        case .transactionFailed(let id, let failure): outcomes[id.rawValue] = "\(failure)"
        default: break
        }
        return []
    }

    private mutating func obey(_ command: Command) -> [Action<Never>] {
        switch command.name {
        case "send":
            guard let text = command.arguments["uri"] else { return [] }
            sent += 1
            let id = ClientTransactionID(rawValue: sent)
            do {
                let uri = try SIPURI(parsing: text)
                return [
                    .send(
                        request(text, command.arguments["method"] ?? "MESSAGE"), toward: try LocationQuestion(uri), id)
                ]
            } catch {
                outcomes[sent] = "\(error)"
                return []
            }
        case "cancel": return [.cancel(ClientTransactionID(rawValue: sent))]
        case "answer":
            status = command.arguments["status"].flatMap(UInt16.init).flatMap { Status(rawValue: $0) }
            retryAfter = command.arguments["retry-after"].flatMap(Int.init)
            return []
        default: return []
        }
    }

    private func request(_ uri: String, _ method: String) -> SIPMessage {
        var request = SIPMessage(method == "INVITE" ? .invite : .message, uri: uri)
        request.append(.maxForwards, "70")
        request.append(.from, "<sip:a@example.com>;tag=a")
        request.append(.to, "<\(uri)>")
        request.append(.callID, "\(sent)")
        request.append(.cseq, "1 \(method)")
        return request
    }
}

/// One messenger that asks, and some at addresses of their own.
final class MessengerScene {
    static let listener = ListenerID(rawValue: 0)
    static let domain = "example.com"

    let network: SimulatedNetwork
    let client: SimulatedCore<Messenger>
    let servers: [SimulatedCore<Messenger>]

    /// - Parameter servers: how many; their addresses are 192.0.2.1, 192.0.2.2 …, port 5060.
    init(seed: UInt64 = 1, servers count: Int, overload: OverloadSettings? = nil) {
        network = SimulatedNetwork(seed: seed)
        client = Self.messenger(.v4(0xC000_0264), "client", seed: seed, overload: overload)
        servers = (0..<count).map {
            Self.messenger(Self.address($0), "server\($0)", seed: seed + UInt64($0) + 1, overload: overload)
        }
        network.add(client)
        for server in servers { network.add(server) }
        for index in 0..<count {
            network.dns.address("server\(index).example.com", [Self.address(index)], ttl: .seconds(3_600))
        }
    }

    static func address(_ index: Int) -> IPAddress { .v4(0xC000_0201 + UInt32(index)) }

    private static func messenger(
        _ address: IPAddress, _ name: String, seed: UInt64, overload: OverloadSettings?
    ) -> SimulatedCore<Messenger> {
        var entropy = Entropy(number: seed)
        let listeners = [listener: SIPListener(.udp, Endpoint(address, 5060))]
        let locator = Locator(
            fixed: StaticLocator(hosts: [:], listeners: listeners), listeners: listeners, entropy: entropy.fork())
        let core = NodeCore(
            NodeIdentity(.ue, name: name), Messenger(),
            sip: SIPStack(listeners: listeners, overload: overload, entropy: entropy.fork()), locator: locator)
        return SimulatedCore(core, listeners: [listener: Endpoint(address, 5060)], work: { (_: Never) -> Never in })
    }

    /// Sends, and lets time pass until it is known what became of it; the outcome and how long it took.
    func send(_ uri: String = "sip:bob@example.com", method: String = "MESSAGE") -> (outcome: String?, took: Duration) {
        network.command(Command("send", ["uri": uri, "method": method]), to: client)
        let number = UInt64(client.core.function.outcomes.count + 1)
        let began = network.now
        while client.core.function.outcomes[number] == nil, network.now - began < .seconds(100) {
            network.run(until: network.now + .milliseconds(1))
        }
        return (client.core.function.outcomes[number], network.now - began)
    }

    func pass(_ span: Duration) { network.run(until: network.now + span) }

    func received(_ index: Int) -> Int { servers[index].core.function.received.count }

    func answer(_ index: Int, _ status: Int?, retryAfter: Int? = nil) {
        var arguments: [String: String] = [:]
        if let status { arguments["status"] = "\(status)" }
        if let retryAfter { arguments["retry-after"] = "\(retryAfter)" }
        network.command(Command("answer", arguments), to: servers[index])
    }
}
