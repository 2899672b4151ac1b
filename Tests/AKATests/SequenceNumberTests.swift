import AKA
import Octets
import Testing

@Suite("Sequence numbers, TS 33.102 Annex C, and resynchronisation §6.3.5")
struct SequenceNumberTests {
    let key = Secret128(octets: Array(1...16))
    let opc = Secret128(octets: Array(17...32))

    @Test("Annex C.1.1.1: SQN is SEQ ‖ IND, five bits of IND, 48 bits in all")
    func layout() throws {
        let sqn = try #require(SequenceNumber(seq: 3, ind: 5))
        #expect(sqn.rawValue == 3 << 5 | 5)
        #expect(sqn.octets == [0, 0, 0, 0, 0, 0x65])
        #expect(sqn.hex == "000000000065")
        #expect(SequenceNumber(hex: "000000000065") == sqn)
        #expect(SequenceNumber(seq: 1, ind: 32) == nil)
        #expect(SequenceNumber(seq: 1 << 43, ind: 0) == nil)
        #expect(SequenceNumber(rawValue: 1 << 48) == nil)
        #expect(SequenceNumber(rawValue: 1 << 48 - 1)?.octets == [255, 255, 255, 255, 255, 255])
    }

    @Test("The next number counts SEQ and keeps the slot asked for")
    func next() throws {
        let sqn = try #require(SequenceNumber(seq: 41, ind: 9))
        #expect(sqn.next(ind: 2) == SequenceNumber(seq: 42, ind: 2))
        #expect(sqn.next(ind: 9) == SequenceNumber(seq: 42, ind: 9))
    }

    @Test("The counter never wraps")
    func exhausted() throws {
        let last = try #require(SequenceNumber(seq: SequenceNumber.highestSEQ - 1, ind: 0))
        let end = try #require(last.next(ind: 31))
        #expect(end.rawValue == 1 << 48 - 1)
        #expect(end.next(ind: 0) == nil)
    }

