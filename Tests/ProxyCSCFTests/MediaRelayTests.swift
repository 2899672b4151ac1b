import IMS
import Octets
import ProxyCSCF
import SIP
import Testing

@Suite("rtpengine: the media of phones through a relay")
struct MediaRelayTests {
    private static let offer =
        "v=0\r\no=- 1 1 IN IP4 10.11.12.13\r\ns=-\r\nc=IN IP4 10.11.12.13\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n"
    private static let theirs =
        "v=0\r\no=- 2 2 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 50000 RTP/AVP 0\r\n"
    private static let relayed =
        "v=0\r\no=- 1 1 IN IP4 203.0.113.1\r\ns=-\r\nc=IN IP4 203.0.113.1\r\nt=0 0\r\nm=audio 30000 RTP/AVP 0\r\n"

    /// What has been asked of the relay, in order.
    private func questions(_ actions: [Action<ProxyWork>]) throws -> [(cookie: String, entries: Bencode)] {
        try actions.compactMap { action in
            guard case .perform(.media(let datagram), _) = action else { return nil }
            let slice = OctetSlice(datagram)
            let space = try #require(slice.firstIndex(of: ASCII.space))
            return (slice[slice.start..<space].string, try Bencode(parsing: slice[space + 1..<slice.end]))
        }
    }

    private func reply(_ edge: inout AccessEdge, _ cookie: String, _ text: String) -> [Action<ProxyWork>] {
        let datagram = Base64.encode(Array("\(cookie) \(text)".utf8))
        return edge.handle(
            .command(Command("media-relay", ["datagram": datagram]), CommandID(rawValue: 9))
        ).filter { if case .reply = $0 { false } else { true } }
    }

    private func done(_ sdp: String) -> String { "d6:result2:ok3:sdp\(sdp.utf8.count):\(sdp)e" }

    private func edge(_ settings: MediaRelaySettings) throws -> AccessEdge {
        var edge = AccessEdge { $0.mediaRelay = settings }
        try edge.register()
        return edge
    }

    private func invite(
        _ edge: inout AccessEdge, from phone: Hop = AccessEdge.phone, sdp: String? = offer,
        type: String = "application/sdp"
    ) throws -> [Action<ProxyWork>] {
        let body = sdp ?? ""
        return try edge.send(
            lines: [
                "INVITE sip:bob@192.0.2.9 SIP/2.0", "Via: SIP/2.0/UDP 10.11.12.13:5060;branch=z9hG4bKp",
                "From: <\(AccessEdge.publicIdentity)>;tag=f2", "To: <sip:bob@192.0.2.9>", "Call-ID: c3",
                "CSeq: 1 INVITE", "Contact: <sip:001010000000001@10.11.12.13:5060>",
                "Route: \(AccessEdge.serviceRoute)", "Content-Type: \(type)",
                "Content-Length: \(body.utf8.count)", "", body,
            ], from: phone)
    }

    private func answer(
        _ edge: inout AccessEdge, _ sent: (SIPMessage, Hop, ClientTransactionID), _ status: Status, sdp: String?
    ) -> [Action<ProxyWork>] {
        var response = SIPMessage.response(status, to: sent.0, toTag: "s1")
        response.append(.contact, "<sip:bob@192.0.2.9>")
        if let sdp { response.setBody(Array(sdp.utf8), contentType: "application/sdp") }
        return edge.handle(.response(response, sent.2))
    }

    @Test("offer and answer go on as the relay writes them; the BYE's answer ends it there")
    func call() throws {
        var edge = try edge(MediaRelaySettings(use: .always))
        let asked = try invite(&edge)
        #expect(asked.shape == ["perform"])
        let offer = try #require(try questions(asked).first)
        #expect(offer.entries["command"]?.text == "offer")
        #expect(offer.entries["call-id"]?.text == "c3;o")
        #expect(offer.entries["from-tag"]?.text == "f2")
        #expect(offer.entries["to-tag"] == nil)
        #expect(offer.entries["sdp"]?.text?.string == Self.offer)
        #expect(offer.entries["received-from"] == .list([.text("IP4"), .text("10.11.12.13")]))
        let sent = try #require(reply(&edge, offer.cookie, done(Self.relayed)).forwarded)
        #expect(sent.0.body.string == Self.relayed)
        #expect(try sent.0.received().body.string == Self.relayed)
        // A second answer to the same question is nobody's.
        #expect(reply(&edge, offer.cookie, done(Self.relayed)).isEmpty)

        let answered = try #require(try questions(answer(&edge, sent, .ok, sdp: Self.theirs)).first)
        #expect(answered.entries["command"]?.text == "answer")
        #expect(answered.entries["from-tag"]?.text == "f2")
        #expect(answered.entries["to-tag"]?.text == "s1")
        #expect(answered.entries["received-from"] == nil)
        let response = try #require(reply(&edge, answered.cookie, done(Self.relayed)).response)
        #expect(response.status == .ok)
        #expect(response.body.string == Self.relayed)

        let routes = sent.0.texts(.recordRoute).filter { $0.contains("pcscf") }.reversed()
        let bye = try edge.send(
            lines: [
                "BYE sip:bob@192.0.2.9 SIP/2.0", "Via: SIP/2.0/UDP 10.11.12.13:5060;branch=z9hG4bKq",
                "From: <\(AccessEdge.publicIdentity)>;tag=f2", "To: <sip:bob@192.0.2.9>;tag=s1", "Call-ID: c3",
                "CSeq: 2 BYE",
            ] + routes.map { "Route: \($0)" } + ["Route: <sip:scscf.\(AccessEdge.domain):5080;lr>"],
            from: AccessEdge.phone)
        let ended = try questions(try edge.answer(bye, .ok))
        #expect(ended.map { $0.entries["command"]?.text } == ["delete"])
        #expect(ended.first?.entries["call-id"]?.text == "c3;o")
    }

