import CAllocations
import IMS
import Octets
import Simulation

/// Whole registrations in virtual time: phone, P-CSCF, I-CSCF, HSS, S-CSCF; challenge and answer, 12 datagrams and
/// 8 Diameter messages each, and the timers until every transaction is gone.
func measureRegistration(_ benchmark: inout Benchmark) throws {
    try measureRegistration(&benchmark, "one registration in the simulated network", watches: false)
    try measureRegistration(&benchmark, "one registration with reg-event at the P-CSCF", watches: true)
}

private func measureRegistration(_ benchmark: inout Benchmark, _ name: String, watches: Bool) throws {
    guard benchmark.wants(name) else { return }
    let phones = 500
    let lab = SimulatedLab(seed: 1, watches: watches)
    let names = (0..<phones).map { "0010100000\(10_000 + $0)" }
    for name in names { try lab.subscribe(name) }
    let nodes = [
        ("P-CSCF", NodeMeter(lab.proxy)), ("I-CSCF", NodeMeter(lab.interrogating)), ("S-CSCF", NodeMeter(lab.serving)),
        ("HSS", NodeMeter(lab.subscribers)), ("phone", NodeMeter(lab.phones)),
    ]
    var whole: [Meter] = []
    var parts: [[Meter]] = nodes.map { _ in [] }
    for run in 0..<6 {
        for (_, node) in nodes { node.reset() }
        var meter = Meter()
        let done = meter.count(phones) { perform("register", names, lab, expecting: "registered") }
        precondition(done == phones, "\(phones - done) phones did not register")
        if run > 0 {  // The first fills the tables.
            whole.append(meter)
            for (index, node) in nodes.enumerated() { parts[index].append(node.1.meter(operations: phones)) }
        }
        perform("deregister", names, lab, expecting: "deregistered")
    }
    benchmark.record(name, whole)
    for (node, meters) in zip(nodes, parts) { benchmark.record("  of it \(node.0)", meters) }
}

/// - Returns: how many ended as expected.
@discardableResult
func perform(_ command: String, _ names: [String], _ lab: SimulatedLab, expecting outcome: String) -> Int {
    let first = lab.phones.lastCommand + 1
    for name in names {
        lab.network.command(Command(command, ["phone": name]), to: lab.phones)
        lab.network.run(until: lab.network.now + .milliseconds(1))
    }
    lab.network.run(until: lab.network.now + .seconds(200))
    return (first...lab.phones.lastCommand).count {
        lab.phones.reports[CommandID(rawValue: $0)]?["outcome"]?.text == outcome
    }
}

/// What one node of the network costs.
final class NodeMeter {
    private let clock = ContinuousClock()
    private var began = ContinuousClock().now
    private var before: UInt64 = 0
    private var time = Duration.zero
    private var allocations: UInt64 = 0

    init<Function: NetworkFunction>(_ node: SimulatedCore<Function>) {
        node.bracket = (begin: { [unowned self] in begin() }, end: { [unowned self] in end() })
    }

    func reset() {
        time = .zero
        allocations = 0
    }

    func meter(operations: Int) -> Meter { Meter(operations: operations, time: time, allocations: allocations) }

    private func begin() {
        before = allocations_of_thread()
        began = clock.now
    }

    private func end() {
        time += clock.now - began
        allocations += allocations_of_thread() - before
    }
}
