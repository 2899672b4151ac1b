/// The messages of a registration between the nodes, TS 24.228 and TS 23.228 §5.2.2.3, hop by hop.
package enum RegistrationSequence {
    package struct Step: Equatable, Sendable, CustomStringConvertible {
        package var from: Lane
        package var to: Lane
        package var label: String

        init(_ from: Lane, _ to: Lane, _ label: String) {
            self.from = from
            self.to = to
            self.label = label
        }

        package init(_ arrow: Arrow) { self.init(arrow.from, arrow.to, arrow.message.shortLabel) }

        package var description: String { "\(label) \(from.title) → \(to.title)" }
    }

    /// REGISTER–UAR–UAA–REGISTER–MAR–MAA–401 through all hops.
    package static let challenge = inwards + [Step(.scscf, .hss, "MAR"), Step(.hss, .scscf, "MAA")] + outwards("401")

    /// REGISTER–UAR–UAA–REGISTER–SAR–SAA–200 through all hops.
    package static let acceptance = inwards + [Step(.scscf, .hss, "SAR"), Step(.hss, .scscf, "SAA")] + outwards("200")

    private static let inwards = [
        Step(.ue, .pcscf, "REGISTER"), Step(.pcscf, .icscf, "REGISTER"), Step(.icscf, .hss, "UAR"),
        Step(.hss, .icscf, "UAA"), Step(.icscf, .scscf, "REGISTER"),
    ]

    private static func outwards(_ status: String) -> [Step] {
        [Step(.scscf, .icscf, status), Step(.icscf, .pcscf, status), Step(.pcscf, .ue, status)]
    }

    /// Where the exchange is another than expected, in a sentence; nil when it is the same, provisional responses and
    /// retransmissions apart.
    package static func deviation(of exchange: Exchange, from expected: [Step]) -> String? {
        let seen = exchange.essentials.map { Step($0) }
        for (index, step) in expected.enumerated() {
            guard index < seen.count else {
                let before = index > 0 ? "after \(expected[index - 1])" : "at the beginning"
                return "\(before) nothing came; \(step) was expected"
            }
            guard seen[index] == step else { return "message \(index + 1) is \(seen[index]); \(step) was expected" }
        }
        guard seen.count == expected.count else { return "after the last message came \(seen[expected.count])" }
        return nil
    }
}
