import SubscriberFormats
import Testing

@Suite("Subscribers in the files of other systems")
struct GoldenTests {
    struct Row: CustomTestStringConvertible, Sendable {
        var file: String
        var format: SubscriberFormat
        /// What the file itself looks like, when that is less than its format.
        var detected: SubscriberFormat?
        var columns: [String]?
        var transport: (TransportKey.Algorithm, String)?

        var testDescription: String { file }

        func options() throws -> ImportOptions {
            ImportOptions(
                domain: Golden.domain, columns: columns,
                transportKey: try transport.map { try TransportKey($0.0, key: $0.1) })
        }
    }

    static let rows: [Row] = [
        Row(file: "pyhss-dump.json", format: .pyHSS), Row(file: "pyhss-auc.json", format: .pyHSS),
        Row(file: "pyhss-array.json", format: .pyHSS), Row(file: "open5gs.json", format: .open5GS),
        Row(file: "open5gs-dbctl.sh", format: .dbctl), Row(file: "fhoss.sql", format: .fhoss),
        Row(file: "kamailio.sql", format: .kamailio), Row(file: "kamailio.tsv", format: .csv),
        Row(file: "plain.csv", format: .csv),
        Row(file: "columns.csv", format: .csv, columns: ["iccid", "imsi", "ki", "opc"]),
        Row(file: "pysim.csv", format: .pySim, transport: (.aesCBC, "00112233445566778899aabbccddeeff")),
        Row(
            file: "vendor.out", format: .simOutput,
            transport: (.tripleDES, "0123456789abcdeffedcba98765432100011223344556677")),
        Row(file: "ecb.csv", format: .csv, transport: (.aesECB, "00112233445566778899aabbccddeeff")),
        Row(file: "clearwater.csv", format: .clearwater),
        Row(file: "clearwater.json", format: .jsonLines), Row(file: "ours.jsonl", format: .jsonLines),
    ]

    @Test("Each becomes what its golden file says, in pieces of whatever size", arguments: rows)
    func golden(row: Row) throws {
        let octets = try Golden.octets(row.file)
        let expected = try Golden.text("\(row.file).expected").split(separator: "\n").map(String.init)
        for piece in [Int.max, 1, 7, 1000] {
            let lines = Golden.lines(Golden.read(octets, row.format, try row.options(), piece: piece))
            #expect(lines == expected, "in pieces of \(piece)")
        }
    }

    @Test("Each is recognised by its first lines", arguments: rows)
    func detection(row: Row) throws {
        #expect(SubscriberFormat.detect(try Golden.octets(row.file), fileName: "upload") == row.detected ?? row.format)
    }

    @Test("What can be nothing is not taken for something", arguments: ["", "   \n", "hello", "\u{0}\u{1}\u{2}"])
    func unknown(text: String) {
        #expect(SubscriberFormat.detect(Array(text.utf8), fileName: "upload") == nil)
    }
}
