import AKA
import Octets
import Testing

/// The published sets of TS 35.207 §4 and TS 35.208 §4 (test sets 1 and 2).
struct MilenageSet: Sendable, CustomTestStringConvertible {
    let number: Int
    let key, op, rand, sqn, amf, opc, f1, f1Star, f2, f3, f4, f5, f5Star: String

    var testDescription: String { "set \(number)" }

    static let published = [
        MilenageSet(
            number: 1, key: "465b5ce8b199b49faa5f0a2ee238a6bc", op: "cdc202d5123e20f62b6d676ac72cb318",
            rand: "23553cbe9637a89d218ae64dae47bf35", sqn: "ff9bb4d0b607", amf: "b9b9",
            opc: "cd63cb71954a9f4e48a5994e37a02baf", f1: "4a9ffac354dfafb3", f1Star: "01cfaf9ec4e871e9",
            f2: "a54211d5e3ba50bf", f3: "b40ba9a3c58b2a05bbf0d987b21bf8cb", f4: "f769bcd751044604127672711c6d3441",
            f5: "aa689c648370", f5Star: "451e8beca43b"),
        MilenageSet(
            number: 2, key: "0396eb317b6d1c36f19c1c84cd6ffd16", op: "ff53bade17df5d4e793073ce9d7579fa",
            rand: "c00d603103dcee52c4478119494202e8", sqn: "fd8eef40df7d", amf: "af17",
            opc: "53c15671c60a4b731c55b4a441c0bde2", f1: "5df5b31807e258b0", f1Star: "a8c016e51ef4a343",
            f2: "d3a628ed988620f0", f3: "58c433ff7a7082acd424220f2b67c556", f4: "21a8c1f929702adb3e738488b9f5c5da",
            f5: "c47783995f72", f5Star: "30f1197061c1"),
    ]
}

@Suite("MILENAGE, TS 35.206 with the sets of TS 35.207 and 35.208")
struct MilenageTests {
    @Test("Every function of every set", arguments: MilenageSet.published)
    func functions(set: MilenageSet) throws {
        let key = try #require(Secret128(hex: set.key))
        let op = try #require(Secret128(hex: set.op))
        let rand = try #require(Hex.decode(set.rand).flatMap { RandomChallenge(octets: $0) })
        let sqn = try #require(SequenceNumber(hex: set.sqn))
        let amf = try #require(AuthenticationManagementField(hex: set.amf))
        let opc = Milenage.opc(key: key, op: op)
        #expect(opc.revealedHex == set.opc)

        for milenage in [Milenage(key: key, opc: opc), Milenage(key: key, op: op)] {
            #expect(milenage.f1(rand, sqn, amf) == UInt64(set.f1, radix: 16))
            #expect(milenage.f1Star(rand, sqn, amf) == UInt64(set.f1Star, radix: 16))
            #expect(Hex.encode(milenage.f2(rand)) == set.f2)
            #expect(Hex.encode(milenage.f3(rand)) == set.f3)
            #expect(Hex.encode(milenage.f4(rand)) == set.f4)
            #expect(milenage.f5(rand) == UInt64(set.f5, radix: 16))
            #expect(milenage.f5Star(rand) == UInt64(set.f5Star, radix: 16))
        }
    }

    @Test("TS 33.102 §6.3.2: AUTN is SQN ⊕ AK ‖ AMF ‖ MAC-A", arguments: MilenageSet.published)
    func token(set: MilenageSet) throws {
        let milenage = Milenage(
            key: try #require(Secret128(hex: set.key)), opc: try #require(Secret128(hex: set.opc)))
        let rand = try #require(Hex.decode(set.rand).flatMap { RandomChallenge(octets: $0) })
        let sqn = try #require(SequenceNumber(hex: set.sqn))
        let amf = try #require(AuthenticationManagementField(hex: set.amf))
        let vector = AuthenticationVector(milenage, rand: rand, sqn: sqn, amf: amf)
        let ak = try #require(Hex.decode(set.f5))
        let expected = Hex.encode(zip(sqn.octets, ak).map { $0 ^ $1 }) + set.amf + set.f1
        #expect(Hex.encode(vector.autn.octets) == expected)
        #expect(AuthenticationToken(octets: OctetSlice(vector.autn.octets)) == vector.autn)
        #expect(Hex.encode(vector.xres) == set.f2)
        #expect(Hex.encode(vector.ck) == set.f3)
        #expect(Hex.encode(vector.ik) == set.f4)
    }

    @Test("Zero octets in the key and in RES survive, at either end")
    func zeroOctets() throws {
        let key = try #require(Secret128(hex: "00000000000000000000000000005b00"))
        let opc = try #require(Secret128(hex: "00112233445566778899aabbccddee00"))
        let milenage = Milenage(key: key, opc: opc)
        var entropy = Entropy(number: 7)
        var leading = false
        var trailing = false
        for _ in 0..<20_000 where !(leading && trailing) {
            let rand = RandomChallenge(from: &entropy)
            let res = milenage.f2(rand)
            guard res.first == 0 || res.last == 0 else { continue }
            leading = leading || res.first == 0
            trailing = trailing || res.last == 0
            let sqn = try #require(SequenceNumber(seq: 1, ind: 0))
            let vector = AuthenticationVector(milenage, rand: rand, sqn: sqn)
            var usim = USIM(key: key, opc: opc)
            #expect(vector.xres.count == 8)
            #expect(usim.authenticate(rand, vector.autn) == .success(res: res, ck: vector.ck, ik: vector.ik))
        }
        #expect(leading && trailing)
    }

    @Test("Wrong lengths are no keys, challenges or tokens")
    func lengths() {
        for count in 0..<40 where count != 16 {
            #expect(Secret128(octets: [UInt8](repeating: 1, count: count)) == nil)
            #expect(RandomChallenge(octets: [UInt8](repeating: 1, count: count)) == nil)
            #expect(AuthenticationToken(octets: OctetSlice([UInt8](repeating: 1, count: count))) == nil)
        }
        for count in 0..<40 where count != 14 {
            #expect(ResynchronisationToken(octets: [UInt8](repeating: 1, count: count)) == nil)
        }
        #expect(Secret128(hex: "465b5ce8b199b49faa5f0a2ee238a6b") == nil)
        #expect(Secret128(hex: "465b5ce8b199b49faa5f0a2ee238a6bx") == nil)
    }

    @Test("No description, dump or mirror shows a secret")
    func silence() throws {
        let text = "465b5ce8b199b49faa5f0a2ee238a6bc"
        let key = try #require(Secret128(hex: text))
        let milenage = Milenage(key: key, opc: key)
        var entropy = Entropy(number: 1)
        let rand = RandomChallenge(from: &entropy)
        let vector = AuthenticationVector(milenage, rand: rand, sqn: .zero)
        var shown = "\(key) \(milenage) \(vector) \(USIM(key: key, opc: key)) \(milenage.response(rand))"
        dump(key, to: &shown)
        dump(milenage, to: &shown)
        dump(vector, to: &shown)
        dump(milenage.response(rand), to: &shown)
        dump(USIM(key: key, opc: key), to: &shown)
        shown += String(reflecting: key) + String(reflecting: vector)
        #expect(!shown.contains("465b"))
        #expect(!shown.contains(Hex.encode(vector.xres)))
        #expect(!shown.contains(Hex.encode(vector.ck)))
        #expect(!shown.contains("\(key.revealedOctets)"))
        #expect(!shown.contains("\(vector.ck)"))
    }
}
