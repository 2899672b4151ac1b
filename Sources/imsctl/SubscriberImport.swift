import ArgumentParser
import Foundation
import HomeSubscriberServer
import IMS
import NodeIO
import Operation
import SubscriberFormats

extension SubscriberFormat: ExpressibleByArgument {
    package static var allValueStrings: [String] { allCases.map(\.rawValue) }
}

extension TransportKey.Algorithm: ExpressibleByArgument {}

extension SubscriberCommands {
    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Import subscribers from the file of another system.",
            discussion: """
                Read are: yaml and jsonl (our own), pyhss, open5gs, open5gs-dbctl, fhoss and kamailio (MySQL dumps), \
                osmo-hlr, csv, pysim, sim-out and clearwater. What a file is, its first lines say.

                Safe to run again: who is there as the file says stays as he is, and an import that was broken off goes \
                on. Subscribers that the file does not name stay. With --api it goes to the running HSS over its API, for \
                whoever has its token but neither its database nor its master keys. Names of columns: imsi, msisdn, ki, opc, op, amf, sqn, \
                impi, impu, password, ha1, realm, domain, name, service-profile; - for one that is not wanted.
                """)

        @Argument(help: "The file, or - for the standard input.", completion: .file()) var file: String
        @Option(help: "What the file is. Default: as it looks.") var format: SubscriberFormat?
        @Flag(help: "Say what would be done, and do nothing.") var dryRun = false
        @Flag(help: "Over the API of the running HSS, not into its database.") var api = false
        @Option(help: ArgumentHelp("What stands in which column.", valueName: "name,name,…")) var columns: String?
        @Option(
            help: ArgumentHelp(
                "File with the key under which K and OPc are delivered, in hexadecimal digits.", valueName: "file"),
            completion: .file())
        var transportKey: String?
        @Option(help: "What that key is for: aes128-ecb, aes-cbc or 3des.") var transportAlg =
            TransportKey.Algorithm.aesECB
        @Option(
            help: ArgumentHelp(
                "Initialisation vector of aes-cbc. Default: zeros; with pysim, its own.", valueName: "hex"))
        var transportIv: String?
        @Option(
            help: ArgumentHelp("The columns under the transport key. Default: ki,opc,op.", valueName: "name,…"))
        var encrypted: String?
        @Option(help: "Home domain of those that name none. Default: that of the core.") var domain: String?
        @Option(help: "Service profile of those that name none.") var serviceProfile: String?
        @Flag(
            help:
                "Leave sequence numbers as they are, not moved forward. Only when nobody uses the other system any more."
        )
        var keepSqn = false
        @Option(help: "Write every finding into this file, one on a line.", completion: .file()) var report: String?
        @OptionGroup var options: CoreOptions
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let state = try options.directory
            let source = try ImportFile(file, format: format)
            if !json { Console.complain("\(file) is read as \(source.format.rawValue)") }
            let findings = try report.map { try FindingsFile($0) }
            let home = domain ?? ReachableNetwork.domain(state)
            let wanted = try importOptions(home)
            var bar = ProgressBar()
            defer { bar.end() }
            func run(_ destination: any ImportDestination) throws(OperationFailure) -> ImportSummary {
                var importer = SubscriberImporter(source, wanted, into: destination, isRehearsal: dryRun) {
                    finding throws(OperationFailure) in try findings?.write(finding)
                }
                return try importer.run { bar.show($0) }
            }
            let summary: ImportSummary
            if api {
                guard let port = try options.core.provisioning() as? RunningHSS else {
                    throw OperationFailure(
                        .unavailable,
                        "no HSS of this core runs with its API on, which --api needs: imsctl up starts it, and without "
                            + "--api the import goes into the database")
                }
                summary = try run(ImportOverAPI(port))
            } else if dryRun {
                summary = try Subscribers.rehearsing(state) { subscribers throws(OperationFailure) in
                    try run(subscribers)
                }
            } else {
                summary = try run(Subscribers(state, creates: true))
            }
            bar.end()
            // A running HSS tells the S-CSCFs what has changed for users that they have.
            if !dryRun, !api { _ = try? options.core.ask(.hss, Command("reload")) }
            if json {
                Console.out(summary.report.json)
            } else {
                print(summary)
            }
            if summary.count(.problem) > 0 { throw ExitCode(ExitStatus.failed.rawValue) }
        }

        private func importOptions(_ home: String) throws -> ImportOptions {
            var options = ImportOptions(domain: home.lowercased(), keepsSequenceNumbers: keepSqn)
            options.serviceProfile = serviceProfile
            options.columns = columns.map(Self.words)
            for name in options.columns ?? [] where name != "-" && SubscriberField(name: name) == nil {
                throw ValidationError(
                    "--columns: \(name) is no column that is known; - stands for one that is not wanted")
            }
            if let encrypted {
                options.encrypted = []
                for name in Self.words(encrypted) {
                    guard let field = SubscriberField(name: name) else {
                        throw ValidationError("--encrypted: \(name) is no column that is known")
                    }
                    options.encrypted.insert(field)
                }
            }
            if let transportKey {
                guard let text = try? String(contentsOfFile: transportKey, encoding: .utf8) else {
                    throw OperationFailure(.configuration, "\(transportKey) cannot be read")
                }
                do {
                    options.transportKey = try TransportKey(
                        transportAlg, key: text.filter { !$0.isWhitespace }, vector: transportIv)
                } catch {
                    throw OperationFailure(.configuration, "\(transportKey): \(error)")
                }
            }
            return options
        }

        private static func words(_ text: String) -> [String] {
            text.split(separator: ",", omittingEmptySubsequences: false).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
        }

        private func print(_ summary: ImportSummary) {
            for change in summary.services where change.result != "unchanged" {
                Console.out("\(change.kind) \(change.name) \(change.result)")
            }
            for finding in summary.first {
                Console.complain("\(finding.severity.rawValue): \(LogLine.harmless("\(finding)"))")
            }
            for severity in ImportFinding.Severity.allCases where summary.count(severity) > ImportSummary.kept {
                let more = summary.count(severity) - ImportSummary.kept
                Console.complain("… and \(more) more \(severity.rawValue)s; --report writes all into a file")
            }
            let words = [(summary.added, "added"), (summary.changed, "changed"), (summary.unchanged, "unchanged")]
                .filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
            let problems = summary.count(.problem)
            Console.out(
                (dryRun ? "would be: " : "") + (words.isEmpty ? "no subscribers" : words.joined(separator: ", "))
                    + (problems == 0 ? "" : "; \(problems) \(problems == 1 ? "problem" : "problems"), see above")
                    + (dryRun ? "; nothing was done" : ""))
        }
    }
}

/// Where every finding goes, one on a line.
struct FindingsFile {
    private let handle: FileHandle
    private let path: String

    init(_ path: String) throws(OperationFailure) {
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let handle = FileHandle(forWritingAtPath: path)
        else { throw OperationFailure(.usage, "--report: \(path) cannot be written") }
        self.handle = handle
        self.path = path
    }

    func write(_ finding: ImportFinding) throws(OperationFailure) {
        do {
            try handle.write(contentsOf: Data("\(finding.severity.rawValue): \(LogLine.harmless("\(finding)"))\n".utf8))
        } catch {
            throw OperationFailure(.unavailable, "\(path) cannot be written: \(error.localizedDescription)")
        }
    }
}
