import AKA
import HomeSubscriberServer
import IMS
import Octets
import SIP
import Simulation
import Testing

@Suite("What goes wrong in authentication, and what the log says of it")
struct AuthenticationTests {
    private static let imsi = SimulatedLab.imsi

    @Test("the phone's SQN is ahead: AUTS, the HSS follows, one challenge more")
    func resynchronisation() throws {
        let lab = SimulatedLab(seed: 1)
        try lab.subscribe(Self.imsi)
        lab.network.command(Command("advance", ["phone": Self.imsi, "sqn": "3200000"]), to: lab.phones)
        let report = try #require(lab.perform("register", Self.imsi))
        #expect(report["outcome"]?.text == "registered", "\(report.json)")
        #expect(report["challenges"]?.list == ["synchronisation failure", "answered"])
        #expect(report["steps"]?.list?.count == 3)
        expectNoFindings(report)
        #expect(lab.serving.core.counters[.resynchronised] == 1)
        let drawn = try #require(lab.home.drawn["\(Self.imsi)@\(SimulatedLab.domain)"])
        #expect(drawn.count == 2)
        #expect(try #require(drawn.last).rawValue > 3_200_000)
        expectNoSequenceNumberTwice(lab.home)
        #expect(lab.refusals == [])
        // The next one is in step.
        #expect(lab.perform("register", Self.imsi)?["challenges"]?.list == ["answered"])
    }

    @Test("wrong OPc: the phone sees a MAC failure, and the refusal says so")
    func wrongOPc() throws {
        let lab = SimulatedLab(seed: 1)
        try lab.subscribe(Self.imsi, opc: "cdc202d5123e20f62b6d676ac72cb318")  // OP given as OPc
        let report = try #require(lab.perform("register", Self.imsi))
        #expect(report["status"]?.integer == 403, "\(report.json)")
        #expect(report["challenges"]?.list == ["MAC failure"])
        let refusal = try #require(lab.serving.refusals.last)
        #expect(refusal.code == "MAC_FAILURE")
        #expect(refusal.hint.contains("OP given as OPc") || refusal.hint.contains("OP was given as OPc"))
        #expect(lab.registered == 0)
    }

    @Test("wrong RES")
    func wrongResponse() throws {
        let lab = SimulatedLab(seed: 1)
        try lab.subscribe(Self.imsi)
        lab.phone(Self.imsi, ["k": SimulatedLab.key, "opc": SimulatedLab.opc, "fault": "wrong-response"])
        let report = try #require(lab.perform("register", Self.imsi))
        #expect(report["status"]?.integer == 403, "\(report.json)")
        #expect(lab.serving.refusals.map(\.code) == ["RES_MISMATCH"])
        #expect(lab.registered == 0)
        // A5: mended, it registers; the vector is spent, not used again.
        lab.phone(Self.imsi, ["k": SimulatedLab.key, "opc": SimulatedLab.opc])
        #expect(lab.perform("register", Self.imsi)?["outcome"]?.text == "registered")
        expectNoSequenceNumberTwice(lab.home)
    }

    @Test("unknown subscriber")
    func unknown() throws {
        let lab = SimulatedLab(seed: 1)
        lab.phone(Self.imsi, ["k": SimulatedLab.key, "opc": SimulatedLab.opc])
        let report = try #require(lab.perform("register", Self.imsi))
        #expect(report["status"]?.integer == 403, "\(report.json)")
        #expect(lab.interrogating.refusals.map(\.code) == ["UNKNOWN_SUBSCRIBER"])
        #expect(lab.home.drawn.isEmpty)
    }

    @Test("public and private identity of two subscribers")
    func identities() throws {
        let lab = SimulatedLab(seed: 1)
        try lab.subscribe(Self.imsi)
        try lab.subscribe("001010000000002")
        lab.phone(
            Self.imsi,
            [
                "k": SimulatedLab.key, "opc": SimulatedLab.opc,
                "impu": "sip:001010000000002@\(SimulatedLab.domain)",
            ])
        let report = try #require(lab.perform("register", Self.imsi))
        #expect(report["status"]?.integer == 403, "\(report.json)")
        #expect(lab.interrogating.refusals.map(\.code) == ["IDENTITIES_DONT_MATCH"])
    }

    @Test("Contact missing: 400, and the HSS draws no vector for it")
    func contactMissing() throws {
        let lab = SimulatedLab(seed: 1)
        try lab.subscribe(Self.imsi)
        lab.phone(Self.imsi, ["k": SimulatedLab.key, "opc": SimulatedLab.opc, "fault": "no-contact"])
        let report = try #require(lab.perform("register", Self.imsi))
        #expect(report["status"]?.integer == 400, "\(report.json)")
        #expect(lab.serving.refusals.map(\.code) == ["CONTACT_MISSING"])
        #expect(lab.home.drawn.isEmpty)
    }

    @Test("a phone of another operator: 404 at the P-CSCF")
    func domainNotServed() throws {
        let lab = SimulatedLab(seed: 1)
        lab.network.command(
            Command(
                "phone",
                [
                    "phone": Self.imsi, "imsi": Self.imsi, "domain": "ims.mnc099.mcc001.3gppnetwork.org",
                    "k": SimulatedLab.key, "opc": SimulatedLab.opc,
                ]), to: lab.phones)
        let report = try #require(lab.perform("register", Self.imsi))
        #expect(report["status"]?.integer == 404, "\(report.json)")
        #expect(lab.proxy.refusals.map(\.code) == ["DOMAIN_NOT_SERVED"])
    }

    @Test("a disk that is full: no vector that was not recorded leaves the HSS")
    func diskFull() throws {
        let lab = SimulatedLab(seed: 1)
        try lab.subscribe(Self.imsi)
        lab.home.change { $0.writeFailure = .full }
        let report = try #require(lab.perform("register", Self.imsi))
        #expect(report["outcome"]?.text == "refused", "\(report.json)")
        #expect(report["challenges"]?.list == [])
        #expect(lab.home.drawn.isEmpty)
        lab.home.change { $0.writeFailure = nil }
        #expect(lab.perform("register", Self.imsi)?["outcome"]?.text == "registered")
    }
}
