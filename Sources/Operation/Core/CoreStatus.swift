import IMS
import Octets

/// How one function is.
package struct FunctionStatus: Sendable {
    package var function: CoreFunction
    package var process: CoreProcess?
    /// Its answer to `status`; nil when it gave none.
    package var report: Report?

    package init(function: CoreFunction, process: CoreProcess?, report: Report?) {
        self.function = function
        self.process = process
        self.report = report
    }

    package var isUp: Bool { report != nil }

    package var peers: [Report] { report?["peers"]?.list ?? [] }

    package var openPeers: Int { peers.count { $0["open"] == .boolean(true) } }

    /// Whether the HSS can be asked, for those who have to; of the HSS, whether they have come. Both sides are looked at:
    /// after an HSS was killed a CSCF may take the old connection for open until it hears otherwise.
    package var isConnected: Bool {
        switch function {
        case .icscf, .scscf: openPeers > 0
        case .hss: openPeers >= min(peers.count, CoreFunction.allCases.count { $0.asksHSS })
        case .pcscf, .tas: true
        }
    }
}

/// How a core is: a function is up when it answers.
package struct CoreStatus: Sendable {
    package var state: String
    /// From the phone inwards.
    package var functions: [FunctionStatus]
    package var registrations: Int?

    package init(state: String, functions: [FunctionStatus], registrations: Int?) {
        self.state = state
        self.functions = functions
        self.registrations = registrations
    }

    package var isUp: Bool { functions.allSatisfy { $0.isUp } }
    package var isReady: Bool { functions.allSatisfy { $0.isUp && $0.isConnected } }

    package subscript(function: CoreFunction) -> FunctionStatus? { functions.first { $0.function == function } }

    /// How Diameter travels, as the S-CSCF's peer says; nil while it does not.
    package var diameterCarrier: String? {
        for function in functions {
            for peer in function.peers { if let carrier = peer["carrier"]?.text { return carrier } }
        }
        return nil
    }

    package var report: Report {
        [
            "state": .text(state),
            "up": .boolean(isUp),
            "ready": .boolean(isReady),
            "registrations": registrations.map { .integer($0) } ?? .null,
            "functions": .record(functions.map { .init($0.function.rawValue, $0.summary) }),
        ]
    }

    /// A table for people.
    package var text: String {
        var table = Table(["", "", "pid", "up for", "memory", "Diameter peers"])
        for function in functions {
            table.add([
                function.function.title, function.isUp ? "up" : function.process == nil ? "down" : "does not answer",
                function.process.map { "\($0.pid)" } ?? "–",
                function.uptime.map(Self.span) ?? "–",
                function.process?.residentMemory.map { "\($0 / 1_048_576) MiB" } ?? "–",
                function.peerText,
            ])
        }
        let count = registrations.map { "\($0) registered" } ?? "how many are registered is not known"
        return table.text + "\n\(count); state in \(state)"
    }

    static func span(_ seconds: Double) -> String {
        let whole = Int(seconds)
        if whole < 60 { return "\(whole) s" }
        if whole < 3600 { return "\(whole / 60) min" }
        if whole < 86_400 { return "\(whole / 3600) h \(whole % 3600 / 60) min" }
        return "\(whole / 86_400) d \(whole % 86_400 / 3600) h"
    }
}

extension FunctionStatus {
    var uptime: Double? {
        switch report?["uptime-seconds"] {
        case .number(let seconds)?: seconds
        case .integer(let seconds)?: Double(seconds)
        default: nil
        }
    }

    fileprivate var peerText: String {
        guard !peers.isEmpty else { return "–" }
        return peers.map { peer in
            let name = peer["identity"]?.text?.split(separator: ".").first.map(String.init) ?? "?"
            guard peer["open"] == .boolean(true) else { return "\(name): \(peer["state"]?.text ?? "closed")" }
            return "\(name): open" + (peer["carrier"]?.text.map { ", \($0)" } ?? "")
        }.joined(separator: "; ")
    }

    fileprivate var summary: Report {
        [
            "up": .boolean(isUp),
            "pid": process.map { .integer(Int($0.pid)) } ?? .null,
            "uptime-seconds": uptime.map { .number($0) } ?? .null,
            "resident-octets": process?.residentMemory.map { .integer($0) } ?? .null,
            "transactions": report?["transactions"] ?? .null,
            "peers": .list(peers),
            "counters": report?["counters"] ?? .null,
        ]
    }
}
