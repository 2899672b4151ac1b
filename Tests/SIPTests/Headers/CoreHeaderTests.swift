import Octets
import SIP
import Testing

@Suite("RFC 3261 §20: headers as values")
struct CoreHeaderTests {
    static let rows = [
        HeaderRow(
            Accept.self,
            accepts: ["application/sdp;level=1", "application/x-private", "text/html", "*/*", "text/*;q=0.5"],
            writes: [("text / html ;q=1", "text/html;q=1")],
            refuses: ["", "text", "text/", "/html", "text/html;", "text/html;q=2", "text html"]),
        HeaderRow(
            AcceptEncoding.self, accepts: ["gzip", "*", "identity;q=0.5"], refuses: ["", "gz ip", "gzip;q=x", ";q=1"]),
        HeaderRow(
            AcceptLanguage.self, accepts: ["da", "en-gb;q=0.8", "en;q=0.7", "*", "es-419"],
            refuses: ["", "-en", "en-", "en--gb", "abcdefghi", "1n", "en;q=1.1"]),
        HeaderRow(
            AlertInfo.self,
            accepts: ["<http://www.example.com/sounds/moo.wav>", "<urn:alert:service:call-waiting>;x=y"],
            refuses: ["", "http://www.example.com/sounds/moo.wav", "<>", "<moo.wav>", "\"a\" <http://h>", "<http://h"]),
        HeaderRow(Allow.self, accepts: ["INVITE", "x-Frob"], refuses: ["", "IN VITE", "INVITE;a", "\"INVITE\""]),
        HeaderRow(
            CallID.self, accepts: ["f81d4fae-7dec-11d0-a765-00a0c91e6bf6@biloxi.com", "1", "a!%*_+`'~()<>:\\\"/[]?{}"],
            refuses: ["", "a b", "a@b@c", "@a", "a@", "a,b", "a;b"]),
        HeaderRow(
            CallInfo.self,
            accepts: [
                "<http://wwww.example.com/alice/photo.jpg>;purpose=icon",
                "<http://www.example.com/alice/>;purpose=info",
            ], refuses: ["", "http://h;purpose=icon", "<http://h>;purpose="]),
        HeaderRow(
            ContentDisposition.self, accepts: ["session", "render;handling=optional", "icon"],
            refuses: ["", ";handling=required", "session;", "ses sion"]),
        HeaderRow(ContentEncoding.self, accepts: ["gzip", "tar"], refuses: ["", "g;zip", "gzip tar"]),
        HeaderRow(ContentLanguage.self, accepts: ["fr", "en-US", "mi"], refuses: ["", "*", "fr_CA", "french-", "0n"]),
        HeaderRow(
            ContentLengthHeader.self, accepts: ["349", "0", "4294967295"],
            refuses: ["", "-1", "4294967296", "1 2", "0x1"]),
        HeaderRow(
            ContentType.self,
            accepts: ["application/sdp", "text/html; charset=ISO-8859-4", "multipart/mixed;boundary=\"a b\""],
            refuses: ["", "sdp", "application/", "a/b;=c", "a/b;c=\"d", "text/plain,text/html"]),
        HeaderRow(
            ErrorInfo.self, accepts: ["<sip:not-in-service-recording@atlanta.com>"],
            refuses: ["", "sip:not-in-service-recording@atlanta.com", "<sip:@h>"]),
        HeaderRow(
            InReplyTo.self, accepts: ["70710@saturn.bell-tel.com", "17320@saturn.bell-tel.com"], refuses: ["", "a b"]),
        HeaderRow(MIMEVersion.self, accepts: ["1.0"], refuses: ["", "1", "1.", ".0", "1.0.0", "a.b", "1 .0"]),
        HeaderRow(Organization.self, accepts: ["Boxes by Bob", "", "Büro"], refuses: ["a\u{0}b", "a\rb", "a\nb"]),
        HeaderRow(Priority.self, accepts: ["emergency", "non-urgent", "other"], refuses: ["", "very urgent", "1,2"]),
        HeaderRow(ProxyRequire.self, accepts: ["foo"], refuses: ["", "foo bar", "foo;bar"]),
        HeaderRow(
            ReplyTo.self, accepts: ["<sip:bob@biloxi.com>"],
            writes: [("Bob <sip:bob@biloxi.com>;x", "\"Bob\" <sip:bob@biloxi.com>;x")], refuses: ["", "<>", "Bob"]),
        HeaderRow(Require.self, accepts: ["100rel"], refuses: ["", "100 rel", "a=b"]),
        HeaderRow(Server.self, accepts: ["HomeServer v2", "Softphone Beta1.5 (a; b)"]),
        HeaderRow(SubjectHeader.self, accepts: ["Need more boxes", "Tech Support", "", "a, b; c"]),
        HeaderRow(Supported.self, accepts: ["100rel", "replaces"], refuses: ["", "a b"]),
        HeaderRow(
            Timestamp.self, accepts: ["54", "54.21", "54.", "54 1", "54.21 0.5", "54 .5"],
            refuses: ["", ".5", "a", "54 a", "54.2.1", "54 1 2", "-1"]),
        HeaderRow(Unsupported.self, accepts: ["foo"], refuses: ["", "fo o"]),
        HeaderRow(UserAgent.self, accepts: ["Softphone Beta1.5"]),
        HeaderRow(
            RetryAfter.self,
            accepts: ["18000;duration=3600", "120 (I'm in a meeting)", "0", "1 (a (b) \\) c);duration=2"],
            writes: [("120(x)", "120 (x)")],
            refuses: ["", "-1", "4294967296", "120 (a", "120 a", "(a)", "120;", "120 (a) b"]),
        HeaderRow(
            Warning.self,
            accepts: [
                "307 isi.edu \"Session parameter 'foo' not understood\"",
                "301 isi.edu:5060 \"Incompatible network address type 'E.164'\"", "399 - \"a \\\" b\"",
            ],
            refuses: [
                "", "307", "307 isi.edu", "307 isi.edu a", "30 a \"b\"", "3070 a \"b\"", "307 a \"b", "307 a \"b\" c",
            ]),
    ]

