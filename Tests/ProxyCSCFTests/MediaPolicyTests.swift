import IMS
import Octets
import ProxyCSCF
import SIP
import Testing

@Suite("TS 24.229 §6.2: the operator's policy for media")
struct MediaPolicyTests {
    private static let offer = [
        "v=0", "o=- 1 1 IN IP4 10.11.12.13", "s=-", "c=IN IP4 10.11.12.13", "t=0 0",
        "m=audio 40000 RTP/AVP 97 0 101", "b=AS:38", "a=rtpmap:97 AMR-WB/16000", "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:101 0-15", "a=curr:qos local none", "a=des:qos mandatory local sendrecv", "m=video 40002 RTP/AVP 99",
        "b=AS:512", "a=rtpmap:99 H264/90000", "",
    ].joined(separator: "\r\n")

    private func invite(
        _ policy: MediaPolicy, _ body: String = offer, type: String = "application/sdp"
    ) throws -> [Action<ProxyWork>] {
        var edge = AccessEdge { $0.mediaPolicy = policy }
        try edge.register()
        return try edge.send(
            lines: [
                "INVITE sip:bob@other.example SIP/2.0", "Via: SIP/2.0/UDP 10.11.12.13:5060;branch=z9hG4bKp",
                "From: <\(AccessEdge.publicIdentity)>;tag=f2", "To: <sip:bob@other.example>", "Call-ID: c3",
                "CSeq: 1 INVITE", "Contact: <sip:001010000000001@10.11.12.13:5060>",
                "Route: \(AccessEdge.serviceRoute)", "Content-Type: \(type)",
                "Content-Length: \(body.utf8.count)", "", body,
            ], from: AccessEdge.phone)
    }

    @Test(
        "what is allowed passes octet for octet, preconditions too",
        arguments: [
            MediaPolicy(), MediaPolicy(codecs: ["amr-wb", "pcmu", "h264"], kilobitsPerSecond: 512),
            MediaPolicy(kilobitsPerSecond: 600),
        ])
    func allowed(_ policy: MediaPolicy) throws {
        let message = try #require(try invite(policy).forwarded).0
        #expect(message.body.string == Self.offer)
    }

    @Test("a codec that is not allowed: 488 with a description that would do")
    func codec() throws {
        let actions = try invite(MediaPolicy(codecs: ["AMR-WB", "H264"]))
        #expect(actions.shape == ["respond 488", "observe MEDIA_NOT_ALLOWED", "count requestRefused"])
        let response = try #require(actions.response).received()
        #expect(response.texts(.contentType) == ["application/sdp"])
        #expect(
            response.body.string
                == Self.offer.replacing("m=audio 40000 RTP/AVP 97 0 101", with: "m=audio 40000 RTP/AVP 97 101"))
    }

    @Test("RFC 5621 §3.1: in a multipart body the description counts as it does alone")
    func multipart() throws {
        let body =
            "--b1\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b1\r\nContent-Type: application/sdp\r\n\r\n"
            + Self.offer + "\r\n--b1--\r\n"
        let type = "multipart/mixed;boundary=b1"
        #expect(
            try invite(MediaPolicy(codecs: ["AMR-WB", "H264"]), body, type: type).response?.status?.rawValue == 488)
        let passed = try invite(MediaPolicy(codecs: ["AMR-WB", "PCMU", "H264"]), body, type: type)
        #expect(passed.forwarded?.0.body.string == body)
    }

    @Test("a stream of which nothing is left is rejected in it; too much bandwidth becomes what is allowed")
    func stream() throws {
        let body = try #require(
            try invite(MediaPolicy(codecs: ["AMR-WB", "PCMU"], kilobitsPerSecond: 256)).response
        ).body.string
        #expect(
            body
                == Self.offer.replacing("m=video 40002", with: "m=video 0").replacing("b=AS:512", with: "b=AS:256"))
    }
}
