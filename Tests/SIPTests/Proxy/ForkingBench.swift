import Octets
import SIP
import Testing

/// A response context with a clock, and short words for what it does.
struct ForkingBench {
    static let own: OwnNames = {
        let listener = SIPListener(.udp, Endpoint(.v4(0xC633_6401), 5060), sentBy: "proxy.example.com")
        return OwnNames(listeners: [listener])
    }()

    let request: SIPMessage
    var context: ForkingContext
    var names = ClientTransactionNames()
    var now = Instant.zero + .seconds(10)
    /// What each branch was sent, in order.
    var forwarded: [(request: SIPMessage, next: String, id: ClientTransactionID)] = []
    /// What went upstream.
    var responses: [SIPMessage] = []
    /// Since the last look.
    private(set) var log: [String] = []

    /// - Parameter targets: `uri` or `uri q`.
    init(
        _ method: Method = .invite, to targets: [String], policy: ForkingPolicy = ForkingPolicy(),
        uri: String = "sip:bob@example.com", headers: [(HeaderName, String)] = []
    ) throws {
        var request = SIPMessage(method, uri: uri)
        request.append(.via, "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKcaller")
        request.append(.maxForwards, "70")
        request.append(.from, "<sip:alice@example.org>;tag=alice")
        request.append(.to, "<sip:bob@example.com>")
        request.append(.callID, "call1")
        request.append(.cseq, "7 \(method.text)")
        for (name, value) in headers { request.append(name, value) }
        self.request = request
        var actions: [ForkingContext.Action] = []
        context = ForkingContext.start(
            request, ServerTransactionID(rawValue: 1), to: try targets.map(Self.target), policy: policy, own: Self.own,
            tag: "proxytag", at: now, names: &names, into: &actions)
        note(actions)
    }

    static func target(_ text: String) throws -> Target {
        let parts = text.split(separator: " ").map(String.init)
        return try Target(OctetSlice(parts[0]), q: parts.count > 1 ? Int(parts[1]) : nil)
    }

    /// The actions since the last look: `forward 1 sip:…`, `respond 180`, `cancel 1`, `done`.
    mutating func happened() -> [String] {
        defer { log = [] }
        return log
    }

    /// A response of a branch, numbered from 1.
    @discardableResult
    mutating func receive(
        _ code: UInt16, from branch: Int, tag: String? = nil, headers: [(HeaderName, String)] = []
    ) throws -> [String] {
        let status = try #require(Status(rawValue: code))
        var response = SIPMessage.response(
            status, to: try #require(forwarded.dropFirst(branch - 1).first).request, toTag: tag ?? "branch\(branch)")
        for (name, value) in headers { response.append(name, value) }
        var actions: [ForkingContext.Action] = []
        context.receive(response, from: forwarded[branch - 1].id, at: now, names: &names, into: &actions)
        note(actions)
        return happened()
    }

    mutating func fail(_ branch: Int, _ failure: TransactionFailure) -> [String] {
        var actions: [ForkingContext.Action] = []
        context.failed(forwarded[branch - 1].id, failure, at: now, names: &names, into: &actions)
        note(actions)
        return happened()
    }

    mutating func cancel() -> [String] {
        var actions: [ForkingContext.Action] = []
        context.cancel(into: &actions)
        note(actions)
        return happened()
    }

    mutating func advance(_ span: Duration) -> [String] {
        now += span
        while let deadline = context.nextDeadline, deadline <= now {
            var actions: [ForkingContext.Action] = []
            context.fire(at: now, into: &actions)
            note(actions)
        }
        return happened()
    }

    mutating func note(_ actions: [ForkingContext.Action]) {
        for action in actions {
            switch action {
            case .forward(let request, let next, let id):
                forwarded.append((request, next.string, id))
                log.append("forward \(id.rawValue) \(request.requestURI)")
            case .respond(let response):
                responses.append(response)
                log.append("respond \(response.status?.rawValue ?? 0)")
            case .cancel(let id): log.append("cancel \(id.rawValue)")
            case .done: log.append("done")
            }
        }
    }
}
