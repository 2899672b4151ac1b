import ApplicationServer
import IMS
import Octets
import SIP
import Testing

/// Octets by hand from the layouts of TS 24.011 and TS 23.040, as the project knows them; the texts were not at hand.
@Suite("TS 24.011, TS 23.040: the octets of short messages")
struct ShortMessageOctetsTests {
    /// RP-DATA to the centre +447785016005 with an SMS-SUBMIT of "hellohello" to +46708251358, relative validity of four days.
    static let submit: [UInt8] = [
        0x00, 0x2A, 0x00, 0x07, 0x91, 0x44, 0x77, 0x58, 0x10, 0x06, 0x50,  //
        0x11, 0x00, 0x0B, 0x91, 0x64, 0x07, 0x28, 0x15, 0x53, 0xF8, 0x00, 0x00, 0xAA, 0x0A,  //
        0xE8, 0x32, 0x9B, 0xFD, 0x46, 0x97, 0xD9, 0xEC, 0x37,
    ].withTPDULength(at: 11)

    @Test("RP-DATA of a phone: reference, centre, TPDU")
    func data() throws {
        let message = try RPMessage(parsing: OctetSlice(Self.submit))
        guard case .data(.toNetwork, 0x2A, let centre, let tpdu) = message else {
            Issue.record("\(message)")
            return
        }
        #expect(centre?.number == "+447785016005")
        #expect(tpdu == Array(Self.submit.dropFirst(12)))
        #expect(message.octets == Self.submit)
    }

    @Test(
        "the other messages of the relay layer, both ways",
        arguments: [
            ([0x02, 0x05], RPMessage.acknowledgement(.toNetwork, reference: 5)),
            ([0x03, 0x05], .acknowledgement(.toPhone, reference: 5)),
            ([0x04, 0x06, 0x01, 0x16], .error(.toNetwork, reference: 6, cause: 22)),
            ([0x05, 0x06, 0x01, 0x2A], .error(.toPhone, reference: 6, cause: 42)),
            ([0x06, 0x07], .memoryAvailable(reference: 7)),
        ] as [([UInt8], RPMessage)])
    func others(octets: [UInt8], message: RPMessage) throws {
        #expect(try RPMessage(parsing: OctetSlice(octets)) == message)
        #expect(message.octets == octets)
    }

    @Test("an RP-ACK may carry a TPDU, and an RP-ERROR a diagnosis: both are passed over")
    func extensions() throws {
        #expect(
            try RPMessage(parsing: OctetSlice([0x02, 0x05, 0x41, 0x02, 0x00, 0x00]))
                == .acknowledgement(.toNetwork, reference: 5))
        #expect(
            try RPMessage(parsing: OctetSlice([0x04, 0x06, 0x02, 0x96, 0x01]))
                == .error(.toNetwork, reference: 6, cause: 22))
    }

    @Test("no beginning of a message, and no single octet changed, does more than be refused")
    func hostile() {
        for count in 0..<Self.submit.count {
            #expect(throws: SMSFault.self) {
                try RPMessage(parsing: OctetSlice(Array(Self.submit.prefix(count))))
            }
        }
        let tpdu = Array(Self.submit.dropFirst(12))
        for count in tpdu.indices {
            #expect(throws: SMSFault.self) { try SubmittedMessage(parsing: Array(tpdu.prefix(count))) }
        }
        var read = 0
        for index in tpdu.indices {
            for value in UInt8.min...UInt8.max {
                var changed = tpdu
                changed[index] = value
                do throws(SMSFault) {
                    let message = try SubmittedMessage(parsing: changed)
                    #expect(message.deliver(from: nil, at: 0, hasMore: false).count <= 12 + 140 + 8)
                    read += 1
                } catch { continue }
            }
        }
        #expect(read > 1000)
    }

    @Test("SMS-SUBMIT becomes SMS-DELIVER: number, time and the text as it came")
    func deliver() throws {
        let submitted = try SubmittedMessage(parsing: Array(Self.submit.dropFirst(12)))
        #expect(submitted.destination.number == "+46708251358")
        #expect(submitted.validity == 4 * 86_400)
        #expect(submitted.length == 10)
        // 2026-11-21 08:57:09 UTC.
        let delivered = submitted.deliver(
            from: SMSAddress(number: "+15550001"), at: 1_795_251_429, hasMore: false)
        #expect(
            delivered == [
                0x04, 0x08, 0x91, 0x51, 0x55, 0x00, 0x10, 0x00, 0x00, 0x62, 0x11, 0x12, 0x80, 0x75, 0x90,
                0x00, 0x0A,
                0xE8, 0x32, 0x9B, 0xFD, 0x46, 0x97, 0xD9, 0xEC, 0x37,
            ])
        #expect(submitted.deliver(from: nil, at: 0, hasMore: true).first == 0)
    }

    @Test(
        "TS 23.038 §4: how many octets so many units are",
        arguments: [
            (0x00, 8, 7), (0x08, 8, 8), (0x04, 8, 8), (0xF1, 8, 7), (0xF5, 8, 8), (0xE0, 8, 8),
            (0xC0, 8, 7),
        ])
    func alphabets(scheme: UInt8, length: UInt8, octets: Int) throws {
        let head: [UInt8] = [0x01, 0x00, 0x02, 0x81, 0x21, 0x00, scheme, length]
        let whole = head + [UInt8](repeating: 0x41, count: octets)
        #expect(try SubmittedMessage(parsing: whole).userData.count == octets)
        #expect(throws: SMSFault.truncated) { try SubmittedMessage(parsing: Array(whole.dropLast())) }
    }

    @Test(
        "TP-VP, relative format",
        arguments: [
            (0, 300), (143, 43_200), (144, 45_000), (167, 86_400), (168, 172_800), (196, 2_592_000),
            (255, 38_102_400),
        ])
    func validity(value: UInt8, seconds: Int) throws {
        let octets: [UInt8] = [0x11, 0x00, 0x02, 0x81, 0x21, 0x00, 0x04, value, 0x00]
        #expect(try SubmittedMessage(parsing: octets).validity == seconds)
    }
}

extension [UInt8] {
    /// Puts in the length of what follows.
    fileprivate func withTPDULength(at index: Int) -> [UInt8] {
        var octets = self
        octets.insert(UInt8(count - index), at: index)
        return octets
    }
}
