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

                Subscribers without a SIM, and those with other identities: imsctl subscriber apply, profiles/examples.
                """)

        @Option(help: "IMSI, 6 to 15 digits.") var imsi: String
        @Option(help: "The functions of the SIM: milenage or tuak.") var algorithm = AKAAlgorithm.milenage.word
        @Option(help: ArgumentHelp("The SIM's key K, 32 hexadecimal digits; with TUAK 32 or 64.", valueName: "hex"))
        var k: String
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
        @OptionGroup var options: ProvisioningOptions

        func validate() throws {
            if opc == nil, op == nil {
                throw ValidationError("give --opc or --op: the one that the SIM was made with")
            }
            guard (1...10_000_000).contains(count) else {
                throw ValidationError("--count is a number from 1 to 10000000, not \(count)")
            }
        }

        func run() throws {
            let home = try domain ?? ReachableNetwork.domain(options.options.directory)
            let record: SubscriberRecord
            do {
                record = try SubscriberRecord(
                    imsi: imsi, domain: home, msisdn: msisdn, algorithm: algorithm, key: k, opc: opc, op: op, amf: amf)
                if count > 1 { _ = try record.advanced(by: count - 1) }
            } catch {
                throw OperationFailure(.usage, "\(error)")
            }
            for warning in try send(record, home) { Console.complain("note: \(warning)") }
            print(record)
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
