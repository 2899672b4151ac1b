import Foundation
import IMS
import Octets
import SIP
import Simulation
import Testing

/// Random lives of phones on a network that loses a fifth of all datagrams, doubles and disorders them, while nodes are
/// killed, frozen and cut off. Afterwards everything has to work again, and nothing may be left of it.
///
/// `IMS_FAULT_SEEDS=FROM-TO` runs others than the few of every day.
@Suite("Fault hunt: random faults under random calls, F1 to F18 in one", .serialized)
struct FaultHuntTests {
    private static let conditions = LinkConditions(
        latency: .milliseconds(10), jitter: .milliseconds(40), loss: 200, duplication: 100)

    static let seeds: [UInt64] = {
        let bounds = ProcessInfo.processInfo.environment["IMS_FAULT_SEEDS"]?.split(separator: "-").compactMap {
            UInt64($0)
        }
        guard let bounds, bounds.count == 2, bounds[0] <= bounds[1] else { return Array(1...8) }
        return Array(bounds[0]...bounds[1])
    }()

    @Test(
        "whatever happened: all register, call each other and leave; then no table of any node holds anything",
        arguments: seeds)
    func hunt(seed: UInt64) throws {
        let fresh = try quiet(Hunt(seed: seed).lab)
        let hunt = try Hunt(seed: seed)
        hunt.lab.network.conditions = Self.conditions
        hunt.telephony.store.loss = 200
        for _ in 0..<40 { hunt.step() }
        hunt.heal()
        try hunt.expectService()
        hunt.leave()
        for (left, before) in zip(try quiet(hunt.lab), fresh) {
            #expect(left.tables.excess(over: before.tables) == [], "seed \(seed), \(left.node): \(hunt.story)")
        }
        #expect(hunt.telephony.store.openStreams == 0, "seed \(seed)")
    }

    @Test("the same seed, the same octets")
    func sameSeed() throws {
        func run(_ seed: UInt64) throws -> UInt64 {
            let hunt = try Hunt(seed: seed)
            hunt.lab.network.conditions = Self.conditions
            for _ in 0..<15 { hunt.step() }
            return hunt.lab.network.digest
        }
        #expect(try run(7) == run(7))
    }

    @Test("timers and tables do not grow with the refreshes and calls of a phone")
    func growth() throws {
        let scene = try TelephonyScene(registered: 2)
        scene.behave(1, ["answer-after": "10"])
        _ = scene.ask(1, "subscribe", ["event": "message-summary"])
        scene.set(1, "mailbox yes")
        func live(_ rounds: Int) throws {
            for _ in 0..<rounds {
                for phone in 0...1 { try scene.register(phone) }
                scene.expectTalking(scene.call(0, 1))
                scene.hangUp(0, 1, after: .seconds(1))
            }
            // Transactions end, and with them what waits for them.
            scene.lab.pass(.seconds(300))
        }
        try live(4)
        let before = scene.lab.tables
        try live(100)
        for (after, before) in zip(scene.lab.tables, before) {
            #expect(after.tables.excess(over: before.tables) == [], "\(after.node)")
        }
    }

    /// The tables when all that could be waited for is over: session timers, and the longest of all.
    private func quiet(_ lab: SimulatedLab) throws -> [(node: String, tables: NodeTables)] {
        lab.pass(.seconds(5_000))
        return lab.tables
    }
}

/// One random life.
private final class Hunt {
    private static let phones = 4
    let scene: TelephonyScene
    let telephony: SimulatedTelephony
    var lab: SimulatedLab { scene.lab }
    private var entropy: Entropy
    private(set) var story: [String] = []

    init(seed: UInt64) throws {
        entropy = Entropy(number: seed &* 7_919)
        scene = try TelephonyScene(
            seed: seed, registered: 0, handling: seed % 2 == 0 ? .sessionContinued : .sessionTerminated, expires: 1_200)
        telephony = scene.telephony
        for phone in 0..<Self.phones { try scene.subscribe(phone) }
    }

    private func below(_ bound: Int) -> Int { Int(entropy.next32() % UInt32(bound)) }
    private func one<Value>(_ values: [Value]) -> Value { values[below(values.count)] }

    private func order(_ phone: Int, _ name: String, _ arguments: [String: String] = [:]) {
        story.append("\(phone) \(name) \(arguments["to"] ?? "")")
        scene.order(phone, name, arguments)
    }

    // MARK: Steps

