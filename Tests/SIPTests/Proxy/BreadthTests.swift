import Octets
import SIP
import Testing

@Suite("RFC 5393: Max-Breadth and loops")
struct BreadthTests {
    typealias Bench = ForkingBench

    private func breadths(_ bench: Bench) -> [UInt64?] {
        bench.forwarded.map { $0.request.firstValue(.maxBreadth)?.decimal }
    }

    private func targets(_ count: Int) -> [String] { (0..<count).map { "sip:\($0)@a.com" } }

    @Test(
        "§5.2, §5.3.3: divided among parallel branches; 60 where there is none, or more",
        arguments: [
            ("60", 2, [30, 30]), ("4", 2, [2, 2]), ("5", 2, [3, 2]), (nil, 3, [20, 20, 20]), ("1000", 1, [60]),
            ("x", 1, [60]), ("60", 1, [60]),
        ] as [(String?, Int, [UInt64])])
    func shares(value: String?, count: Int, expected: [UInt64]) throws {
        let bench = try Bench(to: targets(count), headers: value.map { [(.maxBreadth, $0)] } ?? [])
        #expect(breadths(bench) == expected)
        #expect(bench.forwarded.allSatisfy { $0.request.count(.maxBreadth) == 1 })
    }

    @Test("§5.2: sequential forking has all of it each time")
    func sequential() throws {
        var bench = try Bench(to: ["sip:a@a.com 1000", "sip:b@b.com 500"], headers: [(.maxBreadth, "60")])
        try bench.receive(404, from: 1)
        #expect(breadths(bench) == [60, 60])
    }

    @Test("§5.5: a breadth of 4 for 8 targets: four at once, another whenever one has failed")
    func reuse() throws {
        var bench = try Bench(to: targets(8), headers: [(.maxBreadth, "4")])
        #expect(bench.happened().count == 4)
        for branch in 1...4 {
            #expect(try bench.receive(404, from: branch) == ["forward \(branch + 4) sip:\(branch + 3)@a.com"])
        }
        for branch in 5...7 { #expect(try bench.receive(404, from: branch) == []) }
        #expect(try bench.receive(404, from: 8) == ["respond 404", "done"])
        #expect(breadths(bench).allSatisfy { $0 == 1 })
    }

    @Test("§5.3.3: 440 where serial forking is no way out")
    func exceeded() throws {
        var policy = ForkingPolicy()
        policy.refusesNarrowing = true
        var bench = try Bench(to: targets(3), policy: policy, headers: [(.maxBreadth, "2")])
        #expect(bench.happened() == ["respond 440", "done"])
        var none = try Bench(to: targets(1), headers: [(.maxBreadth, "0")])
        #expect(none.happened() == ["respond 440", "done"])
    }

    @Test("§4.2: a request that would leave as it has left is a 482; another Request-URI is a spiral")
    func loop() throws {
        let first = try Bench(to: ["sip:bob@a.com"])
        var stack = StackBench()
        let leaving = try #require(first.forwarded.first).request
        let sent = try #require(stack.send(leaving).transmitted.first).message
        var actions: [ForkingContext.Action] = []
        var names = ClientTransactionNames()
        let policy = ForkingPolicy()
        _ = ForkingContext.start(
            sent, ServerTransactionID(rawValue: 9), to: [try Target("sip:bob@a.com")], policy: policy, own: Bench.own,
            tag: "t", at: .zero, names: &names, into: &actions)
        guard case .respond(let response) = actions.first else { return #expect(Bool(false), "\(actions)") }
        #expect(response.status == .loopDetected)
        actions = []
        _ = ForkingContext.start(
            sent, ServerTransactionID(rawValue: 9), to: [try Target("sip:bob@b.com")], policy: policy, own: Bench.own,
            tag: "t", at: .zero, names: &names, into: &actions)
        guard case .forward = actions.first else { return #expect(Bool(false), "\(actions)") }
    }
}

@Suite("RFC 6228: 199 (Early Dialog Terminated)")
struct EarlyDialogTests {
    typealias Bench = ForkingBench

    private static let supported: [(HeaderName, String)] = [(.supported, "100rel, 199")]

    @Test("§6, §9.1: a branch that is refused while another rings: 199 with its To tag and the reason")
    func terminated() throws {
        var bench = try Bench(to: ["sip:a@a.com", "sip:b@b.com"], headers: Self.supported)
        _ = bench.happened()
        _ = try bench.receive(180, from: 1, tag: "a")
        _ = try bench.receive(183, from: 2, tag: "b")
        #expect(try bench.receive(486, from: 1, tag: "a") == ["respond 199"])
        let response = try #require(bench.responses.last)
        #expect(response.toTag == "a")
        #expect(response.firstValue(.reason) == "SIP;cause=486")
        for name: HeaderName in [.contact, .recordRoute, .supported, .require] { #expect(!response.contains(name)) }
        #expect(try bench.receive(404, from: 2, tag: "b") == ["respond 486", "done"], "no 199 with the final response")
    }

    @Test("§6: all early dialogs of the branch, when it has forked further on")
    func forkedDownstream() throws {
        var bench = try Bench(to: ["sip:a@a.com", "sip:b@b.com"], headers: Self.supported)
        for tag in ["a1", "a2", "a1"] { _ = try bench.receive(180, from: 1, tag: tag) }
        _ = bench.happened()
        #expect(try bench.receive(404, from: 1, tag: "a3") == ["respond 199", "respond 199"])
        #expect(bench.responses.suffix(2).map { $0.toTag?.string } == ["a1", "a2"])
    }

    @Test("§6: not for one that has had its 199; and that one is not forwarded twice unless reliable")
    func received() throws {
        var bench = try Bench(to: ["sip:a@a.com", "sip:b@b.com"], headers: Self.supported)
        _ = bench.happened()
        _ = try bench.receive(180, from: 1, tag: "a")
        #expect(try bench.receive(199, from: 1, tag: "a") == ["respond 199"])
        #expect(try bench.receive(199, from: 1, tag: "a") == [])
        #expect(try bench.receive(199, from: 1, tag: "a", headers: [(.require, "100rel")]) == ["respond 199"])
        #expect(try bench.receive(486, from: 1, tag: "a") == [])
    }

    @Test(
        "§6: only for a caller that supports it and does not require reliable responses, outside a dialog",
        arguments: [
            [], [(.supported, "199"), (.require, "100rel")], [(.supported, "199"), (.proxyRequire, "100rel")],
        ] as [[(HeaderName, String)]])
    func unwanted(headers: [(HeaderName, String)]) throws {
        var bench = try Bench(to: ["sip:a@a.com", "sip:b@b.com"], headers: headers)
        _ = try bench.receive(180, from: 1)
        #expect(try bench.receive(486, from: 1) == [])
    }

    @Test("No 199 after a 2xx, nor for a branch that never rang")
    func answered() throws {
        var bench = try Bench(to: ["sip:a@a.com", "sip:b@b.com", "sip:c@c.com"], headers: Self.supported)
        _ = bench.happened()
        _ = try bench.receive(180, from: 1)
        #expect(try bench.receive(404, from: 3) == [])
        _ = try bench.receive(200, from: 2)
        #expect(try bench.receive(487, from: 1) == [])
    }
}
