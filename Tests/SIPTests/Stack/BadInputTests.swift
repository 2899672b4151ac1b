import Octets
import SIP
import Testing

@Suite("reliability S1 to S3: bad input to the stack has an answer or a drop, always a reason, never a trap")
struct BadInputTests {
    typealias Bench = StackBench

    private static let good = request()

    private static func without(_ header: String) -> String {
        good.split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.hasPrefix("\(header):") }.joined(separator: "\n")
    }

    private static func with(_ header: String, _ value: String) -> String {
        good.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.hasPrefix("\(header):") ? "\(header): \(value)" : String($0) }.joined(separator: "\n")
    }

    @Test("A missing mandatory header: 400 that names it", arguments: ["From", "To", "Call-ID", "CSeq"])
    func missing(header: String) throws {
        var bench = Bench()
        let output = bench.receive(Self.without(header))
        #expect(output.requests.isEmpty)
        #expect(output.refusals.count == 1)
        let text = try #require(output.firstTransmit)
        #expect(text.hasPrefix("SIP/2.0 400 "), "\(text)")
        #expect(text.prefix { $0 != "\r\n" }.contains(header), "\(text)")
        #expect(bench.stack.liveTransactions == 0)
    }

    @Test("Without a Via there is nowhere to answer to: dropped")
    func missingVia() {
        var bench = Bench()
        let output = bench.receive(Self.without("Via"))
        #expect(output.count == 1)
        #expect(output.refusals.count == 1)
    }

    @Test(
        "S2, S3: numbers and names that cannot be",
        arguments: [
            ("CSeq", "2147483648 OPTIONS"), ("CSeq", "4294967296 OPTIONS"), ("CSeq", "-1 OPTIONS"),
            ("CSeq", "1 INVITE"), ("CSeq", "OPTIONS"),
            ("CSeq", "18446744073709551616 OPTIONS"), ("CSeq", ""), ("Content-Length", "-1"),
            ("Content-Length", "2147483648"), ("Content-Length", "4294967328"),
            ("Content-Length", "18446744073709551616"), ("Content-Length", "1 2"), ("Content-Length", "9999"),
            ("Content-Length", "0\nContent-Length: 7"), ("Max-Forwards", "256"), ("Max-Forwards", "-1"),
        ])
    func numbers(header: String, value: String) throws {
        var bench = Bench()
        let output = bench.receive(Self.with(header, value))
        #expect(output.requests.isEmpty, "\(header): \(value)")
        #expect(output.refusals.count == 1)
        #expect(try #require(output.firstTransmit).hasPrefix("SIP/2.0 400 "))
    }

    @Test("S2: the largest CSeq is taken; S3: the octets behind the body of a datagram are discarded (§18.3)")
    func borders() throws {
        var bench = Bench()
        let (message, _) = try #require(bench.receive(Self.with("CSeq", "2147483647 OPTIONS")).requests.first)
        #expect(message.cseq?.number == 2_147_483_647)
        let longer = bench.receive(wire(request(branch: "z9hG4bK2")) + Array("rest".utf8))
        #expect(try #require(longer.requests.first).message.body.isEmpty)
    }

    @Test(
        "S3: on a stream a length that cannot be costs a 400 and the connection", arguments: ["-1", "4294967328", "x"])
    func lengthOnStream(value: String) throws {
        var bench = Bench()
        let output = bench.receive(wire(Self.with("Content-Length", value)), from: Bench.stream)
        #expect(output.requests.isEmpty)
        #expect(try #require(output.firstTransmit).hasPrefix("SIP/2.0 4") || value == "4294967328")
        #expect(output.contains(.close(Bench.connection)))
        #expect(bench.stack.nextDeadline == nil)
    }

    @Test("S9: a NOTIFY with an element of a megabyte is refused when its header is read, and nothing of it is kept")
    func hugeElement() throws {
        var bench = Bench()
        let element = "<reginfo><contact id=\"" + String(repeating: "x", count: 1 << 20) + "\"/></reginfo>"
        let header = request(
            "NOTIFY", extra: "Event: reg\nSubscription-State: active\nContent-Type: application/reginfo+xml\n"
        ).replacing("Content-Length: 0", with: "Content-Length: \(element.utf8.count)")
        let octets = wire(header)
        #expect(octets.count < 1_000, "the header alone")
        let output = bench.receive(octets, from: Bench.stream)
        #expect(try #require(output.firstTransmit).hasPrefix("SIP/2.0 513 "))
        #expect(output.contains(.close(Bench.connection)))
        #expect(output.requests.isEmpty && bench.stack.liveTransactions == 0)
        let datagram = octets + Array(element.utf8)
        #expect(bench.receive(datagram).requests.isEmpty)
        #expect(bench.stack.liveTransactions == 0)
    }

    @Test("A14: an answer of the stack's own carries what §8.2.6.2 copies and nothing else")
    func nothingElse() throws {
        var bench = Bench()
        let extra = "Route: <sip:inner.example.net;lr>\nP-Asserted-Identity: <sip:a@example.com>\nUser-Agent: x\n"
        let output = bench.receive(
            Self.with("CSeq", "-1 OPTIONS").replacing("Content-Length", with: "\(extra)Content-Length"))
        guard case .transmit(let octets, _) = output.last else { return #expect(Bool(false), "\(output)") }
        let lines = String(decoding: octets, as: UTF8.self).split(separator: "\r\n").dropFirst()
        let names = Set(lines.map { $0.prefix { $0 != ":" } })
        #expect(names == ["Via", "From", "To", "Call-ID", "CSeq", "Content-Length"])
    }

    @Test("§21.5.6: another SIP version gets a 505")
    func version() throws {
        var bench = Bench()
        let text = Self.good.split(separator: "SIP/2.0\n", maxSplits: 1).joined(separator: "SIP/7.0\n")
        let output = bench.receive(text)
        guard case .malformed(let error) = output.refusals.first else { return #expect(Bool(false), "\(output)") }
        #expect(error.what == .version)
        #expect(try #require(output.firstTransmit).hasPrefix("SIP/2.0 505 "))
    }

    @Test("A 400 goes where §18.2.2 sends a response and repeats what identifies the request")
    func route() throws {
        var bench = Bench()
        let output = bench.receive(Self.with("CSeq", "-1 OPTIONS"))
        guard case .transmit(let octets, let hop) = output.last else { return #expect(Bool(false), "\(output)") }
        #expect(hop == Bench.peer)
        let text = String(decoding: octets, as: UTF8.self)
        for line in ["Via: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKpeer1", "Call-ID: call1@192.0.2.1"] {
            #expect(text.contains("\r\n\(line)\r\n"), "\(text)")
        }
    }

    @Test("Responses and ACKs are never answered")
    func silent() {
        var bench = Bench()
        for text in [
            "SIP/2.0 200 OK\nVia: SIP/2.0/UDP proxy.example.com:5060;branch=z9hG4bK1\nCSeq: -1 X\n\n",
            "ACK sip:a@b SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\nCSeq: 99999999999 ACK\n\n",
            request("ACK").split(separator: "\n").filter { !$0.hasPrefix("From") }.joined(separator: "\n"),
        ] {
            let output = bench.receive(text)
            #expect(output.count == 1, "\(text)")
            #expect(output.refusals.count == 1)
        }
    }

    @Test("S1: lengths on the borders", arguments: [0, 1, 255, 256, 257, 1024, 8000])
    func lengths(count: Int) {
        let run = String(repeating: "a", count: count)
        for text in [
            request(branch: "z9hG4bK" + run), request(callID: run + "@x"), request(fromTag: run), request(toTag: run),
            request(run.isEmpty ? "X" : run), request(sentBy: "a" + run), request(extra: "X-\(run): y\n"),
        ] {
            var bench = Bench()
            let output = bench.receive(text)
            #expect(output.requests.count + output.refusals.count >= 1)
        }
    }

    @Test("Every truncation and random damage of a request, over both transports", arguments: UInt64(1)...20)
    func damage(seed: UInt64) {
        var dice = Entropy(number: seed)
        let original = wire(request("INVITE", via: ";rport", extra: "Route: <sip:a.example.com;lr>\nSupported: path\n"))
        var bench = Bench(seed: seed)
        let sent = bench.send(outgoing(.invite)).transmitted.first?.message
        let response = sent.map { reply(.ok, to: $0) } ?? []
        for base in [original, response] {
            for _ in 0..<200 {
                var octets = base
                for _ in 0..<(1 + dice.next32() % 6) where !octets.isEmpty {
                    let position = Int(dice.next32()) % octets.count
                    switch dice.next32() % 4 {
                    case 0: octets[position] = UInt8(truncatingIfNeeded: dice.next32())
                    case 1: octets.remove(at: position)
                    case 2: octets.insert(contentsOf: octets[position...].prefix(9), at: position)
                    default: octets.removeLast(octets.count - position)
                    }
                }
                _ = bench.receive(octets)
                var stream = Bench.stream
                let connection = ConnectionID(rawValue: dice.next64())
                stream.connection = connection
                _ = bench.receive(octets, from: stream)
                _ = bench.closed(connection)
            }
        }
        _ = bench.advance(.seconds(600))
        #expect(bench.stack.liveTransactions == 0)
    }
}

extension [SIPStackOutput] {
    /// The first message sent, as text.
    var firstTransmit: String? {
        for case .transmit(let octets, _) in self { return String(decoding: octets, as: UTF8.self) }
        return nil
    }
}
