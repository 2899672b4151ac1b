import Octets

/// An authentication vector, TS 33.102 §6.3.2: RAND, AUTN, XRES, CK, IK.
package struct AuthenticationVector: Equatable, Sendable {
    package let rand: RandomChallenge
    package let autn: AuthenticationToken
    package let xres: [UInt8]
    package let ck: [UInt8]
    package let ik: [UInt8]

    package init(
        _ functions: some AKAFunctions, rand: RandomChallenge, sqn: SequenceNumber,
        amf: AuthenticationManagementField = .standard
    ) {
        let response = functions.response(rand)
        self.rand = rand
        autn = AuthenticationToken(
            concealedSQN: sqn.rawValue ^ response.ak, amf: amf, mac: functions.f1(rand, sqn, amf))
        xres = response.res
        ck = response.ck
        ik = response.ik
    }
}

extension AuthenticationVector: CustomStringConvertible, CustomReflectable {
    package var description: String { "AuthenticationVector(rand: \(Hex.encode(rand.octets)))" }
    package var customMirror: Mirror { Mirror(self, children: ["rand": Hex.encode(rand.octets)]) }
}

/// AUTN = SQN ⊕ AK ‖ AMF ‖ MAC-A, TS 33.102 §6.3.2.
package struct AuthenticationToken: Equatable, Sendable {
    /// The lower 48 bits.
    package let concealedSQN: UInt64
    package let amf: AuthenticationManagementField
    package let mac: UInt64

    package init(concealedSQN: UInt64, amf: AuthenticationManagementField, mac: UInt64) {
        self.concealedSQN = concealedSQN & (1 << 48 - 1)
        self.amf = amf
        self.mac = mac
    }

    /// nil unless there are sixteen octets.
    package init?(octets: OctetSlice) {
        guard let value = UInt128(bigEndian: octets) else { return nil }
        concealedSQN = UInt64(value >> 80)
        amf = AuthenticationManagementField(rawValue: UInt16(truncatingIfNeeded: value >> 64))
        mac = UInt64(truncatingIfNeeded: value)
    }

    package var octets: [UInt8] {
        (UInt128(concealedSQN) << 80 | UInt128(amf.rawValue) << 64 | UInt128(mac)).bigEndianOctets
    }
}
