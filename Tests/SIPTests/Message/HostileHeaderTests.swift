import Octets
import SIP
import Testing

@Suite("Reliability: hostile headers")
struct HostileHeaderTests {
    private static let roomy: ParseLimits = {
        var limits = ParseLimits()
        limits.messageOctets = 4_000_000
        limits.lineOctets = 2_000_000
        return limits
    }()

    @Test("S1: 64 kB of tag, branch or Call-ID is more than a line holds", arguments: ["f", "v", "i"])
    func hugeIdentifiers(_ name: String) {
        let long = String(repeating: "x", count: 65_000)
        let value = ["f": "<sip:a>;tag=\(long)", "v": "SIP/2.0/UDP h;branch=\(long)", "i": long][name] ?? ""
        do {
            _ = try SIPMessage(parsing: Sample.request("\(name): \(value)\n"))
            Issue.record("read")
        } catch {
            #expect(error.what == .limit)
            #expect(error.status == .messageTooLarge)
        }
    }

    @Test(
        "S1: an identifier of any length up to the line's is kept whole", arguments: [1, 255, 256, 257, 1024, 16_000])
    func identifiers(_ count: Int) throws {
        let long = String(repeating: "x", count: count)
        #expect(try To(parsing: OctetSlice("<sip:b>;tag=\(long)")).tag?.count == count)
        #expect(try Via(parsing: OctetSlice("SIP/2.0/UDP h;branch=\(long)")).branch?.count == count)
        #expect(try CallID(parsing: OctetSlice(long + "@" + long)).octets.count == 2 * count + 1)
        #expect(try Contact(parsing: OctetSlice("<sip:\(long)@h>")).address.uri.count == count + 6)
    }

    @Test("S2: a Via without branch is one of RFC 2543, and an empty one is malformed")
    func branches() throws {
        #expect(try Via(parsing: "SIP/2.0/UDP h").branch == nil)
        #expect(throws: SIPSyntaxError.self) { try Via(parsing: "SIP/2.0/UDP h;branch=") }
        #expect(try Via(parsing: "SIP/2.0/UDP h;branch").branch?.isEmpty == true)
    }

    @Test("S4: ten thousand parameters are read, found, set and removed")
    func parameterStorm() throws {
        let storm = (0..<10_000).map { ";p\($0)=1" }.joined()
        var contact = try Contact(parsing: OctetSlice("<sip:a@h>\(storm);q=0.5"))
        #expect(contact.q == 500)
        #expect(contact.expires == nil)
        #expect(contact.address.parameters.all.count == 10_001)
        contact.address.parameters.set("q", "0.7")
        contact.address.parameters.remove("p9999")
        #expect(contact.q == 700)
        #expect(contact.address.parameters.all.count == 10_000)
        var same = try Contact(parsing: OctetSlice("<sip:a@h>" + String(repeating: ";p=1", count: 100_000) + ";q=0.5"))
        same.address.parameters.remove("p")
        #expect(same.text == "<sip:a@h>;q=0.5")
    }

    private static let stormed: [(type: any SIPHeader.Type, value: String)] = [
        (Via.self, "SIP/2.0/UDP h"), (From.self, "<sip:a@h>"), (Route.self, "<sip:a@h>"), (Event.self, "reg"),
        (AcceptContact.self, "*"), (FeatureCaps.self, "*;+a"), (Replaces.self, "a@b;to-tag=1;from-tag=2"),
        (PChargingVector.self, "icid-value=1"), (SessionExpires.self, "60"), (RetryAfter.self, "60 (a)"),
        (ContentType.self, "text/plain"), (SecurityClient.self, "ipsec-3gpp"), (HistoryInfo.self, "<sip:a@h>;index=1"),
        (SessionID.self, "ab30317f1a784dc48ff824d0d3715d86"), (Geolocation.self, "<cid:a@b>"),
    ]

    @Test("S4: ten thousand parameters behind a value of any shape", arguments: stormed.indices)
    func parameterStorm(_ index: Int) throws {
        let (type, value) = Self.stormed[index]
        let prefix = type.name == .featureCaps ? ";+p" : ";p"
        let storm = (0..<10_000).map { "\(prefix)\($0)=1" }.joined()
        let text = OctetSlice(value + storm)
        if type.name == .featureCaps {
            #expect(throws: SIPSyntaxError.self) { try type.init(parsing: text) }
        } else {
            #expect(try type.init(parsing: text).text.utf8.count == text.count)
        }
        #expect(throws: SIPSyntaxError.self) { try type.init(parsing: OctetSlice(value + storm + ";;")) }
    }

    @Test("S4: comma storms: every value is empty and refused, and all can be taken off")
    func commaStorm() throws {
        let commas = String(repeating: ",", count: 200_000)
        var message = try SIPMessage(
            parsing: Sample.request("Route: <sip:a;lr>\(commas)\nSupported: \(commas)path\n"), limits: Self.roomy)
        #expect(message.count(.route) == 200_001)
        #expect(message.listContains(.supported, token: "path"))
        #expect(throws: SIPSyntaxError.self) { try message.all(Route.self) }
        #expect(throws: SIPSyntaxError.self) { try message.all(Supported.self) }
        #expect(try message.first(Route.self)?.address.uri == "sip:a;lr")
        for _ in 0...200_000 { message.removeFirstValue(.route) }
        #expect(!message.contains(.route))
    }

