import Diameter
import Octets
import Testing

/// Bad octets: each a typed failure with the answer of RFC 6733 §7.1.5, never a trap.
@Suite("Malformed messages, RFC 6733 §7.1")
struct MalformedMessageTests {
    static let good = Wire.message(
        Wire.avp(263, Wire.text("h;1;2")) + Wire.avp(264, Wire.text("host.example"))
            + Wire.avp(260, Wire.avp(266, Wire.number(10415)) + Wire.avp(258, Wire.number(16_777_216)))
            + Wire.avp(601, vendor: 10415, Wire.text("sip:user@example")))

    func failure(_ octets: [UInt8]) -> DiameterDecodeFailure? {
        do throws(DiameterDecodeFailure) {
            _ = try DiameterMessage(decoding: octets)
            return nil
        } catch {
            return error
        }
    }

    @Test("a message shorter than its header closes the connection", arguments: 0..<20)
    func short(count: Int) {
        #expect(failure(Array(Self.good.prefix(count)))?.remedy == .close)
    }

    @Test("every prefix of a message fails", arguments: 20..<good.count)
    func prefix(count: Int) {
        #expect(failure(Array(Self.good.prefix(count))) != nil)
    }

    @Test("a length that is not that of the octets", arguments: [0, 5, 19, 21, 22, 23, 24, 0xFFFF])
    func wrongLength(length: Int) {
        let failure = failure(Wire.message(length: length))
        #expect(failure?.what == .messageLength(said: length, received: 20))
        #expect(failure?.resultCode == .invalidMessageLength)
    }

    @Test("a length over the limit")
    func tooLong() {
        #expect(failure(Wire.message(length: 0xFFFFFF))?.what == .messageTooLong(0xFFFFFF))
    }

    @Test("5011 for another version", arguments: [0, 2, 255] as [UInt8])
    func version(version: UInt8) {
        #expect(failure(Wire.message(version: version))?.remedy == .answerAndClose(.unsupportedVersion))
    }

    @Test("3008 for a request with the E bit")
    func headerBits() {
        #expect(failure(Wire.message(flags: 0xA0))?.remedy == .answer(.invalidHeaderBits))
        #expect(failure(Wire.message(flags: 0x8F)) == nil, "reserved bits are ignored, §3")
    }

    @Test(
        "5014 for an AVP length below the header or beyond the message", arguments: Array(0..<8) + [13, 200, 0xFFFFFF])
    func avpLength(length: Int) {
        let failure = failure(Wire.message(Wire.avp(264, Wire.text("abcd"), length: length)))
        #expect(failure?.what == .avpLength)
        #expect(failure?.remedy == .answer(.invalidAVPLength))
        #expect(failure?.avp == AVPName(code: 264))
        #expect(failure?.offset == 20)
        #expect(failure?.failedAVP == Wire.avp(264, []))
    }

    @Test("5014 for a vendor's AVP shorter than 12", arguments: 0..<12)
    func vendorLength(length: Int) {
        let failure = failure(Wire.message(Wire.avp(601, vendor: 10415, [0, 0, 0, 0], length: length)))
        #expect(failure?.what == .avpLength)
        #expect(failure?.failedAVP == Wire.avp(601, vendor: 10415, []))
    }

    @Test("5014 for the start of an AVP at the end, filled up with zeroes")
    func cutHeader() {
        let octets = Wire.message(Wire.avp(278, Wire.number(1)) + Wire.number(264))
        #expect(failure(octets)?.failedAVP == Wire.avp(264, flags: 0, []))
        #expect(failure(octets)?.offset == 32)
    }

    @Test("5014 with the whole AVP when the length does not suit the type", arguments: [0, 1, 2, 3, 5, 8])
    func typeLength(count: Int) throws {
        let avp = Wire.avp(278, [UInt8](repeating: 1, count: count))
        let message = try DiameterMessage(decoding: Wire.message(avp))
        #expect(message[.originStateID] == nil)
        let failure = #expect(throws: DiameterDecodeFailure.self) { try message.required(.originStateID) }
        #expect(failure?.resultCode == .invalidAVPLength)
        #expect(failure?.failedAVP == avp)
    }

