import Octets
import SIP
import Testing

@Suite("RFC 3261 §16.7 steps 4, 6 and 7: the best response, redirections, challenges")
struct BestResponseTests {
    typealias Bench = ForkingBench

    @Test(
        "Step 6: 6xx, else the lowest class, and in 4xx what helps to ask again",
        arguments: [
            ([503, 407, 501, 404], 407),  // the example of the RFC
            ([404, 486], 404), ([408, 404], 404), ([404, 401], 401), ([404, 415], 415), ([480, 420], 420),
            ([404, 484], 484), ([487, 486], 486), ([404, 603, 302], 603), ([500, 404], 404), ([404, 302], 302),
            ([503, 500], 500), ([503], 500), ([503, 503], 500), ([503, 502], 502),
        ] as [([UInt16], UInt16)])
    func choice(codes: [UInt16], expected: UInt16) throws {
        var bench = try Bench(to: codes.indices.map { "sip:user\($0)@a.com" })
        _ = bench.happened()
        for (index, code) in codes.enumerated() { try bench.receive(code, from: index + 1) }
        #expect(bench.responses.map { $0.status?.rawValue } == [expected])
    }

    @Test("Step 6: a forwarded refusal keeps its To tag, one of our own has ours")
    func tags() throws {
        var bench = try Bench(to: ["sip:a@a.com", "sip:b@b.com"])
        try bench.receive(486, from: 1)
        try bench.receive(503, from: 2)
        #expect(bench.responses.first?.toTag == "branch1")
        var own = try Bench(to: ["sip:a@a.com"])
        try own.receive(503, from: 1)
        #expect(own.responses.first?.toTag == "proxytag")
        #expect(own.responses.first?.contains(.retryAfter) == false)
    }

    @Test("Step 7: the challenges of all 401 and 407 go up together, unchanged")
    func challenges() throws {
        var bench = try Bench(to: ["sip:a@a.com", "sip:b@b.com", "sip:c@c.com", "sip:d@d.com"])
        let (a, b, c) = ("Digest realm=\"a\", nonce=\"1,2\"", "Digest realm=\"b\"", "Digest realm=\"c\"")
        try bench.receive(407, from: 1, headers: [(.proxyAuthenticate, a)])
        try bench.receive(401, from: 2, headers: [(.wwwAuthenticate, b), (.wwwAuthenticate, c)])
        try bench.receive(404, from: 3, headers: [(.wwwAuthenticate, "Digest realm=\"no\"")])
        try bench.receive(407, from: 4, headers: [(.proxyAuthenticate, a)])
        let best = try #require(bench.responses.first)
        #expect(best.status == .proxyAuthenticationRequired)
        #expect(best.values(.proxyAuthenticate).map(\.string) == [a, a])
        #expect(best.values(.wwwAuthenticate).map(\.string) == [b, c])
    }

    // MARK: 3xx

    private func recursing(_ count: Int) -> ForkingPolicy {
        var policy = ForkingPolicy()
        policy.redirections = count
        return policy
    }

    @Test("Step 4: contacts of a 3xx become targets by their q, and the response is not kept")
    func recursion() throws {
        var bench = try Bench(to: ["sip:a@a.com"], policy: recursing(8))
        _ = bench.happened()
        let contacts = "<sip:low@x.com>;q=0.2, \"High\" <sip:high@x.com;method=INVITE?Subject=x>;q=0.9"
        #expect(try bench.receive(302, from: 1, headers: [(.contact, contacts)]) == ["forward 2 sip:high@x.com"])
        #expect(try bench.receive(486, from: 2) == ["forward 3 sip:low@x.com"])
        #expect(try bench.receive(404, from: 3) == ["respond 486", "done"])
    }

    @Test("Without recursion the 3xx is the caller's")
    func noRecursion() throws {
        var bench = try Bench(to: ["sip:a@a.com"])
        _ = bench.happened()
        #expect(try bench.receive(302, from: 1, headers: [(.contact, "<sip:b@b.com>")]) == ["respond 302", "done"])
        #expect(bench.responses.first?.values(.contact) == ["<sip:b@b.com>"])
    }

