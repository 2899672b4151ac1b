import IMS
import Octets
import SIP
import Simulation
import Testing
import UserEquipment

@Suite("A thousand phones on a bad network", .serialized)
struct LossyNetworkTests {
    private static let conditions = LinkConditions(
        latency: .milliseconds(20), jitter: .milliseconds(60), loss: 200, duplication: 100)

    private struct Run: Equatable {
        var digest: UInt64
        var delivered: Int
        var lost: Int
        var attempts: Int
    }

    /// Registers all phones, ten a second; who is refused tries again, as TS 24.229 §5.1.1.2 has it.
    private func run(seed: UInt64, phones count: Int) throws -> Run {
        let lab = SimulatedLab(seed: seed)
        let imsis = (1...count).map { "00101\(1_000_000_000 + $0)" }
        for imsi in imsis { try lab.subscribe(imsi) }
        lab.network.conditions = Self.conditions
        var waiting = imsis
        var attempts = 0
        for _ in 0..<8 where !waiting.isEmpty {
            for (index, imsi) in waiting.enumerated() {
                lab.network.at(lab.network.now + .milliseconds(100 * index)) { network in
                    network.command(Command("register", ["phone": imsi]), to: lab.phones)
                }
            }
            attempts += waiting.count
            // Timer F of both REGISTERs of the last phone, 64 × T1 of TS 24.229 §7.7 each.
            lab.pass(.milliseconds(100 * waiting.count) + .seconds(300))
            let states = lab.phones.core.function.states
            waiting = waiting.filter { states[$0] != .registered }
        }
        #expect(waiting.isEmpty, "not registered: \(waiting.count)")
        #expect(lab.registered == count)
        #expect(lab.home.drawn.count == count)
        expectNoSequenceNumberTwice(lab.home)
        // F14: what was retransmitted was absorbed; the HSS gave a vector for each REGISTER without credentials only.
        let challenges = lab.home.drawn.values.reduce(0) { $0 + $1.count }
        #expect(challenges <= attempts + attempts / 20)
        return Run(
            digest: lab.network.digest, delivered: lab.network.delivered, lost: lab.network.lost, attempts: attempts)
    }

    @Test("20 % loss, duplication, reordering: each ends registered, no SQN twice, same seed same octets")
    func thousand() throws {
        let seed: UInt64 = 20_261_121
        let first = try run(seed: seed, phones: 1_000)
        let second = try run(seed: seed, phones: 1_000)
        print(
            "seed \(seed): digest \(String(first.digest, radix: 16)), \(first.delivered) messages delivered,",
            "\(first.lost) lost, \(first.attempts) attempts")
        #expect(first == second)
        #expect(first.lost > 1_000)
    }

    @Test("another seed, other octets")
    func otherSeed() throws {
        #expect(try run(seed: 1, phones: 20).digest != run(seed: 2, phones: 20).digest)
    }

    @Test("F15: every datagram fifty times: one MAR and one SAR all the same")
    func storm() throws {
        let lab = SimulatedLab(seed: 3)
        try lab.subscribe(SimulatedLab.imsi)
        lab.network.conditions = LinkConditions(
            jitter: .milliseconds(5), duplication: 1_000, copies: 50)
        let report = try #require(lab.perform("register", SimulatedLab.imsi))
        #expect(report["outcome"]?.text == "registered", "\(report.json)")
        lab.pass(.seconds(60))
        #expect(lab.count(.vectorIssued) == 1)
        // UAR, MAR, UAR, SAR.
        #expect(lab.subscribers.core.counters[.cxRequestReceived] == 4)
        #expect(lab.serving.core.counters[.registerReceived] == 2)
        #expect(lab.registered == 1)
        #expect(lab.refusals == [])
    }
}
