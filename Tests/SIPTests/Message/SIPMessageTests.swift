import Octets
import SIP
import Testing

/// A REGISTER as a phone sends it in an IMS, after TS 24.229 Annex; 1 kB.
enum Sample {
    static let register = wire(
        """
        REGISTER sip:ims.mnc001.mcc001.3gppnetwork.org SIP/2.0
        Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKnashds7;rport
        Max-Forwards: 70
        From: <sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org>;tag=4fa3
        To: <sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org>
        Contact: <sip:001010000000001@192.0.2.10:5060>;expires=600000;+sip.instance="<urn:gsma:imei:90420156-025763-0>"
        Call-ID: apb03a0s09dkjdfglkj49111
        CSeq: 1 REGISTER
        Supported: path, gruu
        Require: sec-agree
        Authorization: Digest username="001010000000001@ims.mnc001.mcc001.3gppnetwork.org", realm="ims.mnc001.mcc001.3gppnetwork.org", nonce="", uri="sip:ims.mnc001.mcc001.3gppnetwork.org", response=""
        P-Access-Network-Info: 3GPP-UTRAN-TDD; utran-cell-id-3gpp=234151D0FCE11
        Security-Client: ipsec-3gpp; alg=hmac-sha-1-96; spi-c=23456789; spi-s=12345678; port-c=2468; port-s=1357
        Content-Length: 0

        """)

    static func wire(_ text: String) -> [UInt8] { Array((text + "\n").replacing("\n", with: "\r\n").utf8) }

    static func request(_ lines: String, body: String = "") -> [UInt8] {
        wire("OPTIONS sip:b@example.com SIP/2.0\n" + lines) + Array(body.utf8)
    }
}

@Suite("Messages")
struct SIPMessageTests {
    @Test("A received request: start line, values, body")
    func reading() throws {
        let message = try SIPMessage(parsing: Sample.register)
        #expect(message.isRequest)
        #expect(message.method == .register)
        #expect(message.requestURI == "sip:ims.mnc001.mcc001.3gppnetwork.org")
        #expect(message.status == nil)
        #expect(message.fromTag == "4fa3")
        #expect(message.toTag == nil)
        #expect(message.callID == "apb03a0s09dkjdfglkj49111")
        #expect(message.cseq == CSeq(1, .register))
        #expect(message.maxForwards == 70)
        #expect(message.values(.supported) == ["path", "gruu"])
        #expect(message.count(.supported) == 2)
        #expect(message.listContains(.supported, token: "PATH"))
        #expect(!message.listContains(.supported, token: "100rel"))
        #expect(message.firstValue(.supported) == "path")
        #expect(try message.first(Contact.self)?.expires == 600_000)
        #expect(try message.first(Contact.self)?.instanceID == "urn:gsma:imei:90420156-025763-0")
        #expect(message.body.isEmpty)
        #expect(message.validateRequest(.everyKnownHeader) == nil)
    }

    @Test("An excerpt has the start line and the headers that were wanted, and holds nothing of the message")
    func excerpt() throws {
        var message = try SIPMessage(parsing: Sample.register)
        message.append(.via, "SIP/2.0/UDP 192.0.2.11;branch=z9hG4bK2")
        message.setBody(Array("body".utf8), contentType: "text/plain")
        let excerpt = message.excerpt { $0 == .via || $0 == .callID }
        #expect(excerpt.method == .register)
        #expect(excerpt.requestURI == message.requestURI)
        #expect(excerpt.allFields.map(\.name) == [.via, .callID, .via])
        #expect(excerpt.values(.via) == message.values(.via))
        #expect(excerpt.callID == "apb03a0s09dkjdfglkj49111")
        #expect(excerpt.body.isEmpty)
        #expect(try SIPMessage(parsing: excerpt.serialized()).values(.via) == message.values(.via))
        let size = excerpt.callID?.base.count ?? 0
        #expect(size > 0 && size < 300, "\(size) octets")
    }

    @Test("Serialised as it came")
    func octetForOctet() throws {
        #expect(try SIPMessage(parsing: Sample.register).serialized() == Sample.register)
    }

