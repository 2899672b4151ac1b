import Diameter
import Octets
import Testing

@Suite("Messages and AVPs, RFC 6733 §3 and §4")
struct DiameterMessageTests {
    static let watchdogRequest = """
        01 000038 80 000118 00000000 11223344 55667788
        00000108 40 00000b 612e62 00
        00000128 40 000009 62 000000
        00000116 40 00000c 00000007
        """

    @Test("§3: header fields stand where the figure has them")
    func header() throws {
        let message = try DiameterMessage(decoding: Wire.hex(Self.watchdogRequest))
        #expect(message.isRequest && !message.isProxiable && !message.isError && !message.isRetransmitted)
        #expect(message.commandCode == .deviceWatchdog)
        #expect(message.applicationID == .common)
        #expect(message.hopByHop == HopByHopID(rawValue: 0x1122_3344))
        #expect(message.endToEnd == EndToEndID(rawValue: 0x5566_7788))
    }

    @Test("§4.1: AVPs with padding that is not part of their length")
    func avps() throws {
        let message = try DiameterMessage(decoding: Wire.hex(Self.watchdogRequest))
        #expect(message.avps.map(\.code) == [264, 296, 278])
        #expect(message[.originHost] == DiameterIdentity("a.b"))
        #expect(message[.originRealm] == DiameterIdentity("b"))
        #expect(message[.originStateID] == 7)
        #expect(message[.userName] == nil)
    }

    @Test("the same message built has the same octets")
    func built() {
        var message = DeviceWatchdogRequest(
            origin: DiameterOrigin(host: DiameterIdentity("A.b"), realm: DiameterIdentity("b")), originStateID: 7
        ).message()
        message.hopByHop = HopByHopID(rawValue: 0x1122_3344)
        message.endToEnd = EndToEndID(rawValue: 0x5566_7788)
        #expect(message.octets == Wire.hex(Self.watchdogRequest))
    }

    @Test("§4.1.1: an AVP of a vendor has 12 octets of header and is not that of the IETF")
    func vendor() throws {
        let octets = Wire.message(
            Wire.avp(601, flags: 0x40, vendor: 10415, Wire.text("sip:a@b")) + Wire.avp(601, Wire.text("other")))
        let message = try DiameterMessage(decoding: octets)
        #expect(message[AVPKey<String>(601, vendor: 10415)] == "sip:a@b")
        #expect(message[AVPKey<String>(601)] == "other")

        var built = DiameterMessage(.capabilitiesExchange, application: .common, flags: .request)
        built.hopByHop = HopByHopID(rawValue: 1)
        built.endToEnd = EndToEndID(rawValue: 2)
        built.append(AVPKey<String>(601, vendor: 10415), "sip:a@b")
        built.append(AVPKey<String>(601), "other")
        #expect(built.octets == octets)
    }

    @Test("§4.4: groups, nested, written by begin and end")
    func groups() throws {
        let inner = Wire.avp(266, Wire.number(10415)) + Wire.avp(258, Wire.number(16_777_216))
        let octets = Wire.message(Wire.avp(284, Wire.avp(280, Wire.text("p.q")) + Wire.avp(33, [1, 2, 3, 4, 5])))
        let message = try DiameterMessage(decoding: octets)
        let group = try #require(message.group(.proxyInfo))
        #expect(group[.proxyHost] == DiameterIdentity("p.q"))
        #expect(group[.proxyState]?.array == [1, 2, 3, 4, 5])

        var built = DiameterMessage(.capabilitiesExchange, application: .common, flags: .request)
        built.hopByHop = HopByHopID(rawValue: 1)
        built.endToEnd = EndToEndID(rawValue: 2)
        let mark = built.begin(.proxyInfo)
        built.append(.proxyHost, DiameterIdentity("p.q"))
        built.append(.proxyState, OctetSlice([1, 2, 3, 4, 5]))
        built.end(mark)
        #expect(built.octets == octets)

        var other = DiameterMessage(.capabilitiesExchange, application: .common, flags: .request)
        other.append(
            .vendorSpecificApplicationID,
            VendorSpecificApplicationID(vendor: 10415, auth: ApplicationID(rawValue: 16_777_216)))
        #expect(Array(other.octets[28...]) == inner)
    }

