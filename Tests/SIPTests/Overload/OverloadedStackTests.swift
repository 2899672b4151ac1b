import Octets
import SIP
import Testing

@Suite("RFC 3261 §21.5.4, RFC 7339 §5: a stack under load")
struct OverloadedStackTests {
    private static func settings(_ change: (inout OverloadSettings) -> Void = { _ in }) -> OverloadSettings {
        var settings = OverloadSettings()
        change(&settings)
        return settings
    }

    private static func request(
        _ number: Int, _ line: String = "MESSAGE sip:bob@proxy.example.com", via: String = "", to: String = "",
        header: String = ""
    ) -> String {
        let method = line.prefix { $0 != " " }
        return """
            \(line) SIP/2.0
            Via: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bK\(number)\(via)
            Max-Forwards: 70
            From: <sip:a@example.com>;tag=1
            To: <sip:bob@example.com>\(to)
            Call-ID: \(number)
            CSeq: 1 \(method)
            \(header)Content-Length: 0


            """
    }

    /// Requests that have waited a second each, until the stack limits what it lets in.
    private static func drown(_ bench: inout StackBench, via: String = "") -> Int {
        bench.stack.waited(.seconds(1))
        var number = 0
        while bench.stack.admittedRate == nil, number < 1_000 {
            number += 1
            bench.now += .milliseconds(5)
            _ = bench.receive(request(number, via: via))
        }
        return number
    }

    @Test("what waits too long is refused without a transaction, with a Retry-After that is not always the same")
    func shed() throws {
        var bench = StackBench(overload: Self.settings())
        var number = Self.drown(&bench)
        let before = bench.stack.liveTransactions
        var times: Set<String> = []
        for _ in 0..<50 {
            number += 1
            let output = bench.receive(Self.request(number))
            guard output.refusals == [.shed] else { continue }
            let response = try #require(output.transmitted.first?.message)
            #expect(response.status == .serviceUnavailable)
            times.insert(try #require(response.firstValue(.retryAfter)).string)
        }
        #expect(times.count > 5)
        #expect(times.allSatisfy { (5...20).contains(Int($0) ?? 0) })
        #expect(bench.stack.liveTransactions - before < 25)
    }

    @Test("emergency calls, requests of dialogs and chosen priorities come through")
    func priorities() throws {
        var bench = StackBench(overload: Self.settings { $0.priorities = ["esnet.0"] })
        var number = Self.drown(&bench)
        var passed: [String: Int] = [:]
        let kinds = [
            ("emergency", "INVITE urn:service:sos.police", "", ""), ("dialog", "BYE sip:bob@192.0.2.9", ";tag=2", ""),
            ("preferred", "INVITE sip:bob@example.com", "", "Resource-Priority: ESNET.0\n"),
        ]
        for _ in 0..<200 { _ = bench.receive(Self.request(number + 10_000)) }
        bench.now += .milliseconds(90)
        for (kind, line, to, header) in kinds {
            number += 1
            let output = bench.receive(Self.request(number, line, to: to, header: header))
            passed[kind] = output.requests.count
        }
        #expect(passed == ["emergency": 1, "dialog": 1, "preferred": 1])
    }

    @Test("refusals beyond a number a second get no answer")
    func silence() {
        var bench = StackBench(overload: Self.settings { $0.refusalsPerSecond = 3 })
        var number = Self.drown(&bench)
        var answered = 0
        var silent = 0
        for _ in 0..<60 {
            number += 1
            let output = bench.receive(Self.request(number))
            guard output.refusals == [.shed] else { continue }
            if output.transmitted.isEmpty { silent += 1 } else { answered += 1 }
        }
        #expect(answered <= 3 && silent > 20)
    }

    @Test("§4.1, §6: our requests offer oc; what the server answers is obeyed, and the branch still matches")
    func client() throws {
        var bench = StackBench(overload: Self.settings())
        let sent = try #require(bench.send(outgoing()).transmitted.first).message
        #expect(sent.firstValue(.via)?.string.hasSuffix(";rport;oc;oc-algo=\"loss\"") == true)
        let text = OctetSlice(reply(.ok, to: sent)).string
        let said = text.replacing(
            ";oc;oc-algo=\"loss\"", with: ";oc=100;oc-algo=\"loss\";oc-validity=500;oc-seq=1282321615.782")
        #expect(bench.receive(Array(said.utf8)).responses.count == 1)
        let output = bench.send(outgoing(callID: "own2"), as: 2)
        #expect(output.refusals == [.throttled])
        #expect(output.failures == [.throttled] && output.transmitted.isEmpty)
        bench.now += .milliseconds(500)
        #expect(bench.send(outgoing(callID: "own3"), as: 3).transmitted.count == 1, "§5.7")
    }

    @Test("§5.1, §5.2: responses to a client that asks say oc=0, and under load how much less is wanted")
    func server() throws {
        var bench = StackBench(overload: Self.settings())
        let offer = ";oc;oc-algo=\"loss,A\""
        let calm = try #require(bench.receive(Self.request(100_000, via: offer)).requests.first)
        let answer = try #require(bench.respond(.ok, to: calm.message, calm.id).transmitted.first).message
        let via = try #require(try answer.first(Via.self))
        #expect(try #require(OverloadFeedback(via)).validity == .zero)
        #expect(via.parameters["oc"] == "0" && via.parameters["branch"] == "z9hG4bK100000")
        var number = Self.drown(&bench, via: offer)
        bench.now += .milliseconds(10)
        var said: OverloadFeedback?
        for _ in 0..<400 {
            number += 1
            bench.now += .milliseconds(1)
            let output = bench.receive(Self.request(number, via: offer))
            guard output.refusals == [.shed], let refusal = output.transmitted.first?.message else { continue }
            #expect(!refusal.contains(.retryAfter), "§5.10.2: it knows better than a time")
            said = try refusal.first(Via.self).flatMap(OverloadFeedback.init)
        }
        let feedback = try #require(said)
        #expect((50...95).contains(feedback.loss), "\(feedback)")
        #expect(feedback.validity == .milliseconds(500))
    }

    @Test(
        "§5.6: what a client says about overload goes no further than us, and its response has our word alone",
        arguments: [
            (";oc;oc-algo=\"loss,A\"", ""), (";rport;oc;oc-algo=\"loss\"", ";rport=5070;received=192.0.2.1"),
            (";x=\";oc=1;\" ; OC = 50;Oc-Validity=5;oc-seq=1.1;oc-algo=\"loss\";y", ";x=\";oc=1;\";y"),
            (";oc;ocean=2", ";ocean=2"), (";oc, SIP/2.0/UDP a.example.com;oc=7", ""),
        ])
    func withheld(parameters: String, rest: String) throws {
        var bench = StackBench(overload: Self.settings())
        let arrived = try #require(bench.receive(Self.request(1, via: parameters)).requests.first)
        #expect(
            arrived.message.values(.via).first?.string == "SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bK1\(rest)")
        let answer = try #require(bench.respond(.ok, to: arrived.message, arrived.id).transmitted.first).message
        let via = try #require(try answer.first(Via.self))
        #expect(OverloadFeedback(via)?.loss == 0)
        #expect(via.parameters["branch"] == "z9hG4bK1")
    }

