import IMS
import Octets
import ProxyCSCF
import SIP
import Simulation
import Testing

/// Phones with IPsec through the whole core: each message between protected ports needs the same association on both
/// sides.
@Suite("RFC 3329, TS 33.203 §7: phones register and call inside security associations")
struct SecurityAgreementTests {
    static let pairs = ["hmac-sha-1-96/aes-cbc", "hmac-sha-1-96/null", "hmac-md5-96/aes-cbc", "hmac-md5-96/null"]

    private func scene(
        _ ipsec: SimulatedIPsec = SimulatedIPsec(), seed: UInt64 = 1, alice: [String: String] = [:],
        bob: [String: String] = ["answer-after": "300"]
    ) throws -> CallScene {
        let lab = SimulatedLab(seed: seed, ipsec: ipsec)
        for imsi in [CallScene.alice, CallScene.bob] { try lab.secure(imsi, Self.pairs.joined(separator: ",")) }
        let scene = try CallScene(seed: seed, alice: alice, bob: bob, registers: false, subscribes: false, in: lab)
        for imsi in [CallScene.alice, CallScene.bob] {
            let report = try #require(scene.ask(imsi, "register"))
            #expect(report["outcome"]?.text == "registered", "\(report.json) \(lab.refusals)")
        }
        return scene
    }

    @Test(
        "every pair of algorithms, over UDP and TCP", arguments: pairs + ["null/aes-gcm", "aes-gmac/null"],
        [Transport.udp, .tcp])
    func pair(_ pair: String, _ transport: Transport) throws {
        var ipsec = SimulatedIPsec()
        ipsec.transport = transport
        ipsec.preference = SecurityAlgorithms(pair).map { [$0] }
        let lab = SimulatedLab(seed: 1, ipsec: ipsec)
        try lab.secure(SimulatedLab.imsi, "\(Self.pairs.joined(separator: ",")),null/aes-gcm,aes-gmac/null")
        let report = try #require(lab.perform("register", SimulatedLab.imsi))
        #expect(report["outcome"]?.text == "registered", "\(report.json) \(lab.refusals)")
        expectNoFindings(report)
        let mine = try lab.associations(of: lab.phones)
        let theirs = try lab.associations(of: lab.proxy)
        // The table of TS 33.203 §7.1: four, with the same SPIs, ports and keys on both sides.
        #expect(mine.count == 4 && theirs.count == 4)
        for association in mine {
            let other = try #require(theirs.first { $0.id == association.id })
            #expect(other.source == association.source && other.destination == association.destination)
            #expect(other.keys == association.keys && "\(other.algorithms)" == pair)
            #expect(other.direction != association.direction)
        }
        #expect(Set(mine.map(\.spi)).count == 4)
        // A re-registration inside, then the end; the answer to that still comes through.
        #expect(lab.perform("register", SimulatedLab.imsi)?["outcome"]?.text == "registered")
        #expect(lab.perform("deregister", SimulatedLab.imsi)?["outcome"]?.text == "deregistered")
        lab.pass(.seconds(300))
        #expect(try lab.associations(of: lab.phones).isEmpty)
        #expect(try lab.associations(of: lab.proxy).isEmpty)
    }

    @Test("re-authentication: a new set with other client ports, the old one drains", arguments: [Transport.udp, .tcp])
    func reauthentication(_ transport: Transport) throws {
        var ipsec = SimulatedIPsec()
        ipsec.transport = transport
        let lab = SimulatedLab(seed: 2, ipsec: ipsec) { $0.reauthentication = .always }
        try lab.secure(SimulatedLab.imsi, Self.pairs[0])
        for round in 1...4 {
            let report = try #require(lab.perform("register", SimulatedLab.imsi))
            #expect(report["outcome"]?.text == "registered", "round \(round): \(report.json) \(lab.refusals)")
            #expect(report["challenges"]?.list == ["answered"])
            lab.pass(.seconds(200))
            #expect(try lab.associations(of: lab.phones).count == 4)
            // The P-CSCF keeps the old set until it hears something else through the new one.
            #expect(try lab.associations(of: lab.proxy).count <= 8)
        }
        #expect(lab.perform("deregister", SimulatedLab.imsi)?["outcome"]?.text == "deregistered")
        lab.pass(.seconds(400))
        #expect(try lab.associations(of: lab.phones).isEmpty)
        #expect(try lab.associations(of: lab.proxy).isEmpty)
    }

