import Diameter
import IMS
import Octets
import Simulation
import Testing

/// How an HSS can go without its CSCFs being told.
enum HomeFault: CaseIterable {
    case cableCut, frozen

    func begin(_ lab: SimulatedLab) {
        switch self {
        case .cableCut: lab.network.silence(lab.subscribers)
        case .frozen: lab.network.freeze(lab.subscribers)
        }
    }

    func end(_ lab: SimulatedLab) {
        switch self {
        case .cableCut: lab.network.unsilence(lab.subscribers)
        case .frozen: lab.network.thaw(lab.subscribers)
        }
    }
}

@Suite("RFC 3539 §3.4.1: an HSS that is not there any more and says nothing")
struct SilentHomeTests {
    /// Tw, which RFC 3539 wants to be at least 6 s, and its jitter.
    private static let watchdog = Duration.seconds(6)
    private static let jitter = Duration.seconds(2)

    /// When a node first said, after an instant, that its HSS is as the word has it.
    private func heard(
        _ word: String, by observed: [(at: Instant, observation: Observation)], after instant: Instant
    ) -> Duration? {
        observed.first {
            $0.at > instant && $0.observation.subject.peer == "hss.\(SimulatedLab.domain)"
                && $0.observation.message.contains(word)
        }.map { $0.at - instant }
    }

    @Test(
        "both CSCFs know within 2 Tw, give the connection up within 3 Tw, and take the HSS back",
        arguments: HomeFault.allCases)
    func known(_ fault: HomeFault) throws {
        var longest = Duration.zero
        for seed in UInt64(1)...20 {
            let lab = SimulatedLab(seed: seed, diameter: DiameterSettings(watchdog: Self.watchdog))
            try lab.subscribe(SimulatedLab.imsi)
            // Anywhere between two watchdogs.
            lab.pass(.seconds(30) + .milliseconds(Int(seed) * 421))
            let cut = lab.network.now
            fault.begin(lab)
            lab.pass(.seconds(40))
            for observed in [lab.interrogating.observed, lab.serving.observed] {
                let suspect = try #require(heard("suspect", by: observed, after: cut), "seed \(seed)")
                // A DWR that went out just before the cut has one Tw, silence that begins with it has two.
                #expect(suspect >= Self.watchdog - Self.jitter, "seed \(seed)")
                #expect(suspect <= (Self.watchdog + Self.jitter) * 2, "seed \(seed)")
                let down = try #require(heard("is down", by: observed, after: cut), "seed \(seed)")
                #expect(down <= (Self.watchdog + Self.jitter) * 3, "seed \(seed)")
                longest = max(longest, suspect)
            }
            let healed = lab.network.now
            fault.end(lab)
            lab.pass(.seconds(60))
            for observed in [lab.interrogating.observed, lab.serving.observed] {
                #expect(heard("is up", by: observed, after: healed) != nil, "seed \(seed)")
            }
            #expect(lab.perform("register", SimulatedLab.imsi)?["outcome"]?.text == "registered", "seed \(seed)")
        }
        print("\(fault): known after \(longest.milliseconds) ms at the latest, with Tw = 6 s ± 2 s")
    }

    @Test("a silence that ends before the third Tw: suspect, then trusted, and the connection stays")
    func trusted() throws {
        let lab = SimulatedLab(seed: 5, diameter: DiameterSettings(watchdog: Self.watchdog))
        lab.pass(.seconds(20))
        let cut = lab.network.now
        lab.network.freeze(lab.subscribers)
        while heard("suspect", by: lab.interrogating.observed, after: cut) == nil {
            try #require(lab.network.now - cut < .seconds(20))
            lab.pass(.milliseconds(100))
        }
        lab.network.thaw(lab.subscribers)
        lab.pass(.milliseconds(10))
        #expect(heard("answers the watchdog again", by: lab.interrogating.observed, after: cut) != nil)
        #expect(heard("is down", by: lab.interrogating.observed, after: cut) == nil)
    }
}