    @Test("Step 4: what is not SIP is left in the response; a SIPS request goes to SIPS only")
    func mixedContacts() throws {
        var bench = try Bench(to: ["sips:a@a.com"], policy: recursing(8), uri: "sips:bob@example.com")
        _ = bench.happened()
        let contacts = "<mailto:bob@example.com>, <sip:plain@x.com>, <sips:safe@x.com>, <tel:+1>"
        #expect(try bench.receive(300, from: 1, headers: [(.contact, contacts)]) == ["forward 2 sips:safe@x.com"])
        #expect(try bench.receive(404, from: 2) == ["respond 300", "done"])
        #expect(
            bench.responses.first?.values(.contact) == ["<mailto:bob@example.com>", "<sip:plain@x.com>", "<tel:+1>"])
    }

    @Test("A circle of redirections ends: no target comes twice, and the caller is not sent round either")
    func circle() throws {
        var bench = try Bench(to: ["sip:a@a.com"], policy: recursing(8))
        _ = bench.happened()
        #expect(try bench.receive(302, from: 1, headers: [(.contact, "<sip:b@b.com>")]) == ["forward 2 sip:b@b.com"])
        #expect(try bench.receive(302, from: 2, headers: [(.contact, "<sip:a@a.com>")]) == ["respond 480", "done"])
    }

    @Test("A user that redirects for ever is stopped by the limit, the rest is left to the caller")
    func endless() throws {
        var bench = try Bench(to: ["sip:0@a.com"], policy: recursing(5))
        for hop in 1...5 {
            #expect(try bench.receive(302, from: hop, headers: [(.contact, "<sip:\(hop)@a.com>")]).isEmpty == false)
        }
        _ = bench.happened()
        #expect(try bench.receive(302, from: 6, headers: [(.contact, "<sip:6@a.com>")]) == ["respond 302", "done"])
        #expect(bench.forwarded.count == 6)
    }

    @Test("A thousand contacts are not a thousand branches")
    func manyContacts() throws {
        var policy = recursing(1000)
        policy.targets = 10
        var bench = try Bench(to: ["sip:a@a.com"], policy: policy)
        let contacts = (0..<1000).map { "<sip:\($0)@x.com>" }.joined(separator: ", ")
        try bench.receive(302, from: 1, headers: [(.contact, contacts)])
        #expect(bench.forwarded.count == 10)
    }

    @Test("Step 6: the contacts of several redirections go up in one, each place once; another status stays out")
    func joined() throws {
        var bench = try Bench(to: ["sip:a@a.com", "sip:b@b.com", "sip:c@c.com", "sip:d@d.com"])
        try bench.receive(302, from: 1, headers: [(.contact, "<sip:x@x.com>;q=0.5, <sip:y@y.com>")])
        try bench.receive(301, from: 2, headers: [(.contact, "<sip:gone@x.com>")])
        try bench.receive(302, from: 3, headers: [(.contact, "\"X\" <SIP:x@X.COM>;q=0.9, <tel:+1>")])
        try bench.receive(302, from: 4, headers: [(.contact, "<tel:+1>, <sip:z@z.com>")])
        let best = try #require(bench.responses.first)
        #expect(best.status == .movedTemporarily)
        #expect(
            best.values(.contact).map(\.string)
                == ["<sip:x@x.com>;q=0.5", "<sip:y@y.com>", "<tel:+1>", "<sip:z@z.com>"])
    }

    @Test("One redirection alone goes up as it came, also one that names a place twice")
    func notJoined() throws {
        var bench = try Bench(to: ["sip:a@a.com", "sip:b@b.com"])
        try bench.receive(302, from: 1, headers: [(.contact, "<sip:x@x.com>, <sip:x@x.com>")])
        try bench.receive(404, from: 2)
        #expect(bench.responses.first?.values(.contact) == ["<sip:x@x.com>", "<sip:x@x.com>"])
    }

    @Test("After a CANCEL or a 6xx no redirection is followed")
    func tooLate() throws {
        var bench = try Bench(to: ["sip:a@a.com"], policy: recursing(8))
        _ = bench.cancel()
        #expect(try bench.receive(302, from: 1, headers: [(.contact, "<sip:b@b.com>")]) == ["respond 302", "done"])
        var refused = try Bench(to: ["sip:a@a.com", "sip:b@b.com"], policy: recursing(8))
        try refused.receive(600, from: 1)
        #expect(try refused.receive(302, from: 2, headers: [(.contact, "<sip:c@c.com>")]) == ["respond 600", "done"])
    }
}