    @Test(
        "5004 for texts that are none",
        arguments: [[0xFF], [0xC3], [0x61, 0x00, 0x62], [0xED, 0xA0, 0x80], [0xC0, 0x80]] as [[UInt8]])
    func text(octets: [UInt8]) throws {
        let message = try DiameterMessage(decoding: Wire.message(Wire.avp(1, octets) + Wire.avp(264, octets)))
        for failure in [
            #expect(throws: DiameterDecodeFailure.self, performing: { try message.required(.userName) }),
            #expect(throws: DiameterDecodeFailure.self, performing: { try message.required(.originHost) }),
        ] {
            #expect(failure?.resultCode == .invalidAVPValue)
        }
    }

    @Test("an identity is never empty, nor longer than a domain name", arguments: [0, 256, 65_536])
    func identity(count: Int) throws {
        let octets = Wire.message(Wire.avp(264, [UInt8](repeating: 0x61, count: count)))
        let message = try DiameterMessage(decoding: octets)
        let failure = #expect(throws: DiameterDecodeFailure.self) { try message.required(.originHost) }
        #expect(failure?.resultCode == .invalidAVPValue)
    }

    @Test("a character that may not stand in a name is found at any place of it", arguments: 1...20)
    func characters(length: Int) throws {
        for position in 0..<length {
            for octet in UInt8.min...UInt8.max {
                var name = [UInt8](repeating: UInt8(ascii: "~"), count: length)
                name[position] = octet
                let octets = Wire.message(Wire.avp(264, name) + Wire.avp(1, name))
                let decoded = try DiameterMessage(decoding: octets)
                #expect((decoded[.originHost] != nil) == (0x21...0x7E).contains(octet), "\(octet) at \(position)")
                #expect((decoded[.userName] != nil) == (0x01...0x7F).contains(octet), "\(octet) at \(position)")
            }
        }
    }

    @Test("5004 for a value outside an enumeration", arguments: [3, 0x7FFF_FFFF, 0xFFFF_FFFF] as [UInt32])
    func enumeration(value: UInt32) throws {
        let avp = Wire.avp(273, Wire.number(value))
        let message = try DiameterMessage(decoding: Wire.message(avp))
        let failure = #expect(throws: DiameterDecodeFailure.self) { try message.required(.disconnectCause) }
        #expect(failure?.resultCode == .invalidAVPValue)
        #expect(failure?.failedAVP == avp)
    }

    @Test("Address: unknown family 5004, wrong length 5014")
    func address() throws {
        func code(_ octets: [UInt8]) throws -> ResultCode? {
            let message = try DiameterMessage(decoding: Wire.message(Wire.avp(257, octets)))
            return #expect(throws: DiameterDecodeFailure.self) { try message.required(.hostIPAddress) }?.resultCode
        }
        #expect(try code([]) == .invalidAVPLength)
        #expect(try code([0]) == .invalidAVPLength)
        #expect(try code([0, 1, 127, 0, 0]) == .invalidAVPLength)
        #expect(try code([0, 2, 127, 0, 0, 1]) == .invalidAVPLength)
        #expect(try code([0, 8, 1, 2, 3, 4]) == .invalidAVPValue)
    }

    @Test("5005 with an example of what is missing: zeroes of the least length")
    func missing() throws {
        let message = try DiameterMessage(decoding: Wire.message())
        let number = #expect(throws: DiameterDecodeFailure.self) { try message.required(.originStateID) }
        #expect(number?.resultCode == .missingAVP)
        #expect(number?.failedAVP == Wire.avp(278, Wire.number(0)))
        let key = AVPKey<String>(601, vendor: 10415)
        let text = #expect(throws: DiameterDecodeFailure.self) { try message.required(key) }
        #expect(text?.failedAVP == Wire.avp(601, vendor: 10415, []))
    }

