import AKA
import Octets
import Testing

/// The published sets of TS 35.233 §6.3 to §6.8, except that of the intermediate values.
struct TUAKSet: Sendable, CustomTestStringConvertible {
    let number: Int
    let key, rand, sqn, amf, top: String
    var iterations = 1
    let topc, f1, f1Star, f2, f3, f4, f5, f5Star: String

    var testDescription: String { "set \(number)" }

    static let published = [
        TUAKSet(
            number: 1, key: "abababababababababababababababab", rand: "42424242424242424242424242424242",
            sqn: "111111111111", amf: "ffff", top: "5555555555555555555555555555555555555555555555555555555555555555",
            topc: "bd04d9530e87513c5d837ac2ad954623a8e2330c115305a73eb45d1f40cccbff", f1: "f9a54e6aeaa8618d",
            f1Star: "e94b4dc6c7297df3", f2: "657acd64", f3: "d71a1e5c6caffe986a26f783e5c78be1",
            f4: "be849fa2564f869aecee6f62d4337e72", f5: "719f1e9b9054", f5Star: "e7af6b3d0e38"),
        TUAKSet(
            number: 2, key: "fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0efeeedecebeae9e8e7e6e5e4e3e2e1e0",
            rand: "0123456789abcdef0123456789abcdef", sqn: "0123456789ab", amf: "abcd",
            top: "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
            topc: "305425427e18c503c8a4b294ea72c95d0c36c6c6b29d0c65de5974d5977f8524",
            f1: "c0b8c2d4148ec7aa5f1d78a97e4d1d58", f1Star: "ef81af7290f7842c6ceafa537fa0745b", f2: "e9d749dc4eea0035",
            f3: "a4cb6f6529ab17f8337f27baa8234d47", f4: "2274155ccf4199d5e2abcbf621907f90", f5: "480a9345cc1e",
            f5Star: "f84eb338848c"),
        TUAKSet(
            number: 3, key: "fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0efeeedecebeae9e8e7e6e5e4e3e2e1e0",
            rand: "0123456789abcdef0123456789abcdef", sqn: "0123456789ab", amf: "abcd",
            top: "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
            topc: "305425427e18c503c8a4b294ea72c95d0c36c6c6b29d0c65de5974d5977f8524",
            f1: "d97b75a1776065271b1e212bc3b1bf173f438b21e6c64a55a96c372e085e5cc5",
            f1Star: "427bbf07c6e3a86c54f8c5216499f3909a6fd4a164c9fe235b1550258111b821", f2: "07021c73e7635c7d",
            f3: "4d59ac796834eb85d11fa148a5058c3c",
            f4: "126d47500136fdc5ddfd14f19ebf16749ce4b6435323fbb5715a3a796a6082bd", f5: "1d6622c4e59a",
            f5Star: "f84eb338848c"),
        TUAKSet(
            number: 4, key: "b8da837a50652d6ac7c97da14f6acc61", rand: "6887e55425a966bd86c9661a5fa72be8",
            sqn: "0dea2ee2c5af", amf: "df1e", top: "0952be13556c32ebc58195d9dd930493e12a9003669988ffde5fa1f0fe35cc01",
            topc: "2bc16eb657a68e1f446f08f57c0efb1d493527a2e652ce281eb6ca0e4487760a",
            f1: "749214087958dd8f58bfcdf869d8ae3f", f1Star: "619e865afe80e382aee13063f9dfb56d",
            f2: "4041ce438e3e38e8aa96562eed83ac43", f3: "3e3bc01bea0cd914c4c2c83ce2d92757",
            f4: "666a8e6f577b1aa77b7fd53cebb8a3d6", f5: "1f880d005119", f5Star: "45e617d77fe5"),
        TUAKSet(
            number: 5, key: "1574ca56881d05c189c82880f789c9cd4244955f4426aa2b69c29f15770e5aa5",
            rand: "c570aac68cde651fb1e3088322498bef", sqn: "c89bb71f3a41", amf: "297d",
            top: "e59f6eb10ea406813f4991b0b9e02f181edf4c7e17b480f66d34da35ee88c95e",
            topc: "3c6052e41532a28a47aa3cbb89f223e8f3aaa976aecd48bc3e7d6165a55eff62", f1: "d7340dad02b4cb01",
            f1Star: "c6021e2e66accb15", f2: "84d89b41db1867ffd4c7ba1d82163f4d526a20fbae5418fbb526940b1eeb905c",
            f3: "d419676afe5ab58c1d8bee0d43523a4d2f52ef0b31a4676a0c334427a988fe65",
            f4: "205533e505661b61d05cc0eac87818f4", f5: "d7b3d2d4980a", f5Star: "ca9655264986"),
        TUAKSet(
            number: 6, key: "1574ca56881d05c189c82880f789c9cd4244955f4426aa2b69c29f15770e5aa5",
            rand: "c570aac68cde651fb1e3088322498bef", sqn: "c89bb71f3a41", amf: "297d",
            top: "e59f6eb10ea406813f4991b0b9e02f181edf4c7e17b480f66d34da35ee88c95e", iterations: 2,
            topc: "b04a66f26c62fcd6c82de22a179ab65506ecf47f56245cd149966cfa9cec7a51",
            f1: "90d2289ed1ca1c3dbc2247bb480d431ac71d2e4a7677f6e997cfddb0cbad88b7",
            f1Star: "427355dbac30e825063aba61b556e87583abac638e3ab01c4c884ad9d458dc2f",
            f2: "d67e6e64590d22eecba7324afa4af4460c93f01b24506d6e12047d789a94c867",
            f3: "ede57edfc57cdffe1aae75066a1b7479bbc3837438e88d37a801cccc9f972b89",
            f4: "48ed9299126e5057402fe01f9201cf25249f9c5c0ed2afcf084755daff1d3999", f5: "6aae8d18c448",
            f5Star: "8c5f33b61f4e"),
    ]
}