    @Test("§4.2, §4.3: each data type, its octets and back")
    func types() throws {
        func check<Value: AVPValue & Equatable>(_ value: Value, _ octets: [UInt8]) throws {
            var message = DiameterMessage(.deviceWatchdog, application: .common)
            message.append(AVPKey<Value>(1), value)
            #expect(Array(message.octets[28..<28 + octets.count]) == octets)
            #expect(try DiameterMessage(decoding: message.octets).required(AVPKey<Value>(1)) == value)
        }
        try check(UInt32(0x0102_0304), [1, 2, 3, 4])
        try check(Int32(-2), [255, 255, 255, 254])
        try check(UInt64(0x0102_0304_0506_0708), [1, 2, 3, 4, 5, 6, 7, 8])
        try check("zürich", [0x7A, 0xC3, 0xBC, 0x72, 0x69, 0x63, 0x68])
        try check([UInt8](), [])
        try check(IPAddress.v4(0x7F00_0001), [0, 1, 127, 0, 0, 1])
        try check(
            IPAddress.v6(0x2001_0DB8_0000_0000, 1),
            [0, 2, 0x20, 1, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [1])
        try check(DisconnectCause.doNotWantToTalkToYou, [0, 0, 0, 2])
        // RFC 5905 figure 4: 1 January 1970 is second 2,208,988,800; 7 February 2036 06:28:16 begins era 1.
        try check(DiameterTime(secondsSince1970: 0), Wire.number(2_208_988_800))
        try check(DiameterTime(secondsSince1970: 2_085_978_496), [0, 0, 0, 0])
        try check(
            ExperimentalResultCode(vendor: 10415, code: 5001),
            Wire.avp(266, Wire.number(10415)) + Wire.avp(298, Wire.number(5001)))
    }

    @Test("§6.2: an answer echoes identifiers, P bit, Session-Id first and Proxy-Info last")
    func answer() throws {
        let session = Wire.avp(263, Wire.text("h;1;2"))
        let proxies = Wire.avp(284, Wire.avp(280, Wire.text("p"))) + Wire.avp(284, Wire.avp(280, Wire.text("q")))
        let request = try DiameterMessage(
            decoding: Wire.message(flags: 0xD0, command: 300, application: 16_777_216, session + proxies))
        let origin = DiameterOrigin(host: DiameterIdentity("h"), realm: DiameterIdentity("r"))
        #expect(
            request.answer(resultCode: .success, origin: origin).octets
                == Wire.message(
                    flags: 0x40, command: 300, application: 16_777_216,
                    session + Wire.avp(268, Wire.number(2001)) + Wire.avp(264, Wire.text("h"))
                        + Wire.avp(296, Wire.text("r")) + proxies))
        // §7.2: the E bit for 3xxx, not for 5xxx.
        #expect(request.answer(resultCode: .tooBusy, origin: origin).isError)
        #expect(!request.answer(resultCode: .unableToComply, origin: origin).isError)
        let code = ExperimentalResultCode(vendor: 10415, code: 5001)
        let experimental = request.answer(experimental: code, origin: origin)
        #expect(try experimental.result() == .experimental(code))
        #expect(!experimental.contains(.resultCode))
    }

    @Test("§3.2: `* [ AVP ]` may occur often, `[ AVP ]` once")
    func commandOptions() throws {
        let message = try DiameterMessage(
            decoding: Wire.message(Wire.avp(278, Wire.number(1)) + Wire.avp(278, Wire.number(2))))
        #expect(message.all(.originStateID) == [1, 2])
        #expect(try message.list(.originStateID) == [1, 2])
        #expect(throws: DiameterDecodeFailure.self) { try message.optional(.originStateID) }
    }

    @Test("identifiers and flags change in place")
    func patch() {
        var message = DiameterMessage(.deviceWatchdog, application: .common)
        message.hopByHop = HopByHopID(rawValue: 0xFFFF_FFFE)
        message.endToEnd = EndToEndID(rawValue: 0x0102_0304)
        message.isRetransmitted = true
        #expect(
            message.octets
                == Wire.message(
                    flags: 0xD0, command: 280, hopByHop: 0xFFFF_FFFE, endToEnd: 0x0102_0304))
    }

    @Test("identities compare without regard to case, §4.3.1")
    func identity() throws {
        let message = try DiameterMessage(decoding: Wire.message(Wire.avp(264, Wire.text("HSS.Example.ORG"))))
        #expect(message[.originHost] == DiameterIdentity("hss.example.org"))
    }
}
