import Octets
import SIP
import Testing

@Suite("RFC 5626 §8: STUN keep-alives on the SIP port, RFC 8489")
struct STUNBindingTests {
    /// The transaction of the sample messages in RFC 5769 §2.
    static let transaction: [UInt8] = [0xB7, 0xE7, 0xA7, 0x01, 0xBC, 0x34, 0xD6, 0x86, 0xFA, 0x87, 0xDF, 0xAE]

    static func request(_ attributes: [UInt8] = [], type: [UInt8] = [0, 1], length: Int? = nil) -> [UInt8] {
        type + [0, UInt8(length ?? attributes.count), 0x21, 0x12, 0xA4, 0x42] + transaction + attributes
    }

    @Test("RFC 8489 §14.2: the mapped address, with the values of RFC 5769 §2.2 and §2.3")
    func mapped() throws {
        #expect(
            STUNBinding.answer(to: Self.request(), from: Endpoint(.v4(0xC000_0201), 32853))
                == [0x01, 0x01, 0, 12, 0x21, 0x12, 0xA4, 0x42] + Self.transaction
                + [0, 0x20, 0, 8, 0, 1, 0xA1, 0x47, 0xE1, 0x12, 0xA6, 0x43])
        let v6 = try #require(IPAddress("2001:db8:1234:5678:11:2233:4455:6677"))
        #expect(
            STUNBinding.answer(to: Self.request(), from: Endpoint(v6, 32853))
                == [0x01, 0x01, 0, 24, 0x21, 0x12, 0xA4, 0x42] + Self.transaction
                + [0, 0x20, 0, 20, 0, 2, 0xA1, 0x47, 0x01, 0x13, 0xA9, 0xFA, 0xA5, 0xD3, 0xF1, 0x79]
                + [0xBC, 0x25, 0xF4, 0xB5, 0xBE, 0xD2, 0xB9, 0xD9])
    }

    @Test("RFC 8489 §6.3.1: attributes that must be understood and are not give 420 with their list")
    func unknown() {
        let attributes: [UInt8] = [0x00, 0x24, 0, 4, 1, 2, 3, 4, 0x80, 0x22, 0, 1, 0x41, 0, 0, 0]
        #expect(
            STUNBinding.answer(to: Self.request(attributes), from: Endpoint(.loopback, 5060))
                == [0x01, 0x11, 0, 36, 0x21, 0x12, 0xA4, 0x42] + Self.transaction
                + [0, 9, 0, 21, 0, 0, 4, 20] + Array("Unknown Attribute".utf8) + [0, 0, 0] + [
                    0, 10, 0, 2, 0, 0x24, 0, 0,
                ])
    }

    @Test("RFC 8489 §14.7: a right fingerprint is answered with one, a wrong one not at all")
    func fingerprint() throws {
        // CRC-32 of the twenty octets before it, by Python's zlib, XOR 5354554E.
        let right: [UInt8] = [0x80, 0x28, 0, 4, 0xFD, 0xF6, 0xAE, 0x02]
        let answer = try #require(STUNBinding.answer(to: Self.request(right), from: Endpoint(.v4(0xC000_0201), 32853)))
        #expect(answer.suffix(8) == [0x80, 0x28, 0, 4, 0x7D, 0x28, 0x1F, 0x59])
        #expect(STUNBinding.answer(to: Self.request(right.dropLast() + [0]), from: Endpoint(.loopback, 1)) == nil)
    }

    @Test("What is no whole Binding request is dropped, and SIP is not taken for STUN")
    func others() {
        let source = Endpoint(.loopback, 1)
        for datagram in [
            Self.request(type: [1, 1]), Self.request(type: [0, 0x11]), Self.request(type: [0, 3]),
            Self.request(length: 4), Self.request([0, 1, 0, 9, 1, 2, 3, 4]), Self.request([0, 1, 2]),
        ] {
            #expect(STUNBinding.isSTUN(datagram))
            #expect(STUNBinding.answer(to: datagram, from: source) == nil)
        }
        #expect(!STUNBinding.isSTUN(Array("OPTIONS sip:a SIP/2.0\r\n\r\n".utf8)))
        #expect(!STUNBinding.isSTUN(Array(Self.request().dropLast())))
        var random = Entropy(number: 5)
        for length in 0..<200 { _ = STUNBinding.answer(to: Self.request(random.octets(length)), from: source) }
    }
}
