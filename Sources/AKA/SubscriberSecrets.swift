import Octets

/// Which functions a SIM has. The numbers are those of the store.
package enum AKAAlgorithm: Int64, CaseIterable, Sendable {
    /// TS 35.206.
    case milenage = 0
    /// TS 35.231.
    case tuak = 1

    package var word: String {
        switch self {
        case .milenage: "milenage"
        case .tuak: "tuak"
        }
    }

    package init?(word: String) {
        guard let known = Self.allCases.first(where: { $0.word == word.lowercased() }) else { return nil }
        self = known
    }
}

/// What a SIM and its home share: the functions, K, and OPc or TOPc.
package enum SubscriberSecrets: Equatable, Sendable {
    case milenage(key: Secret128, opc: Secret128)
    case tuak(key: TUAK.Key, topc: Secret256)

    package var algorithm: AKAAlgorithm {
        switch self {
        case .milenage: .milenage
        case .tuak: .tuak
        }
    }

    /// K ‖ OPc, 32 octets, or K ‖ TOPc, 48 or 64 octets; nil for any other count.
    package init?(_ algorithm: AKAAlgorithm, octets: [UInt8]) {
        let all = OctetSlice(octets)
        let half = octets.count - (algorithm == .milenage ? 16 : 32)
        guard half >= 16 else { return nil }
        let first = OctetSlice(octets, 0..<half)
        let second = OctetSlice(octets, half..<all.count)
        switch algorithm {
        case .milenage:
            guard let key = Secret128(octets: first), let opc = Secret128(octets: second) else { return nil }
            self = .milenage(key: key, opc: opc)
        case .tuak:
            guard let key = TUAK.Key(octets: first), let topc = Secret256(octets: second) else { return nil }
            self = .tuak(key: key, topc: topc)
        }
    }

    /// K ‖ OPc or K ‖ TOPc.
    package var revealedOctets: [UInt8] {
        switch self {
        case .milenage(let key, let opc): key.revealedOctets + opc.revealedOctets
        case .tuak(let key, let topc): key.revealedOctets + topc.revealedOctets
        }
    }

    package var functions: SubscriberFunctions {
        switch self {
        case .milenage(let key, let opc): .milenage(Milenage(key: key, opc: opc))
        case .tuak(let key, let topc): .tuak(TUAK(key: key, topc: topc))
        }
    }
}

extension SubscriberSecrets: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "(secrets for \(algorithm.word))" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

extension TUAK.Key {
    /// nil unless there are 16 or 32 octets.
    package init?(octets: OctetSlice) {
        if let short = Secret128(octets: octets) {
            self = .bits128(short)
        } else if let long = Secret256(octets: octets) {
            self = .bits256(long)
        } else {
            return nil
        }
    }

    package var revealedOctets: [UInt8] {
        switch self {
        case .bits128(let key): key.revealedOctets
        case .bits256(let key): key.revealedOctets
        }
    }

    package var isZero: Bool { revealedOctets.allSatisfy { $0 == 0 } }
}

/// The functions of one subscriber, whichever they are.
package enum SubscriberFunctions: AKAFunctions {
    case milenage(Milenage)
    case tuak(TUAK)

    package func response(_ rand: RandomChallenge) -> AKAResponse {
        switch self {
        case .milenage(let functions): functions.response(rand)
        case .tuak(let functions): functions.response(rand)
        }
    }

    package func f1(_ rand: RandomChallenge, _ sqn: SequenceNumber, _ amf: AuthenticationManagementField) -> UInt64 {
        switch self {
        case .milenage(let functions): functions.f1(rand, sqn, amf)
        case .tuak(let functions): functions.f1(rand, sqn, amf)
        }
    }

    package func f1Star(_ rand: RandomChallenge, _ sqn: SequenceNumber, _ amf: AuthenticationManagementField) -> UInt64
    {
        switch self {
        case .milenage(let functions): functions.f1Star(rand, sqn, amf)
        case .tuak(let functions): functions.f1Star(rand, sqn, amf)
        }
    }

    package func f5Star(_ rand: RandomChallenge) -> UInt64 {
        switch self {
        case .milenage(let functions): functions.f5Star(rand)
        case .tuak(let functions): functions.f5Star(rand)
        }
    }
}

extension SubscriberFunctions: CustomStringConvertible, CustomReflectable {
    package var description: String { "SubscriberFunctions" }
    package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
