import Octets
import SIP
import Testing

@Suite("RFC 3261 §16: forking in virtual time, by seed")
struct ForkingScenarioTests {
    typealias Phone = ForkingWorld.Behaviour

    /// Everything has ended everywhere: the longest wait is that of a phone which never answers.
    private func settle(_ world: inout ForkingWorld) {
        world.run(for: .seconds(700))
        #expect(world.leftovers == 0)
    }

    @Test("Two phones race: the first 200 wins, the other is cancelled or answers too", arguments: UInt64(1)...30)
    func race(seed: UInt64) throws {
        var world = ForkingWorld(seed: seed)
        world.addProxy("p")
        world.addPhone("a", Phone(answersAfter: .milliseconds(2000)))
        world.addPhone("b", Phone(answersAfter: .milliseconds(2000 + Int64(seed))))
        try world.register("bob", at: "sip:bob@a.example.com", "sip:bob@b.example.com")
        world.call("sip:bob@p.example.com")
        settle(&world)
        #expect(world.rung == ["a": 1, "b": 1])
        #expect(!world.finals.isEmpty && world.finals.allSatisfy { $0 == .ok })
        let answered = Set(world.responses.filter { $0.status == .ok }.compactMap { $0.toTag?.string })
        #expect(answered.isSubset(of: ["a", "b"]))
        #expect(world.failures.isEmpty)
    }

    @Test("The CANCEL crosses the 200: the caller gets the 200, or a 487, never both", arguments: UInt64(1)...40)
    func crossing(seed: UInt64) throws {
        var world = ForkingWorld(seed: seed)
        world.addProxy("p")
        world.addPhone("a", Phone(answersAfter: .milliseconds(1000)))
        try world.register("bob", at: "sip:bob@a.example.com")
        world.call("sip:bob@p.example.com")
        world.cancel(after: .milliseconds(940 + Int64(seed * 3)))
        settle(&world)
        #expect(Set(world.finals).count == 1, "\(world.finals)")
        #expect(world.finals.first == .ok || world.finals.first == .requestTerminated)
    }

    @Test("A phone that answers in spite of the CANCEL is heard")
    func stubborn() throws {
        var world = ForkingWorld(seed: 7)
        world.addProxy("p")
        world.addPhone("a", Phone(answersAfter: .seconds(5), ignoresCancel: true))
        try world.register("bob", at: "sip:bob@a.example.com")
        world.call("sip:bob@p.example.com")
        world.cancel(after: .seconds(2))
        settle(&world)
        #expect(world.cancelled == ["a": 1])
        #expect(Set(world.finals) == [.ok])
    }

    @Test("A 603 ends the ringing of the others and is what the caller gets", arguments: UInt64(1)...10)
    func decline(seed: UInt64) throws {
        var world = ForkingWorld(seed: seed)
        world.addProxy("p")
        world.addPhone("a", Phone(answersAfter: .seconds(3), status: .decline))
        world.addPhone("b", Phone())
        world.addPhone("c", Phone())
        world.addPhone("later", Phone(answersAfter: .seconds(1)))
        try world.register(
            "bob", at: "sip:bob@a.example.com", "sip:bob@b.example.com", "sip:bob@c.example.com",
            "sip:bob@later.example.com 500")
        world.call("sip:bob@p.example.com")
        settle(&world)
        #expect(world.finals == [.decline])
        #expect(world.cancelled == ["b": 1, "c": 1])
        #expect(world.rung["later"] == nil)
    }

    @Test("§16.8: a phone that rings for ever is cancelled by timer C, and the next one is tried")
    func timerC() throws {
        var world = ForkingWorld(seed: 3)
        world.addProxy("p")
        world.addPhone("a", Phone())
        world.addPhone("b", Phone(answersAfter: .seconds(1)))
        try world.register("bob", at: "sip:bob@a.example.com", "sip:bob@b.example.com 500")
        world.call("sip:bob@p.example.com", headers: [(.supported, "199")])
        world.run(for: .seconds(181))
        #expect(world.cancelled.isEmpty && world.finals.isEmpty)
        settle(&world)
        #expect(world.cancelled == ["a": 1])
        #expect(Set(world.finals) == [.ok])
        let reports = world.responses.filter { $0.status == .earlyDialogTerminated }
        #expect(reports.map { $0.toTag?.string } == ["a"])
    }

    @Test("A phone that is not there: 408 after timer B, and the other group has its turn")
    func absent() throws {
        var world = ForkingWorld(seed: 3)
        world.addProxy("p")
        world.addPhone("deaf", Phone(ringsAfter: nil))
        world.addPhone("b", Phone(answersAfter: .seconds(1), status: .busyHere))
        try world.register("bob", at: "sip:bob@gone.example.com", "sip:bob@b.example.com 500")
        world.call("sip:bob@p.example.com")
        settle(&world)
        #expect(world.finals == [.busyHere])
    }

