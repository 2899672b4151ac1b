import Octets
import SIP
import Testing

@Suite("RFC 3263: what the locator remembers")
struct LocatorMemoryTests {
    private static let uri = "sip:h.example.com:5060"

    @Test("RFC 1035: an answer lasts as long as its TTL, a TTL of 0 for the location that asked")
    func timeToLive() throws {
        var server = NameServer([.udp])
        try server.address("h.example.com", ttl: .seconds(10), "192.0.2.1")
        #expect(try server.targets(Self.uri) == ["udp/192.0.2.1:5060"])
        server.now += .milliseconds(9_999)
        _ = try server.targets(Self.uri)
        #expect(server.asked.count == 1)
        server.now += .milliseconds(1)
        try server.address("h.example.com", ttl: .zero, "192.0.2.2")
        #expect(try server.targets(Self.uri) == ["udp/192.0.2.2:5060"])
        #expect(try server.targets(Self.uri) == ["udp/192.0.2.2:5060"])
        #expect(server.asked.count == 3)
    }

    @Test("RFC 2308: what does not exist is remembered too, and for no longer than we allow")
    func negative() throws {
        var server = NameServer([.udp])
        let query = DNSQuery(.a, try #require(DNSName("h.example.com")))
        server.zone[query] = .absent(ttl: .seconds(86_400))
        #expect(try server.targets(Self.uri).isEmpty)
        #expect(try server.targets(Self.uri).isEmpty)
        #expect(server.asked.count == 1)
        server.now += LocatorSettings().longestAbsentTTL
        _ = try server.targets(Self.uri)
        #expect(server.asked.count == 2)
    }

    @Test("the cache is bounded: what ends first goes first")
    func bounded() throws {
        var settings = LocatorSettings()
        settings.cachedAnswers = 10
        var server = NameServer([.udp], settings: settings)
        for number in 0..<100 {
            try server.address("h\(number).example.com", ttl: .seconds(Int64(1_000 - number)), "192.0.2.1")
            _ = try server.targets("sip:h\(number).example.com:5060")
            #expect(server.locator.cachedAnswers <= 10)
        }
        server.forgetQuestions()
        _ = try server.targets("sip:h0.example.com:5060")
        #expect(server.asked.isEmpty)
    }

    @Test("locations that need the same record share one query, and each gets its targets")
    func joined() throws {
        var server = NameServer([.udp])
        var output: [Locator.Output] = []
        let uri = try URI(parsing: Self.uri)
        for number in 1...3 {
            server.locator.locate(uri, as: LocationID(rawValue: UInt64(number)), at: server.now, into: &output)
        }
        let query = DNSQuery(.a, try #require(DNSName("h.example.com")))
        #expect(output == [.ask(query)])
        server.locator.cancel(LocationID(rawValue: 2))
        output = []
        let answer = DNSAnswer.found(.addresses([.v4(0xC000_0201)]), ttl: .seconds(1))
        server.locator.answer(query, answer, at: server.now, into: &output)
        let hop = Hop(.udp, NameServer.udp, Endpoint(.v4(0xC000_0201), 5060))
        #expect(output == [.located(LocationID(rawValue: 1), [hop]), .located(LocationID(rawValue: 3), [hop])])
        server.locator.answer(query, answer, at: server.now, into: &output)
        #expect(output.count == 2, "a second answer changes nothing")
    }

    @Test("a resolver that says nothing: the query fails when its time is over, and what waits with it")
    func timeout() throws {
        var server = NameServer([.udp])
        var output: [Locator.Output] = []
        server.locator.locate(try URI(parsing: Self.uri), as: LocationID(rawValue: 1), at: server.now, into: &output)
        let deadline = try #require(server.locator.nextDeadline)
        #expect(deadline == server.now + LocatorSettings().patience)
        output = []
        server.locator.fire(at: deadline, into: &output)
        #expect(output == [.failed(LocationID(rawValue: 1), .resolution("h.example.com", .timeout))])
        #expect(server.locator.openLocations == 0 && server.locator.openQueries == 0)
        #expect(server.locator.nextDeadline == nil)
    }

    @Test("too many queries at a time: the location fails at once")
    func busy() throws {
        var settings = LocatorSettings()
        settings.openQueries = 1
        var server = NameServer([.udp], settings: settings)
        var output: [Locator.Output] = []
        for name in ["a", "b"] {
            let uri = try URI(parsing: "sip:\(name).example.com:5060")
            server.locator.locate(uri, as: LocationID(rawValue: UInt64(output.count)), at: server.now, into: &output)
        }
        #expect(output.last == .failed(LocationID(rawValue: 1), .resolution("b.example.com", .busy)))
    }

    @Test("a target that failed comes last until its pause is over; then one location probes it")
    func shunned() throws {
        var server = NameServer([.udp])
        try server.srv(
            "_sip._udp.example.com", ttl: .seconds(86_400), [(0, 0, 1, "a.example.com"), (1, 0, 2, "a.example.com")])
        try server.address("a.example.com", ttl: .seconds(86_400), "192.0.2.1")
        let first = "udp/192.0.2.1:1"
        let second = "udp/192.0.2.1:2"
        let hop = Hop(.udp, NameServer.udp, Endpoint(.v4(0xC000_0201), 1))
        #expect(try server.targets("sip:example.com") == [first, second])
        server.locator.failed(hop, at: server.now)
        #expect(try server.targets("sip:example.com") == [second, first])
        // Half to once and a half of two seconds.
        server.now += .milliseconds(999)
        #expect(try server.targets("sip:example.com") == [second, first])
        server.now += .milliseconds(2_001)
        #expect(try server.targets("sip:example.com") == [first, second], "the probe")
        #expect(try server.targets("sip:example.com") == [second, first], "and nobody else")
        server.locator.succeeded(hop)
        #expect(try server.targets("sip:example.com") == [first, second])
    }

    @Test("each failure doubles the pause, up to a bound; a Retry-After is kept to")
    func backOff() throws {
        let hop = Hop(.udp, NameServer.udp, Endpoint(.v4(0xC000_0201), 1))
        func pause(_ failures: Int, retryAfter: Duration? = nil) throws -> Duration {
            var server = NameServer([.udp], seed: 9)
            try server.srv(
                "_sip._udp.example.com", ttl: .seconds(86_400),
                [(0, 0, 1, "a.example.com"), (1, 0, 2, "a.example.com")])
            try server.address("a.example.com", ttl: .seconds(86_400), "192.0.2.1")
            for _ in 0..<failures { server.locator.failed(hop, retryAfter: retryAfter, at: server.now) }
            let began = server.now
            while try server.targets("sip:example.com").first == "udp/192.0.2.1:2" { server.now += .milliseconds(500) }
            return server.now - began
        }
        #expect((.seconds(1) ... .milliseconds(3_500)).contains(try pause(1)))
        #expect((.seconds(4) ... .milliseconds(12_500)).contains(try pause(3)))
        #expect((.seconds(150) ... .milliseconds(450_500)).contains(try pause(40)))
        #expect(try pause(1, retryAfter: .seconds(60)) == .seconds(60))
    }
}
