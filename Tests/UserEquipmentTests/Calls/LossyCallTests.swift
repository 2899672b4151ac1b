import IMS
import Octets
import SIP
import Simulation
import Testing
import UserEquipment

@Suite("Calls over a bad network")
struct LossyCallTests {
    private static let conditions = LinkConditions(
        latency: .milliseconds(20), jitter: .milliseconds(60), loss: 100, duplication: 100)

    private struct Run: Equatable {
        var digest: UInt64
        var caller: Report?
        var callee: Report?
        var lost: Int
    }

    /// A whole call: preconditions, hold, resume, a talk of a minute, BYE.
    private func run(seed: UInt64) throws -> Run {
        let world = CallWorld(seed: seed, conditions: Self.conditions, bob: ["answer-after": "2000"])
        let caller = try #require(
            world.ask(world.alice, "call", ["to": "sip:bob@example.com"], within: .seconds(100)))
        #expect(caller["state"]?.text == "talking", "seed \(seed): \(caller.json)")
        _ = world.ask(world.bob, "wait", ["until": "talking"])
        for (name, isOnHold) in [("hold", true), ("resume", false)] {
            let report = try #require(world.ask(world.alice, name))
            #expect(report["media"]?["on-hold"] == .boolean(isOnHold), "seed \(seed): \(report.json)")
        }
        world.pass(.seconds(60))
        #expect(world.call(world.bob)?["media"]?["direction"]?.text == "sendrecv", "seed \(seed)")
        #expect(world.ask(world.bob, "hang-up", within: .seconds(100))?["ending"]?.text == "hung up", "seed \(seed)")
        world.pass(.seconds(100))
        return Run(
            digest: world.network.digest, caller: world.call(world.alice), callee: world.call(world.bob),
            lost: world.network.lost)
    }

    @Test("a tenth lost, a tenth twice, out of order: the same call; the same seed gives the same octets")
    func lossy() throws {
        var lost = 0
        for seed in UInt64(1)...40 {
            let run = try run(seed: seed)
            #expect(run.caller?["ending"]?.text == "hung up by the peer", "seed \(seed): \(run.caller?.json ?? "")")
            #expect(run.callee?["ending"]?.text == "hung up", "seed \(seed)")
            #expect(run.caller?.findings == [], "seed \(seed)")
            #expect(run.callee?.findings == [], "seed \(seed)")
            lost += run.lost
        }
        #expect(lost > 150)
        #expect(try run(seed: 7) == run(seed: 7))
    }

    @Test("a call given up at any moment ends at both ends")
    func givenUp() throws {
        for seed in UInt64(1)...40 {
            let world = CallWorld(seed: seed, conditions: Self.conditions, bob: ["answer-after": "400"])
            world.order(world.alice, "call", ["to": "sip:bob@example.com"])
            world.pass(.milliseconds(30 * Int64(seed)))
            let ended = world.ask(world.alice, "hang-up", within: .seconds(100))
            #expect(ended?["state"]?.text == "ended", "seed \(seed): \(ended?.json ?? "none")")
            world.pass(.seconds(100))
            // What never reached the callee has not rung there.
            if let callee = world.call(world.bob) {
                #expect(callee["state"]?.text == "ended", "seed \(seed): \(callee.json)")
            }
        }
    }

    @Test("nothing is left of calls that are over")
    func nothingLeft() throws {
        let world = CallWorld(bob: ["answer-after": "10", "talk-for": "100"])
        for _ in 0..<20 {
            _ = world.ask(world.alice, "call", ["to": "sip:bob@example.com"])
            _ = world.ask(world.alice, "wait", ["until": "ended"])
        }
        world.pass(.seconds(200))
        #expect(world.alice.core.function.openCalls == 0)
        #expect(world.bob.core.function.openCalls == 0)
        #expect(world.ask(world.alice, "calls")?["calls"]?.list?.count == 16)
    }
}
