import Octets
import SDP
import Testing

@Suite("RFC 8866 §5: lines and sections")
struct DescriptionParserTests {
    @Test("RFC 8866 §5: the example, every line of it")
    func example() throws {
        let description = try described(Sample.example)
        try description.validate()
        let origin = try description.origin
        #expect(origin.username == "jdoe")
        #expect(origin.sessionID == "3724394400")
        #expect(origin.version == 3_724_394_405)
        #expect(origin.networkType == "IN")
        #expect(origin.addressType == "IP4")
        #expect(origin.address == "198.51.100.1")
        #expect(description.name == "Call to John Smith")
        #expect(description.session.value(of: .information) == "SDP Offer #1")
        #expect(description.session.value(of: .uri) == "http://www.jdoe.example.com/home.html")
        #expect(description.session.value(of: .email) == "Jane Doe <jane@jdoe.example.com>")
        #expect(description.session.value(of: .phone) == "+1 617 555-6011")
        #expect(try description.timings.map(\.isPermanent) == [true])

        let media = description.media
        #expect(media.count == 3)
        #expect(try media.map { try $0.line.port } == [49170, 49180, 51372])
        #expect(try media.map { try $0.line.type } == ["audio", "audio", "video"])
        // The first two have the session's address.
        #expect(
            try media.map { try $0.connection?.ipAddress } == [
                IPAddress("198.51.100.1"), IPAddress("198.51.100.1"), IPAddress("2001:db8::2"),
            ])
        #expect(media[2].payloadTypes.codec(of: "99") == Codec(name: "H263-1998", clockRate: 90000))
        #expect(media[0].payloadTypes.codec(of: "0") == Codec(name: "PCMU", clockRate: 8000))
    }

    @Test("parse, write, parse: octet for octet", arguments: Sample.all)
    func fixedPoint(text: String) throws {
        let octets = wire(text)
        let description = try SessionDescription(parsing: octets)
        #expect(description.serialized() == octets)
        #expect(try SessionDescription(parsing: description.serialized()) == description)
    }

    @Test("RFC 8866 §5: a line may end in LF alone; line ends, and a last line without one, stay as they are")
    func lineEnds() throws {
        let mixed = "v=0\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\nt=0 0\r\nm=audio 0 RTP/AVP 0"
        let description = try SessionDescription(parsing: Array(mixed.utf8))
        #expect(description.serialized() == Array(mixed.utf8))
        #expect(try description.media[0].line.formats == ["0"])
        let trailed = mixed + "\r\n\r\n\n"
        #expect(try SessionDescription(parsing: Array(trailed.utf8)).serialized() == Array(trailed.utf8))
    }

    @Test("a part of a longer array is read in place")
    func slice() throws {
        let message = Array("INVITE … \r\n\r\n".utf8) + wire(Sample.phone) + Array("--boundary--".utf8)
        let start = Array("INVITE … \r\n\r\n".utf8).count
        let body = OctetSlice(message, start..<start + wire(Sample.phone).count)
        var description = try SessionDescription(parsing: body)
        #expect(description.serialized() == wire(Sample.phone))
        description.setPort(1, ofMedia: 1)
        #expect(
            description.serialized()
                == wire(Sample.phone.replacing("m=video 50020", with: "m=video 1")))
    }

    @Test(
        "what would be read in two ways is refused",
        arguments: [
            ("", SDPError(.missing, .version)),
            ("o=- 1 1 IN IP4 192.0.2.1\r\nv=0\r\n", SDPError(.order, .origin, line: 1)),
            ("v=1\r\n", SDPError(.version, .version, line: 1)),
            ("v=00\r\n", SDPError(.version, .version, line: 1)),
            ("v=0\r\nx=1\r\n", SDPError(.unknownType, line: 2)),
            ("v=0\r\nS=1\r\n", SDPError(.unknownType, line: 2)),
            ("v=0\r\ns\r\n", SDPError(.line, line: 2)),
            ("v=0\r\ns =1\r\n", SDPError(.line, line: 2)),
            ("v=0\r\ns=a\rb\r\n", SDPError(.line, line: 2)),
            ("v=0\r\ns=a\u{0}b\r\n", SDPError(.line, line: 2)),
            ("v=0\r\n\r\ns=-\r\n", SDPError(.line, line: 2)),
            ("v=0\r\nm=audio 1 RTP/AVP 0\r\nt=0 0\r\n", SDPError(.unknownType, .timing, line: 3)),
            ("v=0\r", SDPError(.line, line: 1)),
        ])
    func refused(text: String, error: SDPError) {
        #expect(throws: error) { try SessionDescription(parsing: Array(text.utf8)) }
    }

    @Test("values of a line type across sections, for trigger points")
    func matching() throws {
        let description = try described(Sample.phone)
        #expect(description.values(of: .media).map { $0.string.prefix(5) } == ["audio", "video"])
        #expect(description.values(of: .connection) == ["IN IP6 2001:db8::10"])
        #expect(description.contains(.media) { $0.hasPrefix("video ") })
        #expect(!description.contains(.media) { $0.hasPrefix("message ") })
        #expect(description.contains(.attribute) { $0.containsIgnoringCase("h264/") })
        #expect(description.contains(.bandwidth))
        #expect(!description.contains(.key))
    }
}

