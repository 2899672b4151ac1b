import IMS
import NIOCore
import NodeIO
import Octets
import SIP

/// The smallest role: 200 to every request, a deadline, a piece of work and a few commands.
struct EchoFunction: NetworkFunction {
    typealias Work = String
    typealias WorkResult = String

    var nextDeadline: Instant?
    private var fired = 0
    private var waiting: [WorkID: CommandID] = [:]

    mutating func handle(_ event: RoleEvent<String>, at now: Instant) -> [Action<String>] {
        switch event {
        case .request(let request, let transaction, _):
            return [.respond(SIPMessage.response(.ok, to: request, toTag: "echo"), transaction)]
        case .deadline:
            fired += 1
            nextDeadline = nil
            return [.observe(Observation(.info, "fired"))]
        case .command(let command, let id):
            switch command.name {
            case "wake":
                nextDeadline = now + .milliseconds(20)
                return [.reply(true, id)]
            case "fired": return [.reply(.integer(fired), id)]
            case "perform":
                let work = WorkID(rawValue: id.rawValue)
                waiting[work] = id
                return [.perform(command.arguments["text"] ?? "", work)]
            default: return [.reply(.error("unknown command"), id)]
            }
        case .performed(let work, let result):
            return waiting.removeValue(forKey: work).map { [.reply(.text(result), $0)] } ?? []
        default: return []  // the rest means nothing to it
        }
    }

    static func core(_ listeners: [ListenerID: SIPListener]) -> NodeCore<EchoFunction> {
        let sip = SIPStack(listeners: listeners, entropy: Entropy(number: 1))
        return NodeCore(NodeIdentity(.pcscf, name: "echo"), EchoFunction(), sip: sip)
    }

    static let perform: @Sendable ([String]) -> [String] = { batch in batch.map { $0.uppercased() } }
}

/// A request as a phone's keep-alive sends it.
enum Options {
    static func text(_ transport: String, branch: String) -> String {
        """
        OPTIONS sip:example.org SIP/2.0\r
        Via: SIP/2.0/\(transport) 127.0.0.1:50000;rport;branch=z9hG4bK\(branch)\r
        Max-Forwards: 70\r
        From: <sip:a@example.org>;tag=1\r
        To: <sip:example.org>\r
        Call-ID: \(branch)@127.0.0.1\r
        CSeq: 1 OPTIONS\r
        Content-Length: 0\r
        \r

        """
    }
}

/// A node with UDP and TCP on free ports of loopback.
struct EchoNode: Sendable {
    let node: NIOLoopBound<Node<EchoFunction>>
    let loop: any EventLoop
    let udp: UInt16
    let tcp: UInt16

    init(_ change: (inout NodeSettings) -> Void = { _ in }) async throws {
        udp = try await FreePort.udp()
        tcp = try await FreePort.tcp()
        var settings = NodeSettings(name: "echo")
        settings.listeners = [
            ListenerID(rawValue: 0): SIPListener(.udp, Endpoint(.loopback, udp)),
            ListenerID(rawValue: 1): SIPListener(.tcp, Endpoint(.loopback, tcp)),
        ]
        change(&settings)
        let final = settings
        let fixture = LoopFixture<Void>()
        loop = fixture.loop
        let loop = loop
        node = try await fixture.make {
            Node(
                EchoFunction.core(final.listeners), settings: final,
                log: ObservationLog(role: "echo", level: .error), on: loop, perform: EchoFunction.perform)
        }
    }

    func start() async throws {
        let node = node
        try await loop.flatSubmit { node.value.start() }.get()
    }

    func ask(_ command: Command) async throws -> Report {
        let node = node
        let loop = loop
        return try await loop.flatSubmit {
            let promise = loop.makePromise(of: Report.self)
            node.value.command(command) { promise.succeed($0) }
            return promise.futureResult
        }.get()
    }

    func stop() async throws {
        let node = node
        try await loop.flatSubmit {
            node.value.drain()
            return node.value.whenStopped
        }.get()
    }
}
