import Octets

extension Challenge {
    /// The algorithm, when the challenge is one that we can answer: Digest, a known algorithm, and no qop or one that
    /// is known (RFC 8760 §2.4: what is not understood is ignored).
    package var answerableAlgorithm: DigestAlgorithm? {
        guard isDigest, realm != nil, nonce != nil, let algorithm,
            !contains("qop") || offers(qop: "auth") || offers(qop: "auth-int")
        else { return nil }
        return algorithm
    }

    /// How a client chooses among challenges of one realm.
    package enum Preference: Sendable, Equatable {
        /// The topmost that is supported, RFC 8760 §2.4.
        case order
        /// The strongest by the algorithm: a policy of the client's own against a server that puts MD5 first.
        case strength
    }

    /// The challenges to answer, RFC 8760 §2.4: one of each realm, in the order in which the realms first came. AKAv2
    /// goes before AKAv1 whatever their order (RFC 4169 §4.1). Empty: the request is given up.
    ///
    /// - Parameter supported: what the client has credentials for.
    package static func choose(
        among challenges: [Challenge], supported: Set<DigestAlgorithm>, preference: Preference = .order
    ) -> [Challenge] {
        var chosen: [(challenge: Challenge, algorithm: DigestAlgorithm)] = []
        var places: [OctetSlice: Int] = [:]
        for challenge in challenges {
            guard let algorithm = challenge.answerableAlgorithm, supported.contains(algorithm),
                let realm = challenge.realm
            else { continue }
            guard let place = places[realm] else {
                places[realm] = chosen.count
                chosen.append((challenge, algorithm))
                continue
            }
            if algorithm.isPreferred(to: chosen[place].algorithm, by: preference) {
                chosen[place] = (challenge, algorithm)
            }
        }
        return chosen.map(\.challenge)
    }
}

extension DigestAlgorithm {
    /// Over one that stands above it.
    fileprivate func isPreferred(to upper: DigestAlgorithm, by preference: Challenge.Preference) -> Bool {
        if aka == .v2, upper.aka == .v1 { return true }
        guard preference == .strength, !(aka == .v1 && upper.aka == .v2) else { return false }
        return function.strength > upper.function.strength
    }
}

extension DigestAlgorithm.Function {
    fileprivate var strength: Int {
        switch self {
        case .md5: 0
        case .sha256: 1
        case .sha512t256: 2
        }
    }
}