@Suite("TS 35.231: TUAK with the sets of TS 35.233")
struct TUAKTests {
    private func length(_ hex: String) throws -> TUAK.Length {
        try #require(TUAK.Length(rawValue: UInt64(hex.utf8.count / 2)))
    }

    @Test("Every function of every set, in its lengths and iterations", arguments: TUAKSet.published)
    func functions(set: TUAKSet) throws {
        let key = try #require(Hex.decode(set.key).flatMap { TUAK.Key(octets: OctetSlice($0)) })
        let top = try #require(Secret256(hex: set.top))
        let rand = try #require(Hex.decode(set.rand).flatMap { RandomChallenge(octets: $0) })
        let sqn = try #require(SequenceNumber(hex: set.sqn))
        let amf = try #require(AuthenticationManagementField(hex: set.amf))
        let topc = TUAK.topc(key: key, top: top, iterations: set.iterations)
        #expect(topc.revealedHex == set.topc)

        let tuak = TUAK(
            key: key, topc: topc,
            parameters: TUAK.Parameters(
                res: try length(set.f2), ck: try length(set.f3), ik: try length(set.f4), iterations: set.iterations))
        let mac = try length(set.f1)
        #expect(Hex.encode(tuak.f1(rand, sqn, amf, length: mac)) == set.f1)
        #expect(Hex.encode(tuak.f1Star(rand, sqn, amf, length: mac)) == set.f1Star)
        let response = tuak.response(rand)
        #expect(Hex.encode(response.res) == set.f2)
        #expect(Hex.encode(response.ck) == set.f3)
        #expect(Hex.encode(response.ik) == set.f4)
        #expect(SequenceNumber(rawValue: response.ak)?.hex == set.f5)
        #expect(SequenceNumber(rawValue: tuak.f5Star(rand))?.hex == set.f5Star)
        if mac == .bits64 {
            #expect(tuak.f1(rand, sqn, amf) == UInt64(set.f1, radix: 16))
            #expect(tuak.f1Star(rand, sqn, amf) == UInt64(set.f1Star, radix: 16))
        }
    }

