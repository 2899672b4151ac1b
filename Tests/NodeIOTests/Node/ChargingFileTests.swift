import Glibc
import IMS
import NodeIO
import Octets
import Testing

@Suite("Charging records on disk")
struct ChargingFileTests {
    private func directory() throws -> String {
        var template = Array("/tmp/charging-XXXXXX".utf8CString)
        return String(cString: try #require(mkdtemp(&template)))
    }

    private func content(_ path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var text = ""
        var buffer = [CChar](repeating: 0, count: 4096)
        while let line = fgets(&buffer, Int32(buffer.count), file) { text += String(cString: line) }
        return text
    }

    @Test("a record is a line of JSON with the time of day of what it tells")
    func line() throws {
        let path = try directory() + "/charging.jsonl"
        // 2023-11-14T22:13:20Z
        let file = try ChargingFile(path: path, role: "scscf") { timespec(tv_sec: 1_700_000_000, tv_nsec: 500_000_000) }
        var record = ChargingRecord(.stop, method: "BYE", callID: "c\u{1}\n1")
        record.side = .originating
        record.answeredAt = .zero + .seconds(40)
        record.endedAt = .zero + .seconds(100)
        record.media = ["audio 4000 RTP/AVP 0"]
        #expect(file.write(record, at: .zero + .seconds(100)) == nil)
        #expect(
            content(path)
                == #"{"ts":"2023-11-14T22:13:20.500Z","node":"scscf","record":"stop","side":"originating","method":"BYE","#
                + #""call_id":"c\u0001\n1","calling":[],"answered_at":"2023-11-14T22:12:20.500Z","#
                + #""ended_at":"2023-11-14T22:13:20.500Z","seconds":60.0,"media":["audio 4000 RTP/AVP 0"],"cause":"normal"}"#
                + "\n")
    }

    @Test("a file that was moved away is made anew")
    func rotated() throws {
        let path = try directory() + "/charging.jsonl"
        let file = try ChargingFile(path: path, role: "pcscf")
        let record = ChargingRecord(.event, method: "MESSAGE", callID: "c")
        _ = file.write(record, at: .zero)
        #expect(rename(path, path + ".1") == 0)
        _ = file.write(record, at: .zero)
        #expect(content(path).split(separator: "\n").count == 1)
        #expect(content(path + ".1").split(separator: "\n").count == 1)
    }

    @Test("a place where nothing can be written is said at the start")
    func nowhere() {
        #expect(throws: StartFailure.self) { try ChargingFile(path: "/nowhere/charging.jsonl", role: "pcscf") }
        #expect(throws: StartFailure.self) { try AccountingSpool(path: "/nowhere/charging.spool") }
    }

    @Test("what is not done is there after a restart, a cut-off end is not")
    func spool() throws {
        let path = try directory() + "/charging.spool"
        do {
            let spool = try AccountingSpool(path: path)
            for number in UInt64(1)...3 {
                #expect(spool.keep(number, [UInt8](repeating: UInt8(number), count: 5)) == nil)
            }
            #expect(spool.done(2) == nil)
        }
        var status = stat()
        #expect(stat(path, &status) == 0)
        #expect(truncate(path, status.st_size - 1) == 0)  // the end of the note that 2 is done
        do {
            let spool = try AccountingSpool(path: path)
            #expect(spool.kept.map(\.0) == [1, 2, 3])
            #expect(spool.kept.map(\.1) == [1, 2, 3].map { [UInt8](repeating: $0, count: 5) })
            for number in UInt64(1)...2 { #expect(spool.done(number) == nil) }
        }
        let spool = try AccountingSpool(path: path)
        #expect(spool.kept.map(\.0) == [3])
        _ = spool.done(3)
        #expect(stat(path, &status) == 0)
        #expect(status.st_size == 0)
    }
}
