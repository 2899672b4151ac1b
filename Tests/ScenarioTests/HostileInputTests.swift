import Cx
import Diameter
import IMS
import InterrogatingCSCF
import Octets
import SIP
import Simulation
import Testing

@Suite("Hostile input")
struct HostileInputTests {
    private static let imsi = SimulatedLab.imsi
    private static let spare = ServingCSCFCandidate("sip:scscf2.\(SimulatedLab.domain):5081")

    /// What a phone's life puts on the wire, as each node received it.
    private struct Recording {
        var proxy: [[UInt8]] = []
        var interrogating: [[UInt8]] = []
        var serving: [[UInt8]] = []
        var phones: [[UInt8]] = []
        /// Diameter messages, both ways; the first is the CER of `scscf2`.
        var diameter: [[UInt8]] = []

        /// With `scscf2` in charge, so that its messages are at hand for an HSS that waits for it.
        init(seed: UInt64) throws {
            let lab = SimulatedLab(seed: seed, pool: [HostileInputTests.spare], hasSecond: true)
            try lab.subscribe(HostileInputTests.imsi)
            for step in ["register", "register", "deregister"] { _ = lab.perform(step, HostileInputTests.imsi) }
            let second = try #require(lab.secondServing)
            proxy = Self.datagrams(lab.proxy.core.trace)
            interrogating = Self.datagrams(lab.interrogating.core.trace)
            serving = Self.datagrams(second.core.trace)
            phones = Self.datagrams(lab.phones.core.trace)
            diameter = Self.messages(second.core.trace) + Self.messages(lab.interrogating.core.trace)
        }

        private static func datagrams(_ trace: Trace) -> [[UInt8]] {
            trace.entries(from: 0).compactMap { entry in
                if case .sip(let octets, .received, _) = entry.content { octets } else { nil }
            }
        }

        private static func messages(_ trace: Trace) -> [[UInt8]] {
            trace.entries(from: 0).compactMap { entry in
                if case .diameter(let octets, _, _) = entry.content { octets } else { nil }
            }
        }
    }

    @Test(
        "12,000 spoilt datagrams at all nodes: none traps, nothing stays, a phone registers afterwards",
        arguments: [72] as [UInt64])
    func datagrams(seed: UInt64) throws {
        let recording = try Recording(seed: 71)
        let all = recording.proxy + recording.interrogating + recording.serving + recording.phones
        #expect(all.count > 20)
        var mutator = Mutator(seed: seed, corpus: all)
        let lab = try makeLab(seed: 73)
        let phone = Hop(.udp, ListenerID(rawValue: 0), SimulatedLab.endpoint(5090))
        for number in 0..<12_000 {
            let octets: [UInt8]
            let target: any SimulatedNode
            switch mutator.below(8) {
            case 0..<4: (octets, target) = (mutator.pick(recording.proxy), lab.proxy)
            case 4, 5: (octets, target) = (mutator.pick(recording.interrogating), lab.interrogating)
            case 6: (octets, target) = (mutator.pick(recording.serving), lab.serving)
            default: (octets, target) = (mutator.pick(recording.phones), lab.phones)
            }
            lab.network.inject(mutator.mutated(octets), from: phone, to: target)
            if number % 20 == 19 { lab.pass(.milliseconds(40)) }
        }
        #expect(lab.proxy.core.counters[.malformedReceived] > 100)
        #expect(lab.subscribers.core.counters[.cxRequestReceived] > 100)
        try expectRecovery(lab)
    }

