import ArgumentParser
import Foundation
import HomeSubscriberServer
import IMS
import NodeIO
import Operation

struct SubscriberCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "subscriber", abstract: "Add, show, change and remove subscribers, while the HSS runs or not.",
        subcommands: [
            Add.self, Apply.self, Import.self, Export.self, List.self, Show.self, Set.self, Remove.self, Kick.self,
            Push.self,
            Bar.self, Unbar.self,
        ])

    struct Apply: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make the subscribers and services of a file be there, as it says.",
            discussion: "Safe to run twice: what is there already stays as it is, its SQN too. Others are not touched.")

        @Option(name: [.short, .long], help: "YAML file, such as profiles/lab/subscribers.yaml.", completion: .file())
        var file: String
        @Flag(help: "Only read the file and say what is wrong or strange in it.") var dryRun = false
        @OptionGroup var options: ProvisioningOptions

        func run() throws {
            let domain = ReachableNetwork.domain(try options.options.directory)
            let contents = try SubscriberFile(path: file, domain: domain)
            let port = try options.port(creates: !dryRun)
            var services: [Report] = []
            var subscribers: [Report] = []
            var query = ["domain": domain]
            if dryRun { query["dry-run"] = "true" }
            for warning in contents.document.advice { Console.complain("note: \(warning)") }
            for part in contents.parts(of: 1000) {
                let report = try port.ask(.post, ["apply"], query: query, body: part)
                for service in report["services"]?.list ?? [] {
                    services.append(service)
                    if !options.json {
                        Console.out(["kind", "name", "result"].map { service[$0]?.text ?? "" }.joined(separator: " "))
                    }
                }
                for subscriber in report["subscribers"]?.list ?? [] { subscribers.append(show(subscriber)) }
            }
            if options.json {
                Console.out((["services": .list(services), "subscribers": .list(subscribers)] as Report).json)
            }
        }

        private func show(_ subscriber: Report) -> Report {
            let name = subscriber["name"]?.text ?? ""
            if !options.json {
                for warning in subscriber["warnings"]?.list ?? [] {
                    Console.complain("note: \(name): \(warning.text ?? "")")
                }
                Console.out("\(name) \(subscriber["result"]?.text ?? "")")
            }
            return ["imsi": .text(name), "result": subscriber["result"] ?? .null]
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the subscribers of the core, or those of a file.")

        @OptionGroup var options: ProvisioningOptions
        @Flag(help: "Print only the IMSIs, one on a line.") var imsis = false
        @Option(help: "At most so many. Default: all with --json or --imsis, else 100.") var limit: Int?
        @Option(
            name: [.short, .long], help: "Those of this YAML file instead of the core's.", completion: .file())
        var file: String?

        func validate() throws {
            if let limit, limit < 0 { throw ValidationError("--limit is a number from 0, not \(limit)") }
        }

        func run() throws {
            if let file {
                let domain = ReachableNetwork.domain(try options.options.directory)
                let records = try SubscriberFile(path: file, domain: domain).records
                return print(records.prefix(limit ?? .max).map { Line($0) }, total: records.count)
            }
            let port = try options.port()
            var lines: [Line] = []
            var total = 0
            // Of nothing at all at least how many there are.
            let wanted = limit ?? (options.json || imsis ? .max : 100)
            try port.pages(["subscribers"], limit: max(1, wanted)) { page in
                total = page["total"]?.integer ?? 0
                let found = page["subscribers"]?.list ?? []
                lines += found.map { Line($0) }
                return found.count
            }
            print(Array(lines.prefix(wanted)), total: total)
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

            init(_ report: Report) {
                imsi = report["imsi"]?.text ?? ""
                msisdn = report["msisdn"]?.text
                impi = report["private-identities"]?.list?.first?.text ?? ""
                state = report["state"]?.text
            }
        }

        private func print(_ lines: [Line], total: Int) {
            if imsis { return Console.out(lines.map(\.imsi).joined(separator: "\n")) }
            if options.json {
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
}