    @Test("Unknown headers and methods stay octet for octet")
    func unknown() throws {
        let octets = Sample.wire("FROB sip:a SIP/2.0\nx-ODD  :\t a ,b;;c \"\nX-Odd: 2\nContent-Length: 0\n")
        let message = try SIPMessage(parsing: octets)
        #expect(message.method.text == "FROB")
        #expect(message.values(HeaderName("X-Odd")) == ["a ,b;;c \"", "2"])
        #expect(OctetSlice(message.serialized()).string.contains("x-ODD  :\t a ,b;;c \"\r\nX-Odd: 2\r\n"))
    }

    @Test("A built request")
    func building() {
        var message = SIPMessage(.invite, uri: "sip:b@example.com")
        message.append(.via, "SIP/2.0/UDP a;branch=z9hG4bK1")
        message.append(From(NameAddress(displayName: "A \\\"x\\\"", uri: "sip:a@example.com")))
        message.append(.to, OctetSlice("<sip:b@example.com>"))
        message.append(CSeq(7, .invite))
        message.append(HeaderName("X-Foo"), "bar")
        message.setBody(Array("v=0\r\n".utf8), contentType: "application/sdp")
        #expect(
            message.description == """
                INVITE sip:b@example.com SIP/2.0\r
                Via: SIP/2.0/UDP a;branch=z9hG4bK1\r
                From: "A \\"x\\"" <sip:a@example.com>\r
                To: <sip:b@example.com>\r
                CSeq: 7 INVITE\r
                X-Foo: bar\r
                Content-Type: application/sdp\r
                Content-Length: 5\r
                \r
                v=0\r

                """)
    }

    @Test("Editing: append, prepend, set, remove, the first value")
    func editing() throws {
        var message = try SIPMessage(
            parsing: Sample.request(
                "Route: <sip:a;lr>, <sip:b,c;lr> , <sip:d;lr>\nX-Y: 1\nroute: <sip:e>\nx-y: 2\nContent-Length: 9\n",
                body: "123456789"))
        message.removeFirstValue(.route)
        #expect(message.values(.route) == ["<sip:b,c;lr>", "<sip:d;lr>", "<sip:e>"])
        message.prepend(.route, "<sip:z>")
        #expect(message.values(.route) == ["<sip:z>", "<sip:b,c;lr>", "<sip:d;lr>", "<sip:e>"])
        message.removeFirstValue(.route)
        message.removeFirstValue(.route)
        message.removeFirstValue(.route)
        #expect(message.values(.route) == ["<sip:e>"])
        message.removeFirstValue(.route)
        message.removeFirstValue(.route)
        #expect(!message.contains(.route))
        message.set(HeaderName("x-y"), "3")
        message.set(.maxForwards, "69")
        message.prepend(.via, "SIP/2.0/UDP h")
        message.setRequestURI("sip:other")
        #expect(
            message.description == """
                OPTIONS sip:other SIP/2.0\r
                Via: SIP/2.0/UDP h\r
                x-y: 3\r
                Content-Length: 9\r
                Max-Forwards: 69\r
                \r
                123456789
                """)
        message.remove(HeaderName("X-Y"))
        message.removeBody()
        #expect(message.description.hasSuffix("Max-Forwards: 69\r\nContent-Length: 0\r\n\r\n"))
    }

    @Test("The first value replaced, the others of its field kept")
    func replacing() throws {
        var message = try SIPMessage(parsing: Sample.request("v: SIP/2.0/UDP a;rport, SIP/2.0/TCP b\n"))
        var via = try #require(try message.first(Via.self))
        via.parameters.set("received", "192.0.2.1")
        via.parameters.set("rport", "5070")
        message.replaceFirstValue(via)
        #expect(message.values(.via) == ["SIP/2.0/UDP a;rport=5070;received=192.0.2.1", "SIP/2.0/TCP b"])
    }

    @Test("No value can end its line")
    func injection() throws {
        var message = SIPMessage(.options, uri: "sip:a\r\nX: y")
        message.append(.subject, "a\r\nEvil: 1\r\n\r\n")
        message.append(Reason(cause: 200, text: "x\r\nEvil: 2"))
        #expect(message.serialized().filter { $0 == 0x0A }.count == 5)
        #expect(!message.contains(HeaderName("Evil")))
    }

    @Test("RFC 3261 §8.2.6.2: what a response takes from its request")
    func responding() throws {
        var request = try SIPMessage(parsing: Sample.register)
        request.append(.via, "SIP/2.0/UDP second")
        request.append(.to, "<sip:second>")
        let response = SIPMessage.response(.unauthorized, to: request, toTag: "x1")
        #expect(
            response.description == """
                SIP/2.0 401 Unauthorized\r
                Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKnashds7;rport\r
                From: <sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org>;tag=4fa3\r
                To: <sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org>;tag=x1\r
                Call-ID: apb03a0s09dkjdfglkj49111\r
                CSeq: 1 REGISTER\r
                Via: SIP/2.0/UDP second\r
                Content-Length: 0\r
                \r

                """)
        #expect(response.method == .register)
        #expect(response.reason == "Unauthorized")
        #expect(SIPMessage.response(.trying, to: request, toTag: "x1").toTag == nil)
        request.set(.to, "<sip:a>;tag=old")
        #expect(SIPMessage.response(.ok, reason: "Fine", to: request, toTag: "new").toTag == "old")
    }

    @Test("Equal by content, however names are spelt")
    func equality() throws {
        let short = try SIPMessage(parsing: Sample.request("f: <sip:a>;tag=1\nl: 0\n"))
        let long = try SIPMessage(parsing: Sample.request("FROM  :  <sip:a>;tag=1\nContent-Length: 0\n"))
        let other = try SIPMessage(parsing: Sample.request("From: <sip:a>;tag=2\nContent-Length: 0\n"))
        #expect(short == long)
        #expect(short != other)
    }

    @Test("Names: known in any case and short, others by text")
    func names() {
        #expect(HeaderName("via") == .via)
        #expect(HeaderName("V") == .via)
        #expect(HeaderName("p-aCCess-network-info") == .pAccessNetworkInfo)
        #expect(HeaderName("X-A") == HeaderName("x-a"))
        #expect(HeaderName("X-A").hashValue == HeaderName("x-a").hashValue)
        #expect(HeaderName("X-A") != HeaderName("X-B"))
        #expect(HeaderName("X-A").text == "X-A")
        for token in HeaderName.Token.allCases where token != .other {
            #expect(HeaderName(token.text.description) == HeaderName(token))
        }
        #expect(HeaderName.Token.allCases.count <= 128, "validation keeps one bit for each")
    }

    @Test(
        "RFC 3261 §7.3.3 and the extensions: compact forms",
        arguments: [
            ("i", "Call-ID"), ("m", "Contact"), ("e", "Content-Encoding"), ("l", "Content-Length"),
            ("c", "Content-Type"),
            ("f", "From"), ("s", "Subject"), ("k", "Supported"), ("t", "To"), ("v", "Via"), ("o", "Event"),
            ("u", "Allow-Events"), ("r", "Refer-To"), ("b", "Referred-By"), ("x", "Session-Expires"),
            ("a", "Accept-Contact"), ("j", "Reject-Contact"), ("d", "Request-Disposition"), ("y", "Identity"),
        ])
    func compactForms(_ short: String, _ long: String) {
        #expect(HeaderName(short).text == long)
    }

    @Test("Methods: case matters")
    func methods() {
        #expect(Method("INVITE") == .invite)
        #expect(Method("Invite") != .invite)
        #expect(Method("Invite").text == "Invite")
        #expect(Status(rawValue: 99) == nil)
        #expect(Status(rawValue: 700) == nil)
        #expect(Status(rawValue: 499)?.defaultReason.description == "Client Error")
        #expect("\(Status.intervalTooBrief)" == "423 Interval Too Brief")
    }
}