    @Test(
        "8,000 spoilt Diameter messages on associations of nobody, before and after a CER of a known peer",
        arguments: [82] as [UInt64])
    func diameterMessages(seed: UInt64) throws {
        let recording = try Recording(seed: 81)
        var mutator = Mutator(seed: seed, corpus: recording.diameter)
        let lab = try makeLab(seed: 83)
        let capabilities = try #require(recording.diameter.first)
        let targets: [any SimulatedNode] = [lab.subscribers, lab.subscribers, lab.interrogating, lab.serving]
        for number in 0..<8_000 {
            let target = mutator.pick(targets)
            let association = AssociationID(rawValue: 1_000_000 + UInt64(number))
            lab.network.connect(association, from: SimulatedLab.endpoint(40_000), to: target)
            if mutator.below(2) == 0 { lab.network.inject(capabilities, on: association, to: target) }
            for _ in 0...mutator.below(2) {
                let octets = mutator.mutated(mutator.pick(recording.diameter))
                lab.network.inject(octets, on: association, to: target)
            }
            lab.network.hangUp(association, of: target)
            if number % 100 == 99 { lab.pass(.milliseconds(100)) }
        }
        #expect(lab.subscribers.core.counters[.malformedReceived] > 100)
        try expectRecovery(lab)
    }

    @Test(
        "Spoilt on the way, one message in four, between all nodes while 80 phones try to register",
        arguments: [92] as [UInt64])
    func onTheWay(seed: UInt64) throws {
        let recording = try Recording(seed: 91)
        var mutator = Mutator(seed: seed, corpus: recording.diameter + recording.proxy)
        let lab = try makeLab(seed: 93)
        let names = (1...80).map { "0010100000001\(10 + $0)" }
        for name in names { try lab.subscribe(name) }
        var spoilt = 0
        lab.network.tamper = { octets in
            guard mutator.below(4) == 0 else { return octets }
            spoilt += 1
            return mutator.mutated(octets)
        }
        for _ in 0..<12 {
            for name in names { lab.network.command(Command("register", ["phone": name]), to: lab.phones) }
            lab.pass(.seconds(40))
        }
        lab.network.tamper = nil
        #expect(spoilt > 1_000)
        try expectRecovery(lab)
    }