    @Test("3xx: the proxy goes where the phone sends it, in a circle not")
    func redirections() throws {
        var world = ForkingWorld(seed: 3)
        world.policy.redirections = 10
        world.addProxy("p")
        world.addPhone(
            "a", Phone(answersAfter: .seconds(1), status: .movedTemporarily, contacts: ["<sip:bob@b.example.com>"]))
        world.addPhone(
            "b",
            Phone(
                answersAfter: .seconds(1), status: .movedTemporarily,
                contacts: ["<sip:bob@a.example.com>;q=0.9", "<sip:bob@c.example.com>;q=0.1"]))
        world.addPhone("c", Phone(answersAfter: .seconds(1)))
        try world.register("bob", at: "sip:bob@a.example.com")
        world.call("sip:bob@p.example.com")
        settle(&world)
        #expect(world.rung == ["a": 1, "b": 1, "c": 1])
        #expect(Set(world.finals) == [.ok])
    }

    @Test(
        "Two forking proxies in a row: each phone rings once, one 2xx reaches the caller, all others end",
        arguments: UInt64(1)...10)
    func nested(seed: UInt64) throws {
        var world = ForkingWorld(seed: seed)
        world.addProxy("p")
        world.addProxy("q")
        world.addPhone("a", Phone())
        world.addPhone("b", Phone(answersAfter: .seconds(4)))
        world.addPhone("c", Phone(answersAfter: .seconds(2), status: .busyHere))
        try world.register("bob", at: "sip:bob@a.example.com", "sip:group@q.example.com")
        try world.register("group", at: "sip:bob@b.example.com", "sip:bob@c.example.com")
        world.call("sip:bob@p.example.com")
        settle(&world)
        #expect(world.rung == ["a": 1, "b": 1, "c": 1])
        #expect(Set(world.finals) == [.ok])
        #expect(world.cancelled == ["a": 1])
    }
}

@Suite("RFC 5393 §3: the amplification attack")
struct AmplificationTests {
    /// Users a and b, registered at either proxy, each bound to both users at the other.
    private func world(seed: UInt64) throws -> ForkingWorld {
        var world = ForkingWorld(seed: seed)
        world.addProxy("p")
        world.addProxy("q")
        world.slowDown(to: .milliseconds(10))
        return world
    }

    @Test(
        "Two users bound to each other at two proxies: 482 after few requests, and never more than 60 at once",
        arguments: UInt64(1)...5)
    func twoUsers(seed: UInt64) throws {
        var world = try world(seed: seed)
        try world.register("a", at: "sip:c@q.example.com", "sip:d@q.example.com")
        try world.register("b", at: "sip:c@q.example.com", "sip:d@q.example.com")
        try world.register("c", at: "sip:a@p.example.com", "sip:b@p.example.com")
        try world.register("d", at: "sip:a@p.example.com", "sip:b@p.example.com")
        world.call("sip:a@p.example.com")
        world.run(for: .seconds(120))
        #expect(world.finals == [.loopDetected])
        #expect(world.leftovers == 0)
        // Without loop detection 2^70. On each path a proxy may send to each of its two targets once.
        #expect(world.forwarded <= 30, "\(world.forwarded)")
        #expect(world.widest <= 60)
    }

    @Test("Four targets at each proxy: Max-Breadth holds what loop detection alone would let grow")
    func manyTargets() throws {
        var world = try world(seed: 9)
        let (p, q) = (["a", "b", "c", "d"], ["e", "f", "g", "h"])
        for user in p {
            try world.register(
                user, at: "sip:e@q.example.com", "sip:f@q.example.com", "sip:g@q.example.com", "sip:h@q.example.com")
        }
        for user in q {
            try world.register(
                user, at: "sip:a@p.example.com", "sip:b@p.example.com", "sip:c@p.example.com", "sip:d@p.example.com")
        }
        world.call("sip:a@p.example.com", headers: [(.maxBreadth, "8")])
        world.run(for: .seconds(600))
        #expect(world.finals == [.loopDetected])
        #expect(world.leftovers == 0)
        // A path has at most eight hops, four targets of each proxy, and at each depth there are at most eight branches.
        #expect(world.widest <= 8 * 8)
    }

    @Test("A spiral is no loop: the same proxy twice, with another Request-URI")
    func spiral() throws {
        var world = try world(seed: 2)
        world.addPhone("phone", ForkingWorld.Behaviour(answersAfter: .seconds(1)))
        try world.register("a", at: "sip:b@p.example.com")
        try world.register("b", at: "sip:c@q.example.com")
        try world.register("c", at: "sip:d@p.example.com")
        try world.register("d", at: "sip:x@phone.example.com")
        world.call("sip:a@p.example.com")
        world.run(for: .seconds(120))
        #expect(Set(world.finals) == [.ok])
        #expect(world.leftovers == 0)
    }
}
