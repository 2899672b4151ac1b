import Octets

/// TUAK, the second example set of AKA functions: TS 35.231, one Keccak-f[1600] for each output.
///
///     lane   0…3    4                    5 6    7          8…11   12…16
///     in     TOPc   ALGONAME ‖ INSTANCE  RAND   SQN ‖ AMF  K      padding
///     out    MAC, RES or TOPc at 0, CK at 4, IK at 8, AK at 12
///
/// The specification numbers bits so that a value's last bit comes first: as numbers, lanes hold it from its low end.
package struct TUAK: AKAFunctions {
    package enum Key: Equatable, Sendable {
        case bits128(Secret128)
        case bits256(Secret256)
    }

    /// The length of an output in octets. The standard does not allow every length for every output.
    package enum Length: UInt64, Sendable {
        case bits32 = 4
        case bits64 = 8
        case bits128 = 16
        case bits256 = 32
    }

    /// What an operator may choose, TS 35.231: the same for a SIM and its home.
    package struct Parameters: Equatable, Sendable {
        /// 32, 64, 128 or 256 bits.
        package var res: Length
        /// 128 or 256 bits.
        package var ck: Length
        /// 128 or 256 bits.
        package var ik: Length
        /// How often the permutation is run for one output.
        package var iterations: Int

        /// - Precondition: CK and IK have 128 or 256 bits, and there is an iteration.
        package init(res: Length = .bits64, ck: Length = .bits128, ik: Length = .bits128, iterations: Int = 1) {
            precondition(ck.rawValue >= 16 && ik.rawValue >= 16 && iterations >= 1)
            self.res = res
            self.ck = ck
            self.ik = ik
            self.iterations = iterations
        }

        /// What fits the AVPs of Cx: CK and IK of sixteen octets.
        package static let standard = Parameters()
    }

    private let key: Key
    private let topc: Secret256
    private let parameters: Parameters

    package init(key: Key, topc: Secret256, parameters: Parameters = .standard) {
        self.key = key
        self.topc = topc
        self.parameters = parameters
    }

    /// TOPc from K and TOP: what a SIM is personalised with.
    package static func topc(key: Key, top: Secret256, iterations: Int = 1) -> Secret256 {
        let functions = TUAK(key: key, topc: top, parameters: Parameters(iterations: iterations))
        let state = functions.permuted(instance: 0, rand: 0)
        return Secret256(
            high: UInt128(state[3]) << 64 | UInt128(state[2]), low: UInt128(state[1]) << 64 | UInt128(state[0]))
    }

    package func response(_ rand: RandomChallenge) -> AKAResponse {
        let res: UInt64 = parameters.res == .bits32 ? 0 : parameters.res.rawValue
        let instance =
            0x40 | res | (parameters.ck == .bits256 ? 4 : 0) | (parameters.ik == .bits256 ? 2 : 0)
        let state = permuted(instance: instance, rand: rand.value)
        return AKAResponse(
            res: Self.octets(state, at: 0, parameters.res), ck: Self.octets(state, at: 4, parameters.ck),
            ik: Self.octets(state, at: 8, parameters.ik), ak: state[12] & (1 << 48 - 1))
    }

    /// f1: MAC-A of 64, 128 or 256 bits. AUTN of TS 33.102 has room for 64.
    package func f1(
        _ rand: RandomChallenge, _ sqn: SequenceNumber, _ amf: AuthenticationManagementField, length: Length
    ) -> [UInt8] { Self.octets(authenticated(0, rand, sqn, amf, length), at: 0, length) }

    /// f1*: MAC-S of 64, 128 or 256 bits. AUTS of TS 33.102 has room for 64.
    package func f1Star(
        _ rand: RandomChallenge, _ sqn: SequenceNumber, _ amf: AuthenticationManagementField, length: Length
    ) -> [UInt8] { Self.octets(authenticated(0x80, rand, sqn, amf, length), at: 0, length) }

    package func f1(_ rand: RandomChallenge, _ sqn: SequenceNumber, _ amf: AuthenticationManagementField) -> UInt64 {
        authenticated(0, rand, sqn, amf, .bits64)[0]
    }

    package func f1Star(_ rand: RandomChallenge, _ sqn: SequenceNumber, _ amf: AuthenticationManagementField) -> UInt64
    {
        authenticated(0x80, rand, sqn, amf, .bits64)[0]
    }

    package func f5Star(_ rand: RandomChallenge) -> UInt64 {
        permuted(instance: 0xC0, rand: rand.value)[12] & (1 << 48 - 1)
    }

    private func authenticated(
        _ instance: UInt64, _ rand: RandomChallenge, _ sqn: SequenceNumber, _ amf: AuthenticationManagementField,
        _ length: Length
    ) -> KeccakState {
        permuted(
            instance: instance | length.rawValue, rand: rand.value, last: sqn.rawValue << 16 | UInt64(amf.rawValue))
    }

    private func permuted(instance: UInt64, rand: UInt128, last: UInt64 = 0) -> KeccakState {
        var state = KeccakState()
        state.set(topc.low, at: 0)
        state.set(topc.high, at: 2)
        state.set(rand, at: 5)
        state[7] = last
        var instance = instance
        switch key {
        case .bits128(let key): state.set(key.value, at: 8)
        case .bits256(let key):
            state.set(key.low, at: 8)
            state.set(key.high, at: 10)
            instance |= 1
        }
        state[4] = Self.algorithmName << 8 | instance
        state[12] = 0x1F
        state[16] = 1 << 63
        for _ in 0..<parameters.iterations { state.permute() }
        return state
    }

    /// ALGONAME: "TUAK1.0".
    private static let algorithmName: UInt64 = 0x54_55_41_4B_31_2E_30

    private static func octets(_ state: KeccakState, at lane: Int, _ length: Length) -> [UInt8] {
        let count = Int(length.rawValue)
        return (0..<count).map { index in
            let place = count - 1 - index
            return UInt8(truncatingIfNeeded: state[lane + place / 8] >> UInt64(8 * (place % 8)))
        }
    }
}

extension KeccakState {
    fileprivate mutating func set(_ value: UInt128, at lane: Int) {
        self[lane] = UInt64(truncatingIfNeeded: value)
        self[lane + 1] = UInt64(truncatingIfNeeded: value >> 64)
    }
}

extension TUAK: CustomStringConvertible, CustomReflectable {
    package var description: String { "TUAK" }
    package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

extension TUAK.Key: CustomStringConvertible, CustomReflectable {
    package var description: String { "(secret)" }
    package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
