import Octets

/// The user's side of AKA, TS 33.102 §6.3.3, with the array of accepted SEQs of Annex C.2.
package struct USIM: Sendable {
    package enum Outcome: Equatable, Sendable {
        case success(res: [UInt8], ck: [UInt8], ik: [UInt8])
        /// MAC-A is not what this K and OPc give: the network does not know them.
        case macFailure
        /// The SQN is not fresh.
        case synchronisationFailure(ResynchronisationToken)
    }

    private let functions: SubscriberFunctions
    /// SEQ_MS(i): the highest SEQ accepted in each slot.
    private var accepted: [UInt64]
    /// L, TS 33.102 Annex C.2.2: how far behind the highest SEQ an unused slot may lag; nil for no limit.
    private let ageLimit: UInt64?

    package init(key: Secret128, opc: Secret128, sqn: SequenceNumber = .zero, ageLimit: UInt64? = nil) {
        self.init(.milenage(key: key, opc: opc), sqn: sqn, ageLimit: ageLimit)
    }

    package init(_ secrets: SubscriberSecrets, sqn: SequenceNumber = .zero, ageLimit: UInt64? = nil) {
        functions = secrets.functions
        accepted = Array(repeating: 0, count: SequenceNumber.slots)
        accepted[Int(sqn.ind)] = sqn.seq
        self.ageLimit = ageLimit
    }

    /// SQN_MS: the highest sequence number accepted so far, TS 33.102 Annex C.2.1.
    package var sequenceNumber: SequenceNumber {
        var highest = 0
        for slot in accepted.indices where accepted[slot] > accepted[highest] { highest = slot }
        return SequenceNumber(unchecked: accepted[highest] << SequenceNumber.indexBits | UInt64(highest))
    }

    /// Puts the array as if `sqn` had been accepted: for tests of a phone that is ahead of its home.
    package mutating func advance(to sqn: SequenceNumber) { accepted[Int(sqn.ind)] = sqn.seq }

    package mutating func authenticate(_ rand: RandomChallenge, _ autn: AuthenticationToken) -> Outcome {
        let response = functions.response(rand)
        let sqn = SequenceNumber(unchecked: autn.concealedSQN ^ response.ak)
        guard functions.f1(rand, sqn, autn.amf) == autn.mac else { return .macFailure }
        guard isFresh(sqn) else {
            return .synchronisationFailure(ResynchronisationToken(functions, rand: rand, sqn: sequenceNumber))
        }
        accepted[Int(sqn.ind)] = sqn.seq
        return .success(res: response.res, ck: response.ck, ik: response.ik)
    }

    /// TS 33.102 Annex C.2.2.
    private func isFresh(_ sqn: SequenceNumber) -> Bool {
        let highest = sequenceNumber.seq
        if sqn.seq > highest, sqn.seq - highest > SequenceNumber.delta { return false }
        if let ageLimit, highest > sqn.seq, highest - sqn.seq > ageLimit { return false }
        return sqn.seq > accepted[Int(sqn.ind)]
    }
}

extension USIM: CustomStringConvertible, CustomReflectable {
    package var description: String { "USIM(sqn: \(sequenceNumber))" }
    package var customMirror: Mirror { Mirror(self, children: ["sqn": sequenceNumber]) }
}