    @Test("§5.6: who does not take part hands on what is not for him")
    func notTakingPart() throws {
        var bench = StackBench(overload: Self.settings { $0.givesFeedback = false })
        let arrived = try #require(bench.receive(Self.request(1, via: ";oc;oc-algo=\"loss\"")).requests.first)
        #expect(arrived.message.values(.via).first?.string.hasSuffix(";oc;oc-algo=\"loss\"") == true)
    }

    @Test("§5.4: a server behind the next one speaks to nobody before us: its oc comes off every lower Via")
    func lowerVias() throws {
        let lower = [
            ("SIP/2.0/UDP p.example.com;branch=z9hG4bKp ;OC=90;oc-algo=\"loss\";oc-validity=60000;oc-seq=9.9;z=1", 0),
            ("SIP/2.0/UDP q.example.com;branch=z9hG4bKq;oc;ocean=1", 1), ("SIP/2.0/TCP r.example.com;branch=1", 2),
        ]
        var bench = StackBench(overload: Self.settings())
        var request = outgoing()
        for (via, _) in lower { request.append(.via, via) }
        let sent = try #require(bench.send(request).transmitted.first).message
        let output = bench.receive(reply(.ok, to: sent))
        #expect(
            output.responses.first?.message.values(.via).map(\.string) == [
                "SIP/2.0/UDP p.example.com;branch=z9hG4bKp;z=1", "SIP/2.0/UDP q.example.com;branch=z9hG4bKq;ocean=1",
                "SIP/2.0/TCP r.example.com;branch=1",
            ])
        #expect(bench.send(outgoing(callID: "own2"), as: 2).refusals == [], "nor is it obeyed")
    }

    @Test("A9: one address at 10,000 a second gets its share; it is dropped before it is read")
    func oneSource() {
        var bench = StackBench(overload: Self.settings { $0.perSource = SourceSettings(rate: 100, burst: 100) })
        var flood = 0
        var others = 0
        for number in 0..<20_000 {
            bench.now += .microseconds(100)
            flood += bench.receive(Self.request(number)).requests.count
            if number % 200 == 0 {
                let other = Hop(.udp, StackBench.udp, Endpoint(.v4(0xC000_0300 + UInt32(number / 200)), 5060))
                others += bench.receive(Self.request(50_000 + number), from: other).requests.count
            }
        }
        #expect((295...305).contains(flood))
        #expect(others == 100)
        #expect(bench.receive("nonsense").refusals == [.tooManyFromSource])
    }
}
