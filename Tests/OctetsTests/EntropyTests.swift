import Octets
import Testing

@Suite("Entropy")
struct EntropyTests {
    @Test("RFC 8439 §2.3: the key stream of the all-zero key and nonce, block 0")
    func zeroKeyBlock() {
        var entropy = Entropy(seed: [])
        #expect(Hex.encode(entropy.octets(32)) == "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7")
    }

    @Test("The same seed gives the same octets, another seed others")
    func repeatable() {
        var first = Entropy(number: 7)
        var second = Entropy(number: 7)
        var third = Entropy(number: 8)
        let octets = first.octets(1_000)
        #expect(octets == second.octets(1_000))
        #expect(octets != third.octets(1_000))
    }
}