    @Test("5009 with the first one too many")
    func repeated() throws {
        let second = Wire.avp(1, Wire.text("second"))
        let message = try DiameterMessage(
            decoding: Wire.message(Wire.avp(1, Wire.text("first")) + second + Wire.avp(1, Wire.text("third"))))
        let failure = #expect(throws: DiameterDecodeFailure.self) { try message.required(.userName) }
        #expect(failure?.resultCode == .avpOccursTooManyTimes)
        #expect(failure?.failedAVP == second)
    }

    @Test("5001 for a mandatory AVP that is not understood; without the M bit it is passed over")
    func unsupported() throws {
        let known: Set = [AVPName(code: 1)]
        let avp = Wire.avp(9999, [1])
        let message = try DiameterMessage(decoding: Wire.message(Wire.avp(1, []) + avp))
        let failure = #expect(throws: DiameterDecodeFailure.self) { try message.checkMandatory(among: known) }
        #expect(failure?.resultCode == .avpUnsupported)
        #expect(failure?.failedAVP == avp)
        try DiameterMessage(decoding: Wire.message(Wire.avp(9999, flags: 0, [1]))).checkMandatory(among: known)
    }

    @Test("a fault inside a group is that of the inner AVP")
    func insideGroup() throws {
        func failure(_ inner: [UInt8]) throws -> DiameterDecodeFailure? {
            let message = try DiameterMessage(decoding: Wire.message(Wire.avp(260, inner)))
            return #expect(throws: DiameterDecodeFailure.self) { try message.required(.vendorSpecificApplicationID) }
        }
        #expect(try failure([])?.resultCode == .missingAVP)
        #expect(try failure(Wire.avp(266, [1]))?.resultCode == .invalidAVPLength)
        #expect(try failure(Wire.avp(266, Wire.number(1), length: 13))?.resultCode == .invalidAVPLength)
        #expect(try failure([1, 2, 3])?.resultCode == .invalidAVPLength)
    }

    @Test("groups deeper than 16 are refused where they are opened")
    func nesting() throws {
        var octets = Wire.avp(1, [])
        for _ in 0..<40 { octets = Wire.avp(284, octets) }
        let message = try DiameterMessage(decoding: Wire.message(octets))
        var group = message.group(.proxyInfo)
        var depth = 0
        var refused: DiameterDecodeFailure?
        while let current = group {
            depth += 1
            do throws(DiameterDecodeFailure) {
                group = try current.optional(.proxyInfo)
            } catch {
                refused = error
                group = nil
            }
        }
        #expect(depth == 16)
        #expect(refused?.what == .nestingTooDeep)
        #expect(refused?.resultCode == .invalidAVPValue)
    }

    @Test("a message broken at any octet to any of five values decodes or fails, and its failure can be answered")
    func mutations() throws {
        let origin = DiameterOrigin(host: DiameterIdentity("h"), realm: DiameterIdentity("r"))
        for index in Self.good.indices {
            for value in [0, 1, 7, 0x80, 0xFF] as [UInt8] {
                var octets = Self.good
                octets[index] = value
                do throws(DiameterDecodeFailure) {
                    let message = try DiameterMessage(decoding: octets)
                    for avp in message.avps { _ = try? avp.value(as: AVPGroup.self) }
                    _ = message[.vendorSpecificApplicationID]
                    _ = message.all(.sessionID)
                } catch {
                    if let answer = DiameterMessage.answer(undecodable: octets, failure: error, origin: origin) {
                        let back = try DiameterMessage(decoding: answer.octets)
                        #expect(back[.resultCode] == error.resultCode)
                        #expect(!back.isRequest)
                    }
                }
            }
        }
    }
}
