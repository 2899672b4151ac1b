import Octets
import SIP
import Testing

@Suite("Validation of requests")
struct ValidationTests {
    private func message(_ replacements: [String: String?] = [:], uri: String = "sip:b@example.com") throws
        -> SIPMessage
    {
        let base = [
            ("Via", "SIP/2.0/UDP h;branch=z9hG4bK1"), ("From", "<sip:a@example.com>;tag=1"),
            ("To", "<sip:b@example.com>"),
            ("Call-ID", "1@h"), ("CSeq", "1 OPTIONS"), ("Max-Forwards", "70"),
        ]
        var text = "OPTIONS \(uri) SIP/2.0\n"
        for (name, value) in base {
            if let replacement = replacements[name] {
                if let replacement { text += "\(name): \(replacement)\n" }
            } else {
                text += "\(name): \(value)\n"
            }
        }
        return try SIPMessage(parsing: Sample.wire(text))
    }

    @Test("RFC 3261 §8.1.1: missing headers", arguments: ["Via", "From", "To", "Call-ID", "CSeq"])
    func missing(_ name: String) throws {
        let error = try message([name: nil]).validateRequest()
        #expect(error == SIPSyntaxError(.missing, HeaderName(name)))
        #expect(error?.description == "missing \(name)")
    }

    @Test("§16.3 step 3: Max-Forwards may be missing")
    func withoutMaxForwards() throws {
        #expect(try message().validateRequest() == nil)
        #expect(try message(["Max-Forwards": nil]).validateRequest() == nil)
        #expect(try message(["Max-Forwards": "256"]).validateRequest()?.what == .outOfRange)
        #expect(try message(["Max-Forwards": "-1"]).validateRequest()?.what == .malformed)
    }

    @Test(
        "Reliability S2: CSeq",
        arguments: [
            ("0 OPTIONS", nil), ("2147483647 OPTIONS", nil), ("2147483648 OPTIONS", .outOfRange),
            ("4294967296 OPTIONS", .outOfRange), ("18446744073709551616 OPTIONS", .outOfRange),
            ("-1 OPTIONS", .malformed),
            ("1 INVITE", .methodMismatch), ("1 options", .methodMismatch), ("1", .malformed), ("OPTIONS", .malformed),
            ("1OPTIONS", .malformed), ("1 OPTIONS x", .malformed), ("", .malformed), ("1  \t OPTIONS", nil),
        ] as [(String, SIPSyntaxError.What?)])
    func cseq(_ value: String, _ expected: SIPSyntaxError.What?) throws {
        #expect(try message(["CSeq": value]).validateRequest()?.what == expected)
    }

    @Test("Reliability S1: lengths of tag, branch and Call-ID", arguments: [255, 256, 257, 1024, 16_000])
    func lengths(_ count: Int) throws {
        let long = String(repeating: "x", count: count)
        let found = try message([
            "Via": "SIP/2.0/UDP h;branch=z9hG4bK\(long)", "From": "<sip:a>;tag=\(long)", "Call-ID": long,
        ])
        #expect(found.validateRequest(.everyKnownHeader) == nil)
        #expect(found.fromTag?.count == count)
        #expect(found.callID?.count == count)
        #expect(try found.first(Via.self)?.branch?.count == count + 7)
    }

    @Test(
        "Reliability S1: Request-URIs",
        arguments: [
            ("sip:example.com", nil), ("tel:+15551234", nil), ("sip:@example.com", .uri), ("sip:", .uri),
            ("sip:a@", .uri),
            ("tel:", .uri), ("sip::x@h", .uri), ("sip:a@h:99999", .uri), ("sip:a@h:", .uri), ("sip:a@h;", .uri),
            ("sip:a@h;=x", .uri), ("sip:a@b@h", .uri), ("sip:a%4@h", .uri), ("nocolon", .uri), (":x", .uri),
            ("1a:x", .uri),
        ] as [(String, SIPSyntaxError.What?)])
    func requestURIs(_ uri: String, _ expected: SIPSyntaxError.What?) throws {
        #expect(try message(uri: uri).validateRequest()?.what == expected)
    }

    @Test(
        "Reliability S1: To and tags",
        arguments: [
            ("<sip:b>\nTo: <sip:c>", .duplicate), ("<sip:b>;tag=", .malformed), ("<sip:b>;tag", .malformed),
            ("<sip:b>;tag=a;tag=b", .duplicate), ("<sip:b>;tag=\"a\"", nil), ("<sip:b>;tag=\"a b\"", .malformed),
            ("<sip:b", .malformed), ("<>", .malformed), ("", .malformed), ("x", .malformed), ("<sip:b> x", .malformed),
            ("\"b <sip:b>", .malformed), ("sip:b;tag=1", nil), ("B <sip:b>;tag=1", nil),
        ] as [(String, SIPSyntaxError.What?)])
    func to(_ value: String, _ expected: SIPSyntaxError.What?) throws {
        #expect(try message(["To": value]).validateRequest()?.what == expected)
    }

    @Test(
        "Via",
        arguments: [
            ("SIP/2.0/UDP", .malformed), ("SIP/2.0/UDP h:0x", .malformed), ("SIP/2.0/UDP h:65536", .malformed),
            ("SIP/2.0/UDP h;branch=a;branch=b", .duplicate), ("SIP/2.0/UDP h;branch=", .malformed),
            ("UDP h", .malformed),
            ("SIP/2.0/UDP [::1", .malformed), ("SIP/2.0/UDP [::1]:5060;branch=x", nil), ("SIP/2.0/UDP h;;", .malformed),
            ("", .malformed), (",", .malformed),
        ] as [(String, SIPSyntaxError.What?)])
    func via(_ value: String, _ expected: SIPSyntaxError.What?) throws {
        #expect(try message(["Via": value]).validateRequest()?.what == expected)
    }

    @Test("Call-ID", arguments: ["", "a b", "a@b@c", "a,b", "é"])
    func callID(_ value: String) throws {
        #expect(try message(["Call-ID": value]).validateRequest()?.header == .callID)
    }

    @Test("What may not be used for an answer: responses, ACK, no Via")
    func unanswerable() throws {
        #expect(SIPMessage.salvage(Sample.wire("SIP/2.0 2000 X\nVia: SIP/2.0/UDP h\n")) == nil)
        let lines = "From: <sip:a>;tag=1\nTo: <sip:b>\nCall-ID: 1\nCSeq: 1 ACK\nBad\n"
        #expect(SIPMessage.salvage(Sample.wire("ACK sip:a SIP/2.0\nVia: SIP/2.0/UDP h\n" + lines)) == nil)
        #expect(SIPMessage.salvage(Sample.wire("INVITE sip:a SIP/2.0\nVia: SIP/2.0/UDP h\n" + lines)) != nil)
        #expect(SIPMessage.salvage(Sample.wire("INVITE sip:a SIP/2.0\n" + lines)) == nil)
    }

    @Test("§10.2.2: * stands alone")
    func wildcard() throws {
        var request = try message()
        request.append(.contact, "*")
        #expect(request.validateRequest(.everyKnownHeader) == nil)
        request.append(.contact, "<sip:a>")
        #expect(request.validateRequest(.everyKnownHeader)?.header == .contact)
    }
}