    @Test("D4: a NUL in a Session-Id is refused by 5004, and a peer that comes then gets its CEA and its MAA")
    func nulInSession() throws {
        let recording = try Recording(seed: 97)
        let capabilities = try #require(recording.diameter.first)
        let question = try #require(
            recording.diameter.first { $0[5...7].elementsEqual([0, 0x01, 0x2f]) && $0[4] & 0x80 != 0 })
        // The Session-Id is the first AVP (RFC 6733 §8.8): its text begins behind a header of 20 and one of 8.
        var spoilt = question
        spoilt[31] = 0
        let lab = try makeLab(seed: 98)
        var results: [UInt32?] = []
        for (number, request) in [spoilt, question].enumerated() {
            let association = AssociationID(rawValue: 3_000_000 + UInt64(number))
            lab.network.connect(association, from: SimulatedLab.endpoint(40_000), to: lab.subscribers)
            for octets in [capabilities, request] {
                let before = lab.subscribers.core.trace.entries(from: 0).count
                lab.network.inject(octets, on: association, to: lab.subscribers)
                lab.pass(.milliseconds(100))
                for entry in lab.subscribers.core.trace.entries(from: 0).dropFirst(before) {
                    guard case .diameter(let sent, .sent, _) = entry.content, sent[4] & 0x80 == 0,
                        sent[5...7].elementsEqual(octets[5...7])
                    else { continue }
                    results.append(try DiameterMessage(decoding: sent).optional(.resultCode)?.rawValue)
                }
            }
            lab.network.hangUp(association, of: lab.subscribers)
            lab.pass(.milliseconds(100))
        }
        #expect(results == [2001, 5004, 2001, 2001])
    }

    @Test("A trace shows no key, whether messages come one in a read, two, or one and a half")
    func traceOfCutMessages() throws {
        let recording = try Recording(seed: 95)
        let answers = recording.diameter.filter { $0[5...7].elementsEqual([0, 0x01, 0x2f]) && $0[4] & 0x80 == 0 }
        let answer = try #require(answers.first)
        let item = try #require(
            try MultimediaAuthAnswer(decoding: DiameterMessage(decoding: answer)).authenticationItems.first)
        let vector = try #require(item.vector)
        let secrets = [vector.xres, vector.confidentialityKey, vector.integrityKey].map(\.array)
        let half = answer.count / 2
        let broken: [UInt8] = answer.dropLast(4) + [0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]
        let lab = try makeLab(seed: 96)
        let reads: [[UInt8]] = [
            answer, answer + answer, answer + answer[..<half], Array(answer[half...]), broken, [1], [],
        ]
        for (number, octets) in reads.enumerated() {
            let association = AssociationID(rawValue: 2_000_000 + UInt64(number))
            lab.network.connect(association, from: SimulatedLab.endpoint(40_000), to: lab.serving)
            lab.network.inject(octets, on: association, to: lab.serving)
        }
        let texts = ["Digest nonce=\"x\", CK = \"00112233\",ik=44556677\r\n", "ck=\"0011", "ik=", "k", "ick=\"12\""]
        for text in texts {
            lab.network.inject(
                Array(text.utf8), from: Hop(.udp, ListenerID(rawValue: 0), SimulatedLab.endpoint(5090)), to: lab.serving
            )
        }
        lab.network.command(Command("trace"), to: lab.serving)
        let report = try #require(lab.serving.reports[CommandID(rawValue: lab.serving.lastCommand)])
        var shown: [[UInt8]] = []
        for entry in report["entries"]?.list ?? [] {
            if let text = entry["octets"]?.text, let octets = Base64.decode(OctetSlice(text)) { shown.append(octets) }
        }
        #expect(shown.count >= 12)
        for octets in shown {
            for secret in secrets { #expect(!octets.contains(secret)) }
        }
        let datagrams = shown.suffix(texts.count).map { String(decoding: $0, as: UTF8.self) }
        #expect(
            datagrams == [
                "Digest nonce=\"x\", CK = \"xxxxxxxx\",ik=xxxxxxxx\r\n", "ck=\"xxxx", "ik=", "k", "ick=\"12\"",
            ])
    }

    private func makeLab(seed: UInt64) throws -> SimulatedLab {
        let lab = SimulatedLab(seed: seed)
        try lab.subscribe(Self.imsi)
        return lab
    }

    /// Once every timer has fired and every registration run out, nothing is left of it all.
    private func expectRecovery(_ lab: SimulatedLab) throws {
        lab.pass(.seconds(60))
        let fresh = "001010000009999"
        try lab.subscribe(fresh)
        for name in [Self.imsi, fresh] {
            let report = try #require(lab.perform("register", name))
            #expect(report["outcome"]?.text == "registered", "\(report.json)")
        }
        expectNoSequenceNumberTwice(lab.home)
        // Past the longest registration that the S-CSCF grants, and past reg-await-auth.
        lab.pass(.seconds(7_200 + 300))
        #expect(lab.proxy.core.sip.liveTransactions == 0)
        #expect(lab.interrogating.core.sip.liveTransactions == 0)
        #expect(lab.serving.core.sip.liveTransactions == 0)
        #expect(lab.phones.core.sip.liveTransactions == 0)
        lab.network.command(Command("stats"), to: lab.serving)
        let stats = try #require(lab.serving.reports[CommandID(rawValue: lab.serving.lastCommand)])
        for key in ["registrations", "identities", "contacts", "challenged", "waiting", "profiles"] {
            #expect(stats[key]?.integer == 0, "\(stats.json)")
        }
        lab.network.command(Command("registrations"), to: lab.interrogating)
        let asked = lab.interrogating.reports[CommandID(rawValue: lab.interrogating.lastCommand)]
        #expect(asked?["under-way"]?.integer == 0)
        lab.network.command(Command("registrations"), to: lab.proxy)
        let remembered = lab.proxy.reports[CommandID(rawValue: lab.proxy.lastCommand)]
        #expect(remembered?["count"]?.integer == 0)
        #expect(lab.subscribers.core.diameter?.peers.allSatisfy { $0.inFlight == 0 } == true)
    }
}
