import Octets
import SDP
import Testing

@Suite("Editing a session description")
struct EditingTests {
    @Test("RFC 8866 §5.7, §5.2: one address for all others; ports and untouched lines stay")
    func addresses() throws {
        var description = try described(Sample.phone)
        description.rewriteAddresses(to: try #require(IPAddress("192.0.2.99")))
        let expected = Sample.phone.replacing("IN IP6 2001:db8::10", with: "IN IP4 192.0.2.99")
        #expect(description.serialized() == wire(expected))
        try description.validate()
    }

    @Test("RFC 5118 §4.8: addresses of each stream")
    func mediaAddresses() throws {
        var description = try described(Sample.twoFamilies)
        description.rewriteAddresses(to: try #require(IPAddress("2001:db8::5")))
        #expect(try description.media.map { try $0.connection?.address } == ["2001:db8::5", "2001:db8::5"])
        #expect(try description.media.map { try $0.connection?.addressType } == ["IP6", "IP6"])
        #expect(try description.origin.address == "2001:db8::5")
    }

    @Test("RFC 3264 §8.4: an address of zeros says hold and stays")
    func holdStays() throws {
        var description = try described("v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nc=IN IP4 0.0.0.0\nt=0 0")
        description.rewriteAddresses(to: .loopback)
        #expect(try description.session.connection?.isUnspecified == true)
        #expect(try description.origin.address == "127.0.0.1")
    }

    @Test("a stream is sent elsewhere: port, c= of its own, a=rtcp")
    func redirect() throws {
        var description = try described(Sample.phone)
        let relay = Endpoint(.v4(0xC000_0263), 30000)
        description.redirectMedia(0, to: relay)
        description.redirectMedia(1, to: Endpoint(relay.address, 30010), rtcpPort: 30099)
        let media = description.media
        #expect(try media.map { try $0.line.port } == [30000, 30010])
        #expect(try media.map { try $0.connection?.address } == ["192.0.2.99", "192.0.2.99"])
        #expect(try description.session.connection?.address == "2001:db8::10")
        #expect(media[0].section.value(of: RTCPAddress.self) == nil)
        let rtcp = try #require(media[1].section.value(of: RTCPAddress.self))
        #expect(rtcp.port == 30099 && rtcp.connection?.address == "192.0.2.99")
        try description.validate()
        description.redirectMedia(2, to: relay)
        #expect(description.media.count == 2)
    }

    @Test("RFC 3264 §6: a stream is rejected by port zero, and nothing else changes")
    func reject() throws {
        var description = try described(Sample.phone)
        description.rejectMedia(1)
        #expect(description.serialized() == wire(Sample.phone.replacing("m=video 50020", with: "m=video 0")))
        #expect(description.media.map(\.isRejected) == [false, true])
    }

    @Test("policy: formats go with all that speaks of them")
    func removeFormats() throws {
        var description = try described(Sample.phone)
        let left = try description.removeFormats(ofMedia: 0) { _, codec in codec?.name == "EVS" }
        #expect(left == 2)
        let expected = Sample.phone.replacing("RTP/AVP 96 97 100", with: "RTP/AVP 97 100")
            .replacing("a=rtpmap:96 EVS/16000\n", with: "")
            .replacing("a=fmtp:96 br=5.9-24.4; bw=nb-swb;ch-aw-recv=-1\n", with: "")
        #expect(description.serialized() == wire(expected))
        // The last one: rejected, formats kept.
        let none = try description.removeFormats(ofMedia: 1) { _, _ in true }
        #expect(none == 0)
        #expect(description.media[1].isRejected)
        #expect(try description.media[1].line.formats == ["118"])
        #expect(description.media[1].section.hasAttribute("rtcp-fb"))
    }

    @Test("policy: media go out of an offer")
    func removeMedia() throws {
        var description = try described(Sample.phone)
        #expect(description.removeMedia { $0.section.value(of: .media)?.hasPrefix("video") == true } == 1)
        let expected = try #require(Sample.phone.split(separator: "m=video").first)
        #expect(description.serialized() == wire(String(expected.dropLast())))
        #expect(description.removeMedia { _ in false } == 0)
        description.setDirection(.sendOnly, .media(0))
        #expect(description.media.map(\.direction) == [.sendOnly])
    }

    @Test("RFC 8866 §5: a new line goes where its type belongs")
    func places() throws {
        var description = try described(
            "v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nt=0 0\nm=audio 9 RTP/AVP 0\nm=audio 8 RTP/AVP 0")
        description.setConnection(.loopback, .session)
        description.setBandwidth(.applicationSpecific, 64, .session)
        description.addAttribute("group", "BUNDLE 1 2", to: .session)
        description.setConnection(.loopback, .media(1))
        description.setBandwidth(.rtcpSenders, 0, .media(0))
        description.setBandwidth(.rtcpSenders, 5, .media(0))
        description.addAttribute("mid", "1", to: .media(0))
        description.setDirection(.inactive, .media(0))
        description.setDirection(.receiveOnly, .media(0))
        description.setSessionVersion(2)
        description.addAttribute("nothing", to: .media(2))
        let expected = """
            v=0
            o=- 1 2 IN IP4 192.0.2.1
            s=-
            c=IN IP4 127.0.0.1
            b=AS:64
            t=0 0
            a=group:BUNDLE 1 2
            m=audio 9 RTP/AVP 0
            b=RS:5
            a=mid:1
            a=recvonly
            m=audio 8 RTP/AVP 0
            c=IN IP4 127.0.0.1
            """
        #expect(description.serialized() == wire(expected))
        try description.validate()
        description.setBandwidth(.applicationSpecific, nil, .session)
        description.removeAttributes("group", .session)
        description.removeAttributes("mid", .media(0))
        #expect(
            !description.session.hasAttribute("group") && description.session.bandwidth(.applicationSpecific) == nil)
        #expect(description.media.map { $0.section.hasAttribute("mid") } == [false, false])
        #expect(try description.media[1].connection?.address == "127.0.0.1")
    }

    @Test("several c= lines of a layered stream become one; k= lines go (RFC 8866 §5.12)")
    func single() throws {
        var description = try described(
            """
            v=0
            o=- 1 1 IN IP4 192.0.2.1
            s=-
            t=0 0
            k=prompt
            m=video 49170/2 RTP/AVP 31
            c=IN IP6 ff00::db8:0:101
            c=IN IP6 ff00::db8:0:102
            k=clear:secret
            m=audio 4 RTP/AVP 0
            """)
        #expect(try description.media[0].section.connections.count == 2)
        description.setConnection(.loopback, .media(0))
        description.removeEncryptionKeys()
        #expect(try description.media[0].section.connections.map(\.address) == ["127.0.0.1"])
        #expect(description.session.encryptionKey == nil && description.media[0].section.encryptionKey == nil)
        description.setPort(7, ofMedia: 0)
        #expect(try description.media.map { try $0.line.port } == [7, 4])
        #expect(try description.media[0].line.portCount == 2)
    }

    @Test("no value ends its line")
    func lineEnds() throws {
        var description = SessionDescription(
            origin: Origin(username: "a\r\nb=AS:1", sessionID: 1, sessionVersion: 1, address: .loopback))
        description.addAttribute("x", "1\nm=audio 1 RTP/AVP 0", to: .session)
        #expect(description.session.values(of: .bandwidth).isEmpty)
        #expect(try SessionDescription(parsing: description.serialized()).mediaCount == 0)
    }

    @Test("a line without its end gets one when another follows")
    func missingLineEnd() throws {
        var description = try SessionDescription(parsing: Array("v=0\no=- 1 1 IN IP4 h\ns=-\nt=0 0".utf8))
        description.appendMedia("audio", port: 4000, transport: "RTP/AVP", formats: ["0", "8"])
        #expect(
            description.serialized()
                == Array("v=0\no=- 1 1 IN IP4 h\ns=-\nt=0 0\r\nm=audio 4000 RTP/AVP 0 8\r\n".utf8))
    }

    @Test("a new description is a valid offer")
    func building() throws {
        let address = try #require(IPAddress("2001:db8::10"))
        var description = SessionDescription(
            origin: Origin(username: "-", sessionID: 7, sessionVersion: 1, address: address), address: address)
        description.appendMedia("audio", port: 50010, transport: "RTP/AVP", formats: ["97"])
        description.addAttribute("rtpmap", "97 AMR-WB/16000/1", to: .media(0))
        description.setBandwidth(.applicationSpecific, 49, .media(0))
        try description.validate()
        #expect(
            description.serialized()
                == wire(
                    """
                    v=0
                    o=- 7 1 IN IP6 2001:db8::10
                    s=-
                    c=IN IP6 2001:db8::10
                    t=0 0
                    m=audio 50010 RTP/AVP 97
                    b=AS:49
                    a=rtpmap:97 AMR-WB/16000/1
                    """))
    }
}
