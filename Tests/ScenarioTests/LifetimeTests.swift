import IMS
import Octets
import SIP
import ServingCSCF
import Simulation
import Testing

@Suite("Registrations in the course of time")
struct LifetimeTests {
    private static let imsi = SimulatedLab.imsi

    @Test("a phone that does not come back is forgotten by all three, and can register anew")
    func expiry() throws {
        let lab = SimulatedLab(seed: 1)
        try lab.subscribe(Self.imsi, expires: 600)
        #expect(lab.perform("register", Self.imsi)?["expires"]?.integer == 600)
        #expect(lab.subscriber()?.json.contains("scscf.") == true)
        lab.pass(.seconds(590))
        #expect(lab.registered == 1)
        lab.pass(.seconds(30))
        #expect(lab.registered == 0)
        #expect(lab.serving.core.counters[.registrationExpired] == 1)
        #expect(lab.proxy.core.counters[.registrationExpired] == 1)
        let last = try #require(lab.subscriber())
        #expect(!last.json.contains("\"registered\""), "\(last.json)")
        #expect(lab.perform("register", Self.imsi)?["outcome"]?.text == "registered")
    }

    @Test("refreshed in time, a registration lives on")
    func refreshed() throws {
        let lab = SimulatedLab(seed: 1)
        try lab.subscribe(Self.imsi, expires: 600)
        for _ in 0..<10 {
            #expect(lab.perform("register", Self.imsi)?["outcome"]?.text == "registered")
            lab.pass(.seconds(500))
        }
        #expect(lab.registered == 1)
        #expect(lab.count(.registrationExpired) == 0)
        expectNoSequenceNumberTwice(lab.home)
    }

    @Test("423: too short a time, and the phone takes the registrar's")
    func intervalTooBrief() throws {
        let lab = SimulatedLab(seed: 1)
        try lab.subscribe(Self.imsi, expires: 10)
        let report = try #require(lab.perform("register", Self.imsi))
        #expect(report["outcome"]?.text == "registered", "\(report.json)")
        #expect(report["expires"]?.integer == 60)
        #expect(lab.serving.refusals.map(\.code) == ["INTERVAL_TOO_BRIEF"])
    }

    @Test("two phones of one user: each its contact, one leaves, the other stays")
    func twoPhones() throws {
        let lab = SimulatedLab(seed: 1)
        try lab.subscribe(Self.imsi)
        #expect(lab.perform("register", Self.imsi)?["outcome"]?.text == "registered")
        // The same SIM in a second phone: other instance, other contact, the same identities.
        lab.network.command(
            Command(
                "phone",
                [
                    "phone": "second", "imsi": "001010000000099", "impi": "\(Self.imsi)@\(SimulatedLab.domain)",
                    "impu": "sip:\(Self.imsi)@\(SimulatedLab.domain)", "domain": SimulatedLab.domain,
                    "k": SimulatedLab.key, "opc": SimulatedLab.opc, "expires": "600",
                ]), to: lab.phones)
        let report = try #require(lab.perform("register", "second"))
        #expect(report["outcome"]?.text == "registered", "\(report.json)")
        #expect(lab.perform("deregister", "second")?["outcome"]?.text == "deregistered")
        expectNoSequenceNumberTwice(lab.home)
    }

    @Test("a challenge that nobody answers: after 4 minutes the HSS hears of it")
    func unanswered() throws {
        let lab = SimulatedLab(seed: 1)
        try lab.subscribe(Self.imsi)
        lab.network.command(Command("register", ["phone": Self.imsi]), to: lab.phones)
        while lab.count(.vectorIssued) == 0 { lab.pass(.microseconds(500)) }
        lab.network.crash(lab.phones)
        lab.pass(.seconds(250))
        // UAR, MAR, and SAR AUTHENTICATION_TIMEOUT.
        #expect(lab.subscribers.core.counters[.cxRequestReceived] == 3)
        #expect(lab.registered == 0)
    }
}
