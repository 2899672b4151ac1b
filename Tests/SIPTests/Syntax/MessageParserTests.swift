import Octets
import SIP
import Testing

@Suite("Message parser")
struct MessageParserTests {
    private func error(_ octets: [UInt8], limits: ParseLimits = .standard) -> SIPSyntaxError.What? {
        do {
            _ = try SIPMessage(parsing: octets, limits: limits)
            return nil
        } catch {
            return error.what
        }
    }

    @Test("RFC 3261 §7.5: CRLFs before the start line")
    func leadingLineEnds() throws {
        #expect(try SIPMessage(parsing: [0x0D, 0x0A, 0x0D, 0x0A] + Sample.register).method == .register)
        #expect(error(Array("\r\n\r\n".utf8)) != nil)
        #expect(error([]) != nil)
    }

    @Test(
        "§25.1: lines end in CRLF and nothing else",
        arguments: [
            "OPTIONS sip:a SIP/2.0\nVia: x\r\n\r\n", "OPTIONS sip:a SIP/2.0\r\nA: x\nB: y\r\n\r\n",
            "OPTIONS sip:a SIP/2.0\r\nA: x\rB: y\r\n\r\n", "OPTIONS sip:a SIP/2.0\r\nA: 0123456789\rEvil: y\r\n\r\n",
            "OPTIONS sip:a SIP/2.0\r\nA: x\r\n\n", "OPTIONS sip:a SIP/2.0\r\nA: x\r", "OPTIONS sip:a SIP/2.0",
        ])
    func lineEnds(_ text: String) {
        #expect(error(Array(text.utf8)) == .headerLine)
    }

    @Test("§7.3.1: folds count as spaces and are gone afterwards")
    func folding() throws {
        let message = try SIPMessage(parsing: Sample.request("Subject: a\n \tb\n c: d\nX:\n y\n"))
        #expect(message.firstValue(.subject) == "a   \tb   c: d")
        #expect(OctetSlice(message.serialized()).string.contains("\r\nX:   y\r\n"))
        #expect(message.firstValue(HeaderName("X")) == "y")
    }

    @Test("Lines that are no header", arguments: ["NoColon", ": empty name", "a b: c", "a\u{00}: b", "é: x"])
    func headerLines(_ line: String) throws {
        let octets = Sample.request(
            "Via: SIP/2.0/UDP h;branch=z9hG4bK1\n\(line)\nFrom: <sip:a>;tag=1\nTo: <sip:b>\nCall-ID: 1\nCSeq: 1 OPTIONS\n"
        )
        #expect(error(octets) == .headerLine)
        let salvaged = try #require(SIPMessage.salvage(octets))
        #expect(SIPMessage.response(.badRequest, to: salvaged, toTag: "t").validateResponse() == nil)
    }

    @Test(
        "Reliability S7: however a header is written, it is found and removed",
        arguments: [
            "P-Asserted-Identity: <sip:evil>", "P-Asserted-Identity  : <sip:evil>", "P-Asserted-Identity\t: <sip:evil>",
            "p-asserted-IDENTITY:<sip:evil>", "P-Asserted-Identity:\n <sip:evil>",
            "P-Asserted-Identity: <sip:evil>\nP-Asserted-Identity : <sip:evil>",
        ])
    func smuggling(_ lines: String) throws {
        var message = try SIPMessage(parsing: Sample.request("\(lines)\nX: y\n"))
        #expect(message.contains(.pAssertedIdentity))
        message.remove(.pAssertedIdentity)
        #expect(!OctetSlice(message.serialized()).string.contains("evil"))
        #expect(message.contains(HeaderName("x")))
    }

    @Test("S7: a fold between name and colon is no header")
    func foldBeforeColon() {
        #expect(error(Sample.request("P-Asserted-Identity\n : <sip:evil>\n")) == .headerLine)
    }

