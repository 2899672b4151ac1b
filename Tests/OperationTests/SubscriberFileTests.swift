import Foundation
import Operation
import Octets
import Testing

@Suite("Subscribers in a file")
struct SubscriberFileTests {
    static let domain = "ims.mnc001.mcc001.3gppnetwork.org"
    static let key = "465b5ce8b199b49faa5f0a2ee238a6bc"

    private func failure(_ yaml: String) -> OperationFailure? {
        #expect(throws: OperationFailure.self) { try SubscriberFile(yaml: yaml, file: "s.yaml", domain: Self.domain) }
    }

    @Test("entries become records")
    func reading() throws {
        let yaml = """
            subscribers:
              - {imsi: "001010000000001", msisdn: "+15550001", k: \(Self.key), opc: cd63cb71954a9f4e48a5994e37a02baf}
              - {imsi: 001010000000002, k: \(Self.key), op: cdc202d5123e20f62b6d676ac72cb318, domain: example.org}
            """
        let records = try SubscriberFile(yaml: yaml, file: "s.yaml", domain: Self.domain).records
        #expect(records.map(\.imsi) == ["001010000000001", "001010000000002"])
        #expect(records[0].publicIdentities.map(\.identity.text).first == "sip:+15550001@\(Self.domain)")
        #expect(records[1].privateIdentities.map(\.identity.text) == ["001010000000002@example.org"])
        // TS 35.208 §4.3, test set 1: OPc of this K and OP.
        #expect(
            records[1].privateIdentities[0].secrets?.revealedOctets
                == Hex.decode(Self.key + "cd63cb71954a9f4e48a5994e37a02baf"))
    }

    @Test("a key that is none is named with its line")
    func misspelt() {
        let failure = failure("subscribers:\n  - {imsi: '001010000000001', k: \(Self.key), opcc: x}\n")
        #expect(failure?.status == .configuration)
        #expect(failure?.sentence.contains("s.yaml:2") ?? false)
        #expect(failure?.sentence.contains("opcc") ?? false)
    }

    @Test("a missing IMSI is named with its line")
    func missing() {
        let failure = failure("subscribers:\n  - k: \(Self.key)\n")
        #expect(failure?.sentence.contains("s.yaml:2") ?? false)
        #expect(failure?.sentence.contains("imsi") ?? false)
    }

    @Test("what is wrong in entries is told of all of them, with line, entry and field")
    func several() {
        let failure = failure(
            """
            subscribers:
              - imsi: "00101000000000x"
                k: \(Self.key)
                opc: cd63cb71954a9f4e48a5994e37a02baf
              - imsi: "001010000000002"
                k: 46zz
                opc: cd63cb71954a9f4e48a5994e37a02baf
              - imsi: "001010000000003"
                k: \(Self.key)
            """)
        let lines = failure?.sentence.split(separator: "\n") ?? []
        #expect(lines.count == 3)
        #expect(lines.first?.hasPrefix("s.yaml:2: entry 1: imsi 00101000000000x: ") ?? false)
        #expect(lines.dropFirst().first?.hasPrefix("s.yaml:5: entry 2: k: ") ?? false)
        #expect(lines.last?.hasPrefix("s.yaml:8: entry 3: opc: neither OPc nor OP") ?? false)
        #expect(!(failure?.sentence.contains("46zz") ?? true), "a key is never repeated")
    }

    @Test("an IMSI that stands twice is a mistake")
    func twice() {
        let entry = "  - {imsi: '001010000000001', k: \(Self.key), opc: \(Self.key)}\n"
        #expect(failure("subscribers:\n" + entry + entry)?.sentence.contains("that of entry 1 already") ?? false)
    }

    @Test("every example of the profiles can be applied")
    func examples() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("profiles/examples")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(!files.isEmpty)
        for file in files { _ = try SubscriberFile(path: file.path, domain: Self.domain) }
    }

    @Test("a mistake in the services is told with its line and place")
    func services() {
        let failure = failure(
            """
            service-profiles:
              volte:
                ifc:
                  - priority: 1
                    server: sip:as.example.org
                    all:
                      - {method: INVITE}
                      - {session-case: sideways}
            """)
        #expect(
            failure?.sentence.hasPrefix("s.yaml:8: service-profiles.volte.ifc[0].all[1].session-case: sideways") == true
        )
    }

    @Test("no YAML, no list, nothing", arguments: ["subscribers: [", "subscribers: 7", "", "[]"])
    func noFile(yaml: String) {
        #expect(failure(yaml)?.status == .configuration)
    }
}
