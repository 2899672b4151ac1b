import Glibc
import IMS
import NodeIO
import Testing

@Suite("Observation log: one line each, harmless, and never in the way")
struct ObservationLogTests {
    static let time = timespec(tv_sec: 1_767_225_599, tv_nsec: 123_456_789)  // 2025-12-31T23:59:59.123Z

    static let refusal = Observation.refused(
        Refusal("RES_MISMATCH", answer: "403", "the response is wrong", hint: "check K and OPc"),
        about: Subject(callID: "a\r\nb", privateIdentity: "\u{1B}[31mx@y", publicIdentity: "sip:\"x\"@y", peer: nil))

    @Test("A19: a line of JSON has the fields that are known, controls escaped")
    func json() {
        #expect(
            LogLine(Self.refusal, role: "scscf", time: Self.time).json
                == #"{"ts":"2025-12-31T23:59:59.123Z","level":"notice","role":"scscf","message":"the response is wrong","#
                + #""call_id":"a\r\nb","impi":"\u001b[31mx@y","impu":"sip:\"x\"@y","reason_code":"RES_MISMATCH","#
                + #""answer":"403","hint":"check K and OPc"}"#)
    }

    @Test("A19: a line of text keeps nothing that moves a terminal's cursor")
    func text() {
        #expect(
            LogLine(Self.refusal, role: "scscf", time: Self.time).text
                == "23:59:59.123 notice  scscf  the response is wrong [RES_MISMATCH → 403] impi=\\u001b[31mx@y "
                + "impu=sip:\"x\"@y call_id=a\\u000d\\u000ab – check K and OPc")
    }

    @Test("Below the level nothing is written")
    func level() throws {
        let pipe = try Pipe()
        let log = ObservationLog(role: "x", level: .warning, format: .json, descriptor: pipe.writer) { Self.time }
        log.write(Observation(.notice, "no"))
        log.write(Observation(.error, "yes"))
        log.flush()
        #expect(pipe.read() == #"{"ts":"2025-12-31T23:59:59.123Z","level":"error","role":"x","message":"yes"}"# + "\n")
    }

    @Test("A reader that stops reading costs lines, not the node; later a line says how many", .timeLimit(.minutes(1)))
    func fullPipe() throws {
        let pipe = try Pipe()
        let log = ObservationLog(role: "x", format: .json, descriptor: pipe.writer) { Self.time }
        for number in 0..<10_000 {
            log.write(Observation(.info, "line \(number)"))
            log.flush()
        }
        #expect(log.dropped > 1000)
        var text = ""
        for _ in 0..<100 {
            text += pipe.read()
            log.flush()
        }
        log.write(Observation(.info, "last"))
        log.flush()
        text += pipe.read()
        #expect(text.contains("\(log.dropped) lines of this log were lost"))
        #expect(text.hasSuffix("\"message\":\"last\"}\n"))
        #expect(text.split(separator: "\n").allSatisfy { $0.hasPrefix("{\"ts\"") && $0.hasSuffix("}") })
    }

    @Test("A reader that is gone, and a full disk, cost lines only")
    func brokenStream() throws {
        signal(SIGPIPE, SIG_IGN)
        let pipe = try Pipe()
        pipe.closeReader()
        let full = open("/dev/full", O_WRONLY)
        defer { close(full) }
        for descriptor in [pipe.writer, full, 1_000_000] {
            let log = ObservationLog(role: "x", format: .json, descriptor: descriptor) { Self.time }
            log.write(Observation(.info, "one"))
            log.write(Observation(.info, "two"))
            log.flush()
            #expect(log.dropped == 2)
        }
    }

    @Test("Lines longer than a pipe takes at once arrive whole")
    func longLine() throws {
        let pipe = try Pipe()
        let log = ObservationLog(role: "x", format: .json, descriptor: pipe.writer) { Self.time }
        let long = String(repeating: "é", count: 5000)
        log.write(
            Observation(
                .info, long,
                about: Subject(callID: long, privateIdentity: long, publicIdentity: long, peer: long)))
        log.flush()
        let line = pipe.read()
        #expect(line.hasSuffix("}\n"))
        #expect(line.utf8.count > 20_000)
    }
}

/// A pipe of the system, read without waiting.
private final class Pipe {
    let writer: Int32
    private var reader: Int32

    init() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        (reader, writer) = (ends[0], ends[1])
        _ = fcntl(reader, F_SETFL, O_NONBLOCK)
    }

    deinit {
        closeReader()
        close(writer)
    }

    func closeReader() {
        if reader >= 0 { close(reader) }
        reader = -1
    }

    func read() -> String {
        var octets: [UInt8] = []
        var room = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(reader, &room, room.count)
            guard count > 0 else { return String(decoding: octets, as: UTF8.self) }
            octets += room[..<count]
        }
    }
}