    @Test("What each takes, writes and refuses", arguments: rows)
    func grammar(_ row: HeaderRow) throws { try row.check() }

    @Test("§20.1, §20.3: ranges and their weights")
    func negotiation() throws {
        let sdp = try MediaType(parsing: "application/SDP;charset=utf-8")
        #expect(sdp.is("application", "sdp"))
        #expect(sdp.lies(in: try MediaType(parsing: "*/*")))
        #expect(sdp.lies(in: try MediaType(parsing: "Application/*")))
        #expect(!sdp.lies(in: try MediaType(parsing: "text/*")))
        #expect(!sdp.lies(in: try MediaType(parsing: "*/sdp")))
        #expect(!sdp.lies(in: try MediaType(parsing: "application/isup")))
        #expect(try AcceptLanguage(parsing: "en-gb;q=0.8").q == 800)
        #expect(try Accept(parsing: "text/html").q == 1000)
        #expect(try AcceptEncoding(parsing: "gzip;q=0").q == 0)
    }

    @Test("§20.11: handling is required unless it is said to be optional")
    func disposition() throws {
        #expect(try ContentDisposition(parsing: "session").isRequired)
        #expect(try ContentDisposition(parsing: "session").isSession)
        #expect(try !ContentDisposition(parsing: "render;handling=OPTIONAL").isRequired)
        #expect(try ContentDisposition(parsing: "render;handling=x").isRequired)
        #expect(ContentDisposition("render", isRequired: false).text == "render;handling=optional")
    }

    @Test("§8.2.2.3: option tags, known ones and others")
    func optionTags() throws {
        for tag in OptionTag.allCases { #expect(OptionTag(OctetSlice("\(tag.text)")) == tag) }
        #expect(OptionTag("100REL") == .reliableProvisional)
        #expect(OptionTag("nothingSupportsThis") == nil)
        let message = try SIPMessage(parsing: Sample.request("k: path , gruu\nSupported: outbound\nRequire:\n"))
        #expect(try message.all(Supported.self).map { OptionTag($0.token) } == [.path, .gruu, .outbound])
        #expect(try message.all(Require.self).isEmpty)
    }

    @Test("§20.38: the parts of a Timestamp")
    func timestamp() throws {
        let timestamp = try Timestamp(parsing: "54.21 0.5")
        #expect(timestamp.time == "54.21")
        #expect(timestamp.delay == "0.5")
        #expect(try Timestamp(parsing: "54 ").delay == nil)
    }

    @Test("§20.42: ttl of a Via, and RFC 6223 §4: keep")
    func via() throws {
        let via = try Via(parsing: "SIP/2.0/UDP h;ttl=16;keep=30")
        #expect(via.ttl == 16)
        #expect(via.offersKeepAlive)
        #expect(via.keepAliveInterval == 30)
        let offer = try Via(parsing: "SIP/2.0/UDP h;ttl=256;keep")
        #expect(offer.ttl == nil)
        #expect(offer.offersKeepAlive)
        #expect(offer.keepAliveInterval == nil)
        #expect(try !Via(parsing: "SIP/2.0/UDP h").offersKeepAlive)
    }
}
