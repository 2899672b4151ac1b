import AKA
import IMS
import Octets
import SIP
import Simulation
import Testing

@Suite("A phone registers through the whole core")
struct RegistrationTests {
    private static let imsi = "001010000000001"

    @Test("First registration, re-registration, de-registration: TS 24.229 §5.1.1, each 200 as the RFCs want it")
    func lifeOfARegistration() throws {
        let lab = SimulatedLab(seed: 1)
        try lab.subscribe(Self.imsi)
        let first = try #require(lab.perform("register", Self.imsi))
        #expect(first["outcome"]?.text == "registered", "\(first.json)")
        #expect(first["challenges"]?.list == ["answered"])
        #expect(first["associated-uris"]?.list?.count == 2)
        expectNoFindings(first)
        let second = try #require(lab.perform("register", Self.imsi))
        #expect(second["outcome"]?.text == "registered", "\(second.json)")
        expectNoFindings(second)
        let third = try #require(lab.perform("deregister", Self.imsi))
        #expect(third["outcome"]?.text == "deregistered", "\(third.json)")
        expectNoFindings(third)
        #expect(lab.proxy.core.counters[.deregistered] == 1)
    }

    private func expectNoFindings(_ report: Report) {
        for step in report["steps"]?.list ?? [] { #expect(step["findings"]?.list == []) }
    }
}
