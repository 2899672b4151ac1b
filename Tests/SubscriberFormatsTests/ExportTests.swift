import AKA
import Cx
import HomeSubscriberServer
import IMS
import SubscriberFormats
import Testing

@Suite("Exports are read again as they were")
struct ExportTests {
    private static let options = ImportOptions(domain: Golden.domain, keepsSequenceNumbers: true)

    /// Subscriptions of every kind: SIMs, several numbers, an ISIM, TUAK, digest, several sets, a service.
    static func subscriptions() throws -> [Subscription] {
        let lines = """
            {"imsi":"001010000000001","msisdn":"15550001","k":"465b5ce8b199b49faa5f0a2ee238a6bc","opc":"cd63cb71954a9f4e48a5994e37a02baf","sqn":"000000000061","name":"Smith, \\"Al\\" Ä"}
            {"imsi":"001010000000002","k":"0396eb317b6d1c36f19c1c84cd6ffd16","opc":"53c15671c60a4b731c55b4a441c0bde2","service-profile":"volte"}
            {"imsi":"001010000000041","algorithm":"tuak","k":"abababababababababababababababab","opc":"bd04d9530e87513c5d837ac2ad954623a8e2330c115305a73eb45d1f40cccbff"}
            {"impi":"bob@example.org","digest":{"ha1":"051c0689e6ca584edb49be8ac1c6b353","realm":"example.org"},"identities":["sip:bob@example.org","tel:+15550021"],"charging":"prepaid"}
            {"private-identities":[{"imsi":"001010000000031","k":"465b5ce8b199b49faa5f0a2ee238a6bc","opc":"cd63cb71954a9f4e48a5994e37a02baf","sets":[0]},{"impi":"mother@example.org","k":"0396eb317b6d1c36f19c1c84cd6ffd16","opc":"53c15671c60a4b731c55b4a441c0bde2","sets":[0,1]}],"identities":[{"identity":"sip:+15550031@example.org","alias-group":"family"},{"identity":"sip:mother@example.org","set":1,"barred":true}],"visited-networks":"partner"}
            {"impi":"conference@example.org","identities":[{"identity":"sip:conference@example.org","kind":"psi"}]}
            """
        var subscriptions: [Subscription] = []
        for item in Golden.read(Array(lines.utf8), .jsonLines, options) {
            guard case .subscriber(let record, _) = item else {
                Issue.record("\(item)")
                continue
            }
            subscriptions.append(
                Subscription(
                    id: SubscriptionID(rawValue: Int64(subscriptions.count + 1)), lists: record.lists,
                    privateIdentities: record.privateIdentities, publicIdentities: record.publicIdentities,
                    registrations: record.registrations))
        }
        #expect(subscriptions.count == 6)
        return subscriptions
    }

    private static func text(
        _ format: SubscriberFormat, _ subscriptions: [Subscription], withSecrets: Bool = true
    ) -> (text: String, omissions: [String: Int]) {
        var export = SubscriberExport(format, withSecrets: withSecrets)
        var text = export.begin(ServiceCatalogue())
        for subscription in subscriptions { text += export.write(subscription) }
        return (text + export.end(), export.omissions)
    }

    private static func again(_ text: String, _ format: SubscriberFormat) -> [Subscription] {
        var subscriptions: [Subscription] = []
        for item in Golden.read(Array(text.utf8), format, options) {
            guard case .subscriber(let record, _) = item else { continue }
            subscriptions.append(
                Subscription(
                    id: SubscriptionID(rawValue: Int64(subscriptions.count + 1)), lists: record.lists,
                    privateIdentities: record.privateIdentities, publicIdentities: record.publicIdentities,
                    registrations: record.registrations))
        }
        return subscriptions
    }

    @Test("Our own lines lose nothing")
    func jsonLines() throws {
        let subscriptions = try Self.subscriptions()
        let (text, omissions) = Self.text(.jsonLines, subscriptions)
        #expect(omissions.isEmpty)
        #expect(Self.again(text, .jsonLines) == subscriptions)
    }

    @Test(
        "Export, import, export is the same, and what a format cannot say is told",
        arguments: [
            (SubscriberFormat.csv, 4, 2), (.pyHSS, 3, 4), (.dbctl, 3, 5), (.jsonLines, 6, 0),
        ])
    func fixedPoint(format: SubscriberFormat, kept: Int, omitted: Int) throws {
        let (text, omissions) = Self.text(format, try Self.subscriptions())
        let again = Self.again(text, format)
        #expect(again.count == kept)
        #expect(omissions.values.reduce(0, +) == omitted, "\(omissions)")
        #expect(Self.text(format, again).text == text)
    }

    @Test("Without being asked no export has a secret", arguments: SubscriberFormat.writable)
    func redacted(format: SubscriberFormat) throws {
        let text = Self.text(format, try Self.subscriptions(), withSecrets: false).text
        #expect(!text.isEmpty)
        for secret in [
            "465b5ce8b199b49f", "cd63cb71954a9f4e", "0396eb317b6d1c36", "53c15671c60a4b73", "abababababababab",
            "bd04d9530e87513c", "051c0689e6ca584e",
        ] { #expect(!text.lowercased().contains(secret), "\(format)") }
    }

    @Test("YAML of services and subscribers in blocks")
    func yaml() throws {
        var catalogue = ServiceCatalogue()
        catalogue.applicationServers = [
            ApplicationServerRecord(
                name: "no",
                server: ApplicationServer(serverName: "sip:as.example.org", defaultHandling: .sessionTerminated))
        ]
        catalogue.visitedNetworks["partner"] = ["a.example", "b.example"]
        var export = SubscriberExport(.yaml, withSecrets: false)
        let text = export.begin(catalogue) + export.write(try #require(Self.subscriptions().last)) + export.end()
        #expect(
            text == """
                application-servers:
                  "no": {"uri":"sip:as.example.org","default-handling":"terminate"}
                visited-networks:
                  partner: ["a.example","b.example"]
                subscribers:
                  - private-identities:
                      - impi: "conference@example.org"
                        sets: [0]
                    identities:
                      - identity: "sip:conference@example.org"
                        kind: "psi"
                        set: 0
                        barred: false
                        service-profile: "default"
                        active: true

                """)
    }

    @Test("A file for SIPp: its order of use, then an account on each line")
    func sipp() throws {
        let text = Self.text(.sipp, Array(try Self.subscriptions().prefix(1))).text
        #expect(
            text.split(separator: "\n").map(String.init) == [
                "SEQUENTIAL", "# user;domain;private identity;number;AMF;K;OPc",
                "+15550001;\(Golden.domain);001010000000001@\(Golden.domain);15550001;0x8000;"
                    + "0x465b5ce8b199b49faa5f0a2ee238a6bc;0xcd63cb71954a9f4e48a5994e37a02baf",
            ])
    }
}
