import CAllocations
import IMS
import Octets
import Simulation

/// What each node of a simulated network costs.
struct NodeMeters {
    /// By the node's name.
    let nodes: [(name: String, meter: NodeMeter)]

    init(_ lab: SimulatedLab) {
        nodes = [
            ("P-CSCF", NodeMeter(lab.proxy)), ("I-CSCF", NodeMeter(lab.interrogating)),
            ("S-CSCF", NodeMeter(lab.serving)), ("HSS", NodeMeter(lab.subscribers)), ("phone", NodeMeter(lab.phones)),
        ]
    }
}

extension Benchmark {
    /// Measures an operation of the whole network, and each node's part in it.
    ///
    /// - Parameters:
    ///   - budgets: the most allocations, by the node's name.
    ///   - body: so many operations.
    ///   - afterwards: what has to be done before they can be done again.
    mutating func record(
        _ name: String, _ meters: NodeMeters, operations: Int, budgets: [String: Double] = [:], _ body: () -> Void,
        afterwards: () -> Void = {}
    ) {
        var whole: [Meter] = []
        var parts: [[Meter]] = meters.nodes.map { _ in [] }
        for run in 0..<6 {
            for node in meters.nodes { node.meter.reset() }
            var meter = Meter()
            meter.count(operations, body)
            if run > 0 {  // The first fills the tables.
                whole.append(meter)
                for (index, node) in meters.nodes.enumerated() {
                    parts[index].append(node.meter.meter(operations: operations))
                }
            }
            afterwards()
        }
        record(name, whole)
        for (node, meters) in zip(meters.nodes, parts) {
            record("  of it \(node.name)", meters, budget: budgets[node.name])
        }
    }
}

/// Phones of a simulated network.
enum SimulatedPhones {
    static func names(_ count: Int) -> [String] { (0..<count).map { "0010100000\(10_000 + $0)" } }

    /// What others dial to reach one.
    static func address(of name: String) -> String { "sip:+\(name.suffix(10))@\(SimulatedLab.domain)" }
}

extension SimulatedLab {
    /// Has phones do something, one a millisecond, and lets time pass.
    ///
    /// - Parameter span: so long; every transaction is gone behind it.
    /// - Returns: how many ended as expected.
    func perform(
        _ command: String, _ names: [String], _ arguments: (String) -> [String: String] = { _ in [:] },
        settling span: Duration = .seconds(200), expecting isExpected: (Report) -> Bool
    ) -> Int {
        let first = phones.lastCommand + 1
        for name in names {
            network.command(Command(command, arguments(name).merging(["phone": name]) { $1 }), to: phones)
            network.run(until: network.now + .milliseconds(1))
        }
        network.run(until: network.now + span)
        return (first...phones.lastCommand).count {
            phones.reports[CommandID(rawValue: $0)].map(isExpected) ?? false
        }
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
