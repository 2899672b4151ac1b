import IMS
import Octets
import SIP
import Simulation
import Testing

@Suite("RFC 3263 §4.3: a request finds its next hop")
struct NextHopTests {
    /// Two servers, the first preferred.
    private func scene(_ ttl: Duration = .seconds(3_600)) -> MessengerScene {
        let scene = MessengerScene(servers: 2)
        scene.network.dns.services(
            "_sip._udp.example.com", [(1, 0, 5060, "server0.example.com"), (2, 0, 5060, "server1.example.com")],
            ttl: ttl)
        return scene
    }

    @Test("both are well: the first, again and again; its records are asked for once")
    func preferred() {
        let scene = scene()
        for _ in 0..<10 { #expect(scene.send().outcome == "200") }
        #expect(scene.received(0) == 10 && scene.received(1) == 0)
        #expect(
            scene.network.dns.asked == [
                "NAPTR example.com", "SRV _sip._udp.example.com", "A server0.example.com", "A server1.example.com",
            ])
    }

    @Test(
        "one is dead: timer F, then the other; the next request goes there at once, and comes back when it lives again")
    func deadTarget() {
        let scene = scene()
        scene.network.crash(scene.servers[0])
        let first = scene.send()
        #expect(first.outcome == "200")
        #expect(first.took >= .seconds(32) && first.took < .seconds(33))
        #expect(scene.client.core.counters[.nextTargetTried] == 1)
        #expect(scene.client.core.function.outcomes.count == 1, "the role hears of the last attempt only")
        let second = scene.send()
        #expect(second.outcome == "200" && second.took < .milliseconds(10))
        scene.servers[0].isUp = true
        scene.pass(.seconds(3))
        #expect(scene.send().outcome == "200")
        #expect(scene.received(0) == 1, "the probe")
        #expect(scene.send().outcome == "200")
        #expect(scene.received(0) == 2)
    }

    @Test("a dead one is probed by one request, each time after a longer pause; nobody else waits for it")
    func backOff() {
        let scene = scene()
        scene.network.crash(scene.servers[0])
        var slow = 0
        for _ in 0..<200 {
            if scene.send().took > .seconds(1) { slow += 1 }
            scene.pass(.seconds(1))
        }
        // Pauses of 2, 4, 8 … seconds, each half to once and a half of it, with 32 s of a probe between them.
        #expect((4...7).contains(slow), "\(slow)")
    }

    @Test("a transport that says nobody is there: the other at once")
    func unreachable() {
        let scene = scene()
        scene.network.crash(scene.servers[0])
        scene.network.unreachable = [Endpoint(MessengerScene.address(0), 5060)]
        let result = scene.send()
        #expect(result.outcome == "200" && result.took < .milliseconds(50))
    }

    @Test("503: the other at once, and none to the first until its Retry-After is over")
    func unavailable() {
        let scene = scene()
        scene.answer(0, 503, retryAfter: 60)
        #expect(scene.send().outcome == "200")
        for _ in 0..<5 { #expect(scene.send().outcome == "200") }
        #expect(scene.received(0) == 1)
        scene.answer(0, 200)
        scene.pass(.seconds(61))
        #expect(scene.send().outcome == "200")
        #expect(scene.received(0) == 2)
    }

    @Test("other refusals are answers: nobody else is asked", arguments: [404, 486, 500, 504, 600])
    func refusal(status: Int) {
        let scene = scene()
        scene.answer(0, status)
        #expect(scene.send().outcome == "\(status)")
        #expect(scene.received(1) == 0)
    }

    @Test("all are dead: the role hears of the last failure")
    func allDead() {
        let scene = scene()
        scene.answer(0, 503)
        scene.network.crash(scene.servers[1])
        #expect(scene.send().outcome == "timeout")
        scene.answer(0, nil)
        scene.network.unreachable = [Endpoint(MessengerScene.address(1), 5060)]
        #expect(scene.send().outcome == "timeout", "the order is now the other way round")
    }

    @Test("a target that has answered provisionally and then falls silent is not failed over")
    func provisional() {
        let scene = scene()
        scene.answer(0, nil)
        let result = scene.send(method: "INVITE")
        // Its 100 came: §4.3 speaks of a timeout "without ever having received any response".
        #expect(result.outcome == nil)
        #expect(scene.received(1) == 0)
    }

    @Test("TTL: when it is over the records are asked for again, and the new ones count")
    func expiry() {
        let scene = scene(.seconds(10))
        #expect(scene.send().outcome == "200")
        scene.network.dns.services("_sip._udp.example.com", [(1, 0, 5060, "server1.example.com")], ttl: .seconds(10))
        scene.pass(.seconds(9))
        #expect(scene.send().outcome == "200")
        #expect(scene.received(0) == 2)
        scene.pass(.seconds(2))
        #expect(scene.send().outcome == "200")
        #expect(scene.received(0) == 2 && scene.received(1) == 1)
    }

    @Test("nobody answers about the name: the request fails when the patience is over, and the log says why")
    func silentServer() {
        let scene = scene()
        scene.network.dns.isSilent = true
        let result = scene.send("sip:bob@example.com:5060")
        #expect(result.outcome == "transport")
        #expect(result.took >= .seconds(4) && result.took < .milliseconds(4_100))
        #expect(scene.client.observations.contains { $0.message.contains("no name server answered in time") })
        #expect(scene.client.core.counters[.locationFailed] == 1)
    }

    @Test("cancelled while it is being located: it is never sent")
    func cancelled() {
        let scene = scene()
        scene.network.command(Command("send", ["uri": "sip:bob@example.com", "method": "INVITE"]), to: scene.client)
        scene.network.command(Command("cancel"), to: scene.client)
        scene.pass(.seconds(5))
        #expect(scene.client.core.function.outcomes == [1: "transport"])
        #expect(scene.received(0) == 0)
    }

    @Test("the same seed gives the same octets")
    func repeatable() {
        func run() -> UInt64 {
            let scene = scene()
            scene.network.crash(scene.servers[0])
            for _ in 0..<5 { _ = scene.send() }
            return scene.network.digest
        }
        #expect(run() == run())
    }
}