    @Test("calls in both directions, with hold and session timer, over UDP and TCP", arguments: [Transport.udp, .tcp])
    func calls(_ transport: Transport) throws {
        var ipsec = SimulatedIPsec()
        ipsec.transport = transport
        let scene = try scene(ipsec)
        try scene.talk()
        #expect(scene.ask(CallScene.alice, "hold")?["media"]?["direction"]?.text == "sendonly")
        scene.lab.pass(.milliseconds(100))
        #expect(scene.ask(CallScene.bob, "hang-up")?["state"]?.text == "ended")
        scene.expectEnd("hung up by the peer", "hung up")
        #expect(scene.lab.phones.security?.dropped == 0 && scene.lab.proxy.security?.dropped == 0)
    }

    @Test("a request of 3 kB goes over TCP, from port_uc to port_ps and from port_pc to port_us")
    func longRequest() throws {
        let scene = try scene()
        let text = String(repeating: "0123456789", count: 300)
        let sent = scene.ask(CallScene.alice, "message", ["to": CallScene.bobURI, "text": text])
        #expect(sent?["outcome"]?.text == "accepted", "\(sent?.json ?? "") \(scene.lab.refusals)")
        #expect(scene.ask(CallScene.bob, "messages")?["messages"]?.list?.first?["text"]?.text == text)
    }

    @Test("a tenth of all datagrams lost, a tenth twice, out of order: the same seed gives the same octets")
    func lossy() throws {
        func run(_ seed: UInt64) throws -> UInt64 {
            let lab = SimulatedLab(seed: seed, ipsec: SimulatedIPsec())
            lab.network.conditions = LinkConditions(
                latency: .milliseconds(10), jitter: .milliseconds(30), loss: 100, duplication: 100)
            try lab.secure(SimulatedLab.imsi, Self.pairs[0])
            for _ in 1...3 where lab.phones.core.function.states[SimulatedLab.imsi] != .registered {
                _ = lab.perform("register", SimulatedLab.imsi)
                lab.pass(.seconds(300))
            }
            #expect(lab.phones.core.function.states[SimulatedLab.imsi] == .registered, "seed \(seed) \(lab.refusals)")
            return lab.network.digest
        }
        for seed in UInt64(1)...15 { _ = try run(seed) }
        #expect(try run(3) == run(3))
    }

    @Test("A18: a P-CSCF that has lost its associations: the phone begins anew and is registered")
    func lostAssociations() throws {
        let lab = SimulatedLab(seed: 5, ipsec: SimulatedIPsec())
        try lab.secure(SimulatedLab.imsi, Self.pairs[0])
        #expect(lab.perform("register", SimulatedLab.imsi)?["outcome"]?.text == "registered")
        lab.proxy.security?.flush()
        lab.network.command(Command("register", ["phone": SimulatedLab.imsi]), to: lab.phones)
        let command = CommandID(rawValue: lab.phones.lastCommand)
        lab.pass(.seconds(300))
        #expect(lab.phones.reports[command]?["outcome"]?.text == "registered", "\(lab.refusals)")
        #expect(try lab.associations(of: lab.phones).count == 4)
    }

    @Test("a handset that starts again registers with new SPIs; nothing is left of the old set")
    func reboot() throws {
        let lab = SimulatedLab(seed: 6, ipsec: SimulatedIPsec())
        try lab.secure(SimulatedLab.imsi, Self.pairs[0])
        for _ in 1...3 {
            #expect(lab.perform("register", SimulatedLab.imsi)?["outcome"]?.text == "registered", "\(lab.refusals)")
            #expect(lab.perform("reboot", SimulatedLab.imsi) != nil)
            #expect(try lab.associations(of: lab.phones).isEmpty)
        }
        let report = lab.perform("register", SimulatedLab.imsi)
        #expect(report?["outcome"]?.text == "registered", "\(report?.json ?? "") \(lab.refusals)")
        lab.pass(.seconds(400))
        #expect(try lab.associations(of: lab.phones).count == 4)
        #expect(try lab.associations(of: lab.proxy).count == 4)
    }