    @Test(
        "§7.1: start lines to refuse",
        arguments: [
            "OPTIONS  sip:a SIP/2.0", " OPTIONS sip:a SIP/2.0", "OPTIONS sip:a", "OPTIONS", "",
            "OPTIONS sip:a SIP/2.0 ",
            "OPTIONS sip:a SIP/2.00x", "OPT(IONS sip:a SIP/2.0", "OPTIONS sip:a HTTP/1.1", "SIP/2.0 2000 OK",
            "SIP/2.0 20 OK",
            "SIP/2.0 099 X", "SIP/2.0 700 X", "SIP/2.0  200 OK", "SIP/2.0200 OK", "OPTIONS sip:a\tSIP/2.0",
        ])
    func startLines(_ line: String) {
        let what = error(Sample.wire(line + "\n"))
        #expect(what == .startLine || what == .statusCode || what == .headerLine)
    }

    @Test("§7.1: another version", arguments: ["SIP/1.0", "SIP/2.1", "SIP/3.0", "sip/7.0", "SIP/20.0", "SIP/2.00"])
    func versions(_ version: String) {
        #expect(error(Sample.wire("OPTIONS sip:a \(version)\n")) == .version)
    }

    @Test("§7.1: the version is compared without case")
    func versionCase() throws {
        #expect(try SIPMessage(parsing: Sample.wire("OPTIONS sip:a sip/2.0\n")).method == .options)
        #expect(try SIPMessage(parsing: Sample.wire("sIp/2.0 200\n")).status == .ok)
    }

    @Test(
        "Reliability S3: Content-Length of a datagram",
        arguments: [
            ("2147483648", .truncatedBody), ("4294967328", .truncatedBody), ("18446744073709551616", .truncatedBody),
            ("99999999999999999999999999", .truncatedBody), ("-1", .malformed), ("1 2", .malformed), ("+1", .malformed),
            ("five", .malformed), ("", .malformed), ("0x1", .malformed), ("1,1", .malformed), ("6", .truncatedBody),
            ("5\nContent-Length: 5", .duplicate), ("5\nl: 4", .duplicate), ("5", nil), ("0005", nil), ("4", nil),
            ("0", nil),
        ] as [(String, SIPSyntaxError.What?)])
    func contentLength(_ value: String, _ expected: SIPSyntaxError.What?) throws {
        #expect(error(Sample.request("Content-Length: \(value)\n", body: "12345")) == expected)
    }

    @Test("§18.3: without Content-Length the body is the rest of the datagram")
    func bodyToTheEnd() throws {
        #expect(try SIPMessage(parsing: Sample.request("X: y\n", body: "12345")).body == "12345")
        #expect(try SIPMessage(parsing: Sample.request("l: 3\n", body: "12345")).body == "123")
    }

    @Test("Limits")
    func limits() throws {
        let lines = (0..<257).map { "X-\($0): y\n" }.joined()
        #expect(error(Sample.request(lines)) == .limit)
        #expect(error(Sample.request("X: \(String(repeating: "y", count: 17_000))\n")) == .limit)
        #expect(error(Sample.request("X: \(String(repeating: "y", count: 16_000))\n")) == nil)
        #expect(
            error(Sample.request("X:\n" + String(repeating: " \(String(repeating: "y", count: 100))\n", count: 200)))
                == .limit)
        #expect(error(Sample.request("l: 1\n", body: String(repeating: "y", count: 65_536))) == .limit)
        #expect(error(Sample.wire("OPTIONS sip:\(String(repeating: "a", count: 20_000)) SIP/2.0\n")) == .limit)
        let ending = Array(repeating: [0x0D, 0x0A] as [UInt8], count: 100).flatMap { $0 }
        #expect(error(ending + Sample.register) == .limit)
        #expect(SIPSyntaxError(.limit).status == .messageTooLarge)
        var small = ParseLimits()
        small.messageOctets = 100
        #expect(error(Sample.register, limits: small) == .limit)
    }

    @Test("Every prefix of a message: refused or read, never more than was there")
    func prefixes() {
        for length in 0..<Sample.register.count {
            guard let message = try? SIPMessage(parsing: Array(Sample.register[..<length])) else { continue }
            #expect(message.serialized().count <= length + 40)
        }
    }
}
