import Octets
import SIP
import Testing

@Suite("RFC 3261 §18.2.2, §18.3, RFC 5626 §4.4.1: streams and limits")
struct StreamTests {
    typealias Bench = StackBench

    @Test("§18.3: a message in pieces, and several in one piece", arguments: [1, 2, 7, 100, 10_000])
    func framing(size: Int) {
        var bench = Bench()
        let body = "v=0\r\n"
        var octets: [UInt8] = []
        for index in 0..<3 {
            let text = request("MESSAGE", branch: "z9hG4bK\(index)", transport: "TCP")
            var message = wire(text)
            let zero = Array("Content-Length: 0\r\n\r\n".utf8)
            message.removeLast(zero.count)
            octets += message + Array("Content-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8)
        }
        var found: [SIPStackOutput] = []
        for start in stride(from: 0, to: octets.count, by: size) {
            found += bench.receive(Array(octets[start..<min(start + size, octets.count)]), from: Bench.stream)
        }
        #expect(found.requests.count == 3)
        #expect(found.requests.allSatisfy { $0.message.body.string == body })
    }

    @Test("RFC 5626 §4.4.1: a double CRLF is answered with one")
    func keepAlive() {
        var bench = Bench()
        #expect(bench.receive([13, 10, 13, 10], from: Bench.stream) == [.transmit([13, 10], to: Bench.stream)])
        #expect(bench.receive([13, 10, 13, 10]) == [], "over UDP it only keeps the binding")
        #expect(bench.receive([0, 0, 0, 0]) == [])
        #expect(bench.receive([]) == [])
    }

    @Test("§18.2.2: the response takes the connection of the request; when it is gone, sent-by's port")
    func lostConnection() throws {
        var bench = Bench()
        let text = request(sentBy: "client.example.org:5090", transport: "TCP")
        let (message, id) = try #require(bench.receive(wire(text), from: Bench.stream).requests.first)
        #expect(bench.closed() == [])
        let sent = try #require(bench.respond(.ok, to: message, id).transmitted.first)
        #expect(sent.hop == Hop(.tcp, Bench.tcp, Endpoint(.v4(0xC000_0201), 5090)))

        let other = wire(request(branch: "z9hG4bKother", transport: "TCP"))
        let again = try #require(bench.receive(other, from: Bench.stream).requests.first)
        #expect(bench.respond(.ok, to: again.message, again.id).transmitted.first?.hop == Bench.stream)
    }

    @Test(
        "§18.2.2, §19.1.2, RFC 7118 §5: a lost connection's response goes to sent-by's port, or the transport's default",
        arguments: [
            (.tcp, "", 5060), (.sctp, "", 5060), (.tls, "", 5061), (.ws, "", 80), (.wss, "", 443),
            (.tls, ":5081", 5081),
            (.sctp, ":5082", 5082),
        ] as [(Transport, String, UInt16)])
    func lostConnectionByTransport(transport: Transport, port: String, expected: UInt16) throws {
        var bench = Bench()
        let local = Endpoint(.v4(0xC633_6401), 5060)
        bench.stack = SIPStack(
            listeners: [Bench.tcp: SIPListener(transport, local)], entropy: Entropy(number: 1))
        var source = Bench.stream
        source.transport = transport
        let text = request(sentBy: "client.example.org\(port)", transport: "\(transport.token)")
        let (message, id) = try #require(bench.receive(wire(text), from: source).requests.first)
        let isCompleted = message.firstValue(.via)?.string.hasSuffix(";received=192.0.2.1") == true
        #expect(isCompleted == !(transport == .ws || transport == .wss), "RFC 7118 §5.3: not over WebSocket")
        #expect(bench.respond(.trying, to: message, id).transmitted.first?.hop == source)
        _ = bench.closed()
        let sent = try #require(bench.respond(.ok, to: message, id).transmitted.first)
        #expect(sent.hop == Hop(transport, Bench.tcp, Endpoint(source.remote.address, expected)))
    }

    @Test("A closed connection fails the requests that wait on it, not those of another to the same remote")
    func closedConnection() {
        var bench = Bench()
        _ = bench.receive([13, 10], from: Bench.stream)
        var second = Bench.stream
        second.connection = ConnectionID(rawValue: 8)
        var unbound = Bench.stream
        unbound.connection = nil
        _ = bench.send(outgoing(), as: 1, to: Bench.stream)
        _ = bench.send(outgoing(), as: 2, to: second)
        _ = bench.send(outgoing(), as: 3, to: unbound)
        let failed = bench.closed()
        #expect(failed.failures == [.transport, .transport])
        #expect(!failed.contains(.failed(ClientTransactionID(rawValue: 2), .transport)))
        #expect(bench.closed() == [])
    }

    @Test("A stream that cannot be framed is closed, with the reason")
    func unframeable() {
        var bench = Bench()
        var text = request(transport: "TCP")
        text = text.split(separator: "Content-Length: 0", omittingEmptySubsequences: false)
            .joined(separator: "Content-Length: -1")
        let output = bench.receive(wire(text), from: Bench.stream)
        #expect(output.contains(.close(Bench.connection)))
        guard case .malformed = output.refusals.first else { return #expect(Bool(false), "\(output)") }
    }

    @Test("A message that begins and does not end within ten seconds costs the connection; idling costs nothing")
    func slowSender() {
        var bench = Bench()
        let octets = wire(request(transport: "TCP"))
        let half = Array(octets.prefix(100))
        #expect(bench.receive([13, 10, 13, 10], from: Bench.stream).count == 1)
        #expect(bench.advance(.seconds(3600)) == [])
        #expect(bench.receive(half, from: Bench.stream) == [])
        #expect(bench.advance(.seconds(9)) == [])
        let rest = Array(octets.dropFirst(100))
        #expect(bench.receive(rest + half, from: Bench.stream).requests.count == 1, "the second message starts anew")
        #expect(bench.advance(.seconds(9)).allSatisfy { $0.isTransmit })
        #expect(bench.receive([UInt8(ascii: "x")], from: Bench.stream) == [])
        #expect(
            bench.advance(.seconds(1)) == [.refused(reason: .tooSlow, from: Bench.stream), .close(Bench.connection)])
        #expect(bench.closed() == [])
    }

    @Test("Over the limit new requests get a 503 with a spread Retry-After, then nothing; answered ones make room")
    func limits() throws {
        var bench = Bench(limits: TransactionLimits(soft: 3, hard: 5, lingering: 100))
        var accepted: [(message: SIPMessage, id: ServerTransactionID)] = []
        for index in 0..<3 { accepted += bench.receive(request(branch: "z9hG4bK\(index)")).requests }
        #expect(accepted.count == 3)
        let refused = bench.receive(request(branch: "z9hG4bK9"))
        #expect(refused.refusals == [.overloaded])
        let answer = try #require(refused.transmitted.first)
        #expect(answer.message.status == .serviceUnavailable)
        let delay = try #require(answer.message.firstValue(.retryAfter)?.decimal)
        #expect((5...20).contains(delay))
        #expect(bench.stack.liveTransactions == 3)
        // Client transactions count too; above the hard limit not even a 503.
        _ = bench.send(outgoing(), as: 1)
        _ = bench.send(outgoing(), as: 2)
        #expect(bench.receive(request(branch: "z9hG4bK10")) == [.refused(reason: .overloaded, from: Bench.peer)])
        for (message, id) in accepted { _ = bench.respond(.ok, to: message, id) }
        #expect(bench.receive(request(branch: "z9hG4bK11")).requests.count == 1)
    }

    @Test("Answered transactions are kept up to a number, the oldest go first")
    func lingering() throws {
        var bench = Bench(limits: TransactionLimits(soft: 100, hard: 100, lingering: 10))
        for index in 0..<50 {
            let (message, id) = try #require(bench.receive(request(branch: "z9hG4bK\(index)")).requests.first)
            _ = bench.respond(.ok, to: message, id)
        }
        #expect(bench.stack.liveTransactions == 10)
        #expect(bench.receive(request(branch: "z9hG4bK49")).transmitted.count == 1)
        #expect(bench.receive(request(branch: "z9hG4bK39")).requests.count == 1)
        _ = bench.advance(.seconds(134))
        #expect(bench.stack.liveTransactions == 0)
        #expect(bench.stack.openTransactions == 0)
    }
}