    @Test("RFC 3329 §2.3.1: a Security-Verify that is not the list that was sent: 494")
    func alteredVerify() throws {
        let lab = SimulatedLab(seed: 7, ipsec: SimulatedIPsec())
        try lab.secure(SimulatedLab.imsi, Self.pairs[0], ["fault": "altered-verify"])
        let report = try #require(lab.perform("register", SimulatedLab.imsi))
        #expect(report["status"]?.integer == 494, "\(report.json)")
        #expect(try lab.associations(of: lab.phones).isEmpty)
    }

    @Test("a phone without IPsec: refused where it is required, registered where it is optional")
    func withoutAgreement() throws {
        for (demand, status) in [(SecurityPolicy.Demand.required, 421), (.optional, 200), (.off, 200)] {
            var ipsec = SimulatedIPsec()
            ipsec.demand = demand
            let lab = SimulatedLab(seed: 8, ipsec: ipsec)
            try lab.subscribe(SimulatedLab.imsi)
            let report = try #require(lab.perform("register", SimulatedLab.imsi))
            #expect(report["status"]?.integer ?? 200 == status, "\(demand): \(report.json)")
        }
    }

    @Test("where the P-CSCF wants no IPsec, the phone that does says what is missing")
    func off() throws {
        var ipsec = SimulatedIPsec()
        ipsec.demand = .off
        let lab = SimulatedLab(seed: 9, ipsec: ipsec)
        try lab.secure(SimulatedLab.imsi, Self.pairs[0])
        let report = try #require(lab.perform("register", SimulatedLab.imsi))
        #expect(report["outcome"]?.text == "unusable")
        #expect(report["reason"]?.text?.contains("no Security-Server in the 401") == true, "\(report.json)")
    }

    @Test("a kernel that installs nothing: the phone is told why by both sides")
    func noKernel() throws {
        let lab = SimulatedLab(seed: 10, ipsec: SimulatedIPsec())
        try lab.secure(SimulatedLab.imsi, Self.pairs[0])
        lab.phones.security?.obstacle = "this kernel has no ESP"
        let mine = try #require(lab.perform("register", SimulatedLab.imsi))
        #expect(mine["reason"]?.text?.contains("this kernel has no ESP") == true, "\(mine.json)")
        lab.phones.security?.obstacle = nil
        lab.proxy.security?.obstacle = "this kernel has no ESP"
        let theirs = try #require(lab.perform("register", SimulatedLab.imsi))
        #expect(theirs["outcome"]?.text == "refused", "\(theirs.json)")
        #expect(try lab.associations(of: lab.phones).isEmpty)
    }

    @Test("crossed associations carry what comes from either port")
    func crossed() throws {
        var ipsec = SimulatedIPsec()
        ipsec.isCrossed = true
        let lab = SimulatedLab(seed: 11, ipsec: ipsec)
        try lab.secure(SimulatedLab.imsi, Self.pairs[0])
        let report = lab.perform("register", SimulatedLab.imsi)
        #expect(report?["outcome"]?.text == "registered", "\(report?.json ?? "") \(lab.refusals)")
        #expect(try lab.associations(of: lab.proxy).allSatisfy { $0.otherSourcePort != nil })
    }
}

extension SimulatedLab {
    /// A subscriber whose phone makes a security agreement with these pairs of algorithms.
    func secure(_ imsi: String, _ algorithms: String, _ more: [String: String] = [:]) throws {
        try subscribe(imsi)
        var arguments = ["k": Self.key, "opc": Self.opc, "expires": "3600", "security": algorithms]
        for (name, value) in more { arguments[name] = value }
        phone(imsi, arguments)
    }

    func associations<Role>(of node: SimulatedCore<Role>) throws -> [SecurityAssociation] {
        try #require(node.security).associations
    }
}