    func step() {
        let phone = below(Self.phones)
        let other = scene.identity(below(Self.phones))
        switch below(24) {
        case 0...3: order(phone, "register")
        case 4...8: order(phone, "call", ["to": other])
        case 9, 10: order(phone, "hang-up")
        case 11: order(phone, "answer")
        case 12: order(phone, one(["hold", "resume"]))
        case 13: order(phone, "message", ["to": other, "text": "hello"])
        case 14: order(phone, "manner", one(Self.manners))
        case 15: order(phone, one(["subscribe", "unsubscribe"]), ["event": one(["reg", "message-summary"])])
        case 16: order(phone, "deregister")
        case 17: _ = telephony.set(scene.identity(phone), [rule(other)])
        case 18:
            let user = "\(TelephonyScene.name(phone))@\(SimulatedLab.domain)"
            let name = one(["kick", "push"])
            story.append("\(phone) \(name)")
            lab.network.command(Command(name, ["identity": user]), to: lab.subscribers)
        default: fault()
        }
        lab.pass(.milliseconds(one([5, 50, 300, 2_000, 9_000])))
    }

    private static let manners: [[String: String]] = [
        ["answer-after": "200"], ["answer-after": "4000"], ["refuse": "never"], ["refuse": "486"],
        ["refuse": "603", "refuse-after": "2000"], ["preconditions": "no"], ["reliable": "no"], ["codecs": "g711"],
        ["second-call": "yes"], ["talk-for": "5000"],
    ]

    private func rule(_ other: String) -> String {
        let condition = one(["unconditional", "busy", "no-reply", "not-reachable", "not-logged-in"])
        return one([
            "forward.\(condition) \(other)", "forward.\(condition) off", "mailbox yes", "mailbox no",
            "hide-identity default", "bar-outgoing none", "no-reply-time 5",
        ])
    }

    private func fault() {
        switch below(7) {
        case 0: crash("scscf", lab.serving) { self.lab.restartServing(keepsState: true) }
        case 1: crash("scscf and its store", lab.serving) { self.lab.restartServing() }
        case 2: crash("hss", lab.subscribers) { self.lab.restartSubscribers() }
        case 3:
            story.append("tas crashes")
            telephony.crash()
            lab.pass(.milliseconds(one([20, 3_000])))
            telephony.restart()
        case 4:
            let node = one(nodes)
            lab.network.silence(node)
            story.append("\(type(of: node)) is cut off")
            lab.pass(.milliseconds(one([200, 5_000, 20_000])))
            lab.network.unsilence(node)
        case 5:
            let node = one(nodes)
            lab.network.freeze(node)
            story.append("\(type(of: node)) is frozen")
            lab.pass(.milliseconds(one([200, 5_000])))
            lab.network.thaw(node)
        default: lab.pass(.seconds(40))
        }
    }

    private var nodes: [any SimulatedNode] {
        [lab.proxy, lab.interrogating, lab.serving, lab.subscribers, telephony.node]
    }

    private func crash(_ name: String, _ node: any SimulatedNode, restart: () -> Void) {
        story.append("\(name) crashes")
        lab.network.crash(node)
        lab.pass(.milliseconds(one([20, 3_000])))
        restart()
    }

    // MARK: The end

    /// The network is well again, and so are all calls over.
    func heal() {
        lab.network.conditions = .perfect
        telephony.store.loss = 0
        lab.pass(.seconds(400))
        for phone in 0..<Self.phones {
            _ = telephony.set(
                scene.identity(phone),
                ["unconditional", "busy", "no-reply", "not-reachable", "not-logged-in"].map { "forward.\($0) off" }
                    + ["mailbox no", "hide-identity no"])
            for manner in [["refuse": "never", "talk-for": "never"], ["answer-after": "100"]] {
                scene.order(phone, "manner", manner)
            }
            for _ in 0..<4 { _ = scene.ask(phone, "hang-up", within: .seconds(300)) }
        }
        // A phone whose peer has vanished without a word goes on until its session timer ends.
        lab.pass(.seconds(2_000))
    }

    /// Everybody can register, and call somebody.
    func expectService() throws {
        for phone in 0..<Self.phones {
            if scene.ask(phone, "register")?["outcome"]?.text != "registered" {
                // What the network has forgotten, the phone learns by the refusal of its old credentials.
                try scene.register(phone)
            }
        }
        for phone in 0..<Self.phones {
            let peer = (phone + 1) % Self.phones
            scene.expectTalking(scene.call(phone, peer))
            scene.hangUp(phone, peer)
        }
    }

    func leave() {
        for phone in 0..<Self.phones {
            for event in ["reg", "message-summary"] { _ = scene.ask(phone, "unsubscribe", ["event": event]) }
            #expect(scene.ask(phone, "deregister")?["outcome"]?.text == "deregistered")
        }
    }
}
