import CAllocations

/// What one operation costs, or one thing takes.
struct Measurement {
    enum Cost {
        /// Median over the runs; of allocations the least, for growth of tables and first uses are not the operation's.
        case operation(nanoseconds: Double, allocations: Double)
        case memory(octets: Double)
    }

    let name: String
    let cost: Cost
    /// Most allocations per operation, or octets; nil where none is set.
    let budget: Double?

    var isWithinBudget: Bool {
        switch cost {
        case .operation(_, let allocations): budget.map { allocations <= $0 } ?? true
        case .memory(let octets): budget.map { octets <= $0 } ?? true
        }
    }
}

/// Adds up time and allocations of the parts of a run that count.
struct Meter {
    private(set) var operations = 0
    private(set) var time = Duration.zero
    private(set) var allocations: UInt64 = 0

    mutating func count<Result>(_ operations: Int, _ body: () throws -> Result) rethrows -> Result {
        let clock = ContinuousClock()
        let before = allocations_of_thread()
        let began = clock.now
        let result = try body()
        time += clock.now - began
        allocations += allocations_of_thread() - before
        self.operations += operations
        return result
    }

    init() {}

    init(operations: Int, time: Duration, allocations: UInt64) {
        self.operations = operations
        self.time = time
        self.allocations = allocations
    }

    var nanosecondsEach: Double {
        (Double(time.components.seconds) * 1e9 + Double(time.components.attoseconds) / 1e9) / Double(max(operations, 1))
    }
    var allocationsEach: Double { Double(allocations) / Double(max(operations, 1)) }
}

/// The measurements of one invocation.
struct Benchmark {
    /// Part of a name; the others are left out.
    let filter: String?
    private(set) var measurements: [Measurement] = []

    init(filter: String?) { self.filter = filter }

    func wants(_ name: String) -> Bool { filter.map { name.contains($0) } ?? true }

    /// Runs `body` some times after a first run that does not count. It says itself what of it counts.
    mutating func measure(
        _ name: String, budget: Double? = nil, runs: Int = 7, _ body: (inout Meter) throws -> Void
    ) rethrows {
        guard wants(name) else { return }
        var ignored = Meter()
        try body(&ignored)
        var meters: [Meter] = []
        for _ in 0..<runs {
            var meter = Meter()
            try body(&meter)
            meters.append(meter)
        }
        record(name, meters, budget: budget)
    }

    /// An operation that needs no preparation.
    mutating func measure(
        _ name: String, budget: Double? = nil, times: Int, _ operation: () throws -> Void
    ) rethrows {
        try measure(name, budget: budget) { meter in
            try meter.count(times) { for _ in 0..<times { try operation() } }
        }
    }

    mutating func record(_ name: String, _ meters: [Meter], budget: Double? = nil) {
        let times = meters.map(\.nanosecondsEach).sorted()
        let cost = Measurement.Cost.operation(
            nanoseconds: times[times.count / 2], allocations: meters.map(\.allocationsEach).min() ?? 0)
        measurements.append(Measurement(name: name, cost: cost, budget: budget))
    }

    mutating func record(_ name: String, octets: Double, budget: Double? = nil) {
        measurements.append(Measurement(name: name, cost: .memory(octets: octets), budget: budget))
    }
}

/// Keeps the optimiser from leaving out what nobody reads.
@inline(never) @_optimize(none)
func keep<Value>(_ value: borrowing Value) {}
