import IMS
import Octets
import SIP
import Simulation
import Testing

@Suite("The HSS's word in a whole network: RTR and PPR")
struct NetworkTerminationTests {
    private static let imsi = SimulatedLab.imsi

    private func ask(_ lab: SimulatedLab, _ name: String) -> Report? {
        let user = "\(Self.imsi)@\(SimulatedLab.domain)"
        lab.network.command(Command(name, ["identity": user]), to: lab.subscribers)
        let id = CommandID(rawValue: lab.subscribers.lastCommand)
        lab.pass(.seconds(1))
        return lab.subscribers.reports[id]
    }

    private func waiting(_ lab: SimulatedLab) -> Int? { ask(lab, "notices")?["notices"]?.list?.count }

    @Test("a kick takes the registration from the S-CSCF, and the phone may register anew")
    func kick() throws {
        let lab = SimulatedLab(seed: 1)
        try lab.subscribe(Self.imsi)
        #expect(lab.perform("register", Self.imsi)?["outcome"]?.text == "registered")
        #expect(lab.registered == 1)
        #expect(ask(lab, "kick")?["sent"]?.list?.count == 1)
        #expect(lab.registered == 0)
        #expect(waiting(lab) == 0)
        #expect(lab.serving.core.counters[.deregistered] == 1)
        #expect(lab.perform("register", Self.imsi)?["outcome"]?.text == "registered")
        expectNoSequenceNumberTwice(lab.home)
    }

    @Test("a push is taken by the S-CSCF, the registration stays")
    func push() throws {
        let lab = SimulatedLab(seed: 1)
        try lab.subscribe(Self.imsi)
        #expect(lab.perform("register", Self.imsi)?["outcome"]?.text == "registered")
        #expect(ask(lab, "push")?["sent"]?.list?.count == 1)
        #expect(lab.serving.core.counters[.cxRequestReceived] == 1)
        #expect(lab.serving.core.counters[.cxRequestRefused] == 0)
        #expect(waiting(lab) == 0)
        #expect(lab.registered == 1)
    }

    @Test("an S-CSCF that is away when its user is removed hears of it when it is back")
    func away() throws {
        let lab = SimulatedLab(seed: 1)
        try lab.subscribe(Self.imsi)
        #expect(lab.perform("register", Self.imsi)?["outcome"]?.text == "registered")
        lab.network.crash(lab.serving)
        lab.pass(.seconds(1))
        #expect(ask(lab, "remove")?["sent"]?.list?.count == 1)
        #expect(waiting(lab) == 1)
        lab.restartServing()
        lab.pass(.seconds(400))
        #expect(waiting(lab) == 0)
        #expect(lab.serving.core.counters[.cxRequestReceived] == 1)
    }
}
