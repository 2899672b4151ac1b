import IMS
import NodeIO

/// Reads what the nodes of a core traced since a mark.
package struct TraceCollector {
    private let core: Core
    /// By the nodes' sockets.
    private var next: [String: Int] = [:]

    package init(_ core: Core) { self.core = core }

    /// From now on.
    package mutating func mark() {
        for (_, socket) in nodes {
            // `from` beyond every number: only `next` is of interest.
            next[socket] = trace(socket, from: .max)?["next"]?.integer
        }
    }

    /// What came since the mark, or since the last call. A node that does not answer adds nothing.
    package mutating func collect() -> TraceEntries {
        var entries = TraceEntries()
        for (function, socket) in nodes {
            let from = next[socket] ?? 0
            guard let report = trace(socket, from: from) else { continue }
            entries.add(report, of: Lane(function))
            next[socket] = report["next"]?.integer ?? from
        }
        return entries
    }

    /// Of two HSSs, say, both stand in the column of the HSS.
    private var nodes: [(CoreFunction, String)] {
        CoreFunction.allCases.flatMap { function in core.state.sockets(of: function).map { (function, $0) } }
    }

    private func trace(_ socket: String, from: Int) -> Report? {
        let report = try? AdminClient(path: socket, timeout: .seconds(5)).ask(
            Command("trace", ["from": String(from)]))
        return report?["error"] == nil ? report : nil
    }
}
