import IMS
import Simulation

/// How much each table of a node holds, found by reflection: one that is added later cannot be forgotten.
struct NodeTables {
    private(set) var counts: [String: Int] = [:]

    /// What is bounded by its kind and no trace of a call or a registration.
    private static let bounded: Set<String> = [
        // For operators and users to look at.
        "trace", "counters", "history", "inbox", "unasked", "steps", "handsets", "settings",
        // Slots that are used again, with a wake-up for each.
        "slots", "free", "armed", "queue",
        // Memories of a limited size: servers that rest, S-CSCFs of users, peers, answers for copies, service profiles.
        "resting", "known", "perPeer", "duplicates", "serviceRoutes", "criteria", "services", "names",
    ]
    /// Wake-ups of what is gone are let go when there are more than this, and twice as many as are needed.
    private static let lazily = 64
    private static let lazy = [
        ".function.watches.deadlines.heap", ".function.contacts.deadlines.heap", ".function.sessions.deadlines.heap",
        ".function.tables.dialogs.deadlines.heap", ".function.alarms.heap",
    ]

    init(_ core: Any) { walk(core, "", 0) }

    private mutating func walk(_ value: Any, _ path: String, _ depth: Int) {
        guard depth < 14, !(value is [UInt8]) else { return }
        let mirror = Mirror(reflecting: value)
        switch mirror.displayStyle {
        case .dictionary, .set, .collection: counts[path] = mirror.children.count
        case .struct, .tuple, .optional, .enum, .class:
            var current: Mirror? = mirror
            while let level = current {
                for (index, child) in level.children.enumerated() {
                    let label = child.label ?? "\(index)"
                    guard !Self.bounded.contains(label) else { continue }
                    walk(child.value, label == "some" ? path : "\(path).\(label)", depth + 1)
                }
                current = level.superclassMirror
            }
        default: break
        }
    }

    /// Tables that hold more than those of a node that has done nothing.
    func excess(over fresh: NodeTables) -> [String] {
        counts.filter { path, count in
            count > (fresh.counts[path] ?? 0) + (Self.lazy.contains(path) ? Self.lazily : 0)
        }.map { "\($0.key): \($0.value)" }.sorted()
    }
}

extension SimulatedLab {
    /// Of each node, by name.
    var tables: [(node: String, tables: NodeTables)] {
        var tables: [(node: String, tables: NodeTables)] = [
            ("phones", NodeTables(phones.core)), ("pcscf", NodeTables(proxy.core)),
            ("icscf", NodeTables(interrogating.core)), ("scscf", NodeTables(serving.core)),
            ("hss", NodeTables(subscribers.core)),
        ]
        if let telephony { tables.append(("tas", NodeTables(telephony.node.core))) }
        return tables
    }
}
