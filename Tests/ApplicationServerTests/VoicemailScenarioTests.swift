import Cx
import HomeSubscriberServer
import IMS
import Octets
import RTP
import SIP
import Simulation
import Testing
import UserEquipment

@Suite("Voice mail and forwarding through the whole core, over a bad network")
struct VoicemailScenarioTests {
    private static let bad = LinkConditions(
        latency: .milliseconds(10), jitter: .milliseconds(30), loss: 50, duplication: 50)

    private func core(_ seed: UInt64, _ conditions: LinkConditions = bad, registered: Int) throws -> ServedCore {
        let core = try ServedCore(seed: seed, conditions, count: registered)
        core.whole.store.loss = 30
        return core
    }

    @Test(
        "every diversion, with loss, duplicates and disorder", arguments: [UInt64(21), 22, 23],
        ["busy", "no-reply", "not-reachable", "not-logged-in"])
    func diverted(seed: UInt64, rule: String) throws {
        let core = try core(seed, registered: 3)
        core.whole.set(core.identity(1), "forward.\(rule) \(core.identity(2))", "no-reply-time 5")
        let manner = ["busy": "486", "not-reachable": "503"][rule] ?? "never"
        #expect(core.ask(1, "manner", ["refuse": manner])?["error"] == nil)
        #expect(core.ask(2, "manner", ["answer-after": "500"])?["error"] == nil)
        if rule == "not-logged-in" {
            #expect(core.ask(1, "deregister")?["outcome"]?.text == "deregistered")
        }
        let call = core.ask(0, "call", ["to": core.identity(1)], within: .seconds(120))
        #expect(call?["state"]?.text == "talking", "seed \(seed): \(call?.json ?? "no answer")")
        let ended = core.ask(0, "hang-up", within: .seconds(120))
        #expect(ended?["state"]?.text == "ended", "seed \(seed): \(ended?.json ?? "no answer")")
    }

