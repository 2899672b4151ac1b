import Octets
import SIP
import Testing

@Suite("RFC 2046 §5.1: bodies of several parts")
struct MultipartBodyTests {
    private func body(_ text: String) -> OctetSlice { OctetSlice(text.replacing("\n", with: "\r\n")) }

    private func read(_ text: String, boundary: String = "b") throws -> MultipartBody {
        try MultipartBody(
            parsing: body(text), MediaType(parsing: OctetSlice("multipart/mixed;boundary=\"\(boundary)\"")))
    }

    private func error(_ text: String, boundary: String = "b") throws -> MultipartError? {
        let mediaType = try MediaType(parsing: OctetSlice("multipart/mixed;boundary=\"\(boundary)\""))
        do {
            _ = try MultipartBody(parsing: body(text), mediaType)
            return nil
        } catch {
            #expect(!"\(error)".isEmpty)
            return error
        }
    }

    @Test("§5.1.1: the example, with preamble, epilogue and a part without headers")
    func example() throws {
        let multipart = try read(
            """
            This is the preamble.  It is to be ignored, though it
            is a handy place for composition agents to include an
            explanatory note to non-MIME conformant readers.

            --simple boundary

            This is implicitly typed plain US-ASCII text.
            It does NOT end with a linebreak.
            --simple boundary
            Content-type: text/plain; charset=us-ascii

            This is explicitly typed plain US-ASCII text.
            It DOES end with a linebreak.

            --simple boundary--

            This is the epilogue.  It is also to be ignored.
            """, boundary: "simple boundary")
        #expect(
            multipart.parts.map(\.content) == [
                body("This is implicitly typed plain US-ASCII text.\nIt does NOT end with a linebreak."),
                body("This is explicitly typed plain US-ASCII text.\nIt DOES end with a linebreak.\n"),
            ])
        #expect(multipart.parts.map(\.fields.count) == [0, 1])
        #expect(multipart.parts.allSatisfy { $0.is("text", "plain") })
        #expect(try multipart.parts[1].mediaType().parameters["charset"] == "us-ascii")
    }

    @Test("RFC 3261 §20.11, RFC 8262: Content-Disposition, its handling and Content-ID of a part")
    func partHeaders() throws {
        let multipart = try read(
            """
            --b
            Content-Type: application/sdp
            Content-Disposition: session;
              handling=required

            v=0

            --b \t
            content-type  : application/pidf+xml
            Content-Disposition: render;handling=optional
            Content-ID: <target123@atlanta.example.com>
            X-Own: 1

            <presence/>
            --b--  \t
            """)
        #expect(multipart.parts.count == 2)
        let (sdp, location) = (multipart.parts[0], multipart.parts[1])
        #expect(sdp.is("Application", "SDP"))
        #expect(sdp.content == body("v=0\n"))
        #expect(try sdp.first(ContentDisposition.self)?.isSession == true)
        #expect(try sdp.isRequired())
        #expect(try !location.isRequired())
        #expect(try location.first(ContentID.self)?.isNamed(by: "cid:target123@atlanta.example.com") == true)
        #expect(location.fields.map(\.name.text) == ["Content-Type", "Content-Disposition", "Content-ID", "X-Own"])
        #expect(try sdp.first(ContentID.self) == nil)
    }

    @Test("A line that only begins like a delimiter belongs to its part")
    func lookalikes() throws {
        let multipart = try read("--b\n\n--bc\n--b --\n --b\nx--b\n--b-\n--b--x\n--b--\n")
        #expect(multipart.parts.map(\.content) == [body("--bc\n--b --\n --b\nx--b\n--b-\n--b--x")])
    }

    @Test("Empty parts; a part of headers alone; no line end behind the last delimiter")
    func emptyParts() throws {
        let multipart = try read("--b\n--b\n\n--b\nX: y\n--b--")
        #expect(multipart.parts.map(\.content.count) == [0, 0, 0])
        #expect(multipart.parts.map(\.fields.count) == [0, 0, 1])
    }

    @Test("Lines end in CRLF alone")
    func lineEnds() throws {
        let mediaType = try MediaType(parsing: "multipart/mixed;boundary=b")
        let parts = try MultipartBody(parsing: "--b\r\n\r\n\n--b\n\r--b--\r\r\n--b--", mediaType).parts
        #expect(parts.map(\.content) == ["\n--b\n\r--b--\r"])
    }

    @Test("Written and read again")
    func writing() throws {
        var sdp = BodyPart(MediaType("application", "sdp"), "v=0\r\n")
        sdp.append(ContentDisposition("session", isRequired: true))
        var isup = BodyPart(MediaType("application", "isup"), OctetSlice(Array(0...255)))
        isup.append(ContentID("a@b.example"))
        let multipart = try MultipartBody([sdp, isup], boundary: "unique boundary-1")
        #expect(multipart.mediaType.boundary == "unique boundary-1")
        let again = try MultipartBody(parsing: OctetSlice(multipart.serialized()), multipart.mediaType)
        #expect(again.parts.map(\.content) == [sdp.content, isup.content])
        #expect(again.parts.map(\.fields) == [sdp.fields, isup.fields])
        #expect(again.serialized() == multipart.serialized())
        var message = SIPMessage(.invite, uri: "sip:a@b")
        message.setBody(multipart)
        let received = try SIPMessage(parsing: message.serialized())
        #expect(received.firstValue(.contentType) == "multipart/mixed;boundary=\"unique boundary-1\"")
        #expect(try received.bodyParts().map(\.content) == [sdp.content, isup.content])
        #expect(try received.bodyParts().first { $0.is("application", "sdp") }?.content == "v=0\r\n")
    }

    @Test("A boundary that stands in a part, or none at all, is not written")
    func writingRefused() throws {
        let part = BodyPart(MediaType("text", "plain"), "a\n--bx")
        #expect(throws: MultipartError.boundaryInPart) { try MultipartBody([part], boundary: "b") }
        #expect(throws: MultipartError.boundary) { try MultipartBody([part], boundary: "") }
        #expect(throws: MultipartError.noParts) { try MultipartBody([], boundary: "b") }
        var injecting = BodyPart(MediaType("text", "plain"), "a")
        injecting.append(SubjectHeader(value: "x\r\n--c--"))
        let multipart = try MultipartBody([injecting], boundary: "c")
        #expect(try MultipartBody(parsing: OctetSlice(multipart.serialized()), multipart.mediaType).parts.count == 1)
    }

    @Test("A message with one body, with none, and with parts inside parts")
    func messages() throws {
        let single = try SIPMessage(
            parsing: Sample.request("Content-Type: application/sdp\nContent-Disposition: session\n", body: "v=0"))
        #expect(try single.bodyParts().map(\.content) == ["v=0"])
        #expect(try single.bodyPart?.first(ContentDisposition.self)?.isSession == true)
        #expect(try SIPMessage(parsing: Sample.request("")).bodyParts().isEmpty)
        let nested = try SIPMessage(
            parsing: Sample.request(
                "Content-Type: multipart/mixed;boundary=o\n",
                body: """
                    --o\r\nContent-Type: multipart/alternative;boundary=i\r\n\r\n--i\r\n\r\n1\r\n--i\r\n\r\n2\r\n--i--\r\n\
                    --o\r\n\r\n3\r\n--o--\r\n
                    """))
        #expect(try nested.bodyParts().map(\.content) == ["1", "2", "3"])
        let outer = try #require(try nested.bodyPart?.multipart())
        #expect(outer.parts.count == 2)
        #expect(try outer.parts[0].multipart()?.subtype == "alternative")
        #expect(try outer.parts[1].multipart() == nil)
    }

    @Test(
        "Reliability S5: boundaries that are none",
        arguments: [
            "", " ", "a ", "a\u{9}", "a;b", "a\\\"b", "é", String(repeating: "x", count: 71),
            String(repeating: "x", count: 10_000),
        ])
    func boundaries(_ boundary: String) throws {
        #expect(try error("--\(boundary)\n\n--\(boundary)--\n", boundary: boundary) == .boundary)
    }

    @Test("Reliability S5: the longest boundary, and one that is missing")
    func longestBoundary() throws {
        let boundary = String(repeating: "'()+_,-./:=? ", count: 5) + "abcde"
        #expect(try read("--\(boundary)\n\nx\n--\(boundary)--", boundary: boundary).parts.map(\.content) == ["x"])
        let mediaType = try MediaType(parsing: "multipart/mixed")
        #expect(throws: MultipartError.boundary) { try MultipartBody(parsing: "--\r\n\r\n----", mediaType) }
    }

    @Test(
        "Malformed bodies",
        arguments: [
            ("", .noParts), ("preamble only\n", .noParts), ("--b--\n", .noParts), ("--b\n\nx", .unterminated),
            ("--b", .unterminated), ("--b\n", .unterminated), ("--b\n\nx\n--b\n", .unterminated),
            ("--b\nno colon\n\nx\n--b--", .headerLine(at: 5)), ("--b\n: x\n\n--b--", .headerLine(at: 5)),
            ("--b\n folded: x\n\n--b--", .headerLine(at: 5)), ("--b\nA B: x\n\n--b--", .headerLine(at: 5)),
        ] as [(String, MultipartError)])
    func malformed(_ text: String, _ expected: MultipartError) throws {
        #expect(try error(text) == expected)
        #expect(expected.status == .badRequest)
    }

    @Test("Reliability S5: a boundary in the preamble begins the first part")
    func boundaryInPreamble() throws {
        let multipart = try read("preamble --b\n--b in a line\n--b\n\n1\n--b\n\n2\n--b--\n--b\n\n3\n--b--\n")
        #expect(multipart.parts.map(\.content) == ["1", "2"])
    }

    @Test("Reliability S5: nested a hundred deep: read as deep as allowed, then refused")
    func nesting() throws {
        var text = "x"
        for level in (0..<100).reversed() {
            text =
                "--b\(level)\n" + (level < 99 ? "Content-Type: multipart/mixed;boundary=b\(level + 1)\n" : "")
                + "\n\(text)\n--b\(level)--"
        }
        let message = try SIPMessage(
            parsing: Sample.request(
                "Content-Type: multipart/mixed;boundary=b0\n", body: text.replacing("\n", with: "\r\n")))
        #expect(throws: MultipartError.limit) { try message.bodyParts() }
        var part = try #require(message.bodyPart)
        for _ in 0..<MultipartLimits.standard.depth { part = try #require(try part.multipart()?.parts.first) }
        #expect(throws: MultipartError.limit) { try part.multipart() }
        #expect(MultipartError.limit.status == .requestEntityTooLarge)
    }

    @Test("Reliability S5: more parts or header lines than allowed; a megabyte of almost delimiters")
    func limits() throws {
        let part = "--b\n\nx\n"
        #expect(try read(String(repeating: part, count: 32) + "--b--").parts.count == 32)
        #expect(try error(String(repeating: part, count: 33) + "--b--") == .limit)
        #expect(try error("--b\n" + String(repeating: "A: b\n", count: 33) + "\n--b--") == .limit)
        let boundary = String(repeating: "-", count: 70)
        let almost = String(repeating: String(repeating: "-", count: 71) + "\n", count: 15_000)
        #expect(try error(almost, boundary: boundary) == .noParts)
        #expect(try error(String(repeating: "\n", count: 500_000)) == .noParts)
        #expect(try error("--b\n" + String(repeating: "x", count: 1_000_000)) == .unterminated)
    }

    @Test("Random damage: refused or a fixed point", arguments: UInt64(1)...8)
    func damage(_ seed: UInt64) throws {
        var entropy = Entropy(number: seed)
        let mediaType = try MediaType(parsing: "multipart/mixed;boundary=b")
        let original = body(
            "p\n--b\nA: b\n c\n\n1\n--b\nContent-Type: multipart/x;boundary=c\n\n--c\n\n2\n--c--\n--b--\n"
        ).array
        for _ in 0..<500 {
            var octets = original
            for _ in 0...entropy.next32() % 3 {
                let position = Int(entropy.next32()) % (octets.count - 8)
                switch entropy.next32() % 4 {
                case 0: octets[position] = UInt8(truncatingIfNeeded: entropy.next32())
                case 1: octets.remove(at: position)
                case 2: octets.insert(contentsOf: Array("\r\n--b".utf8), at: position)
                default: octets.removeLast(Int(entropy.next32() % 8))
                }
            }
            guard let read = try? MultipartBody(parsing: OctetSlice(octets), mediaType) else { continue }
            _ = try? read.leaves()
            // A part with a line that begins like a delimiter can be read, but not written.
            guard let copy = try? MultipartBody(read.parts, boundary: "b") else { continue }
            let again = try MultipartBody(parsing: OctetSlice(copy.serialized()), mediaType)
            #expect(again.parts.map(\.content) == read.parts.map(\.content))
            #expect(again.serialized() == copy.serialized())
        }
    }
}