    @Test("A USIM with TUAK takes its home's vector once, and its AUTS verifies")
    func exchange() throws {
        let set = TUAKSet.published[0]
        let octets = try #require(Hex.decode(set.key + set.topc))
        let secrets = try #require(SubscriberSecrets(.tuak, octets: octets))
        #expect(secrets.revealedOctets == octets)
        let rand = try #require(Hex.decode(set.rand).flatMap { RandomChallenge(octets: $0) })
        let sqn = try #require(SequenceNumber(seq: 5, ind: 0))
        var phone = USIM(secrets)
        let vector = AuthenticationVector(secrets.functions, rand: rand, sqn: sqn)
        #expect(phone.authenticate(rand, vector.autn) == .success(res: vector.xres, ck: vector.ck, ik: vector.ik))
        guard case .synchronisationFailure(let auts) = phone.authenticate(rand, vector.autn) else {
            Issue.record("a number was taken twice")
            return
        }
        #expect(auts.sequenceNumber(secrets.functions, rand: rand) == sqn)
        var other = octets
        other[0] ^= 1
        let stranger = try #require(SubscriberSecrets(.tuak, octets: other))
        #expect(auts.sequenceNumber(stranger.functions, rand: rand) == nil)
        var shown = "\(secrets) \(secrets.functions) \(stranger)"
        dump(secrets, to: &shown)
        dump(secrets.functions, to: &shown)
        #expect(!shown.contains(set.key) && !shown.contains(set.topc))
    }

    @Test("Secrets of the wrong length are none", arguments: [0, 15, 16, 31, 33, 47, 49, 63, 65])
    func lengths(count: Int) {
        let octets = [UInt8](repeating: 1, count: count)
        #expect(SubscriberSecrets(.milenage, octets: octets) == nil)
        #expect(SubscriberSecrets(.tuak, octets: octets) == nil)
    }
}

@Suite("FIPS 202: Keccak-f[1600]")
struct KeccakTests {
    @Test("The zero state, permuted once, as the Keccak team published it")
    func zeroState() {
        let expected: [UInt64] = [
            0xF125_8F79_40E1_DDE7, 0x84D5_CCF9_33C0_478A, 0xD598_261E_A65A_A9EE, 0xBD15_4730_6F80_494D,
            0x8B28_4E05_6253_D057, 0xFF97_A42D_7F8E_6FD4, 0x90FE_E5A0_A446_47C4, 0x8C5B_DA0C_D619_2E76,
            0xAD30_A6F7_1B19_059C, 0x3093_5AB7_D08F_FC64, 0xEB5A_A93F_2317_D635, 0xA9A6_E626_0D71_2103,
            0x81A5_7C16_DBCF_555F, 0x43B8_31CD_0347_C826, 0x01F2_2F1A_11A5_569F, 0x05E5_635A_21D9_AE61,
            0x64BE_FEF2_8CC9_70F2, 0x6136_7095_7BC4_6611, 0xB87C_5A55_4FD0_0ECB, 0x8C3E_E88A_1CCF_32C8,
            0x940C_7922_AE3A_2614, 0x1841_F924_A2C5_09E4, 0x16F5_3526_E704_65C2, 0x75F6_44E9_7F30_A13B,
            0xEAF1_FF7B_5CEC_A249,
        ]
        var state = KeccakState()
        state.permute()
        #expect((0..<25).map { state[$0] } == expected)
    }

    /// SHA3-256 of a message shorter than one block of 136 octets, FIPS 202 §6.1.
    private func digest(_ message: [UInt8]) -> String {
        var block = message + [UInt8](repeating: 0, count: 136 - message.count)
        block[message.count] ^= 0x06
        block[135] ^= 0x80
        var state = KeccakState()
        for (index, octet) in block.enumerated() { state[index / 8] ^= UInt64(octet) << UInt64(8 * (index % 8)) }
        state.permute()
        return Hex.encode((0..<32).map { UInt8(truncatingIfNeeded: state[$0 / 8] >> UInt64(8 * ($0 % 8))) })
    }

    @Test("SHA3-256 over it gives what another implementation gives")
    func hash() {
        #expect(digest([]) == "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a")
        #expect(digest(Array("abc".utf8)) == "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532")
        let long = (0..<135).map { UInt8($0) }
        #expect(digest(long) == "fded8fd9d6551c601eeb3b7c6bc5e5cfd8aad1d015b7e9aaa9c9b9475231d5e2")
    }
}
