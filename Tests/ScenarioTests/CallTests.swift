import IMS
import Octets
import SIP
import Simulation
import Testing

@Suite("Calls through the whole core, TS 24.229 §5.1 to §5.4")
struct CallTests {
    @Test("call, ring, answer, talk; hung up by either side")
    func hangUp() throws {
        let scene = try CallScene(bob: ["answer-after": "1000"])
        try scene.talk()
        #expect(scene.call(CallScene.alice)?["media"]?["preconditions"]?.text == "met")
        #expect(scene.ask(CallScene.alice, "hang-up")?["ending"]?.text == "hung up")
        scene.expectEnd("hung up", "hung up by the peer")
        try scene.talk()
        #expect(scene.ask(CallScene.bob, "hang-up")?["ending"]?.text == "hung up")
        scene.expectEnd("hung up by the peer", "hung up")
        #expect(scene.lab.refusals == [])
    }

    @Test("TS 24.229 §5.4.3.3: the callee learns whom was called and who calls; R-URI is its contact")
    func identities() throws {
        let scene = try CallScene(bob: ["answer-after": "100"])
        try scene.talk()
        let callee = try #require(scene.call(CallScene.bob))
        #expect(callee["peer"]?.text == CallScene.aliceURI)
        #expect(callee["findings"]?.list == [])
    }

    @Test("given up while it rings: CANCEL and 487 all the way")
    func cancelled() throws {
        let scene = try CallScene()
        #expect(scene.call(until: "ringing")?["state"]?.text == "ringing")
        #expect(scene.ask(CallScene.alice, "hang-up")?["ending"]?.text == "cancelled")
        scene.expectEnd("cancelled", "cancelled")
    }

    @Test("busy, declined and no answer come to the caller as they are", arguments: [486, 603, 480])
    func refused(_ status: Int) throws {
        let scene = try CallScene(bob: ["refuse": "\(status)", "refuse-after": "500"])
        let report = try #require(scene.call())
        #expect(report["status"]?.integer == status, "\(report.json)")
        scene.expectEnd("refused", "declined")
    }

    @Test("a second call finds the phone busy")
    func busy() throws {
        let scene = try CallScene(bob: ["answer-after": "100"])
        try scene.talk()
        #expect(scene.call()?["status"]?.integer == 486)
    }

    @Test("nobody of that name, and somebody who is not registered", arguments: [("9", 404), ("", 480)])
    func nobody(_ name: String, _ status: Int) throws {
        let scene = try CallScene()
        if name.isEmpty { _ = scene.ask(CallScene.bob, "deregister") }
        let target = name.isEmpty ? CallScene.bobURI : "sip:\(name)@\(SimulatedLab.domain)"
        let report = try #require(scene.call(to: target))
        #expect(report["status"]?.integer == status, "\(report.json) \(scene.lab.refusals)")
    }

    @Test("hold and resume from both sides, through Record-Route")
    func hold() throws {
        let scene = try CallScene(bob: ["answer-after": "100"])
        try scene.talk()
        for phone in [CallScene.alice, CallScene.bob] {
            #expect(scene.ask(phone, "hold")?["media"]?["direction"]?.text == "sendonly")
            scene.lab.pass(.milliseconds(100))
            #expect(scene.ask(phone, "resume")?["media"]?["direction"]?.text == "sendrecv")
            scene.lab.pass(.milliseconds(100))
        }
        _ = scene.ask(CallScene.alice, "hang-up")
        scene.expectEnd("hung up", "hung up by the peer")
    }

    @Test("RFC 4028: the session is refreshed end to end for as long as it lasts")
    func refreshed() throws {
        let scene = try CallScene(bob: ["answer-after": "100"])
        try scene.talk()
        scene.lab.pass(.seconds(3_000))
        #expect(scene.call(CallScene.alice)?["state"]?.text == "talking")
        #expect(scene.call(CallScene.bob)?["state"]?.text == "talking")
    }

    @Test("RFC 3428: a message reaches the other phone, with the sender's asserted identity")
    func message() throws {
        let scene = try CallScene()
        let sent = scene.ask(CallScene.alice, "message", ["to": CallScene.bobURI, "text": "hello"])
        #expect(sent?["outcome"]?.text == "accepted", "\(sent?.json ?? "") \(scene.lab.refusals)")
        let inbox = scene.ask(CallScene.bob, "messages")?["messages"]?.list
        #expect(inbox?.first?["text"]?.text == "hello")
        #expect(inbox?.first?["from"]?.text?.contains(CallScene.aliceURI) == true)
        #expect(inbox?.first?["called"]?.text?.contains(CallScene.bobURI) == true)
    }
}

@Suite("Calls through the whole core on a bad network", .serialized)
struct LossyCallTests {
    @Test("a tenth of all datagrams lost, a tenth twice, out of order: the same seed gives the same octets")
    func lossy() throws {
        func run(_ seed: UInt64) throws -> UInt64 {
            let scene = try CallScene(seed: seed, bob: ["answer-after": "1000"])
            scene.lab.network.conditions = LinkConditions(
                latency: .milliseconds(10), jitter: .milliseconds(30), loss: 100, duplication: 100)
            let report = scene.call(within: .seconds(200))
            #expect(report?["state"]?.text == "talking", "seed \(seed): \(report?.json ?? "none")")
            _ = scene.ask(CallScene.bob, "wait", ["until": "talking"])
            _ = scene.ask(CallScene.alice, "hold", within: .seconds(200))
            _ = scene.ask(CallScene.alice, "hang-up", within: .seconds(200))
            scene.lab.pass(.seconds(300))
            scene.expectEnd("hung up", "hung up by the peer", "seed \(seed)")
            return scene.lab.network.digest
        }
        for seed in UInt64(1)...15 { _ = try run(seed) }
        #expect(try run(3) == run(3))
    }

    @Test("given up at any moment, a call ends at both ends")
    func givenUp() throws {
        for seed in UInt64(1)...20 {
            let scene = try CallScene(seed: seed, bob: ["answer-after": "300"])
            scene.lab.network.conditions = LinkConditions(
                latency: .milliseconds(10), jitter: .milliseconds(30), loss: 50, duplication: 100)
            scene.order(CallScene.alice, "call", ["to": CallScene.bobURI])
            scene.lab.pass(.milliseconds(40 * Int64(seed)))
            #expect(
                scene.ask(CallScene.alice, "hang-up", within: .seconds(300))?["state"]?.text == "ended", "seed \(seed)")
            scene.lab.pass(.seconds(300))
            if let callee = scene.call(CallScene.bob) {
                #expect(callee["state"]?.text == "ended", "seed \(seed): \(callee.json)")
            }
        }
    }
}
