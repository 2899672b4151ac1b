import HomeSubscriberServer
import IMS
import InterrogatingCSCF
import Octets
import SIP
import Simulation
import Testing

@Suite("Nodes that are gone")
struct OutageTests {
    private static let imsi = SimulatedLab.imsi
    private static let pool = ["scscf", "scscf2"].enumerated().map { index, name in
        ServingCSCFCandidate("sip:\(name).\(SimulatedLab.domain):\(5080 + index)")
    }

    @Test("the HSS is down: 480 with the reason, and registrations go on when it is back")
    func home() throws {
        let lab = SimulatedLab(seed: 1)
        try lab.subscribe(Self.imsi)
        lab.network.crash(lab.subscribers)
        lab.pass(.milliseconds(100))
        let report = try #require(lab.perform("register", Self.imsi))
        #expect(report["status"]?.integer == 480, "\(report.json)")
        #expect(lab.interrogating.refusals.map(\.code).contains("HSS_UNREACHABLE"))
        lab.restartSubscribers()
        lab.pass(.seconds(60))  // the peers call again, with pauses
        #expect(lab.perform("register", Self.imsi)?["outcome"]?.text == "registered")
    }

    @Test("the HSS dies between challenge and answer: the S-CSCF says so")
    func homeBetween() throws {
        let lab = SimulatedLab(seed: 1)
        try lab.subscribe(Self.imsi)
        // 401 reaches the phone 20 ms after the REGISTER at the earliest; the HSS dies when the UAA of the second
        // REGISTER is out and the SAR is not.
        lab.network.command(Command("register", ["phone": Self.imsi]), to: lab.phones)
        while lab.subscribers.core.counters[.cxRequestReceived] < 3 { lab.pass(.microseconds(500)) }
        lab.pass(.microseconds(1_500))
        lab.network.crash(lab.subscribers)
        lab.pass(.seconds(200))
        #expect(lab.phones.core.function.states[Self.imsi] == .refused)
        #expect(lab.serving.refusals.map(\.code).contains { $0.hasPrefix("HSS_") })
    }

    @Test("kill -9 of the HSS in the middle of 200 cycles: no SQN twice, and all registered in the end")
    func homeInCycles() throws {
        let lab = SimulatedLab(seed: 9)
        let imsis = (1...20).map { "00101\(1_000_000_000 + $0)" }
        for imsi in imsis { try lab.subscribe(imsi) }
        for cycle in 0..<10 {
            for imsi in imsis { lab.network.command(Command("register", ["phone": imsi]), to: lab.phones) }
            lab.pass(.microseconds(Int64(3_000 + 1_300 * cycle)))
            lab.network.crash(lab.subscribers)
            lab.pass(.milliseconds(50))
            lab.restartSubscribers()
            lab.pass(.seconds(200))
        }
        for imsi in imsis {
            #expect(lab.perform("register", imsi)?["outcome"]?.text == "registered")
        }
        #expect(lab.home.drawn.values.reduce(0) { $0 + $1.count } > 20)
        expectNoSequenceNumberTwice(lab.home)
        #expect(lab.registered == 20)
    }

    @Test("the only S-CSCF is down: 504 at the phone, and the I-CSCF says which")
    func onlyServing() throws {
        let lab = SimulatedLab(seed: 1)
        try lab.subscribe(Self.imsi)
        lab.network.crash(lab.serving)
        let report = try #require(lab.perform("register", Self.imsi))
        #expect(report["status"]?.integer == 504, "\(report.json)")
        lab.pass(.seconds(10))
        #expect(lab.interrogating.refusals.map(\.code) == ["SCSCF_UNREACHABLE"])
    }

    @Test("one of two S-CSCFs is down: the first attempt goes to the other after a while, the next at once")
    func oneOfTwo() throws {
        let lab = SimulatedLab(seed: 1, pool: Self.pool, hasSecond: true)
        try lab.subscribe(Self.imsi)
        try lab.subscribe("001010000000002")
        lab.network.crash(lab.serving)
        let began = lab.network.now
        let report = try #require(lab.perform("register", Self.imsi))
        #expect(report["outcome"]?.text == "registered", "\(report.json)")
        let taken = lab.network.now - began
        #expect(taken >= .seconds(8) && taken < .seconds(9))
        expectNoFindings(report)
        #expect(lab.interrogating.core.counters[.servingCSCFRetried] == 1)
        #expect(lab.perform("register", "001010000000002")?["outcome"]?.text == "registered")
        #expect(lab.subscriber()?.json.contains("scscf2") == true)
    }

    @Test("TS 29.228 §6.7: a capability that only the second has; and one that nobody has: 600")
    func capabilities() throws {
        let pool = [Self.pool[0], ServingCSCFCandidate(Self.pool[1].name, capabilities: [7])]
        let lab = SimulatedLab(seed: 1, pool: pool, hasSecond: true)
        try lab.subscribe(Self.imsi)
        try lab.require([7], of: Self.imsi)
        #expect(lab.perform("register", Self.imsi)?["outcome"]?.text == "registered")
        #expect(lab.subscriber()?.json.contains("scscf2") == true)
        try lab.subscribe("001010000000002")
        try lab.require([7, 8], of: "001010000000002")
        let report = try #require(lab.perform("register", "001010000000002"))
        #expect(report["status"]?.integer == 600, "\(report.json)")
        #expect(lab.interrogating.refusals.map(\.code) == ["NO_SCSCF_WITH_CAPABILITIES"])
    }

    @Test("the I-CSCF is down: 504 from the P-CSCF; the P-CSCF is down: the phone's timer F")
    func proxies() throws {
        let lab = SimulatedLab(seed: 1)
        try lab.subscribe(Self.imsi)
        lab.network.crash(lab.interrogating)
        #expect(lab.perform("register", Self.imsi)?["status"]?.integer == 504)
        #expect(lab.proxy.refusals.map(\.code) == ["ICSCF_UNREACHABLE"])
        lab.network.crash(lab.proxy)
        lab.network.command(Command("register", ["phone": Self.imsi]), to: lab.phones)
        lab.pass(.seconds(130))
        #expect(lab.phones.core.function.states[Self.imsi] == .refused)
    }
}
