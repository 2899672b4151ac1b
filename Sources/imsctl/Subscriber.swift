import AKA
import ArgumentParser
import Foundation
import HomeSubscriberServer
import IMS
import NodeIO
import Operation

struct SubscriberCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "subscriber", abstract: "Add, show and remove subscribers, while the HSS runs or not.",
        subcommands: [Add.self, Apply.self, List.self, Show.self, Remove.self])

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a subscriber, or a range of them.",
            discussion: """
                The identities follow from IMSI and MSISDN (TS 23.003 §13): IMPI IMSI@domain, IMPUs sip:+MSISDN@domain, \
                tel:+MSISDN and sip:IMSI@domain (barred when there is an MSISDN), registered together.

                Give the OPc or the OP that the SIM was made with, not one as the other: with the wrong one the phone \
                sees a MAC failure and does not register.
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
        @Option(help: "So many subscribers, IMSI and MSISDN counted up.") var count = 1
        @Option(help: "Home domain. Default: that of the core.") var domain: String?
        @OptionGroup var options: CoreOptions
        @Flag(help: "Print JSON.") var json = false

        func validate() throws {
            if opc == nil, op == nil {
                throw ValidationError("give --opc or --op: the one that the SIM was made with")
            }
            guard count > 0 else { throw ValidationError("--count is a number from 1, not \(count)") }
        }

        func run() throws {
            let state = try options.directory
            let record: SubscriberRecord
            do {
                record = try SubscriberRecord(
                    imsi: imsi, domain: domain ?? ReachableNetwork.domain(state), msisdn: msisdn,
                    algorithm: algorithm, key: k, opc: opc, op: op, amf: amf)
            } catch {
                throw OperationFailure(.usage, "\(error)")
            }
            for warning in record.warnings { Console.complain("note: \(warning)") }
            let subscribers = try Subscribers(state, creates: true)
            let showsProgress = Terminal.isInteractive && count >= 5000
            let total = count
            try subscribers.add(from: record, count: count) { done in
                if showsProgress { FileHandle.standardError.write(Data("\r\(done) of \(total)".utf8)) }
            }
            if showsProgress { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
            if json {
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

    struct Apply: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make the subscribers and services of a file be there, as it says.",
            discussion: "Safe to run twice: what is there already stays as it is, its SQN too. Others are not touched.")

        @Option(name: [.short, .long], help: "YAML file, such as profiles/lab/subscribers.yaml.", completion: .file())
        var file: String
        @OptionGroup var options: CoreOptions
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let state = try options.directory
            let contents = try SubscriberFile(path: file, domain: ReachableNetwork.domain(state))
            let subscribers = try Subscribers(state, creates: true)
            var services: [Report] = []
            for change in try subscribers.apply(contents.document.catalogue) {
                services.append([
                    "kind": .text(change.kind.words), "name": .text(change.name),
                    "result": .text(change.result.rawValue),
                ])
                if !json { Console.out("\(change.kind.words) \(change.name) \(change.result.rawValue)") }
            }
            var reports: [Report] = []
            for record in contents.records {
                let applied = try subscribers.apply(record)
                if !json, applied != .unchanged {
                    for warning in record.warnings { Console.complain("note: \(record.name): \(warning)") }
                }
                reports.append(["imsi": .text(record.name), "result": .text(applied.rawValue)])
                if !json { Console.out("\(record.name) \(applied.rawValue)") }
            }
            // A running HSS tells the S-CSCFs; one that starts later finds what waits for them.
            _ = try? options.core.ask(.hss, Command("reload"))
            if json { Console.out((["services": .list(services), "subscribers": .list(reports)] as Report).json) }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the subscribers of the core, or those of a file.")

        @OptionGroup var options: CoreOptions
        @Flag(help: "Print JSON.") var json = false
        @Flag(help: "Print only the IMSIs, one on a line.") var imsis = false
        @Option(help: "At most so many. Default: all with --json or --imsis, else 100.") var limit: Int?
        @Option(
            name: [.short, .long], help: "Those of this YAML file instead of the core's.", completion: .file())
        var file: String?

        func validate() throws {
            if let limit, limit < 0 { throw ValidationError("--limit is a number from 0, not \(limit)") }
        }

        func run() throws {
            let state = try options.directory
            if let file {
                let records = try SubscriberFile(path: file, domain: ReachableNetwork.domain(state)).records
                return print(records.prefix(limit ?? .max).map { Line($0) }, total: records.count)
            }
            let subscribers = try Subscribers(state, creates: false)
            let wanted = limit ?? (json || imsis ? .max : 100)
            var lines: [Line] = []
            var last: SubscriptionID?
            while lines.count < wanted {
                let page = try subscribers.page(after: last, limit: min(1000, wanted - lines.count))
                guard let end = page.last else { break }
                lines += page.map { Line($0) }
                last = end.id
            }
            print(lines, total: try subscribers.count)
        }

        private struct Line {
            var imsi: String
            var msisdn: String?
            var impi: String
            var state: String?

            init(_ record: SubscriptionRecord) {
                imsi = record.imsi ?? ""
                msisdn = record.msisdn
                impi = record.privateIdentities.first?.identity.text ?? ""
            }

            init(_ subscription: Subscription) {
                impi = subscription.privateIdentities.first?.identity.text ?? ""
                imsi = subscription.imsi ?? ""
                msisdn = subscription.msisdn
                state = subscription.state(ofSet: subscription.publicIdentities.first?.implicitSet ?? 0).word
            }
        }

        private func print(_ lines: [Line], total: Int) {
            if imsis { return Console.out(lines.map(\.imsi).joined(separator: "\n")) }
            if json {
                let reports: [Report] = lines.map { line in
                    [
                        "imsi": .text(line.imsi), "msisdn": line.msisdn.map { .text($0) } ?? .null,
                        "private-identity": .text(line.impi), "state": line.state.map { .text($0) } ?? .null,
                    ]
                }
                return Console.out((["total": .integer(total), "subscribers": .list(reports)] as Report).json)
            }
            guard !lines.isEmpty else { return Console.out("there are no subscribers; imsctl subscriber add adds one") }
            var table = Table(["IMSI", "MSISDN", "private identity", "state"])
            for line in lines { table.add([line.imsi, line.msisdn ?? "–", line.impi, line.state ?? "–"]) }
            Console.out(table.text)
            if total > lines.count { Console.out("… \(total) in all; --limit shows more") }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show all that is known of a subscriber.")

        @Argument(help: "IMSI, MSISDN, IMPI or IMPU.") var subscriber: String
        @OptionGroup var options: CoreOptions
        @Flag(help: "Print K and OPc too: whoever sees them can be this subscriber.") var withSecrets = false
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let subscribers = try Subscribers(try options.directory, creates: false)
            let subscription =
                try withSecrets ? subscribers.getForShowingSecrets(subscriber) : subscribers.get(subscriber)
            let report = subscription.report(withSecrets: withSecrets)
            Console.out(json ? report.json : Outline(report).text)
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove a subscriber.")

        @Argument(help: "IMSI, MSISDN, IMPI or IMPU.") var subscriber: String
        @OptionGroup var options: CoreOptions

        func run() throws {
            let subscribers = try Subscribers(try options.directory, creates: false)
            let found = try subscribers.get(subscriber)
            // A running HSS removes it itself and tells the S-CSCF.
            if found.needsServingCSCF, let user = found.privateIdentities.first?.identity,
                let report = try? options.core.ask(.hss, Command("remove", ["identity": user.text])),
                report["error"] == nil
            {
                return Console.out("removed \(user); the S-CSCF is told to end its registration")
            }
            let removed = try subscribers.remove(subscriber)
            Console.out("removed \(removed.privateIdentities.first?.identity.text ?? subscriber)")
            if removed.needsServingCSCF {
                Console.complain("note: it is registered; the S-CSCF is told to end that when the HSS runs")
            }
        }
    }
}
