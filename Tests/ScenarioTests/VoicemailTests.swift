import IMS
import Octets
import RTP
import SIP
import Simulation
import Testing
import UserEquipment

@Suite("Voice mail through the whole core, over a bad network")
struct VoicemailTests {
    private func scene(_ seed: UInt64, _ conditions: LinkConditions = .bad, registered: Int) throws -> TelephonyScene {
        let scene = try TelephonyScene(seed: seed, conditions, registered: registered)
        if conditions.loss > 0 { scene.telephony.store.loss = 30 }
        return scene
    }

    /// Phone 0 leaves a message for user 1.
    private func leave(_ scene: TelephonyScene) {
        scene.expectTalking(scene.call(0, 1))
        let greeting = scene.talk(.silence(2_500), .tone(1_200, 2_000), for: .seconds(5))
        #expect(greeting.contains { $0.frequency == 1_000 }, "\(greeting)")
        _ = scene.ask(0, "hang-up")
        scene.lab.pass(.seconds(40))
    }

    @Test(
        "RFC 3842: a message is left, the light goes on, the server is killed, and the message is heard",
        arguments: [UInt64(31), 32, 33])
    func mailbox(seed: UInt64) throws {
        let scene = try scene(seed, registered: 2)
        scene.set(1, "mailbox yes", "no-reply-time 5")
        for phone in 0...1 { scene.behave(phone, ["codecs": "g711"]) }
        let watch = scene.ask(1, "subscribe", ["event": "message-summary"])
        #expect(
            watch?["documents"]?.list?.last?.text?.hasSuffix("Voice-Message: 0/0\r\n") == true, "\(watch?.json ?? "")")
        scene.behave(1, ["refuse": "486"])
        leave(scene)
        #expect(scene.telephony.store.files.count == 1)
        let told = scene.documents(1, "message-summary")
        #expect(told.last?.hasSuffix("Voice-Message: 1/0\r\n") == true, "seed \(seed): \(told)")

        scene.telephony.crash()
        scene.lab.pass(.seconds(1))
        scene.telephony.restart()
        scene.behave(1, ["refuse": "never"])
        scene.expectTalking(scene.call(1, 1))
        let heard = scene.talk(.silence(3_400), .key(try #require(Key("3"))), for: .seconds(8))
        #expect(heard.contains { $0.frequency == 1_200 && $0.milliseconds >= 200 }, "seed \(seed): \(heard)")
        #expect(scene.telephony.store.files.isEmpty)
        scene.lab.pass(.seconds(40))
        #expect(scene.lastCall(1)?["ending"]?.text == "hung up by the peer")
        // The subscription of before the crash goes on: the light is off again.
        let after = scene.documents(1, "message-summary")
        #expect(after.last?.contains("Messages-Waiting: no\r\n") == true, "seed \(seed): \(after)")
        #expect(after.count > told.count)
    }

    @Test("the user is not registered: his mailbox answers; he registers, and hears")
    func away() throws {
        let scene = try scene(7, .perfect, registered: 1)
        try scene.subscribe(1)
        scene.set(1, "mailbox yes")
        scene.behave(0, ["codecs": "g711"])
        leave(scene)
        try scene.register(1)
        scene.behave(1, ["codecs": "g711"])
        let watch = scene.ask(1, "subscribe", ["event": "message-summary"])
        #expect(watch?["documents"]?.list?.last?.text?.hasSuffix("Voice-Message: 1/0\r\n") == true)
        scene.expectTalking(scene.call(1, 1))
        let heard = scene.talk(.silence(6_000), for: .seconds(6))
        #expect(heard.contains { $0.frequency == 1_200 }, "\(heard)")
        _ = scene.ask(1, "hang-up")
        scene.lab.pass(.seconds(2))
        #expect(scene.documents(1, "message-summary").last?.hasSuffix("Voice-Message: 0/1\r\n") == true)
    }

    @Test("killed while a message is spoken: nothing is counted, the next call is answered again")
    func killedMeanwhile() throws {
        let scene = try scene(41, .perfect, registered: 2)
        scene.set(1, "mailbox yes")
        scene.behave(0, ["codecs": "g711"])
        scene.behave(1, ["refuse": "486"])
        scene.expectTalking(scene.call(0, 1))
        _ = scene.talk(.silence(2_500), .tone(1_200, 2_000), for: .seconds(4))
        scene.telephony.crash()
        scene.lab.pass(.seconds(1))
        scene.telephony.restart()
        let report = scene.ask(0, "hang-up")
        #expect(report?["state"]?.text == "ended")
        #expect(scene.telephony.store.files.isEmpty)
        leave(scene)
        #expect(scene.telephony.store.files.count == 1)
    }
}