@Suite("reliability S5: session descriptions that are too large")
struct DescriptionLimitTests {
    private let head = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n"

    @Test("S5: 100,000 m= lines are refused at the limit, and read in linear time without one", .timeLimit(.minutes(1)))
    func manyMedia() throws {
        let octets = Array((head + String(repeating: "m=a 1 b c\r\n", count: 100_000)).utf8)
        #expect(throws: SDPError(.limit)) { try SessionDescription(parsing: octets) }
        var limits = SDPLimits()
        limits.octets = octets.count
        #expect(throws: SDPError(.limit, .media, line: 4 + 65)) {
            try SessionDescription(parsing: octets, limits: limits)
        }
        limits.mediaDescriptions = 200_000
        #expect(throws: SDPError(.limit, line: 1025)) { try SessionDescription(parsing: octets, limits: limits) }
        limits.lines = 200_000
        var description = try SessionDescription(parsing: octets, limits: limits)
        #expect(description.mediaCount == 100_000)
        #expect(description.serialized() == octets)
        #expect(description.media.count == 100_000)
        let removed = description.removeMedia { $0.index > 0 }
        #expect(removed == 99_999)
        #expect(description.serialized() == Array((head + "m=a 1 b c\r\n").utf8))
    }

    @Test("S5: a line that never ends")
    func endlessLine() {
        let octets = Array((head + "a=" + String(repeating: "x", count: 60_000)).utf8)
        #expect(throws: SDPError(.limit, line: 5)) { try SessionDescription(parsing: octets) }
        #expect(throws: SDPError(.line, line: 1)) {
            try SessionDescription(parsing: Array(repeating: UInt8(ascii: "v"), count: 8_000))
        }
    }

    @Test("S5: a message full of formats and mappings costs their sum, not their product", .timeLimit(.minutes(1)))
    func manyFormats() throws {
        var text = head + "c=IN IP4 192.0.2.1\r\nm=audio 1 RTP/AVP" + String(repeating: " 1", count: 4_000) + "\r\n"
        text += String(repeating: "a=rtpmap:1 X/8000\r\n", count: 1_000)
        var description = try SessionDescription(parsing: Array(text.utf8))
        for _ in 0..<50 {
            #expect(try description.negotiate(answer: reoriginated(description)).map(\.formats.count) == [4_000])
            var copy = description
            #expect(try copy.removeFormats(ofMedia: 0) { _, codec in codec?.name == "Y" } == 4_000)
        }
        let left = try description.removeFormats(ofMedia: 0) { _, codec in codec?.name == "X" }
        #expect(left == 0)
        #expect(description.media[0].isRejected)
    }

    private func reoriginated(_ description: SessionDescription) -> SessionDescription {
        var copy = description
        copy.setSessionVersion(77)
        return copy
    }
}
