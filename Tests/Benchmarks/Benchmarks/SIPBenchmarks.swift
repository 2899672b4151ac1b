import Octets
import SIP

/// One message by itself.
func measureSIP(_ benchmark: inout Benchmark) throws {
    let octets = SampleMessage.fromPhone
    try benchmark.measure("parse a REGISTER of \(octets.count) octets", budget: 2, times: 10_000) {
        keep(try SIPMessage(parsing: octets))
    }
    let message = try SIPMessage(parsing: octets)
    benchmark.measure("serialise it", budget: 1, times: 10_000) { keep(message.serialized()) }
    benchmark.measure("answer it with 401 and serialise", times: 10_000) {
        keep(SIPMessage.response(.unauthorized, to: message, toTag: "4711").serialized())
    }
}

/// One hop through the stack without a role: a request received, counted down and sent on under a new Via; its
/// response received and sent back. Timers until both transactions are gone count to the response.
func measureForwarding(_ benchmark: inout Benchmark) throws {
    try measureHop(&benchmark, "from a P-CSCF", SampleMessage.fromProxy, source: Endpoint(.v4(0xC000_0201), 5060))
    try measureHop(
        &benchmark, "from a phone with rport", SampleMessage.fromPhone, source: Endpoint(.v4(0xC000_0211), 5090))
}

private func measureHop(
    _ benchmark: inout Benchmark, _ origin: String, _ message: [UInt8], source: Endpoint
) throws {
    let request = "forward a REGISTER \(origin) one hop"
    let response = "its 200 back one hop (\(origin))"
    guard benchmark.wants(request) || benchmark.wants(response) else { return }
    var hop = ForwardingHop(source: source)
    var requests: [Meter] = []
    var responses: [Meter] = []
    for run in 0..<8 {
        let pair = try hop.run(message, count: 2_000)
        guard run > 0 else { continue }  // The first fills the tables.
        requests.append(pair.request)
        responses.append(pair.response)
    }
    benchmark.record(request, requests, budget: 8)
    benchmark.record(response, responses, budget: 8)
}

/// A proxy that does nothing but what every proxy must.
private struct ForwardingHop {
    private static let listener = ListenerID(rawValue: 0)
    private var stack = SIPStack(
        listeners: [listener: SIPListener(.udp, Endpoint(.loopback, 5070))], entropy: Entropy(number: 1))
    private let source: Hop
    private let next = Hop(.udp, listener, Endpoint(.loopback, 5080))
    private var now = Instant.zero + .seconds(1)
    private var number = 0
    private var outputs: [SIPStackOutput] = []
    private var open: [UInt64: ServerTransactionID] = [:]

    init(source: Endpoint) { self.source = Hop(.udp, Self.listener, source) }

    mutating func run(_ message: [UInt8], count: Int) throws -> (request: Meter, response: Meter) {
        var pair = (request: Meter(), response: Meter())
        let datagrams = (0..<count).map { SampleMessage.numbered(message, number + $0) }
        var sent: [[UInt8]] = []
        sent.reserveCapacity(count)
        pair.request.count(count) { for datagram in datagrams { forward(datagram, &sent) } }
        let answers = try sent.map {
            SIPMessage.response(.ok, to: try SIPMessage(parsing: $0), toTag: "t").serialized()
        }
        pair.response.count(count) {
            for answer in answers { back(answer) }
            now += .seconds(40)
            stack.fire(at: now, into: &outputs)
            outputs.removeAll(keepingCapacity: true)
        }
        precondition(sent.count == count && open.isEmpty && stack.liveTransactions == 0, "a message got lost")
        return pair
    }

    private mutating func forward(_ datagram: [UInt8], _ sent: inout [[UInt8]]) {
        stack.receive(datagram: datagram, from: source, at: now, into: &outputs)
        guard case .request(var request, let transaction, _)? = outputs.popLast() else { return }
        guard case .remaining = request.countDownMaxForwards() else { return }
        number += 1
        open[UInt64(number)] = transaction
        stack.send(request, as: ClientTransactionID(rawValue: UInt64(number)), to: next, at: now, into: &outputs)
        if case .transmit(let octets, _)? = outputs.popLast() { sent.append(octets) }
    }

    private mutating func back(_ answer: [UInt8]) {
        stack.receive(datagram: answer, from: next, at: now, into: &outputs)
        guard case .response(let response, let client)? = outputs.popLast(),
            let transaction = open.removeValue(forKey: client.rawValue)
        else { return }
        stack.respond(response, to: transaction, at: now, into: &outputs)
        outputs.removeAll(keepingCapacity: true)
    }
}
