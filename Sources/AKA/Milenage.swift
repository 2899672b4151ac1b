import Crypto
import CryptoExtras
import Octets

/// MILENAGE, the example set of AKA functions: TS 35.206 §4.1, with AES as the kernel E[·] under K.
///
///     RAND ─⊕OPc─▶ E ─▶ TEMP ─┬─▶ OUT1 = f1 ‖ f1*      (with SQN and AMF)
///                             ├─▶ OUT2 = f5 … f2
///                             ├─▶ OUT3 = f3 (CK)
///                             ├─▶ OUT4 = f4 (IK)
///                             └─▶ OUT5 = f5* …
package struct Milenage: AKAFunctions {
    private let key: SymmetricKey
    private let operatorBlock: UInt128

    package init(key: Secret128, opc: Secret128) {
        self.key = SymmetricKey(data: key.revealedOctets)
        operatorBlock = opc.value
    }

    package init(key: Secret128, op: Secret128) { self.init(key: key, opc: Self.opc(key: key, op: op)) }

    /// OPc = OP ⊕ E[OP], TS 35.206 §8.2: what a SIM is personalised with.
    package static func opc(key: Secret128, op: Secret128) -> Secret128 {
        let cipher = Milenage(key: key, opc: Secret128(value: 0))
        return Secret128(value: op.value ^ cipher.encrypt(op.value))
    }

    package func response(_ rand: RandomChallenge) -> AKAResponse {
        let temp = encrypt(rand.value ^ operatorBlock)
        let out2 = output(temp, rotation: 0, constant: 1)
        return AKAResponse(
            res: Self.octets(UInt64(truncatingIfNeeded: out2)),
            ck: output(temp, rotation: 32, constant: 2).bigEndianOctets,
            ik: output(temp, rotation: 64, constant: 4).bigEndianOctets,
            ak: UInt64(out2 >> 80))
    }

    /// f1: MAC-A, the network's proof.
    package func f1(_ rand: RandomChallenge, _ sqn: SequenceNumber, _ amf: AuthenticationManagementField) -> UInt64 {
        UInt64(truncatingIfNeeded: output1(rand, sqn, amf) >> 64)
    }

    /// f1*: MAC-S, the phone's proof in a resynchronisation.
    package func f1Star(_ rand: RandomChallenge, _ sqn: SequenceNumber, _ amf: AuthenticationManagementField) -> UInt64
    {
        UInt64(truncatingIfNeeded: output1(rand, sqn, amf))
    }

    package func f2(_ rand: RandomChallenge) -> [UInt8] { response(rand).res }
    package func f3(_ rand: RandomChallenge) -> [UInt8] { response(rand).ck }
    package func f4(_ rand: RandomChallenge) -> [UInt8] { response(rand).ik }

    /// f5: AK, the lower 48 bits.
    package func f5(_ rand: RandomChallenge) -> UInt64 { response(rand).ak }

    /// f5*: the AK that hides SQN_MS in AUTS, the lower 48 bits.
    package func f5Star(_ rand: RandomChallenge) -> UInt64 {
        UInt64(output(encrypt(rand.value ^ operatorBlock), rotation: 96, constant: 8) >> 80)
    }

    private func output1(
        _ rand: RandomChallenge, _ sqn: SequenceNumber, _ amf: AuthenticationManagementField
    ) -> UInt128 {
        let half = UInt128(sqn.rawValue << 16 | UInt64(amf.rawValue))
        let input = half << 64 | half
        let temp = encrypt(rand.value ^ operatorBlock)
        return encrypt(temp ^ (input ^ operatorBlock).rotated(left: 64)) ^ operatorBlock
    }

    private func output(_ temp: UInt128, rotation: UInt128, constant: UInt128) -> UInt128 {
        encrypt((temp ^ operatorBlock).rotated(left: rotation) ^ constant) ^ operatorBlock
    }

    private func encrypt(_ block: UInt128) -> UInt128 {
        var octets = block.bigEndian
        do {
            // The block in place: an array instead would be an allocation per block, six a vector.
            try withUnsafeMutableBytes(of: &octets) { bytes in
                var view = bytes
                try AES.permute(&view, key: key)
            }
        } catch {
            preconditionFailure("AES refuses a block or a key of 128 bits: \(error)")
        }
        return UInt128(bigEndian: octets)
    }

    private static func octets(_ value: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64(56 - 8 * $0)) }
    }
}

extension Milenage: CustomStringConvertible, CustomReflectable {
    package var description: String { "Milenage" }
    package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
