import Octets
import SIP
import Testing

@Suite("RFC 7339: overload feedback in Via")
struct OverloadFeedbackTests {
    private static func feedback(_ parameters: String) throws -> OverloadFeedback? {
        OverloadFeedback(
            try Via(parsing: OctetSlice("SIP/2.0/TLS p1.example.net;branch=z9hG4bK2d4790.1\(parameters)")))
    }

    @Test("§6: the example's three responses")
    func example() throws {
        let none = try #require(try Self.feedback(";received=192.0.2.111;oc=0;oc-algo=\"loss\";oc-validity=0"))
        #expect(none.loss == 0 && none.validity == .zero)
        #expect(
            try Self.feedback(";received=192.0.2.111;oc=20;oc-algo=\"loss\";oc-validity=500;oc-seq=1282321615.782")
                == OverloadFeedback(
                    loss: 20, validity: .milliseconds(500), sequence: .init(whole: 1_282_321_615, fraction: 78_200)))
        #expect(
            try Self.feedback(";oc=0;oc-algo=\"loss\";oc-validity=0;oc-seq=1282321892.439")
                == OverloadFeedback(
                    loss: 0, validity: .zero, sequence: .init(whole: 1_282_321_892, fraction: 43_900)))
    }

    @Test("§4.3: without oc-validity 500 ms")
    func defaultValidity() throws {
        #expect(try Self.feedback(";oc=20;oc-algo=\"loss\";oc-seq=1.0")?.validity == .milliseconds(500))
    }

    @Test(
        "what is no feedback: our own offer back, another algorithm, numbers out of range",
        arguments: [
            "", ";oc;oc-algo=\"loss\"", ";oc=20;oc-seq=1.0", ";oc=20;oc-algo=\"rate\";oc-seq=1.0",
            ";oc=101;oc-algo=\"loss\";oc-seq=1.0", ";oc=-1;oc-algo=\"loss\";oc-seq=1.0",
            ";oc=20;oc-algo=\"loss\"", ";oc=20;oc-algo=\"loss\";oc-seq=1", ";oc=20;oc-algo=\"loss\";oc-seq=1.123456",
            ";oc=20;oc-algo=\"loss\";oc-seq=1234567890123.1", ";oc=20;oc-algo=\"loss\";oc-seq=1.0;oc-validity=x",
            ";oc-validity=500", ";oc=18446744073709551616;oc-algo=\"loss\";oc-seq=1.0",
        ])
    func none(parameters: String) throws { #expect(try Self.feedback(parameters) == nil) }

    @Test("§5.4: a larger number counts, an equal or lesser one does not; §4.4: unless it begins again")
    func sequence() {
        let server = Endpoint(.loopback, 5060)
        func permitted(_ load: inout NeighbourLoad, at now: Instant) -> Int {
            (0..<1_000).count { _ in load.permits(.ordinary, to: server, at: now) }
        }
        let now = Instant.zero + .seconds(1)
        var load = NeighbourLoad(entropy: Entropy(number: 1))
        func tell(_ loss: Int, _ whole: UInt64) {
            load.received(
                OverloadFeedback(loss: loss, validity: .seconds(10), sequence: .init(whole: whole, fraction: 0)),
                from: server, at: now)
        }
        tell(100, 10_000)
        #expect(permitted(&load, at: now) == 0)
        tell(1, 10_000)
        tell(1, 9_999)
        #expect(permitted(&load, at: now) == 0)
        tell(1, 3)
        #expect(permitted(&load, at: now) > 950)
        tell(100, 4)
        #expect(permitted(&load, at: now) == 0)
        #expect(permitted(&load, at: now + .seconds(10)) == 1_000, "§5.7: the validity is over")
        tell(100, 5)
        load.received(
            OverloadFeedback(loss: 0, validity: .zero, sequence: .init(whole: 6, fraction: 0)), from: server, at: now)
        #expect(permitted(&load, at: now) == 1_000, "§5.7: told to stop")
        #expect(load.count == 0)
    }

    @Test("§7.2: the loss is taken from ordinary requests, from the others when those do not suffice")
    func loss() {
        let server = Endpoint(.loopback, 5060)
        func part(loss: Int, of priority: RequestPriority, ordinaryOfTen: Int) -> Double {
            var load = NeighbourLoad(entropy: Entropy(number: 2))
            load.received(
                OverloadFeedback(loss: loss, validity: .seconds(10), sequence: .init(whole: 1, fraction: 0)),
                from: server, at: .zero)
            var sent = 0
            var offered = 0
            for index in 0..<20_000 {
                let each: RequestPriority = index % 10 < ordinaryOfTen ? .ordinary : .dialog
                let isSent = load.permits(each, to: server, at: .zero)
                guard each == priority, index > 2_000 else { continue }
                offered += 1
                if isSent { sent += 1 }
            }
            return Double(sent) / Double(offered)
        }
        // The RFC's example: 40 % are candidates, oc=10: a quarter of those.
        #expect((0.72...0.78).contains(part(loss: 10, of: .ordinary, ordinaryOfTen: 4)))
        #expect(part(loss: 10, of: .dialog, ordinaryOfTen: 4) == 1)
        // oc=70 with 40 %: all candidates, and half of the others.
        #expect(part(loss: 70, of: .ordinary, ordinaryOfTen: 4) < 0.02)
        #expect((0.45...0.55).contains(part(loss: 70, of: .dialog, ordinaryOfTen: 4)))
        // Another port is another server.
        var load = NeighbourLoad(entropy: Entropy(number: 2))
        load.received(
            OverloadFeedback(loss: 100, validity: .seconds(10), sequence: .init(whole: 1, fraction: 0)), from: server,
            at: .zero)
        #expect(load.permits(.ordinary, to: Endpoint(.loopback, 5061), at: .zero) == true)
    }
}
