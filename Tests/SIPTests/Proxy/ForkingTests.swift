import Octets
import SIP
import Testing

@Suite("RFC 3261 §16.6, §16.7: forking")
struct ForkingTests {
    typealias Bench = ForkingBench

    // MARK: Order

    @Test("§16.6: equal q in parallel, lower q when all of them have failed")
    func preference() throws {
        var bench = try Bench(to: ["sip:c@c.com 500", "sip:a@a.com 1000", "sip:b@b.com", "sip:d@d.com 100"])
        #expect(bench.happened() == ["forward 1 sip:a@a.com", "forward 2 sip:b@b.com"])
        #expect(try bench.receive(404, from: 1) == [])
        #expect(try bench.receive(486, from: 2) == ["forward 3 sip:c@c.com"])
        #expect(try bench.receive(480, from: 3) == ["forward 4 sip:d@d.com"])
        #expect(try bench.receive(180, from: 4) == ["respond 180"])
        #expect(try bench.receive(200, from: 4) == ["respond 200"])
        #expect(bench.advance(.seconds(32)) == ["done"])
    }

    @Test("Sequential and parallel by policy; no-fork tries the best alone")
    func order() throws {
        var policy = ForkingPolicy()
        policy.order = .sequential
        var sequential = try Bench(to: ["sip:a@a.com", "sip:b@b.com"], policy: policy)
        #expect(sequential.happened() == ["forward 1 sip:a@a.com"])
        #expect(try sequential.receive(480, from: 1) == ["forward 2 sip:b@b.com"])
        policy.order = .parallel
        var parallel = try Bench(to: ["sip:a@a.com 1", "sip:b@b.com 900"], policy: policy)
        #expect(parallel.happened() == ["forward 1 sip:b@b.com", "forward 2 sip:a@a.com"])
        policy.forks = false
        var single = try Bench(to: ["sip:a@a.com 1", "sip:b@b.com 900"], policy: policy)
        #expect(single.happened() == ["forward 1 sip:b@b.com"])
        #expect(try single.receive(486, from: 1) == ["respond 486", "done"])
    }

    @Test("RFC 3841 §9.1: the caller's directives")
    func disposition() throws {
        func policy(_ value: String) throws -> ForkingPolicy {
            var policy = ForkingPolicy()
            policy.redirections = 5
            let request = try Bench(to: ["sip:a@a.com"], headers: [(.requestDisposition, value)]).request
            policy.apply(try RequestDisposition.directives(of: request))
            return policy
        }
        #expect(try policy("proxy, fork, recurse, parallel").order == .parallel)
        #expect(try policy("Sequential").order == .sequential)
        #expect(try !policy("no-fork").forks)
        #expect(try policy("no-recurse").redirections == 0)
        #expect(try policy("recurse").redirections == 5)
        #expect(try !policy("no-cancel").cancelsLosers)
        #expect(try policy("queue").order == .byPreference)
    }

    @Test("§16.5: no target is tried twice, whatever its spelling")
    func once() throws {
        var bench = try Bench(to: ["sip:a@a.com", "sip:a@A.COM", "sip:a@a.com;transport=tcp"])
        #expect(bench.happened() == ["forward 1 sip:a@a.com", "forward 2 sip:a@a.com;transport=tcp"])
    }

    @Test("§16.5: an empty target set is a 480")
    func nobody() throws {
        var bench = try Bench(to: [])
        #expect(bench.happened() == ["respond 480", "done"])
        #expect(bench.responses.first?.toTag == "proxytag")
    }

    @Test("A group that rings too long is cancelled for the next; the last may ring")
    func groupTime() throws {
        var policy = ForkingPolicy()
        policy.groupTime = .seconds(20)
        var bench = try Bench(to: ["sip:a@a.com 1000", "sip:b@b.com 500"], policy: policy)
        _ = bench.happened()
        _ = try bench.receive(180, from: 1)
        #expect(bench.advance(.seconds(19)) == [])
        #expect(bench.advance(.seconds(1)) == ["cancel 1"])
        #expect(try bench.receive(487, from: 1) == ["forward 2 sip:b@b.com"])
        #expect(bench.advance(.seconds(100)) == [])
        #expect(try bench.receive(486, from: 2) == ["respond 486", "done"], "486 says more than the 487 we caused")
    }

