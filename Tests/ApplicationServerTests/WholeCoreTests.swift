import Cx
import HomeSubscriberServer
import IMS
import Octets
import SIP
import Simulation
import Testing

@Suite("An application server beside the whole core")
struct WholeCoreTests {
    static let domain = SimulatedLab.domain
    static let phones = ["001010000000001", "001010000000002", "001010000000003"]

    /// The identity of a phone by its MSISDN.
    private func identity(_ phone: Int) -> String { "sip:+1555000\(phone + 1)@\(Self.domain)" }

    @Test(
        "a call is diverted by the server that the criteria name, over ISC alone",
        arguments: [("forward.unconditional", "never"), ("forward.busy", "486"), ("forward.no-reply", "never")])
    func diverted(rule: String, refusal: String) throws {
        let core = try registered(count: 3)
        core.set(identity(1), "\(rule) \(identity(2))", "no-reply-time 5")
        #expect(core.ask(Self.phones[1], "manner", ["refuse": refusal])?["error"] == nil)
        #expect(core.ask(Self.phones[2], "manner", ["answer-after": "500"])?["error"] == nil)
        let call = core.ask(Self.phones[0], "call", ["to": identity(1)])
        #expect(call?["state"]?.text == "talking", "\(call?.json ?? "no answer")")
        core.lab.network.run(until: core.lab.network.now + .seconds(1))  // the ACK is on its way
        #expect(core.ask(Self.phones[2], "calls")?["calls"]?.list?.last?["state"]?.text == "talking")
        #expect(core.ask(Self.phones[1], "calls")?["calls"]?.list?.last?["state"]?.text != "talking")
        let ended = core.ask(Self.phones[0], "hang-up")
        #expect(ended?["state"]?.text == "ended", "\(ended?.json ?? "no answer")")
    }

    @Test("nobody is registered: the call goes where the user wants it then")
    func notLoggedIn() throws {
        let core = try registered(count: 1)
        try subscribe(core, 1)
        try subscribe(core, 2)
        #expect(core.lab.perform("register", Self.phones[2])?["outcome"]?.text == "registered")
        core.set(identity(1), "forward.not-logged-in \(identity(2))")
        #expect(core.ask(Self.phones[2], "manner", ["answer-after": "500"])?["error"] == nil)
        let call = core.ask(Self.phones[0], "call", ["to": identity(1)])
        #expect(call?["state"]?.text == "talking", "\(call?.json ?? "no answer")")
    }

    @Test("a code that is dialled on a phone changes what happens to its calls")
    func dialled() throws {
        let core = try registered(count: 3)
        let code = core.ask(
            Self.phones[1], "call", ["to": "sip:*21*+15550003%23@\(Self.domain);user=phone", "until": "ended"])
        #expect(code?["state"]?.text == "ended", "\(code?.json ?? "no answer")")
        #expect(code?["answered-ms"]?.integer != nil || code?["answered-ms"] != .null, "\(code?.json ?? "no answer")")
        #expect(core.ask(Self.phones[2], "manner", ["answer-after": "500"])?["error"] == nil)
        let call = core.ask(Self.phones[0], "call", ["to": identity(1)])
        #expect(call?["state"]?.text == "talking", "\(call?.json ?? "no answer")")
    }

    @Test("a text for a user who is not there comes when he registers: third-party REGISTER, TS 24.229 §5.4.1.7")
    func textKept() throws {
        let core = try registered(count: 1)
        try subscribe(core, 1)
        let sent = core.ask(Self.phones[0], "message", ["to": identity(1), "text": "are you there?"])
        #expect(sent?["status"]?.integer == 202, "\(sent?.json ?? "no answer")")
        #expect(core.lab.perform("register", Self.phones[1])?["outcome"]?.text == "registered")
        core.lab.network.run(until: core.lab.network.now + .seconds(2))
        let inbox = core.ask(Self.phones[1], "messages")?["messages"]?.list
        #expect(inbox?.map { $0["text"]?.text } == ["are you there?"])
        #expect(inbox?.first?["from"]?.text?.contains("+15550001") == true)
    }

    @Test("a short message from phone to phone, and the sender's RP-ACK, TS 24.341")
    func shortMessage() throws {
        let core = try registered(count: 2)
        // RP-DATA, reference 7, without a centre; SMS-SUBMIT of "hellohello" to +15550002.
        let tpdu = "0100" + "089151550020" + "0000" + "0ae8329bfd4697d9ec37"
        let octets = "0007" + "0000" + "14" + tpdu
        let sent = core.ask(
            Self.phones[0], "message",
            ["to": "tel:+15550000", "type": "application/vnd.3gpp.sms", "hex": octets])
        #expect(sent?["status"]?.integer == 202, "\(sent?.json ?? "no answer")")
        core.lab.network.run(until: core.lab.network.now + .seconds(2))
        #expect(core.ask(Self.phones[0], "messages")?["messages"]?.list?.map { $0["hex"]?.text } == ["0307"])
        let delivered = core.ask(Self.phones[1], "messages")?["messages"]?.list?.compactMap { $0["hex"]?.text }
        #expect(delivered?.count == 1)
        // From +15550001, the text as it was.
        #expect(delivered?.first?.contains("0891515500100000") == true, "\(delivered ?? [])")
        #expect(delivered?.first?.hasSuffix("0ae8329bfd4697d9ec37") == true)
    }

    // MARK: Steps

    private func registered(count: Int) throws -> WholeCore {
        let lab = SimulatedLab(seed: 11) { configuration in
            let listeners = [ListenerID(rawValue: 0): SIPListener(.udp, SimulatedLab.endpoint(5080))]
            configuration.locator = StaticLocator(hosts: WholeCore.hosts, listeners: listeners)
        }
        let core = try WholeCore(lab)
        for phone in 0..<count {
            try subscribe(core, phone)
            #expect(lab.perform("register", Self.phones[phone])?["outcome"]?.text == "registered")
        }
        return core
    }

    private func subscribe(_ core: WholeCore, _ phone: Int) throws {
        let record = try SubscriberRecord(
            imsi: Self.phones[phone], domain: Self.domain, msisdn: "1555000\(phone + 1)", key: SimulatedLab.key,
            opc: SimulatedLab.opc)
        try core.lab.home.change { directory in
            try directory.add(record, serviceProfile: Self.services)
        }
        core.lab.phone(Self.phones[phone], ["k": SimulatedLab.key, "opc": SimulatedLab.opc])
    }

    /// Calls and messages go to the server, in every session case.
    private static let services = ServiceProfileContent(
        name: "telephony",
        criteria: [(10, "INVITE"), (20, "MESSAGE"), (30, "REGISTER")].map { priority, method in
            InitialFilterCriteria(
                priority: priority,
                triggerPoint: TriggerPoint(
                    isConjunctive: true, servicePointTriggers: [ServicePointTrigger(.method(method))]),
                applicationServer: ApplicationServer(serverName: WholeCore.uri))
        })
}
