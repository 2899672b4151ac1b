import Diameter
import Octets
import Sh
import Testing

@Suite("TS 29.329 §6.3.2: MSISDN as TBCD digits")
struct SubscriberNumberTests {
    @Test("an odd number of digits is filled up with 1111")
    func octets() throws {
        var writer = AVPWriter()
        try #require(SubscriberNumber("1234567")).write(to: &writer)
        #expect(writer.octets == [0x21, 0x43, 0x65, 0xF7])
        writer = AVPWriter()
        try #require(SubscriberNumber("15550001")).write(to: &writer)
        #expect(writer.octets == [0x51, 0x55, 0x00, 0x10])
    }

    @Test("what is no number is 5004", arguments: [[0xF1, 0x21], [0x1A], [0xA1], [0xFF], []] as [[UInt8]])
    func refused(octets: [UInt8]) throws {
        var message = DiameterMessage(.userData, application: ShDictionary.application)
        message.append(AVPKey<OctetSlice>(701, vendor: 10415), OctetSlice(octets))
        #expect(throws: DiameterDecodeFailure.self) { try message.optional(.msisdn) }
        #expect(SubscriberNumber("+1555") == nil)
        #expect(SubscriberNumber("1234567890123456") == nil)
    }
}