    // MARK: What a branch is sent

    @Test(
        "§16.6 steps 1 to 6: a copy with its Request-URI, Max-Forwards counted down, Path as Route, the rest as it was")
    func copy() throws {
        var bench = try Bench(to: [], headers: [(.date, "not a date"), (.route, "<sip:later.example.com;lr>")])
        let target = try Target(
            "sip:bob@192.0.2.4:5090;transport=tcp;method=BYE?Subject=x",
            routes: ["<sip:edge1.example.com;lr>", "<sip:edge2.example.com;lr>"])
        var actions: [ForkingContext.Action] = []
        _ = ForkingContext.start(
            bench.request, ServerTransactionID(rawValue: 2), to: [target], policy: ForkingPolicy(), own: Bench.own,
            tag: "t", at: bench.now, names: &bench.names, into: &actions)
        bench.note(actions)
        let (sent, next, _) = try #require(bench.forwarded.first)
        #expect(sent.requestURI == "sip:bob@192.0.2.4:5090;transport=tcp", "§19.1.1 table 1: no method, no headers")
        #expect(next == "sip:edge1.example.com;lr")
        #expect(sent.maxForwards == 69)
        #expect(
            sent.values(.route) == [
                "<sip:edge1.example.com;lr>", "<sip:edge2.example.com;lr>", "<sip:later.example.com;lr>",
            ])
        #expect(sent.firstValue(.date) == "not a date")
        #expect(sent.values(.via) == bench.request.values(.via))
    }

    @Test("§16.6 step 6: a strict router first on the way")
    func strictRouter() throws {
        let bench = try Bench(to: ["sip:a@a.com"], headers: [(.route, "<sip:strict.example.com>")])
        let (sent, next, _) = try #require(bench.forwarded.first)
        #expect(next == "sip:strict.example.com")
        #expect(sent.requestURI == "sip:strict.example.com")
        #expect(sent.values(.route) == ["<sip:a@a.com>"])
    }

    @Test("A Route that cannot be read is a 400, an unreadable target none at all")
    func unreadable() throws {
        var bench = try Bench(to: ["sip:a@a.com"], headers: [(.route, "<sip:x;lr")])
        #expect(bench.happened() == ["respond 400", "done"])
        #expect(throws: SIPSyntaxError.self) { try Target("bob") }
    }

    // MARK: Responses

    @Test("§16.7 step 5: 1xx but 100 at once, 2xx at once, and every further 2xx of an INVITE; losers are cancelled")
    func success() throws {
        var bench = try Bench(to: ["sip:a@a.com", "sip:b@b.com", "sip:c@c.com"])
        _ = bench.happened()
        #expect(try bench.receive(100, from: 1) == [])
        #expect(try bench.receive(180, from: 1) == ["respond 180"])
        #expect(try bench.receive(183, from: 2) == ["respond 183"])
        #expect(try bench.receive(404, from: 3) == [])
        #expect(try bench.receive(200, from: 2) == ["respond 200", "cancel 1"])
        #expect(try bench.receive(200, from: 2) == ["respond 200"], "the same again, its ACK was lost")
        #expect(try bench.receive(180, from: 1) == [], "nothing provisional after a final response")
        #expect(try bench.receive(200, from: 1) == ["respond 200"], "the CANCEL crossed a 200")
        #expect(bench.responses.last?.toTag == "branch1", "§16.7: the To tag is the branch's")
        #expect(bench.advance(.seconds(31)) == [])
        #expect(try bench.receive(200, from: 1) == ["respond 200"])
        #expect(bench.advance(.seconds(32)) == ["done"])
    }

    @Test("A loser's 487 and a branch that never answers end an answered call quietly")
    func losers() throws {
        var bench = try Bench(to: ["sip:a@a.com", "sip:b@b.com", "sip:c@c.com"])
        _ = try bench.receive(200, from: 1)
        #expect(try bench.receive(487, from: 2) == [])
        #expect(bench.advance(.seconds(40)) == [], "one transaction still lives")
        #expect(bench.context.pending.map(\.rawValue) == [3])
        #expect(bench.fail(3, .timeout) == ["done"])
    }

    @Test("RFC 3841 §9.1, no-cancel: the others go on ringing")
    func noCancel() throws {
        var policy = ForkingPolicy()
        policy.cancelsLosers = false
        var bench = try Bench(to: ["sip:a@a.com", "sip:b@b.com"], policy: policy)
        _ = bench.happened()
        #expect(try bench.receive(200, from: 1) == ["respond 200"])
        #expect(try bench.receive(200, from: 2) == ["respond 200"])
    }

    @Test("§16.7 step 5: 6xx cancels the others and starts no more, and is sent when they have ended")
    func globalFailure() throws {
        var bench = try Bench(to: ["sip:a@a.com", "sip:b@b.com", "sip:c@c.com 100"])
        _ = bench.happened()
        _ = try bench.receive(180, from: 2)
        #expect(try bench.receive(603, from: 1) == ["cancel 2"])
        #expect(try bench.receive(487, from: 2) == ["respond 603", "done"])
        #expect(bench.forwarded.count == 2)
    }

    @Test("§16.7 step 5: a 2xx that crosses the CANCEL of a 6xx wins")
    func successAfterGlobalFailure() throws {
        var bench = try Bench(to: ["sip:a@a.com", "sip:b@b.com"])
        _ = bench.happened()
        _ = try bench.receive(600, from: 1)
        #expect(try bench.receive(200, from: 2) == ["respond 200"])
        #expect(bench.advance(.seconds(32)) == ["done"])
        #expect(bench.responses.map(\.status) == [.ok])
    }

    @Test("A non-INVITE has one final response, and none of its branches is cancelled")
    func nonInvite() throws {
        var bench = try Bench(.message, to: ["sip:a@a.com", "sip:b@b.com"])
        _ = bench.happened()
        #expect(try bench.receive(200, from: 1) == ["respond 200"])
        #expect(try bench.receive(200, from: 2) == ["done"])
        var refused = try Bench(.message, to: ["sip:a@a.com", "sip:b@b.com"])
        _ = refused.happened()
        #expect(try refused.receive(603, from: 1) == [])
        #expect(refused.cancel() == [])
        #expect(try refused.receive(404, from: 2) == ["respond 603", "done"])
    }

    @Test("§16.7, §16.9: silence counts as 408, a transport error as 503")
    func failures() throws {
        var bench = try Bench(to: ["sip:a@a.com", "sip:b@b.com"])
        _ = bench.happened()
        #expect(bench.fail(1, .timeout) == [])
        #expect(bench.fail(2, .transport) == ["respond 408", "done"])
        var alone = try Bench(to: ["sip:a@a.com"])
        _ = alone.happened()
        #expect(alone.fail(1, .transport) == ["respond 500", "done"], "§16.7 step 6: no 503 of ours for one target")
    }

    @Test("§16.6 step 7: a branch that moves to the next hop keeps its place, and its CANCEL")
    func moved() throws {
        var bench = try Bench(to: ["sip:a@a.com"])
        _ = bench.happened()
        #expect(bench.cancel() == ["cancel 1"])
        let next = bench.names.next()
        var actions: [ForkingContext.Action] = []
        bench.context.moved(ClientTransactionID(rawValue: 1), to: next, into: &actions)
        #expect(actions == [.cancel(next)])
        #expect(!bench.context.contains(ClientTransactionID(rawValue: 1)))
        bench.forwarded[0].id = next
        #expect(try bench.receive(487, from: 1) == ["respond 487", "done"])
    }

    // MARK: CANCEL

    @Test("§16.10: CANCEL from upstream cancels every pending branch and starts no more")
    func cancelled() throws {
        var bench = try Bench(to: ["sip:a@a.com", "sip:b@b.com", "sip:c@c.com 1"])
        _ = bench.happened()
        _ = try bench.receive(180, from: 1)
        #expect(bench.cancel() == ["cancel 1", "cancel 2"])
        #expect(bench.cancel() == [])
        #expect(try bench.receive(487, from: 1) == [])
        #expect(bench.fail(2, .timeout) == ["respond 487", "done"])
    }

    @Test("A 200 that crosses the CANCEL passes; a CANCEL after the final response does nothing")
    func cancelCrossesSuccess() throws {
        var bench = try Bench(to: ["sip:a@a.com"])
        _ = bench.happened()
        _ = bench.cancel()
        #expect(try bench.receive(200, from: 1) == ["respond 200"])
        #expect(bench.cancel() == [])
    }
}
