import IMS
import Octets
import Testing

@Suite("TS 33.203 §7.1, Annex I: keys of the security associations")
struct SecurityKeysTests {
    static let integrityKey = [UInt8](0x10...0x1F)
    static let cipherKey = [UInt8](0xA0...0xAF)

    @Test(
        "the keys of each pair of algorithms",
        arguments: [
            ("hmac-md5-96/null", "101112131415161718191a1b1c1d1e1f", ""),
            ("hmac-sha-1-96/null", "101112131415161718191a1b1c1d1e1f00000000", ""),
            ("hmac-md5-96/aes-cbc", "101112131415161718191a1b1c1d1e1f", "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"),
            ("hmac-sha-1-96/aes-cbc", "101112131415161718191a1b1c1d1e1f00000000", "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"),
            // The salts by Python's hmac over FC, P0 and L0 of TS 33.203 Annex I.
            ("aes-gmac/null", "101112131415161718191a1b1c1d1e1f397e134a", ""),
            ("null/aes-gcm", "", "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb16c3095"),
        ])
    func keys(algorithms: String, integrity: String, encryption: String) throws {
        let algorithms = try #require(SecurityAlgorithms(algorithms))
        let keys = try #require(
            SecurityKeys(algorithms, integrityKey: Self.integrityKey, cipherKey: Self.cipherKey))
        #expect(Hex.encode(keys.integrity) == integrity)
        #expect(Hex.encode(keys.encryption) == encryption)
    }

    @Test("a key of another length makes none", arguments: [(15, 16), (17, 16), (16, 0), (0, 16)])
    func wrongLength(integrity: Int, cipher: Int) throws {
        let algorithms = try #require(SecurityAlgorithms("hmac-sha-1-96/aes-cbc"))
        let keys = SecurityKeys(
            algorithms, integrityKey: [UInt8](repeating: 1, count: integrity),
            cipherKey: [UInt8](repeating: 2, count: cipher))
        #expect(keys == nil)
    }

    @Test(
        "pairs that do not exist",
        arguments: [
            "null/null", "null/aes-cbc", "hmac-sha-1-96/aes-gcm", "aes-gmac/aes-cbc", "hmac-sha-1-96", "sha1/null",
            "hmac-sha-1-96/null/null", "",
        ])
    func noPair(text: String) { #expect(SecurityAlgorithms(text) == nil) }

    @Test("six pairs exist, each written as it is read")
    func pairs() {
        #expect(SecurityAlgorithms.all.count == 6)
        for pair in SecurityAlgorithms.all { #expect(SecurityAlgorithms(pair.description) == pair) }
    }
}
