import AKA
import ArgumentParser
import Foundation
import HomeSubscriberServer
import IMS
import NodeIO
import Operation

extension SubscriberCommands {
    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a subscriber, or a range of them.",
            discussion: """
                The identities follow from IMSI and MSISDN (TS 23.003 §13): IMPI IMSI@domain, IMPUs sip:+MSISDN@domain, \
                tel:+MSISDN and sip:IMSI@domain (barred when there is an MSISDN), registered together.

                Give the OPc or the OP that the SIM was made with, not one as the other: with the wrong one the phone \
                sees a MAC failure and does not register.

                A soft phone without a SIM: --impi carol@example.org --password-file FILE (- for standard input); its \
                public identities are sip:IMPI and tel:+MSISDN unless --identity names others. All else: imsctl \
                subscriber apply, profiles/examples.
                """)

        @Option(help: "IMSI, 6 to 15 digits.") var imsi: String?
        @Option(help: "The functions of the SIM: milenage or tuak.") var algorithm = AKAAlgorithm.milenage.word
        @Option(help: ArgumentHelp("The SIM's key K, 32 hexadecimal digits; with TUAK 32 or 64.", valueName: "hex"))
        var k: String?
        @Option(help: ArgumentHelp("OPc, 32 hexadecimal digits; with TUAK TOPc, 64.", valueName: "hex")) var opc:
            String?
        @Option(help: ArgumentHelp("OP or TOP, from which OPc or TOPc is derived; it is not kept.", valueName: "hex"))
        var op: String?
        @Option(help: "Telephone number with country code, a plus before it or not.") var msisdn: String?
        @Option(help: ArgumentHelp("Authentication management field.", valueName: "hex")) var amf = "8000"
        @Option(help: "The name shown of its public identities.") var name: String?
        @Option(help: "Its service profile (imsctl profile list).") var serviceProfile: String?
        @Option(help: "So many subscribers, IMSI and MSISDN counted up.") var count = 1
        @Option(help: "Home domain. Default: that of the core.") var domain: String?
        @Option(help: "Without a SIM: the private identity, user@domain.") var impi: String?
        @Option(
            help: "Without a SIM: a file with the password, - for standard input; only a hash is kept.",
            completion: .file()) var passwordFile: String?
        @Option(help: ArgumentHelp("Without a SIM: HA1 instead of the password.", valueName: "hex")) var ha1: String?
        @Option(name: .customLong("identity"), help: "Without a SIM: a public identity; repeat it.")
        var identities: [String] = []
        @OptionGroup var options: ProvisioningOptions

        func validate() throws {
            if impi != nil {
                guard imsi == nil, k == nil, opc == nil, op == nil, count == 1 else {
                    throw ValidationError(
                        "--impi is for one user without a SIM: leave --imsi, --k, --opc, --op and --count out")
                }
                guard (passwordFile == nil) != (ha1 == nil) else {
                    throw ValidationError("give --password-file or --ha1")
                }
                return
            }
            guard imsi != nil, k != nil else {
                throw ValidationError("give --imsi and --k of the SIM, or --impi of a user without one")
            }
            if opc == nil, op == nil {
                throw ValidationError("give --opc or --op: the one that the SIM was made with")
            }
            guard (1...10_000_000).contains(count) else {
                throw ValidationError("--count is a number from 1 to 10000000, not \(count)")
            }
        }

        func run() throws {
            let home = try domain ?? ReachableNetwork.domain(options.options.directory)
            if let impi { return try addSoftPhone(impi, home) }
            let record: SubscriberRecord
            do {
                record = try SubscriberRecord(
                    imsi: imsi ?? "", domain: home, msisdn: msisdn, algorithm: algorithm, key: k ?? "", opc: opc,
                    op: op, amf: amf)
                if count > 1 { _ = try record.advanced(by: count - 1) }
            } catch {
                throw OperationFailure(.usage, "\(error)")
            }
            for warning in try send(record, home) { Console.complain("note: \(warning)") }
            print(record)
        }

        private func addSoftPhone(_ impi: String, _ home: String) throws {
            var names = identities
            if names.isEmpty {
                names =
                    ["sip:\(impi)"]
                    + (msisdn.map { ["tel:+" + ($0.hasPrefix("+") ? String($0.dropFirst()) : $0)] } ?? [])
            }
            var digest = Members()
            digest.add("password", try passwordFile.map(IdentityCommands.Properties.password))
            digest.add("ha1", ha1)
            var members = Members()
            members.add("impi", impi)
            members.add("digest", record: digest.report)
            members.add("service-profile", serviceProfile)
            members.add(
                "identities",
                entries: names.map { identity in
                    var entry = Members()
                    entry.add("identity", identity)
                    entry.add("name", name)
                    return entry.report
                })
            let report = try options.port(creates: true).ask(
                .post, ["subscribers"], query: ["domain": home], body: members.report)
            for warning in report["warnings"]?.list ?? [] { Console.complain("note: \(warning.text ?? "")") }
            guard !options.json else {
                let identities = names.map { Report.text($0) }
                return Console.out(
                    (["private-identity": .text(impi), "public-identities": .list(identities)] as Report).json)
            }
            Console.out("added \(impi): \(names.joined(separator: ", "))")
        }

        /// In pieces, so that a long range has a bar and holds nobody up.
        private func send(_ record: SubscriberRecord, _ home: String) throws -> [String] {
            let port = try options.port(creates: true)
            let showsProgress = Terminal.isInteractive && count >= 5000
            let piece = 10_000
            var warnings: [String] = []
            for start in stride(from: 0, to: count, by: piece) {
                let first = try record.advanced(by: start)
                let query = ["domain": home, "count": String(min(piece, count - start))]
                let report: Report
                do throws(OperationFailure) {
                    report = try port.ask(.post, ["subscribers"], query: query, body: entry(first))
                } catch {
                    guard start > 0 else { throw error }
                    throw OperationFailure(error.status, "\(error.sentence); the first \(start) are added")
                }
                if start == 0 { warnings = report["warnings"]?.list?.compactMap(\.text) ?? [] }
                if showsProgress {
                    FileHandle.standardError.write(Data("\r\(min(count, start + piece)) of \(count)".utf8))
                }
            }
            if showsProgress { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
            return warnings
        }

        private func entry(_ first: SubscriberRecord) -> Report {
            let isTUAK = algorithm == AKAAlgorithm.tuak.word
            var members = Members()
            members.add("imsi", first.imsi.digits)
            members.add("msisdn", first.msisdn)
            members.add("algorithm", algorithm)
            members.add("k", k)
            members.add(isTUAK ? "topc" : "opc", opc)
            members.add(isTUAK ? "top" : "op", op)
            members.add("amf", amf)
            members.add("name", name)
            members.add("service-profile", serviceProfile)
            return members.report
        }

        private func print(_ record: SubscriberRecord) {
            if options.json {
                let identities = record.publicIdentities.map { Report.text($0.identity.text) }
                let report: Report = [
                    "imsi": .text(record.imsi.digits), "count": .integer(count),
                    "private-identity": .text(record.privateIdentity.text), "public-identities": .list(identities),
                ]
                return Console.out(report.json)
            }
            let identities = record.publicIdentities.map { $0.identity.text + ($0.isBarred ? " (barred)" : "") }
            Console.out(
                count == 1
                    ? "added \(record.privateIdentity): \(identities.joined(separator: ", "))"
                    : "added \(count) subscribers from \(record.privateIdentity) on")
        }
    }
}
