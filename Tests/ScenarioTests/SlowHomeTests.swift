import Diameter
import IMS
import Octets
import SIP
import Simulation
import Testing

/// F9 of the failures to stand: an HSS that answers its watchdog at once and its requests late.
@Suite("A slow HSS")
struct SlowHomeTests {
    /// Delays the answers that a HSS gives on Cx: `every` 1 is all of them, 100 one of a hundred.
    private func slow(_ lab: SimulatedLab, by delay: Duration, every: Int) -> () -> Int {
        var answers = 0
        var delayed = 0
        let home = lab.subscribers.index
        lab.network.slowness = { message, sender in
            // RFC 6733 §3: R is 0x80 of the flags; applications other than the base have an id.
            guard sender.index == home, message.count > 12, message[4] & 0x80 == 0,
                message[8..<12].contains(where: { $0 != 0 })
            else { return .zero }
            answers += 1
            guard answers % every == 0 else { return .zero }
            delayed += 1
            return delay
        }
        return { delayed }
    }

    /// Registers phones, one each 50 ms, and lets all end.
    /// - Returns: how long each took and its outcome.
    private func register(_ imsis: [String], at lab: SimulatedLab) -> [(taken: Duration, outcome: String)] {
        var began: [(CommandID, Instant)] = []
        for imsi in imsis {
            lab.network.command(Command("register", ["phone": imsi]), to: lab.phones)
            began.append((CommandID(rawValue: lab.phones.lastCommand), lab.network.now))
            lab.pass(.milliseconds(50))
        }
        lab.pass(.seconds(60))
        return began.map { command, start in
            (
                (lab.phones.reported[command] ?? .distantFuture) - start,
                lab.phones.reports[command]?["outcome"]?.text ?? "none"
            )
        }
    }

    private func lab(_ count: Int, homes: [Int] = [0], diameter: DiameterSettings = .standard) throws -> (
        SimulatedLab, [String]
    ) {
        let lab = SimulatedLab(seed: 3, homes: homes, diameter: diameter)
        let imsis = (1...count).map { "00101\(1_000_000_000 + $0)" }
        for imsi in imsis { try lab.subscribe(imsi) }
        return (lab, imsis)
    }

    /// How long the S-CSCF takes for an OPTIONS to itself, by its trace.
    private func options(_ lab: SimulatedLab, _ number: Int) throws -> Duration {
        let from = Endpoint(.loopback, 5999)
        let request = """
            OPTIONS sip:scscf.\(SimulatedLab.domain):5080 SIP/2.0\r
            Via: SIP/2.0/UDP 127.0.0.1:5999;branch=z9hG4bKslow\(number)\r
            Max-Forwards: 70\r
            From: <sip:monitor@\(SimulatedLab.domain)>;tag=1\r
            To: <sip:scscf.\(SimulatedLab.domain):5080>\r
            Call-ID: slow\(number)\r
            CSeq: 1 OPTIONS\r
            Content-Length: 0\r
            \r

            """
        let start = lab.network.now
        let first = lab.serving.core.trace.next
        lab.network.inject(Array(request.utf8), from: Hop(.udp, ListenerID(rawValue: 0), from), to: lab.serving)
        lab.pass(.milliseconds(100))
        let answer = lab.serving.core.trace.entries(from: first).first {
            guard case .sip(let octets, .sent, let hop) = $0.content else { return false }
            return hop.remote == from && octets.starts(with: Array("SIP/2.0 200".utf8))
        }
        return try #require(answer, "no 200 to OPTIONS").time - start
    }

    @Test(
        "1 % of the answers 2 s or 10 s late: the other registrations take what they always take",
        arguments: [2, 10])
    func few(seconds: Int) throws {
        let (healthy, imsis) = try lab(200)
        let usual = try #require(register(imsis, at: healthy).map(\.taken).max())
        let (lab, _) = try lab(200)
        let delayed = slow(lab, by: .seconds(seconds), every: 100)
        let results = register(imsis, at: lab)
        let touched = results.filter { $0.taken > usual }
        // One registration may meet two of them.
        #expect(delayed() >= 7 && (5...delayed()).contains(touched.count), "4 requests each")
        #expect(results.filter { $0.taken <= usual }.allSatisfy { $0.outcome == "registered" })
        #expect(touched.allSatisfy { $0.outcome == (seconds == 2 ? "registered" : "refused") }, "5 s are the limit")
        let late =
            try #require(lab.interrogating.core.diameter).statistics.lateAnswers
            + #require(lab.serving.core.diameter).statistics.lateAnswers
        #expect(late == UInt64(seconds == 2 ? 0 : delayed()))
        #expect(!lab.interrogating.observations.contains { $0.message.contains("gets no more") })
        print("\(seconds) s for 1 %: \(touched.count) of \(results.count) slower than \(usual.milliseconds) ms")
    }

