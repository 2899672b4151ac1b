import Cx
import IMS
import Octets
import SIP
import Testing

@Suite("TS 24.229 §5.3.1.3: another S-CSCF")
struct RetryTests {
    @Test(
        "3xx, 408 and 480 lead to the question for capabilities and to another S-CSCF", arguments: [302, 305, 408, 480])
    func afterResponse(_ code: UInt16) throws {
        var entry = EntryPoint()
        let forwarded = try entry.answer(try entry.send(Request()), name: EntryPoint.first)
        let again = try entry.respond(forwarded, try #require(Status(rawValue: code)))
        #expect(again.shape == ["ask registrationAndCapabilities"])
        let retried = try entry.answer(again, .success, capabilities: ServerCapabilities())
        #expect(retried.shape == ["count servingCSCFRetried", "forward to \(EntryPoint.second) at 5081"])
        #expect(try #require(retried.forwarded).0.maxForwards == 68)
        let done = try entry.respond(retried, .unauthorized)
        #expect(done.shape == ["respond 401", "count registerChallenged"])
        #expect(try entry.underWay() == 0)
    }

    @Test("silence too, and never the same twice; at the end 504", arguments: [TransactionFailure.timeout, .transport])
    func untilNoneIsLeft(_ failure: TransactionFailure) throws {
        var entry = EntryPoint()
        var asked = try entry.send(Request())
        var tried: [String] = []
        for _ in 0..<3 {
            let forwarded = try entry.answer(asked, .success)
            tried.append(try #require(forwarded.target))
            asked = try entry.fail(forwarded, failure)
            #expect(asked.shape == ["ask registrationAndCapabilities"])
        }
        #expect(tried == [EntryPoint.first, EntryPoint.second, EntryPoint.third])
        let ended = try entry.answer(asked, .success)
        #expect(ended.shape == ["respond 504", "observe SCSCF_UNREACHABLE", "count registerRefused"])
        #expect(try entry.underWay() == 0)
    }

    @Test("the one S-CSCF with the capability is down: 504, for it exists")
    func onlyCapable() throws {
        var entry = EntryPoint(pool: [.init(EntryPoint.first), .init(EntryPoint.second, capabilities: [7])])
        let needed = ServerCapabilities(mandatory: [7])
        let forwarded = try entry.answer(try entry.send(Request()), capabilities: needed)
        #expect(forwarded.target == EntryPoint.second)
        let again = try entry.fail(forwarded, .timeout)
        #expect(try entry.answer(again, capabilities: needed).shape.first == "respond 504")
    }

    @Test("an HSS that names ever new S-CSCFs does not keep a phone for ever")
    func bounded() throws {
        var entry = EntryPoint()
        var actions = try entry.send(Request())
        var count = 0
        while actions.question != nil, count < 20 {
            count += 1
            actions = try entry.answer(actions, name: "sip:scscf.\(EntryPoint.domain):\(6_000 + count)")
            if actions.forwarded != nil { actions = try entry.respond(actions, .temporarilyUnavailable) }
        }
        #expect(count == 6)
        #expect(actions.shape == ["respond 504", "observe SCSCF_UNREACHABLE", "count registerRefused"])
    }

    @Test(
        "a protected REGISTER stays with an S-CSCF that answers; TS 23.380 §4: it leaves one that does not",
        arguments: ["yes", "tls-yes", "ip-assoc-yes"])
    func protected(_ value: String) throws {
        var entry = EntryPoint()
        let first = try entry.answer(try entry.send(Request(protection: value)), name: EntryPoint.first)
        #expect(try entry.respond(first, .temporarilyUnavailable).shape == ["respond 480", "count registerRefused"])
        let second = try entry.answer(try entry.send(Request(protection: value)), name: EntryPoint.first)
        let again = try entry.fail(second, .timeout)
        #expect(again.shape == ["ask registrationAndCapabilities"])
        #expect(try entry.answer(again, .success).target == EntryPoint.second)
    }

    @Test("all else is relayed", arguments: [200, 400, 401, 403, 404, 420, 423, 500, 503, 504, 600])
    func relayed(_ code: UInt16) throws {
        var entry = EntryPoint()
        let forwarded = try entry.answer(try entry.send(Request()))
        let actions = try entry.respond(forwarded, try #require(Status(rawValue: code)))
        #expect(actions.shape.first == "respond \(code)")
        #expect(actions.count == 2)
        #expect(try entry.underWay() == 0)
        #expect(try entry.respond(forwarded, .ok).isEmpty)
    }

    @Test("RFC 3261 §16.7 step 5, RFC 4320 §4.1: a provisional response ends here")
    func provisional() throws {
        var entry = EntryPoint()
        let forwarded = try entry.answer(try entry.send(Request()))
        #expect(try entry.respond(forwarded, .trying).isEmpty)
        #expect(try entry.respond(forwarded, .ringing).isEmpty)
        #expect(try entry.respond(forwarded, .ok).shape == ["respond 200", "count registerSucceeded"])
    }

    @Test("an S-CSCF that was silent is passed over for a minute, by name and by choice")
    func silence() throws {
        var entry = EntryPoint()
        let first = try entry.answer(try entry.send(Request()), name: EntryPoint.first)
        _ = try entry.fail(first, .timeout)
        // Of the pool another is taken at once.
        #expect(try entry.answer(try entry.send(Request())).target == EntryPoint.second)
        // The HSS names it: the capabilities are asked first.
        let named = try entry.answer(try entry.send(Request()), name: EntryPoint.first)
        #expect(named.shape == ["ask registrationAndCapabilities"])
        #expect(try entry.answer(named, .success).target == EntryPoint.second)
        entry.now = .zero + .seconds(60)
        #expect(try entry.answer(try entry.send(Request())).target == EntryPoint.first)
    }

    @Test("silent, but the only one: it is tried")
    func silentAndOnly() throws {
        var entry = EntryPoint(pool: [.init(EntryPoint.first)])
        _ = try entry.fail(try entry.answer(try entry.send(Request())), .timeout)
        #expect(try entry.answer(try entry.send(Request())).target == EntryPoint.first)
        let named = try entry.answer(try entry.send(Request()), name: EntryPoint.second)
        #expect(named.target == EntryPoint.second)
        _ = try entry.fail(named, .timeout)
        let deferred = try entry.answer(try entry.send(Request()), name: EntryPoint.second)
        #expect(try entry.answer(deferred, .success).target == EntryPoint.second)
    }

    @Test("it answers again: preferred as before")
    func back() throws {
        var entry = EntryPoint(pool: [.init(EntryPoint.first)])
        _ = try entry.fail(try entry.answer(try entry.send(Request())), .timeout)
        _ = try entry.respond(try entry.answer(try entry.send(Request())), .unauthorized)
        #expect(try entry.answer(try entry.send(Request()), name: EntryPoint.first).target == EntryPoint.first)
    }
}
