import IMS

/// Reads what the functions of a core traced since a mark.
package struct TraceCollector {
    private let core: Core
    private var next: [CoreFunction: Int] = [:]

    package init(_ core: Core) { self.core = core }

    /// From now on.
    package mutating func mark() {
        for function in CoreFunction.allCases {
            // `from` beyond every number: only `next` is of interest.
            let report = try? core.ask(function, Command("trace", ["from": String(Int.max)]))
            next[function] = report?["next"]?.integer
        }
    }

    /// What came since the mark, or since the last call. A function that does not answer adds nothing.
    package mutating func collect() -> TraceEntries {
        var entries = TraceEntries()
        for function in CoreFunction.allCases {
            let from = next[function] ?? 0
            guard let report = try? core.ask(function, Command("trace", ["from": String(from)])) else { continue }
            entries.add(report, of: Lane(function))
            next[function] = report["next"]?.integer ?? from
        }
        return entries
    }
}
