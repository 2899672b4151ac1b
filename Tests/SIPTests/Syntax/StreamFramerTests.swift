import Octets
import SIP
import Testing

@Suite("Stream framer, RFC 3261 §18.3, RFC 5626 §4.4.1")
struct StreamFramerTests {
    private static let first = Sample.request("Call-ID: 1\nl: 5\n", body: "12345")
    private static let second = Sample.request("Call-ID: 2\nContent-Length  : 0\n")

    private func frames(_ framer: inout StreamFramer) throws -> [StreamFramer.Frame] {
        var frames: [StreamFramer.Frame] = []
        while let frame = try framer.next() { frames.append(frame) }
        return frames
    }

    private func expect(_ framer: inout StreamFramer, _ expected: [StreamFramer.Frame]) throws {
        let found = try frames(&framer)
        #expect(found == expected)
    }

    @Test("However the stream is cut up, the same messages come out", arguments: [1, 2, 3, 4, 5, 7, 16, 64, 1000])
    func pieces(_ size: Int) throws {
        let stream = Self.first + Self.second + [13, 10, 13, 10] + Self.first + [13, 10] + Self.second
        var framer = StreamFramer()
        var found: [StreamFramer.Frame] = []
        for start in stride(from: 0, to: stream.count, by: size) {
            framer.append(Array(stream[start..<min(start + size, stream.count)]))
            found += try frames(&framer)
        }
        #expect(
            found == [
                .message(Self.first), .message(Self.second), .keepAlive, .message(Self.first), .message(Self.second),
            ])
        #expect(framer.buffered == 0)
    }

    @Test("A ping is answered once, a pong not at all")
    func keepAlives() throws {
        var framer = StreamFramer()
        framer.append([13, 10, 13, 10, 13, 10, 13, 10])
        try expect(&framer, [.keepAlive, .keepAlive])
        framer.append([13, 10])
        try expect(&framer, [])
        framer.append(Self.second)
        try expect(&framer, [.message(Self.second)])
        #expect(!framer.isInsideMessage)
        framer.append([UInt8(ascii: "O")])
        #expect(framer.isInsideMessage)
    }

    @Test(
        "Reliability S3: what cannot be framed",
        arguments: [
            ("X: y", .missing), ("l: -1", .malformed), ("l: 1 2", .malformed), ("l: ", .malformed),
            ("l: five", .malformed),
            ("l: 5\nContent-Length: 5", .duplicate), ("l: 5\nContent-Length: 6", .duplicate), ("l: 2147483648", .limit),
            ("l: 4294967328", .limit), ("l: 18446744073709551616", .limit), ("l:\n -1", .malformed),
        ] as [(String, SIPSyntaxError.What)])
    func unframeable(_ lines: String, _ expected: SIPSyntaxError.What) {
        var framer = StreamFramer()
        framer.append(Sample.request("Via: SIP/2.0/TCP h\n\(lines)\n", body: "12345"))
        for _ in 0..<2 {
            let error = #expect(throws: SIPSyntaxError.self) { try framer.next() }
            #expect(error?.what == expected)
        }
        #expect(!framer.rejected.isEmpty)
        let held = framer.buffered
        framer.append(Self.first)
        #expect(framer.buffered == held)
    }

    @Test("A folded Content-Length")
    func folded() throws {
        var framer = StreamFramer()
        framer.append(Sample.request("Content-Length:\n  5\n", body: "12345"))
        let next = try framer.next()
        let frame = try #require(next)
        guard case .message(let octets) = frame else { throw Unexpected() }
        #expect(try SIPMessage(parsing: octets).body == "12345")
    }

    @Test("Content-Length in a body does not count")
    func inBody() throws {
        var framer = StreamFramer()
        let octets = Sample.request("l: 20\n", body: "Content-Length: 99\r\n")
        framer.append(octets)
        try expect(&framer, [.message(octets)])
    }

    @Test("The buffer is bounded, with and without line ends")
    func bounded() {
        var framer = StreamFramer()
        let error = #expect(throws: SIPSyntaxError.self) {
            for _ in 0..<100 {
                framer.append(Array(repeating: UInt8(ascii: "a"), count: 1000))
                _ = try framer.next()
            }
        }
        #expect(error?.what == .limit)
        #expect(framer.buffered <= 67_000)
        var lines = StreamFramer()
        lines.append(Array("OPTIONS sip:a SIP/2.0\r\n".utf8))
        #expect(throws: SIPSyntaxError.self) {
            for _ in 0..<10_000 {
                lines.append(Array("X-Y: aaaaaaaaaa\r\n".utf8))
                _ = try lines.next()
            }
        }
        #expect(lines.buffered <= 67_000)
    }

    @Test("A carriage return alone begins nothing")
    func loneReturn() {
        var framer = StreamFramer()
        framer.append([13, 65])
        #expect(throws: SIPSyntaxError.self) { try framer.next() }
    }
}
