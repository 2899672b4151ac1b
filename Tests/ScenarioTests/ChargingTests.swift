import IMS
import Octets
import SIP
import Simulation
import Testing
import UserEquipment

@Suite("Charging records of P- and S-CSCF")
struct ChargingTests {
    private func scene(seed: UInt64 = 1, bob: [String: String] = ["answer-after": "1000"]) throws -> CallScene {
        try CallScene(seed: seed, bob: bob, in: SimulatedLab(seed: seed, charges: true))
    }

    /// The records of calls, by kind; at each node one session of the caller's and one of the callee's.
    private func calls(_ records: [ChargingRecord], _ kind: ChargingRecord.Kind) -> [ChargingRecord] {
        records.filter { $0.kind == kind && $0.method != "REGISTER" }
    }

    @Test("a call has a start and a stop on each side, with who, when and what")
    func call() throws {
        let scene = try scene()
        try scene.talk()
        scene.lab.pass(.seconds(30))
        _ = scene.ask(CallScene.alice, "hang-up")
        scene.expectEnd("hung up", "hung up by the peer")
        for records in [scene.lab.proxy.charged, scene.lab.serving.charged] {
            for (kind, sides) in [(ChargingRecord.Kind.start, 2), (.stop, 2)] {
                #expect(calls(records, kind).count == sides, "\(records)")
            }
            let stops = calls(records, .stop)
            #expect(Set(stops.compactMap(\.side)) == [.originating, .terminating])
            #expect(Set(stops.compactMap(\.chargingID)).count == 1)
            for stop in stops {
                let begun = try #require(stop.answeredAt)
                let ended = try #require(stop.endedAt)
                #expect((.seconds(30) ... .seconds(40)).contains(ended - begun))
                #expect(try #require(stop.requestedAt) + .seconds(1) <= begun)
                #expect(stop.media.count == 1 && stop.media[0].hasPrefix("audio "))
                #expect(stop.callingParties.contains(CallScene.aliceURI))
                #expect(stop.reason == nil)
                #expect(stop.number == 1)
            }
        }
        let served = calls(scene.lab.serving.charged, .stop)
        #expect(Set(served.compactMap(\.user)) == [CallScene.aliceURI, CallScene.bobURI])
    }

    @Test("F2: an S-CSCF that is killed in the middle of a call still tells all of it at the end")
    func killed() throws {
        let scene = try scene()
        try scene.talk()
        let starts = calls(scene.lab.serving.charged, .start)
        scene.lab.pass(.seconds(1))
        scene.lab.network.crash(scene.lab.serving)
        scene.lab.restartServing(keepsState: true)
        scene.lab.pass(.seconds(10))
        _ = scene.ask(CallScene.alice, "hang-up")
        let stops = calls(scene.lab.serving.charged, .stop)
        #expect(stops.count == 2, "\(scene.lab.serving.charged)")
        for stop in stops {
            let start = try #require(starts.first { $0.side == stop.side })
            #expect(stop.session == start.session && stop.chargingID == start.chargingID)
            #expect(stop.user == start.user && stop.callingParties == start.callingParties)
            #expect(stop.calledParty == start.calledParty && stop.media == start.media)
            #expect(stop.number == 1)
            let talked = try #require(stop.endedAt) - (try #require(stop.answeredAt))
            #expect((.seconds(11) ... .seconds(14)).contains(talked), "\(talked)")
        }
    }

    @Test("loss and copies make no record twice", arguments: [UInt64(2), 3, 4, 5])
    func lossy(seed: UInt64) throws {
        let lab = SimulatedLab(
            seed: seed,
            conditions: LinkConditions(jitter: .milliseconds(40), loss: 100, duplication: 100),
            charges: true)
        let scene = try CallScene(seed: seed, bob: ["answer-after": "500"], in: lab)
        try scene.talk()
        _ = scene.ask(CallScene.alice, "hang-up", within: .seconds(90))
        lab.pass(.seconds(90))
        for records in [lab.proxy.charged, lab.serving.charged] {
            #expect(calls(records, .start).count == 2)
            #expect(calls(records, .stop).count == 2)
        }
    }

    @Test("a call that nobody takes is an event with its status")
    func refused() throws {
        let scene = try scene(bob: ["refuse": "486", "refuse-after": "500"])
        _ = scene.call()
        for records in [scene.lab.proxy.charged, scene.lab.serving.charged] {
            let events = calls(records, .event)
            #expect(events.map(\.status) == [486, 486])
            #expect(events.allSatisfy { $0.method == "INVITE" })
            #expect(calls(records, .start).isEmpty)
        }
    }

    @Test("registrations are events: made, ended, refused")
    func registrations() throws {
        let scene = try scene()
        _ = scene.ask(CallScene.bob, "deregister")
        for records in [scene.lab.proxy.charged, scene.lab.serving.charged] {
            let events = records.filter { $0.method == "REGISTER" }
            #expect(events.map(\.status) == [200, 200, 200])
            #expect(events.first?.expires == 3_600)
            #expect(events.last?.expires == 0)
            #expect(events.last?.privateIdentity == "\(CallScene.bob)@\(SimulatedLab.domain)")
        }
    }

    @Test("sessions that end with the registration say why")
    func released() throws {
        let scene = try scene()
        try scene.talk()
        scene.lab.network.command(
            Command("deregister", ["identity": CallScene.aliceURI]),
            to: scene.lab.serving)
        scene.lab.pass(.seconds(2))
        let stops = calls(scene.lab.serving.charged, .stop)
        #expect(stops.contains { $0.side == .originating && $0.reason != nil }, "\(scene.lab.serving.charged)")
    }

    @Test("without configuration there is none")
    func off() throws {
        let scene = try CallScene(bob: ["answer-after": "100"])
        try scene.talk()
        #expect(scene.lab.proxy.charged.isEmpty && scene.lab.serving.charged.isEmpty)
    }
}
