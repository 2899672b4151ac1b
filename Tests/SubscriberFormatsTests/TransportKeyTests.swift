import SubscriberFormats
import Testing

/// The clear text of all is K of TS 35.208 §4.3, test set 1; the encrypted one was made with the openssl command.
@Suite("Keys under a transport key")
struct TransportKeyTests {
    static let clear = "465b5ce8b199b49faa5f0a2ee238a6bc"
    static let aes = "00112233445566778899aabbccddeeff"
    static let des = "0123456789abcdeffedcba98765432100011223344556677"

    @Test("AES in ECB, AES in CBC with pySim's vector, triple DES")
    func clearText() throws {
        #expect(try TransportKey(.aesECB, key: Self.aes).decrypt("388a7b0d6548ebd02925bef5b2236fdf") == Self.clear)
        #expect(
            try TransportKey(.aesCBC, key: Self.aes).with(vector: TransportKey.pySimVector)
                .decrypt("5d56f9da5dd5555376ea9f6c332c0c29") == Self.clear)
        #expect(
            try TransportKey(.aesCBC, key: Self.aes, vector: String(repeating: "23", count: 16))
                .decrypt("5D56F9DA5DD5555376EA9F6C332C0C29") == Self.clear)
        #expect(try TransportKey(.tripleDES, key: Self.des).decrypt("f88ed07ca8921e2d1351b3feaf3bb031") == Self.clear)
    }

    @Test("What is no whole block is refused")
    func refusals() throws {
        for algorithm in TransportKey.Algorithm.allCases {
            let key = try TransportKey(algorithm, key: Self.aes)
            for text in ["", "zz", "00", "388a7b0d6548ebd02925bef5b2236f", String(repeating: "00", count: 80)] {
                #expect(key.decrypt(text) == nil)
            }
        }
    }

    @Test("A key that cannot be one is told without its value")
    func badKeys() {
        #expect(throws: TransportKeyError.notHexadecimal) { try TransportKey(.aesECB, key: "xyz") }
        #expect(throws: TransportKeyError.length(24, [16])) { try TransportKey(.aesECB, key: Self.des) }
        #expect(throws: TransportKeyError.length(2, [16, 24])) { try TransportKey(.tripleDES, key: "0011") }
        #expect(throws: TransportKeyError.vector) { try TransportKey(.aesCBC, key: Self.aes, vector: "00") }
        #expect(
            "\((try? TransportKey(.aesECB, key: Self.aes)).map { "\($0)" } ?? "")" == "(transport key for aes128-ecb)")
    }
}