    @Test("all answers 2 s late: every registration succeeds, 8 s later; OPTIONS to the S-CSCF takes no time")
    func all() throws {
        let (lab, imsis) = try lab(100)
        let delayed = slow(lab, by: .seconds(2), every: 1)
        let before = try options(lab, 0)
        for imsi in imsis { lab.network.command(Command("register", ["phone": imsi]), to: lab.phones) }
        for number in 1...80 { #expect(try options(lab, number) == before) }
        lab.pass(.seconds(10))
        #expect(imsis.allSatisfy { lab.phones.core.function.states[$0] == .registered })
        #expect(delayed() == 400)
    }

    @Test(
        "all answers 10 s late: definite refusals, bounded in flight, late answers counted, the circuit opens and closes"
    )
    func dead() throws {
        var settings = DiameterSettings.standard
        settings.inFlightPerPeer = 20
        let (lab, imsis) = try lab(100, diameter: settings)
        _ = slow(lab, by: .seconds(10), every: 1)
        for imsi in imsis { lab.network.command(Command("register", ["phone": imsi]), to: lab.phones) }
        var most = 0
        for _ in 0..<100 {
            lab.pass(.milliseconds(1))
            most = max(most, try #require(lab.interrogating.core.diameter).inFlight)
        }
        #expect(most == 20)
        lab.pass(.milliseconds(5_300))  // the time-outs, and not yet the first probe
        #expect(imsis.allSatisfy { lab.phones.core.function.states[$0] == .refused })
        func diameter() throws -> DiameterStack { try #require(lab.interrogating.core.diameter) }
        #expect(try diameter().peers[0].circuit == .open)
        #expect(try diameter().peers[0].isOpen, "its watchdog is answered")
        // Nobody waits any more.
        let began = lab.network.now
        #expect(lab.perform("register", imsis[0])?["outcome"]?.text == "refused")
        #expect(lab.network.now - began <= .milliseconds(50))
        lab.pass(.seconds(10))
        #expect(try diameter().statistics.lateAnswers == 20)
        lab.network.slowness = nil
        lab.pass(.seconds(20))
        #expect(lab.perform("register", imsis[1])?["outcome"]?.text == "registered", "the probe")
        #expect(try diameter().peers[0].circuit == .closed)
        let said = lab.interrogating.observations.map(\.message)
        #expect(said.contains { $0.contains("gets no more for a while") })
        #expect(said.contains { $0.contains("answers again") })
    }

    @Test("one of two HSSs 10 s late: the other one's answers take what they always take, and nobody fails")
    func other() throws {
        let (lab, imsis) = try lab(200, homes: [0, 0])
        _ = slow(lab, by: .seconds(10), every: 1)
        let results = register(imsis, at: lab)
        #expect(results.allSatisfy { $0.outcome == "registered" })
        // Half the time-out at the slow one for each request that went there; its circuits open soon.
        let slow = results.filter { $0.taken > .milliseconds(100) }
        #expect(!slow.isEmpty && slow.allSatisfy { $0.taken <= .seconds(11) })
        #expect(results.suffix(20).allSatisfy { $0.taken <= .milliseconds(100) }, "the slow one gets no more")
        #expect(try #require(lab.interrogating.core.diameter).statistics.failovers > 0)
    }

    @Test("registrations expire on time while the HSS takes 10 s")
    func expiry() throws {
        let (lab, _) = try lab(1)
        try lab.subscribe(SimulatedLab.imsi, expires: 60)
        #expect(lab.perform("register", SimulatedLab.imsi)?["outcome"]?.text == "registered")
        lab.network.crash(lab.phones)  // it will not refresh
        _ = slow(lab, by: .seconds(10), every: 1)
        lab.pass(.seconds(3_600 * 24))
        #expect(lab.registered == 0)
    }
}
