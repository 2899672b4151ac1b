import IMS
import NodeIO
import Testing

@Suite("RFC 8259: JSON read into a report")
struct ReportReaderTests {
    @Test(
        "Values",
        arguments: [
            ("null", .null), (" true ", true), ("[false,-12]", [false, -12]), ("1.5e1", .number(15)),
            (#"{"b":"x","a":[{}]}"#, ["b": "x", "a": [.record([])]]),
            (#""\u00e9\ud83d\ude00\n\/""#, "é😀\n/"), ("\"é\"", "é"),
        ] as [(String, Report)])
    func values(text: String, expected: Report) {
        #expect(Report(json: text) == expected)
    }

    @Test("What is written reads back the same")
    func fixedPoint() {
        let report: Report = [
            "text": "a\u{1B}\"\\\u{7F}\r\n😀", "numbers": [1, -1, .number(0.25)], "none": .null, "yes": true,
            "empty": [], "nested": ["x": ["y": [["z"]]]],
        ]
        #expect(Report(json: report.json) == report)
    }

    @Test(
        "What is no JSON is refused",
        arguments: [
            "", "nul", "{", "[1,]", "{\"a\"}", "{\"a\":}", "{a:1}", "\"\\x\"", "\"\\ud800\"", "\"\\ud800\\u0041\"",
            "\"open", "1 2", "\"a\nb\"", "--1", "+", String(repeating: "[", count: 100_000), "tru", "\"\\u12\"",
        ])
    func refused(text: String) {
        #expect(Report(json: text) == nil)
    }

    @Test("Octets that are no UTF-8 are refused")
    func notUTF8() {
        #expect(Report(json: [0x22, 0xFF, 0x22]) == nil)
    }
}