    @Test(
        "a message is left, the light goes on, the server is killed, and the message is heard",
        arguments: [UInt64(31), 32, 33])
    func mailbox(seed: UInt64) throws {
        let core = try core(seed, registered: 2)
        core.whole.set(core.identity(1), "mailbox yes", "no-reply-time 5")
        for phone in 0...1 { #expect(core.ask(phone, "manner", ["codecs": "g711"])?["error"] == nil) }
        let watch = core.ask(1, "subscribe", ["event": "message-summary"], within: .seconds(120))
        #expect(
            watch?["documents"]?.list?.last?.text?.hasSuffix("Voice-Message: 0/0\r\n") == true, "\(watch?.json ?? "")")
        #expect(core.ask(1, "manner", ["refuse": "486"])?["error"] == nil)
        let call = core.ask(0, "call", ["to": core.identity(1)], within: .seconds(120))
        #expect(call?["state"]?.text == "talking", "seed \(seed): \(call?.json ?? "no answer")")
        let greeting = core.talk(.silence(2_500), .tone(1_200, 2_000), for: .seconds(5))
        #expect(greeting.contains { $0.frequency == 1_000 }, "seed \(seed): \(greeting)")
        _ = core.ask(0, "hang-up", within: .seconds(120))
        core.pass(.seconds(40))
        #expect(core.whole.store.files.count == 1)
        let told = core.ask(1, "events", ["event": "message-summary"])?["documents"]?.list
        #expect(told?.last?.text?.hasSuffix("Voice-Message: 1/0\r\n") == true, "seed \(seed): \(told ?? [])")

        try core.whole.restart()
        #expect(core.ask(1, "manner", ["refuse": "never"])?["error"] == nil)
        let own = core.ask(1, "call", ["to": core.identity(1)], within: .seconds(120))
        #expect(own?["state"]?.text == "talking", "seed \(seed): \(own?.json ?? "no answer")")
        let heard = core.talk(.silence(3_400), .key(try #require(Key("3"))), for: .seconds(8))
        #expect(heard.contains { $0.frequency == 1_200 && $0.milliseconds >= 200 }, "seed \(seed): \(heard)")
        #expect(core.whole.store.files.isEmpty)
        core.pass(.seconds(40))
        #expect(core.ask(1, "calls")?["calls"]?.list?.last?["ending"]?.text == "hung up by the peer")
    }

    @Test("killed while a message is spoken: nothing is counted, the next call is answered again")
    func killedMeanwhile() throws {
        let core = try core(41, .perfect, registered: 2)
        core.whole.set(core.identity(1), "mailbox yes")
        #expect(core.ask(0, "manner", ["codecs": "g711"])?["error"] == nil)
        #expect(core.ask(1, "manner", ["refuse": "486"])?["error"] == nil)
        #expect(core.ask(0, "call", ["to": core.identity(1)])?["state"]?.text == "talking")
        _ = core.talk(.silence(2_500), .tone(1_200, 2_000), for: .seconds(4))
        try core.whole.restart()
        let report = core.ask(0, "hang-up", within: .seconds(120))
        #expect(report?["state"]?.text == "ended")
        #expect(core.whole.store.files.isEmpty)
        #expect(core.ask(0, "call", ["to": core.identity(1)])?["state"]?.text == "talking")
        _ = core.talk(.silence(2_500), .tone(1_200, 2_000), for: .seconds(5))
        _ = core.ask(0, "hang-up")
        core.pass(.seconds(2))
        #expect(core.whole.store.files.count == 1)
    }
}

/// A whole core whose phones' users all have the service profile of the application server.
final class ServedCore {
    let whole: WholeCore
    private let domain = SimulatedLab.domain
    private let phones = ["001010000000001", "001010000000002", "001010000000003"]

    init(seed: UInt64, _ conditions: LinkConditions, count: Int) throws {
        let lab = SimulatedLab(seed: seed, conditions: conditions) { configuration in
            let listeners = [ListenerID(rawValue: 0): SIPListener(.udp, SimulatedLab.endpoint(5080))]
            configuration.locator = StaticLocator(hosts: WholeCore.hosts, listeners: listeners)
        }
        whole = try WholeCore(lab)
        for phone in 0..<count {
            let record = try SubscriberRecord(
                imsi: phones[phone], domain: domain, msisdn: "1555000\(phone + 1)", key: SimulatedLab.key,
                opc: SimulatedLab.opc)
            try lab.home.change { try $0.add(record, serviceProfile: Self.telephony) }
            lab.phone(phones[phone], ["k": SimulatedLab.key, "opc": SimulatedLab.opc])
            let report = ask(phone, "register", within: .seconds(120))
            try #require(report?["outcome"]?.text == "registered", "seed \(seed): \(report?.json ?? "no answer")")
        }
    }

    func identity(_ phone: Int) -> String { "sip:+1555000\(phone + 1)@\(domain)" }

    func ask(
        _ phone: Int, _ name: String, _ arguments: [String: String] = [:], within span: Duration = .seconds(60)
    ) -> Report? { whole.answer(whole.order(phones[phone], name, arguments), within: span) }

    func pass(_ span: Duration) { whole.lab.network.run(until: whole.lab.network.now + span) }

    /// The phone of the call that goes on says this. - Returns: the tones that it hears.
    func talk(_ sounds: PhoneStream.Sound..., for span: Duration) -> [(frequency: Int, milliseconds: Int)] {
        whole.store.say(sounds, known: [300, 900, 1_000, 1_200])
        var tones: [(frequency: Int, milliseconds: Int)] = []
        let network = whole.lab.network
        let end = network.now + span
        while network.now < end {
            network.run(until: network.now + .milliseconds(20))
            let (phone, server) = whole.store.exchange()
            for case .heard(let frequency, let milliseconds) in phone { tones.append((frequency, milliseconds)) }
            for (media, event) in server {
                network.deliver(.media(.told(event)), of: WorkID(rawValue: media.rawValue), to: whole.server)
            }
        }
        return tones
    }

    /// Calls, messages and the watching of mailboxes go to the server, in every session case.
    private static let telephony = ServiceProfileContent(
        name: "telephony",
        criteria: [(10, "INVITE"), (20, "MESSAGE"), (30, "REGISTER"), (40, "SUBSCRIBE")].map { priority, method in
            InitialFilterCriteria(
                priority: priority,
                triggerPoint: TriggerPoint(
                    isConjunctive: true, servicePointTriggers: [ServicePointTrigger(.method(method))]),
                applicationServer: ApplicationServer(serverName: WholeCore.uri))
        })
}
