import Octets

/// AUTS = SQN_MS ⊕ f5*(RAND) ‖ MAC-S, TS 33.102 §6.3.3: what a USIM answers when the SQN is not fresh.
package struct ResynchronisationToken: Equatable, Sendable {
    /// The lower 48 bits.
    package let concealedSQN: UInt64
    package let mac: UInt64

    package init(_ functions: some AKAFunctions, rand: RandomChallenge, sqn: SequenceNumber) {
        concealedSQN = sqn.rawValue ^ functions.f5Star(rand)
        mac = functions.f1Star(rand, sqn, .resynchronisation)
    }

    /// nil unless there are fourteen octets.
    package init?(octets: OctetSlice) {
        guard octets.count == 14 else { return nil }
        var sqn: UInt64 = 0
        var mac: UInt64 = 0
        for index in octets.indices {
            if index < octets.start + 6 {
                sqn = sqn << 8 | UInt64(octets[index])
            } else {
                mac = mac << 8 | UInt64(octets[index])
            }
        }
        concealedSQN = sqn
        self.mac = mac
    }

    package init?(octets: [UInt8]) { self.init(octets: OctetSlice(octets)) }

    package var octets: [UInt8] {
        (0..<6).map { UInt8(truncatingIfNeeded: concealedSQN >> UInt64(40 - 8 * $0)) }
            + (0..<8).map { UInt8(truncatingIfNeeded: mac >> UInt64(56 - 8 * $0)) }
    }

    /// SQN_MS when MAC-S verifies, TS 33.102 §6.3.5; nil when K, OPc (TOPc) or RAND are not the phone's.
    package func sequenceNumber(_ functions: some AKAFunctions, rand: RandomChallenge) -> SequenceNumber? {
        let sqn = SequenceNumber(unchecked: concealedSQN ^ functions.f5Star(rand))
        return functions.f1Star(rand, sqn, .resynchronisation) == mac ? sqn : nil
    }
}

extension SequenceNumber {
    /// The home's counter after a verified AUTS, TS 33.102 §6.3.5.
    ///
    /// The higher of both, so that no number is drawn twice. Only where ours is so far ahead that the USIM would never
    /// take it (more than Δ), it falls back to SQN_MS, as the clause has it.
    package func resynchronised(to phone: SequenceNumber) -> SequenceNumber {
        guard seq > phone.seq else { return phone }
        return seq - phone.seq >= Self.delta ? phone : self
    }
}
