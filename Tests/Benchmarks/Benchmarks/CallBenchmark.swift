import CAllocations
import IMS
import Octets
import SIP
import Simulation

/// Whole calls in virtual time between two phones of one network: INVITE, 180, 200, ACK and BYE, each through P-, S-, I-,
/// S- and P-CSCF, and the timers until every transaction is gone.
func measureCall(_ benchmark: inout Benchmark) throws {
    try measureCall(
        &benchmark, "one call in the simulated network", CallScene.plain,
        budgets: ["P-CSCF": 380, "I-CSCF": 62, "S-CSCF": 310])
    try measureCall(
        &benchmark, "one call with preconditions, PRACK and UPDATE", [:],
        budgets: ["P-CSCF": 735, "I-CSCF": 69, "S-CSCF": 560])
    try measureDialogs(&benchmark)
}

/// Registered phones in pairs; the first of each pair calls the second.
private struct CallScene {
    /// As a phone that knows no extensions calls.
    static let plain = ["preconditions": "no", "reliable": "no", "session-expires": "never", "codecs": "g711"]

    let lab: SimulatedLab
    let names: [String]
    let callers: [String]

    /// - Parameters:
    ///   - manner: of all phones; the called ones answer at once.
    ///   - span: milliseconds to talk, or `never` to stop.
    init(calls: Int, _ manner: [String: String], talkingFor span: String) throws {
        lab = SimulatedLab(seed: 1, watches: false)
        names = SimulatedPhones.names(2 * calls)
        callers = Array(names.prefix(calls))
        for name in names { try lab.subscribe(name) }
        _ = lab.perform("manner", names) { _ in
            manner.merging(["answer-after": "0"]) { $1 }
        } expecting: { _ in
            true
        }
        _ = lab.perform("manner", callers) { _ in
            ["talk-for": span]
        } expecting: { _ in
            true
        }
        let registered = lab.perform("register", names) { $0["outcome"]?.text == "registered" }
        precondition(registered == names.count, "\(names.count - registered) phones did not register")
    }

    func callAll(until state: String, settling span: Duration = .seconds(200)) {
        let callees = Dictionary(uniqueKeysWithValues: zip(callers, names.dropFirst(callers.count)))
        func arguments(_ caller: String) -> [String: String] {
            ["to": SimulatedPhones.address(of: callees[caller] ?? ""), "until": state]
        }
        let done = lab.perform("call", callers, arguments, settling: span) {
            $0["state"]?.text == state && (state == "talking" || $0["ending"]?.text == "hung up")
        }
        precondition(done == callers.count, "\(callers.count - done) calls failed")
    }
}

private func measureCall(
    _ benchmark: inout Benchmark, _ name: String, _ manner: [String: String], budgets: [String: Double]
) throws {
    guard benchmark.wants(name) else { return }
    let scene = try CallScene(calls: 250, manner, talkingFor: "100")
    benchmark.record(name, NodeMeters(scene.lab), operations: scene.callers.count, budgets: budgets) {
        scene.callAll(until: "ended")
    }
}

/// What a node holds for each call: the octets that are free when its state is thrown away, less those of a node that
/// differs in nothing but the calls.
private func measureDialogs(_ benchmark: inout Benchmark) throws {
    let (fresh, standing) = ("octets held for a call just answered", "octets held for a call that goes on")
    guard benchmark.wants(fresh) || benchmark.wants(standing) else { return }
    let idle = try measuredScene()
    let busy = try measuredScene()
    busy.callAll(until: "talking", settling: .seconds(2))
    compare(busy, idle, fresh, ["P-CSCF": 18_000, "I-CSCF": 4_500, "S-CSCF": 9_000], &benchmark)
    // Tables that were larger once stay so: the other node has had as many calls.
    let over = try measuredScene()
    over.callAll(until: "talking")
    let ended = over.lab.perform("hang-up", over.callers) { $0["state"]?.text == "ended" }
    precondition(ended == over.callers.count, "a call did not end")
    let talking = try measuredScene()
    talking.callAll(until: "talking")
    compare(talking, over, standing, ["P-CSCF": 2_600, "I-CSCF": 200, "S-CSCF": 2_400], &benchmark)
}

private func measuredScene() throws -> CallScene {
    try CallScene(calls: 512, CallScene.plain, talkingFor: "never")
}

private func compare(
    _ busy: CallScene, _ idle: CallScene, _ name: String, _ budgets: [String: Double], _ benchmark: inout Benchmark
) {
    for scene in [busy, idle] {
        // The last messages that the nodes keep to be shown are registrations in either.
        let registered = scene.lab.perform("register", scene.names, settling: .seconds(2)) {
            $0["outcome"]?.text == "registered"
        }
        precondition(registered == scene.names.count, "a phone did not register again")
    }
    let empty = SimulatedLab(seed: 1, watches: false)
    func held<Function: NetworkFunction>(_ node: KeyPath<SimulatedLab, SimulatedCore<Function>>) -> Double {
        func freed(_ lab: SimulatedLab) -> Int64 {
            let before = octets_held_by_thread()
            lab[keyPath: node].replaceState(by: empty[keyPath: node])
            return before - octets_held_by_thread()
        }
        return Double(freed(busy.lab) - freed(idle.lab)) / Double(busy.callers.count)
    }
    for (node, octets) in [("P-CSCF", held(\.proxy)), ("I-CSCF", held(\.interrogating)), ("S-CSCF", held(\.serving))] {
        benchmark.record("\(name) by the \(node)", octets: octets, budget: budgets[node])
    }
}
