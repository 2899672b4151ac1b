import Cx
import HomeSubscriberServer
import IMS
import Octets
import SIP
import Simulation
import Testing

@Suite("F8, F9, F18: calls of registered users while others fail")
struct FaultyNeighbourCallTests {
    private func hangUp(_ scene: CallScene) {
        #expect(scene.ask(CallScene.alice, "hang-up")?["ending"]?.text == "hung up")
        scene.expectEnd("hung up", "hung up by the peer")
    }

    @Test("F8: five minutes without HSS: they call each other, each time; others hear at once; then all is as before")
    func homeDown() throws {
        let scene = try CallScene(bob: ["answer-after": "100"])
        scene.lab.network.crash(scene.lab.subscribers)
        for _ in 0..<5 {
            scene.lab.pass(.seconds(60))
            let began = scene.lab.network.now
            try scene.talk()
            #expect(scene.lab.network.now - began < .seconds(1))
            hangUp(scene)
        }
        let began = scene.lab.network.now
        #expect(scene.call(to: "sip:nobody@\(SimulatedLab.domain)")?["status"]?.integer == 480)
        #expect(scene.lab.perform("register", CallScene.alice)?["status"]?.integer == 480)
        #expect(scene.lab.network.now - began < .seconds(3))
        scene.lab.restartSubscribers()
        scene.lab.pass(.seconds(60))
        #expect(scene.lab.perform("register", CallScene.alice)?["outcome"]?.text == "registered")
        try scene.talk()
        #expect(scene.lab.registered == 2)
    }

    @Test("F9: an HSS that answers two or ten seconds late: calls come through", arguments: [2, 10])
    func homeSlow(seconds: Int) throws {
        let scene = try CallScene(bob: ["answer-after": "100"])
        let home = scene.lab.subscribers.index
        scene.lab.network.slowness = { message, sender in
            // RFC 6733 §3: answers of applications other than the base.
            guard sender.index == home, message.count > 12, message[4] & 0x80 == 0,
                message[8..<12].contains(where: { $0 != 0 })
            else { return .zero }
            return .seconds(seconds)
        }
        for _ in 0..<5 {
            let began = scene.lab.network.now
            try scene.talk()
            #expect(scene.lab.network.now - began < .seconds(6), "\(scene.lab.refusals)")
            hangUp(scene)
        }
    }

    /// bob's calls pass an application server that is not there.
    private func scene(_ handling: ApplicationServer.DefaultHandling) throws -> CallScene {
        let scene = try CallScene(bob: ["answer-after": "100"], registers: false)
        try scene.lab.change(CallScene.bob) { subscription in
            for index in subscription.publicIdentities.indices {
                subscription.publicIdentities[index].serviceProfile.criteria = [
                    InitialFilterCriteria(
                        priority: 1,
                        triggerPoint: TriggerPoint(
                            isConjunctive: false, servicePointTriggers: [ServicePointTrigger(.method("INVITE"))]),
                        applicationServer: ApplicationServer(
                            serverName: "sip:127.0.0.1:5095", defaultHandling: handling))
                ]
            }
        }
        for imsi in [CallScene.alice, CallScene.bob] {
            #expect(scene.ask(imsi, "register")?["outcome"]?.text == "registered")
        }
        return scene
    }

    @Test("F18: SESSION_CONTINUED: two seconds later without it, the next ones at once")
    func serverDown() throws {
        let scene = try scene(.sessionContinued)
        for limit in [Duration.seconds(3), .seconds(1)] {
            let began = scene.lab.network.now
            try scene.talk()
            #expect(scene.lab.network.now - began < limit)
            hangUp(scene)
        }
    }

    @Test("F18: SESSION_TERMINATED: 408 once, then 504 at once; nothing goes round")
    func serverDownAndNeeded() throws {
        let scene = try scene(.sessionTerminated)
        for (status, limit) in [(408, Duration.seconds(3)), (504, .seconds(1))] {
            let began = scene.lab.network.now
            #expect(scene.call()?["status"]?.integer == status)
            #expect(scene.lab.network.now - began < limit)
        }
        let delivered = scene.lab.network.delivered
        scene.lab.pass(.seconds(120))
        #expect(scene.lab.network.delivered - delivered < 400, "watchdogs, and what waits for its timers")
        #expect(scene.call(CallScene.bob) == nil)
    }
}
