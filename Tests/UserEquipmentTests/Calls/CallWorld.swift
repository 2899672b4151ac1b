import IMS
import Octets
import SIP
import Simulation
import Testing
import UserEquipment

/// Two phones, each on its own node, and a switchboard between them, in virtual time.
final class CallWorld {
    static let key = "465b5ce8b199b49faa5f0a2ee238a6bc"

    let network: SimulatedNetwork
    let switchboard: Switchboard
    let alice: SimulatedCore<UserEquipment>
    let bob: SimulatedCore<UserEquipment>

    init(
        seed: UInt64 = 1, conditions: LinkConditions = .perfect, alice aliceManner: [String: String] = [:],
        bob bobManner: [String: String] = [:]
    ) {
        network = SimulatedNetwork(seed: seed)
        switchboard = Switchboard(at: Endpoint(.loopback, 5060))
        alice = Self.node("alice", 5090, seed: seed)
        bob = Self.node("bob", 5091, seed: seed + 1_000)
        network.add(switchboard)
        network.add(alice)
        network.add(bob)
        for (node, name, manner) in [(alice, "alice", aliceManner), (bob, "bob", bobManner)] {
            var arguments = [
                "phone": name, "impi": "\(name)@example.com", "impu": "sip:\(name)@example.com",
                "domain": "example.com",
                "k": Self.key, "opc": Self.key,
            ]
            arguments.merge(manner) { $1 }
            #expect(ask(node, "phone", arguments)?["error"] == nil)
            #expect(ask(node, "register", ["phone": name])?["outcome"]?.text == "registered")
        }
        network.conditions = conditions
    }

    private static func node(_ name: String, _ port: UInt16, seed: UInt64) -> SimulatedCore<UserEquipment> {
        let listener = ListenerID(rawValue: 0)
        var entropy = Entropy(number: seed)
        let endpoint = Endpoint(.loopback, port)
        let role = UserEquipment(
            .init(proxy: Hop(.udp, listener, Endpoint(.loopback, 5060)), contact: "\(endpoint)", timers: .core),
            entropy: entropy.fork())
        let stack = SIPStack(listeners: [listener: SIPListener(.udp, endpoint)], entropy: entropy.fork())
        return SimulatedCore(
            NodeCore(NodeIdentity(.ue, name: name), role, sip: stack), listeners: [listener: endpoint],
            work: { _ in .done })
    }

    /// Orders something, without waiting for the answer.
    @discardableResult
    func order(
        _ node: SimulatedCore<UserEquipment>, _ name: String, _ arguments: [String: String] = [:]
    ) -> CommandID {
        var arguments = arguments
        arguments["phone"] = arguments["phone"] ?? (node === alice ? "alice" : "bob")
        network.command(Command(name, arguments), to: node)
        return CommandID(rawValue: node.lastCommand)
    }

    /// Orders something and lets time pass until it is answered.
    func ask(
        _ node: SimulatedCore<UserEquipment>, _ name: String, _ arguments: [String: String] = [:],
        within span: Duration = .seconds(60)
    ) -> Report? {
        answer(node, order(node, name, arguments), within: span)
    }

    func answer(
        _ node: SimulatedCore<UserEquipment>, _ id: CommandID, within span: Duration = .seconds(60)
    ) -> Report? {
        let limit = network.now + span
        while node.reports[id] == nil, network.now < limit { pass(.milliseconds(5)) }
        return node.reports[id]
    }

    func pass(_ span: Duration) { network.run(until: network.now + span) }

    /// The last call of a phone.
    func call(_ node: SimulatedCore<UserEquipment>) -> Report? { ask(node, "calls")?["calls"]?.list?.last }

    /// A call that is up, with what the caller knows of it.
    func talk() throws -> Report {
        let answered = order(bob, "wait", ["until": "talking"])
        order(alice, "call", ["to": "sip:bob@example.com", "until": "ringing"])
        _ = ask(bob, "wait", ["until": "ringing"])
        pass(.milliseconds(100))
        order(bob, "answer")
        let callee = try #require(answer(bob, answered))
        #expect(callee["state"]?.text == "talking", "\(callee.json)")
        pass(.milliseconds(200))
        let caller = try #require(call(alice))
        #expect(caller["state"]?.text == "talking", "\(caller.json)")
        return caller
    }
}

extension Report {
    var events: [String] { (self["events"]?.list ?? []).compactMap { $0["event"]?.text } }
    var findings: [String] { (self["findings"]?.list ?? []).compactMap { $0["sentence"]?.text } }
}
