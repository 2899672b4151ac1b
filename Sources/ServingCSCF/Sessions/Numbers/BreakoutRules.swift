import Octets

/// By which gateways numbers that are not ours leave the IMS: what a BGCF decides, TS 23.228 §4.6.4.
package struct BreakoutRules: Sendable, Equatable {
    package struct Rule: Sendable, Equatable {
        /// What the number begins with, such as `+49`; empty for any.
        package var prefix: String
        /// SIP URI of the gateway.
        package var gateway: String
        /// The least is tried first.
        package var cost: Int
        /// The gateway's share among those of equal cost.
        package var weight: Int
        /// How many octets of the number, the plus sign included, are taken off for it.
        package var strip: Int
        package var prepend: String

        package init(
            prefix: String, gateway: String, cost: Int = 0, weight: Int = 1, strip: Int = 0, prepend: String = ""
        ) {
            self.prefix = prefix
            self.gateway = gateway
            self.cost = cost
            self.weight = max(weight, 1)
            self.strip = max(strip, 0)
            self.prepend = prepend
        }
    }

    /// A gateway and the number as it wants it.
    struct Choice: Sendable, Equatable {
        let gateway: String
        let number: String
    }

    package var rules: [Rule]

    package init(_ rules: [Rule] = []) { self.rules = rules }

    /// The gateways for a number in the order of trying them: the longest prefix, then the least cost, then by weight;
    /// those that rest come last. None twice.
    func choices(
        for number: String, entropy: inout Entropy, isResting: (String) -> Bool
    ) -> [Choice] {
        let matching = rules.filter { number.hasPrefix($0.prefix) && $0.strip <= number.utf8.count }
        let ranked = matching.map { rule in
            // RFC 2782's idea of weight: the larger, the likelier a small number.
            (rule: rule, lot: Double(entropy.next32()) / Double(rule.weight), rests: isResting(rule.gateway))
        }
        let sorted = ranked.sorted { left, right in
            if left.rests != right.rests { return right.rests }
            if left.rule.prefix.utf8.count != right.rule.prefix.utf8.count {
                return left.rule.prefix.utf8.count > right.rule.prefix.utf8.count
            }
            return (left.rule.cost, left.lot) < (right.rule.cost, right.lot)
        }
        var choices: [Choice] = []
        for (rule, _, _) in sorted where !choices.contains(where: { $0.gateway == rule.gateway }) {
            choices.append(Choice(gateway: rule.gateway, number: rule.prepend + number.dropFirst(rule.strip)))
        }
        return choices
    }
}