    /// Draws a vector for `sqn` and shows it to the phone.
    private func show(_ sqn: SequenceNumber, to usim: inout USIM, number: UInt64 = 1) throws -> USIM.Outcome {
        let milenage = Milenage(key: try #require(key), opc: try #require(opc))
        var entropy = Entropy(number: number)
        let rand = RandomChallenge(from: &entropy)
        return usim.authenticate(rand, AuthenticationVector(milenage, rand: rand, sqn: sqn).autn)
    }

    private func isSuccess(_ outcome: USIM.Outcome) -> Bool {
        switch outcome {
        case .success: true
        case .macFailure, .synchronisationFailure: false
        }
    }

    private func isSynchronisationFailure(_ outcome: USIM.Outcome) -> Bool {
        switch outcome {
        case .synchronisationFailure: true
        case .macFailure, .success: false
        }
    }

    @Test("Annex C.2.2: a slot takes only a higher SEQ; other slots stand by themselves")
    func slots() throws {
        var usim = USIM(key: try #require(key), opc: try #require(opc))
        #expect(isSuccess(try show(try #require(SequenceNumber(seq: 10, ind: 0)), to: &usim)))
        #expect(isSynchronisationFailure(try show(try #require(SequenceNumber(seq: 10, ind: 0)), to: &usim)))
        #expect(isSynchronisationFailure(try show(try #require(SequenceNumber(seq: 9, ind: 0)), to: &usim)))
        #expect(isSuccess(try show(try #require(SequenceNumber(seq: 9, ind: 1)), to: &usim)))
        #expect(usim.sequenceNumber == SequenceNumber(seq: 10, ind: 0))
    }

    @Test("Annex C.2.2: a jump of more than Δ = 2^28 is refused, one of Δ is taken")
    func jump() throws {
        let start = try #require(SequenceNumber(seq: 100, ind: 0))
        var usim = USIM(key: try #require(key), opc: try #require(opc), sqn: start)
        #expect(
            isSynchronisationFailure(try show(try #require(SequenceNumber(seq: 101 + 1 << 28, ind: 0)), to: &usim)))
        #expect(isSuccess(try show(try #require(SequenceNumber(seq: 100 + 1 << 28, ind: 0)), to: &usim)))
    }

    @Test("Annex C.2.2: with an age limit L an old number is refused in an unused slot too")
    func age() throws {
        let start = try #require(SequenceNumber(seq: 100, ind: 0))
        var usim = USIM(key: try #require(key), opc: try #require(opc), sqn: start, ageLimit: 32)
        #expect(isSynchronisationFailure(try show(try #require(SequenceNumber(seq: 67, ind: 1)), to: &usim)))
        #expect(isSuccess(try show(try #require(SequenceNumber(seq: 68, ind: 1)), to: &usim)))
    }

    @Test("A token under another K or OPc is a MAC failure and changes nothing")
    func macFailure() throws {
        var usim = USIM(key: try #require(opc), opc: try #require(key))
        #expect(try show(try #require(SequenceNumber(seq: 1, ind: 0)), to: &usim) == .macFailure)
        #expect(usim.sequenceNumber == .zero)
    }

    @Test("§6.3.5: AUTS carries SQN_MS home; after it the phone takes the next number")
    func resynchronisation() throws {
        let phone = try #require(SequenceNumber(seq: 5_000, ind: 3))
        var usim = USIM(key: try #require(key), opc: try #require(opc), sqn: phone)
        let milenage = Milenage(key: try #require(key), opc: try #require(opc))
        let own = try #require(SequenceNumber(seq: 7, ind: 3))
        guard case .synchronisationFailure(let auts) = try show(own, to: &usim) else {
            Issue.record("the phone took an old number")
            return
        }
        var entropy = Entropy(number: 1)
        let rand = RandomChallenge(from: &entropy)
        let read = try #require(ResynchronisationToken(octets: auts.octets))
        #expect(read == auts)
        let heard = try #require(read.sequenceNumber(milenage, rand: rand))
        #expect(heard == phone)
        #expect(read.sequenceNumber(milenage, rand: RandomChallenge(from: &entropy)) == nil, "another RAND")
        let next = try #require(own.resynchronised(to: heard).next(ind: 0))
        #expect(next == SequenceNumber(seq: 5_001, ind: 0))
        #expect(isSuccess(try show(next, to: &usim, number: 2)))
    }

    @Test("§6.3.3: f5* and f1* with AMF 0 make AUTS", arguments: MilenageSet.published)
    func published(set: MilenageSet) throws {
        let milenage = Milenage(
            key: try #require(Secret128(hex: set.key)), opc: try #require(Secret128(hex: set.opc)))
        let rand = try #require(Hex.decode(set.rand).flatMap { RandomChallenge(octets: $0) })
        let sqn = try #require(SequenceNumber(hex: set.sqn))
        let auts = ResynchronisationToken(milenage, rand: rand, sqn: sqn)
        let star = try #require(Hex.decode(set.f5Star))
        #expect(Array(auts.octets.prefix(6)) == zip(sqn.octets, star).map { $0 ^ $1 })
        #expect(auts.mac == milenage.f1Star(rand, sqn, AuthenticationManagementField(rawValue: 0)))
        #expect(auts.sequenceNumber(milenage, rand: rand) == sqn)
    }

    @Test("§6.3.5: our counter never goes back, unless the phone could never follow it")
    func backwards() throws {
        let phone = try #require(SequenceNumber(seq: 50, ind: 0))
        let ahead = try #require(SequenceNumber(seq: 49 + SequenceNumber.delta, ind: 0))
        let tooFar = try #require(SequenceNumber(seq: 50 + SequenceNumber.delta, ind: 0))
        #expect(ahead.resynchronised(to: phone) == ahead)
        #expect(tooFar.resynchronised(to: phone) == phone)
        #expect(phone.resynchronised(to: ahead) == ahead)
    }
}