    private static func multipart(_ sdp: String) -> String {
        "--b1\r\nContent-Type: application/pidf+xml\r\nContent-ID: <a@b>\r\n\r\n<presence/>\r\n"
            + "--b1\r\nContent-Type: application/sdp\r\n\r\n\(sdp)\r\n--b1--\r\n"
    }

    @Test("RFC 5621 §3.1: of a multipart body the description is exchanged, and all beside it stays")
    func multipart() throws {
        let type = "multipart/mixed;boundary=\"b1\""
        var edge = try edge(MediaRelaySettings(use: .always))
        let asked = try #require(
            try questions(try invite(&edge, sdp: Self.multipart(Self.offer), type: type)).first)
        #expect(asked.entries["sdp"]?.text?.string == Self.offer)
        let sent = try #require(reply(&edge, asked.cookie, done(Self.relayed)).forwarded)
        let received = try sent.0.received()
        #expect(received.body.string == Self.multipart(Self.relayed))
        #expect(received.texts(.contentType) == [type])
        var response = SIPMessage.response(.ok, to: sent.0, toTag: "s1")
        response.append(.contact, "<sip:bob@192.0.2.9>")
        response.setBody(Array(Self.multipart(Self.theirs).utf8), contentType: type)
        let answered = try #require(try questions(edge.handle(.response(response, sent.2))).first)
        #expect(answered.entries["sdp"]?.text?.string == Self.theirs)
        let back = try #require(reply(&edge, answered.cookie, done(Self.relayed)).response)
        #expect(back.body.string == Self.multipart(Self.relayed))
    }

    @Test("a multipart body that cannot be read, or has no description, goes on as it is")
    func unreadableMultipart() throws {
        for (body, type) in [
            (Self.multipart(Self.offer), "multipart/mixed"),
            (Self.multipart(Self.offer), "multipart/mixed;boundary=b2"),
            (Self.multipart("").replacing("application/sdp", with: "text/plain"), "multipart/mixed;boundary=b1"),
        ] {
            var edge = try edge(MediaRelaySettings(use: .always))
            let message = try #require(try invite(&edge, sdp: body, type: type).forwarded).0
            #expect(message.body.string == body)
        }
    }

    @Test("only phones behind a translator, when the operator says so", arguments: [true, false])
    func translated(_ isBehind: Bool) throws {
        var edge = try edge(MediaRelaySettings())
        var phone = AccessEdge.phone
        if isBehind {
            phone.remote = Endpoint(.v4(0xC633_6401), 40_000)
            try edge.register(from: phone)
        }
        let actions = try invite(&edge, from: phone)
        #expect(try questions(actions).count == (isBehind ? 1 : 0))
        #expect((actions.forwarded == nil) == isBehind)
        if isBehind {
            #expect(
                try questions(actions).first?.entries["received-from"] == .list([.text("IP4"), .text("198.51.100.1")]))
        }
    }

    @Test("a description that is in a relay of ours already is left alone on its way to the other phone")
    func twice() throws {
        var edge = try edge(MediaRelaySettings(use: .always))
        let path = try edge.path()
        let body = Self.relayed + "a=rtpengine:0123\r\n"
        let actions = try edge.send(
            lines: TerminatingTests.invite(
                path, ["Content-Type: application/sdp", "Content-Length: \(body.utf8.count)", "", body]),
            from: AccessEdge.core)
        #expect(actions.forwarded?.0.body.string == body)
    }

    @Test("silence: asked again, then the call goes on with a warning and without the relay")
    func silence() throws {
        var edge = try edge(MediaRelaySettings(use: .always))
        let cookie = try #require(try questions(try invite(&edge)).first).cookie
        edge.now = .zero + .milliseconds(250)
        let again = try questions(edge.handle(.deadline))
        #expect(again.map(\.cookie) == [cookie])
        edge.now = .zero + .seconds(1)
        let over = edge.handle(.deadline)
        #expect(over.shape.contains("observe warning"))
        let sent = try #require(over.forwarded)
        #expect(sent.0.body.string == Self.offer)
        #expect(answer(&edge, sent, .ok, sdp: Self.theirs).response?.body.string == Self.theirs)
        #expect(reply(&edge, cookie, done(Self.relayed)).isEmpty)
    }

    @Test("or it is refused, when the operator says so")
    func refused() throws {
        var edge = try edge(MediaRelaySettings(use: .always, failure: .refuse))
        let cookie = try #require(try questions(try invite(&edge)).first).cookie
        let actions = reply(&edge, cookie, "d12:error-reason4:full6:result5:errore")
        #expect(actions.response?.status == .serviceUnavailable)
        #expect(actions.shape.contains("observe MEDIA_RELAY_FAILED"))
        #expect(actions.forwarded == nil)
    }

    @Test("what is no answer of the relay's changes nothing", arguments: ["", "de", "d6:result2:ok", "\u{0}", "i1e"])
    func garbage(_ text: String) throws {
        var edge = try edge(MediaRelaySettings(use: .always))
        let cookie = try #require(try questions(try invite(&edge)).first).cookie
        #expect(reply(&edge, cookie, text).isEmpty)
        #expect(reply(&edge, "zz", done(Self.relayed)).isEmpty)
        #expect(reply(&edge, cookie, done(Self.relayed)).forwarded != nil)
    }

    @Test("RFC 3261 §9.2: an INVITE that is given up while it waits gets its 487, and goes nowhere")
    func cancelled() throws {
        var edge = try edge(MediaRelaySettings(use: .always))
        let cookie = try #require(try questions(try invite(&edge)).first).cookie
        let actions = edge.handle(.cancelled(edge.lastServer))
        #expect(actions.response?.status == .requestTerminated)
        #expect(try questions(actions).map { $0.entries["command"]?.text } == ["delete"])
        #expect(reply(&edge, cookie, done(Self.relayed)).isEmpty)
    }

    @Test("responses keep their order: a 200 waits behind the 183 whose description is on its way")
    func order() throws {
        var edge = try edge(MediaRelaySettings(use: .always))
        let offer = try #require(try questions(try invite(&edge)).first)
        let sent = try #require(reply(&edge, offer.cookie, done(Self.relayed)).forwarded)
        let early = try #require(try questions(answer(&edge, sent, .sessionProgress, sdp: Self.theirs)).first)
        #expect(answer(&edge, sent, .ok, sdp: nil).response == nil)
        let both = reply(&edge, early.cookie, done(Self.relayed))
        #expect(both.shape == ["respond 183", "respond 200"])
    }

    @Test("RFC 3264: an offer in the 2xx is the callee's, and the ACK answers it")
    func lateOffer() throws {
        var edge = try edge(MediaRelaySettings(use: .always))
        let sent = try #require(try invite(&edge, sdp: nil).forwarded)
        let offer = try #require(try questions(answer(&edge, sent, .ok, sdp: Self.theirs)).first)
        #expect(offer.entries["command"]?.text == "offer")
        #expect(offer.entries["from-tag"]?.text == "s1")
        _ = reply(&edge, offer.cookie, done(Self.relayed))
        let routes = sent.0.texts(.recordRoute).filter { $0.contains("pcscf") }.reversed()
        let asked = try edge.send(
            lines: [
                "ACK sip:bob@192.0.2.9 SIP/2.0", "Via: SIP/2.0/UDP 10.11.12.13:5060;branch=z9hG4bKa",
                "From: <\(AccessEdge.publicIdentity)>;tag=f2", "To: <sip:bob@192.0.2.9>;tag=s1", "Call-ID: c3",
                "CSeq: 1 ACK",
            ] + routes.map { "Route: \($0)" } + [
                "Content-Type: application/sdp", "Content-Length: \(Self.offer.utf8.count)", "", Self.offer,
            ], from: AccessEdge.phone)
        let answer = try #require(try questions(asked).first)
        #expect(answer.entries["command"]?.text == "answer")
        #expect(answer.entries["from-tag"]?.text == "s1")
        #expect(answer.entries["to-tag"]?.text == "f2")
        let ack = reply(&edge, answer.cookie, done(Self.relayed))
        guard case .acknowledge(let message, _)? = ack.first else {
            Issue.record("no ACK goes on: \(ack.shape)")
            return
        }
        #expect(message.body.string == Self.relayed)
    }
}
