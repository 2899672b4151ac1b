import Diameter
import Testing

@Suite("Session-Id, RFC 6733 §8.8")
struct SessionIDGeneratorTests {
    @Test("begins with the sender's identity and never repeats")
    func form() {
        var generator = SessionIDGenerator(
            originHost: DiameterIdentity("accesspoint7.example.com"), start: 1_876_543_210)
        #expect(generator.next() == "accesspoint7.example.com;1876543210;0")
        #expect(generator.next() == "accesspoint7.example.com;1876543210;1")
    }
}
