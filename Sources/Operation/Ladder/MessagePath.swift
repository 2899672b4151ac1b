/// The way that a message of a call takes through the nodes, TS 23.228 §5.6 and §5.7: the first of its name.
package struct MessagePath: Equatable, Sendable {
    package var label: String
    package var lanes: [Lane]

    package init(_ label: String, _ lanes: [Lane]) {
        self.label = label
        self.lanes = lanes
    }

    /// A request outside every dialog finds its way through the entry point of the callee's home.
    static func initial(_ method: String) -> MessagePath {
        MessagePath(method, [.ue, .pcscf, .scscf, .icscf, .scscf, .pcscf, .callee])
    }

    /// One within it goes by Record-Route, past the I-CSCF.
    static func inDialog(_ method: String) -> MessagePath {
        MessagePath(method, [.ue, .pcscf, .scscf, .pcscf, .callee])
    }

    /// Who serves the callee.
    static let question = MessagePath("LIR", [.icscf, .hss])
    static let answer = MessagePath("LIA", [.hss, .icscf])

    /// Where the message went another way, in a sentence; nil when it went this one. What a node sends to itself counts
    /// as one stay.
    package func deviation(in exchange: Exchange) -> String? {
        var seen: [Lane] = []
        for arrow in exchange.arrows where !arrow.isRepeated && arrow.message.shortLabel == label {
            guard seen.count < lanes.count else { break }
            if seen.isEmpty { seen.append(arrow.from) }
            if arrow.to != seen.last { seen.append(arrow.to) }
        }
        guard seen != lanes else { return nil }
        func words(_ lanes: [Lane]) -> String { lanes.map(\.title).joined(separator: " → ") }
        return seen.isEmpty
            ? "there was no \(label); expected: \(words(lanes))"
            : "\(label) went \(words(seen)); expected: \(words(lanes))"
    }
}
