import Diameter
import IMS
import InterrogatingCSCF
import Octets
import SIP
import Simulation
import Testing

@Suite("Counters")
struct CounterTests {
    /// A messenger whose names lead nowhere or to nobody, and one that is flooded.
    private func strained() -> MessengerScene {
        var settings = OverloadSettings()
        settings.perSource = SourceSettings(rate: 1_000, burst: 400)
        let scene = MessengerScene(servers: 1, overload: settings)
        _ = scene.send("sip:nobody@nowhere.example.com")
        let address = Endpoint(MessengerScene.address(0), 5060)
        scene.network.dns.services(
            "_sip._udp.example.com", [(1, 0, 5061, "server0.example.com"), (2, 0, 5060, "server0.example.com")])
        scene.network.unreachable = [Endpoint(address.address, 5061)]
        _ = scene.send()
        scene.servers[0].waited(.seconds(1), at: scene.network.now)
        for round in 0..<20 {
            for number in 0..<25 {
                scene.network.command(
                    Command("send", ["uri": "sip:\(round)-\(number)@\(address)"]), to: scene.client)
            }
            scene.pass(.milliseconds(20))
        }
        let stranger = Hop(.udp, MessengerScene.listener, Endpoint(.v4(0x0A00_0001), 5060))
        for _ in 0..<500 { scene.network.inject(Array("nonsense".utf8), from: stranger, to: scene.servers[0]) }
        return scene
    }

    /// An S-CSCF that has lost its store.
    private func restored() throws -> SimulatedLab {
        let lab = SimulatedLab(seed: 5)
        try lab.subscribe(SimulatedLab.imsi)
        _ = lab.perform("register", SimulatedLab.imsi)
        lab.network.crash(lab.serving)
        lab.restartServing()
        lab.pass(.seconds(5))
        _ = lab.perform("message", SimulatedLab.imsi, ["to": "sip:nobody@\(SimulatedLab.domain)", "text": "hello"])
        return lab
    }

    private func message(_ startLine: String) -> [UInt8] {
        Array(
            """
            \(startLine)\r
            Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1\r
            Max-Forwards: 70\r
            From: <sip:a@b>;tag=1\r
            To: <sip:a@b>\r
            Call-ID: 1\r
            CSeq: 1 MESSAGE\r
            Content-Length: 0\r
            \r

            """.utf8)
    }

    @Test("each moves in some scenario")
    func all() throws {
        let pool = ["scscf", "scscf2"].enumerated().map { index, name in
            ServingCSCFCandidate("sip:\(name).\(SimulatedLab.domain):\(5080 + index)")
        }
        let lab = SimulatedLab(seed: 4, pool: pool)
        let imsi = SimulatedLab.imsi
        try lab.subscribe(imsi, expires: 60)
        lab.network.command(Command("advance", ["phone": imsi, "sqn": "3200000"]), to: lab.phones)
        _ = lab.perform("register", imsi)
        let neighbour = Hop(.udp, ListenerID(rawValue: 0), SimulatedLab.endpoint(5060))
        let callee = "sip:+\(imsi.suffix(10))@\(SimulatedLab.domain)"
        lab.network.inject(message("MESSAGE \(callee) SIP/2.0"), from: neighbour, to: lab.interrogating)
        lab.pass(.seconds(100))
        _ = lab.perform("register", imsi)
        _ = lab.perform("deregister", imsi)
        lab.phone("001010000000002", ["k": SimulatedLab.key, "opc": SimulatedLab.opc])
        _ = lab.perform("register", "001010000000002")
        for text in ["MESSAGE sip:a@b SIP/2.0", "nonsense"] {
            let hop = Hop(.udp, ListenerID(rawValue: 0), Endpoint(.v4(0x0A00_0001), 5060))
            lab.network.inject(message(text), from: hop, to: lab.proxy)
        }
        for notice in [.pathFailed(nil), .pathRestored(nil), .sendFailed, .restarted, .lost] as [AssociationNotice] {
            lab.network.notice(notice, of: AssociationID(rawValue: 1), to: lab.serving)
        }
        lab.network.crash(lab.serving)
        _ = lab.perform("register", imsi)
        lab.pass(.seconds(100))
        let scene = strained()
        let restored = try restored()
        for counter in Counter.allCases {
            let others = scene.client.core.counters[counter] + scene.servers[0].core.counters[counter]
            #expect(lab.count(counter) + others + restored.count(counter) > 0, "\(counter.name) never moved")
        }
    }
}