    @Test("S4: quotes and brackets that never close")
    func unbalanced() throws {
        let opened = String(repeating: "\"", count: 100_001)
        #expect(throws: SIPSyntaxError.self) { try Contact(parsing: OctetSlice(opened + "<sip:a>")) }
        #expect(throws: SIPSyntaxError.self) {
            try Contact(parsing: OctetSlice(String(repeating: "<", count: 100_000)))
        }
        #expect(throws: SIPSyntaxError.self) {
            try RetryAfter(parsing: OctetSlice("1 " + String(repeating: "(", count: 100_000)))
        }
        let depth = String(repeating: "(", count: 50_000) + String(repeating: ")", count: 50_000)
        #expect(try RetryAfter(parsing: OctetSlice("1 " + depth)).seconds == 1)
        let message = try SIPMessage(
            parsing: Sample.request("Contact: \"a, <sip:b@h>, \"c\" <sip:d@h>\n"), limits: Self.roomy)
        #expect(throws: SIPSyntaxError.self) { try message.all(Contact.self) }
    }

    private static let spellings = [
        "P-Asserted-Identity: <sip:evil@h>", "P-Asserted-Identity : <sip:evil@h>",
        "P-Asserted-Identity\t: <sip:evil@h>",
        "P-Asserted-Identity  \t :<sip:evil@h>", "p-asserted-identity:<sip:evil@h>",
        "P-ASSERTED-IDENTITY:\n <sip:evil@h>",
        "P-Asserted-Identity: <sip:x@h>, <sip:evil@h>", "P-Asserted-Identity: \"a, b\" <sip:evil@h>,<tel:+1>",
        "P-Asserted-Identity: <sip:x@h>\nX: y\nP-Asserted-Identity: <sip:evil@h>",
    ]

    @Test("S7: however a header is spelt, taking it out takes it out", arguments: spellings)
    func smuggling(_ lines: String) throws {
        var message = try SIPMessage(parsing: Sample.request("Subject: 1\n\(lines)\nOrganization: 2\n"))
        #expect(message.contains(.pAssertedIdentity))
        #expect(try message.all(PAssertedIdentity.self).contains { $0.address.uri == "sip:evil@h" })
        message.remove(.pAssertedIdentity)
        let written = OctetSlice(message.serialized())
        #expect(!written.containsIgnoringCase("asserted"))
        #expect(!written.containsIgnoringCase("evil"))
        #expect(
            written.containsIgnoringCase("Subject: 1\r\nX: y\r\nOrganization: 2")
                || written.containsIgnoringCase("Subject: 1\r\nOrganization: 2"))
    }

    @Test(
        "S7: what only looks like a header line is no header line, and the message is refused",
        arguments: [
            "P-Asserted-Identity\n : <sip:evil@h>", "P-Asserted-Identity", "P-Asserted Identity: x", ": x", "\"a\": x",
            "P-Asserted-Identity\u{0}: x", "P-Asserted-Identity\u{B}: x", "P-Asserted-Identity\u{A0}: x", "É: x",
        ])
    func noHeaderLine(_ line: String) {
        do {
            _ = try SIPMessage(parsing: Sample.request("Subject: 1\n\(line)\nOrganization: 2\n"))
            Issue.record("read")
        } catch {
            #expect(error.what == .headerLine)
        }
    }

    @Test("S7: a bare CR or LF hides no header", arguments: ["\r", "\n", "\r\r\n", "\n\r"])
    func lineEnds(_ end: String) {
        let text = "OPTIONS sip:a SIP/2.0\r\nSubject: 1\(end)P-Asserted-Identity: <sip:evil@h>\r\n\r\n"
        #expect(throws: SIPSyntaxError.self) { try SIPMessage(parsing: Array(text.utf8)) }
    }

    @Test("S7: long and compact forms are one header", arguments: HeaderName.Token.allCases)
    func compactForms(_ token: HeaderName.Token) throws {
        let letters = (UInt8(ascii: "a")...UInt8(ascii: "z")).map { String(UnicodeScalar($0)) }
        for letter in letters where HeaderName(letter).token == token && token != .other && token != .contentLength {
            var message = try SIPMessage(
                parsing: Sample.request("\(token.text): 1\n\(letter): 2\n\(letter.uppercased()) : 3\n"))
            #expect(message.values(HeaderName(token)) == ["1", "2", "3"])
            message.remove(HeaderName(token))
            #expect(message.allFields.isEmpty)
        }
    }

    @Test("Unknown headers and methods pass a proxy's edits octet for octet")
    func untouched() throws {
        let odd = [
            "x-ODD  :\t a ,b;;c \"", "X-Odd: 2", "X-Bytes: \u{e9}\u{1F600} \u{1}", "x:;,;,;,", "Q: <<<>>>", "X-Empty:",
            "X-Long: " + String(repeating: "y ", count: 4000) + "y",
        ].joined(separator: "\n")
        var message = try SIPMessage(
            parsing: Sample.wire("FrOb sip:a SIP/2.0\nRoute: <sip:me;lr>, <sip:b;lr>\n\(odd)\nMax-Forwards: 70\n"))
        message.removeFirstValue(.route)
        message.prepend(.via, "SIP/2.0/UDP h;branch=z9hG4bK1")
        message.set(.maxForwards, "69")
        message.append(.recordRoute, "<sip:me;lr>")
        message.setRequestURI("sip:c")
        let written = message.serialized()
        let expected = Array(odd.replacing("\n", with: "\r\n").utf8)
        #expect(written.indices.contains { written[$0...].starts(with: expected) })
        #expect(written.starts(with: Array("FrOb sip:c SIP/2.0\r\n".utf8)))
        #expect(try SIPMessage(parsing: written).serialized() == written)
    }
}
