import Diameter
import IMS
import Octets
import Simulation
import Testing

/// Two HSS front ends on one database.
@Suite("RFC 6733 §5.5.4: two HSSs, one of them lost", .serialized)
struct TwoHomesTests {
    enum Loss: CaseIterable {
        case killed, cableCut, frozen

        func begin(_ lab: SimulatedLab) {
            switch self {
            case .killed: lab.network.crash(lab.subscribers)
            case .cableCut: HomeFault.cableCut.begin(lab)
            case .frozen: HomeFault.frozen.begin(lab)
            }
        }

        func end(_ lab: SimulatedLab) {
            switch self {
            case .killed: lab.restartSubscribers()
            case .cableCut: HomeFault.cableCut.end(lab)
            case .frozen: HomeFault.frozen.end(lab)
            }
        }
    }

    private static let gap = Duration.milliseconds(37)

    /// Requests with the T bit that a node has received, by its trace.
    private func resent(at entries: [Trace.Entry]) -> Int {
        entries.filter {
            guard case .diameter(let octets, .received, _) = $0.content, octets.count > 4 else { return false }
            // RFC 6733 §3: the flags follow the length; R is 0x80, T is 0x10.
            return octets[4] & 0x90 == 0x90
        }.count
    }

    /// Registers phones one after the other, each once: nobody tries again.
    private func register(_ imsis: [String], at lab: SimulatedLab) -> [String: CommandID] {
        var commands: [String: CommandID] = [:]
        for imsi in imsis {
            lab.network.command(Command("register", ["phone": imsi]), to: lab.phones)
            commands[imsi] = CommandID(rawValue: lab.phones.lastCommand)
            lab.pass(Self.gap)
        }
        return commands
    }

    @Test(
        "no registration fails, those in flight included; what waited is sent again with T; the first is taken back",
        arguments: Loss.allCases, [[0, 1], [0, 0]])
    func lost(_ loss: Loss, priorities: [Int]) throws {
        for seed in [UInt64(1)] {
            let lab = SimulatedLab(
                seed: seed, conditions: LinkConditions(latency: .milliseconds(5)), homes: priorities,
                diameter: DiameterSettings(watchdog: .seconds(6)))
            let second = try #require(lab.secondSubscribers)
            let imsis = (1...500).map { "00101\(1_000_000_000 + $0)" }
            for imsi in imsis { try lab.subscribe(imsi) }

            var commands = register(Array(imsis[..<50]), at: lab)
            #expect(lab.subscribers.core.counters[.cxRequestReceived] > 0)
            let inFlight = commands.values.filter { lab.phones.reports[$0] == nil }.count
            loss.begin(lab)
            let trace = second.core.trace.next
            var resent = 0
            // 16 s of registrations: longer than it takes to find a silent peer.
            for start in stride(from: 50, to: imsis.count, by: 25) {
                commands.merge(register(Array(imsis[start..<start + 25]), at: lab)) { $1 }
                if resent == 0 { resent = self.resent(at: second.core.trace.entries(from: trace)) }
            }
            lab.pass(.seconds(60))
            #expect(inFlight > 0, "seed \(seed): the cut has met nobody")
            #expect(resent > 0, "seed \(seed): nothing was sent again")
            let failed = imsis.filter { imsi in
                commands[imsi].flatMap { lab.phones.reports[$0] }?["outcome"]?.text != "registered"
            }
            #expect(failed.isEmpty, "seed \(seed), \(loss), \(inFlight) in flight: \(failed)")
            #expect(lab.registered == imsis.count, "seed \(seed)")
            expectNoSequenceNumberTwice(lab.home)

            loss.end(lab)
            // The pause before the next attempt, then three DWAs: RFC 3539 §3.4.1, REOPEN.
            lab.pass(.seconds(120))
            let before = lab.subscribers.core.counters[.cxRequestReceived]
            for imsi in imsis[..<10] {
                #expect(lab.perform("register", imsi)?["outcome"]?.text == "registered", "seed \(seed)")
            }
            #expect(lab.subscribers.core.counters[.cxRequestReceived] > before, "seed \(seed): not taken back")
        }
    }
}
