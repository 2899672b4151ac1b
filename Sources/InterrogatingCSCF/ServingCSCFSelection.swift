import Cx

/// An S-CSCF that we know by configuration.
package struct ServingCSCFCandidate: Equatable, Sendable {
    /// Its SIP URI, the Server-Name of Cx.
    package var name: String
    package var capabilities: Set<UInt32>
    /// The lowest is taken while one of it is there.
    package var priority: Int
    /// The share of new users among those of the same priority; those with 0 come after them, in order of configuration.
    package var weight: Int

    package init(_ name: String, capabilities: Set<UInt32> = [], priority: Int = 0, weight: Int = 0) {
        self.name = name
        self.capabilities = capabilities
        self.priority = priority
        self.weight = weight
    }
}

/// S-CSCF assignment from the capabilities in a UAA or LIA, TS 29.228 §6.7.
///
/// Names given by the HSS steer: the first that has not been tried wins, known to us or not. Otherwise every mandatory
/// capability must be offered and most optional ones win; of equals the lowest priority, and of those each gets its
/// weight's share of the users. Absent capabilities mean that any S-CSCF will do.
///
/// - Parameter user: shares are by user, not by chance, so that all I-CSCFs of a network choose the same one, and one
///   that fails leaves the users of the others where they are.
package func selectServingCSCF(
    for needed: ServerCapabilities?, among pool: [ServingCSCFCandidate], except tried: Set<String>, user: String = ""
) -> String? {
    if let named = needed?.serverNames.first(where: { !tried.contains($0) }) { return named }
    let mandatory = Set(needed?.mandatory ?? [])
    let optional = Set(needed?.optional ?? [])
    var best: (name: String, rank: CandidateRank)?
    for candidate in pool where mandatory.isSubset(of: candidate.capabilities) && !tried.contains(candidate.name) {
        let rank = CandidateRank(
            matches: optional.intersection(candidate.capabilities).count, priority: candidate.priority,
            score: candidate.weight > 0 ? candidate.score(of: user) : nil)
        if let found = best, !rank.precedes(found.rank) { continue }
        best = (candidate.name, rank)
    }
    return best?.name
}

/// What decides between two S-CSCFs that both will do.
private struct CandidateRank {
    let matches: Int
    let priority: Int
    /// nil without a weight.
    let score: UInt64?

    func precedes(_ other: CandidateRank) -> Bool {
        guard matches == other.matches else { return matches > other.matches }
        guard priority == other.priority else { return priority < other.priority }
        guard let score, let theirs = other.score else { return score != nil && other.score == nil }
        return score > theirs
    }
}

extension ServingCSCFCandidate {
    /// Larger weights are bounded by this: the cost of a choice grows with them.
    package static let largestWeight = 100

    /// Rendezvous hashing: a draw of this user with this S-CSCF for each unit of weight, the highest counts. The chance
    /// to have the highest of all draws is the weight's share.
    fileprivate func score(of user: String) -> UInt64 {
        let seed = Self.hash(name, Self.hash(user, 0xCBF2_9CE4_8422_2325))
        return (1...min(max(weight, 1), Self.largestWeight)).reduce(0) { highest, draw in
            max(highest, Self.mixed(seed &+ UInt64(draw) &* 0x9E37_79B9_7F4A_7C15))
        }
    }

    /// FNV-1a.
    private static func hash(_ text: String, _ start: UInt64) -> UInt64 {
        text.utf8.reduce(start) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }

    /// The finaliser of SplitMix64: FNV's high octets hardly differ between texts that end alike.
    private static func mixed(_ number: UInt64) -> UInt64 {
        var value = (number ^ (number >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
