/// The authentication functions f1 to f5* of TS 33.102 §6.3: MILENAGE or TUAK.
package protocol AKAFunctions: Sendable, CustomStringConvertible, CustomReflectable {
    /// f2 to f5 for one RAND.
    func response(_ rand: RandomChallenge) -> AKAResponse
    /// f1: MAC-A, the network's proof.
    func f1(_ rand: RandomChallenge, _ sqn: SequenceNumber, _ amf: AuthenticationManagementField) -> UInt64
    /// f1*: MAC-S, the phone's proof in a resynchronisation.
    func f1Star(_ rand: RandomChallenge, _ sqn: SequenceNumber, _ amf: AuthenticationManagementField) -> UInt64
    /// f5*: the AK that hides SQN_MS in AUTS, the lower 48 bits.
    func f5Star(_ rand: RandomChallenge) -> UInt64
}

/// f2 to f5 for one RAND: RES, CK, IK and the anonymity key.
package struct AKAResponse: Sendable {
    package let res: [UInt8]
    package let ck: [UInt8]
    package let ik: [UInt8]
    /// AK, the lower 48 bits.
    package let ak: UInt64
}

extension AKAResponse: CustomStringConvertible, CustomReflectable {
    package var description: String { "AKAResponse" }
    package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
