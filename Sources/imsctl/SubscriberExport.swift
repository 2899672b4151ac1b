import ArgumentParser
import Foundation
import HomeSubscriberServer
import IMS
import NodeIO
import Operation
import SubscriberFormats

extension SubscriberCommands {
    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Export all subscribers in a format of ours or of another system.",
            discussion: """
                Written are: jsonl and yaml (all that is known, read again by import), csv, pyhss, open5gs-dbctl, and sipp \
                (accounts for SIPp; its own AKA wants OP, of which only OPc is kept).
                """)

        @Option(help: "jsonl, yaml, csv, pyhss, open5gs-dbctl or sipp.") var format = SubscriberFormat.jsonLines
        @Option(name: [.short, .long], help: "Where to. Default: the standard output.", completion: .file())
        var output: String?
        @Flag(help: "Write keys and HA1 too: whoever reads them can be these subscribers.") var withSecrets = false
        @Option(help: ArgumentHelp("The columns of csv. Default: all.", valueName: "name,…")) var columns: String?
        @OptionGroup var options: CoreOptions

        func validate() throws {
            guard format.isWritten else {
                let words = SubscriberFormat.writable.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("\(format.rawValue) is read and not written; written are \(words)")
            }
        }

        func run() throws {
            let subscribers = try Subscribers(try options.directory, creates: false)
            let chosen = try columns?.split(separator: ",").map { name in
                guard let column = ExportColumn(rawValue: String(name)) else {
                    let words = ExportColumn.allCases.map(\.rawValue).joined(separator: ",")
                    throw ValidationError("--columns: \(name) is none of \(words)")
                }
                guard withSecrets || !column.isSecret else {
                    throw ValidationError("--columns: \(name) is a secret, which --with-secrets alone writes")
                }
                return column
            }
            if withSecrets { try subscribers.noteExportOfSecrets() }
            var export = SubscriberExport(format, withSecrets: withSecrets, columns: chosen)
            let target = try OutputFile(output)
            try target.write(export.begin(try subscribers.catalogue))
            var last: SubscriptionID?
            var count = 0
            while true {
                let page = try subscribers.page(after: last, limit: 1000)
                guard let end = page.last else { break }
                try target.write(page.map { export.write($0) }.joined())
                last = end.id
                count += page.count
            }
            try target.write(export.end())
            for (reason, times) in export.omissions.sorted(by: { $0.key < $1.key }) {
                Console.complain("note: \(times) \(times == 1 ? "subscriber" : "subscribers") \(reason)")
            }
            if let output { Console.complain("\(count) subscribers are in \(output)") }
        }
    }
}

/// Where an export goes: a file that only its owner may read, or the standard output.
private struct OutputFile {
    private let handle: FileHandle
    private let name: String

    init(_ path: String?) throws(OperationFailure) {
        guard let path else {
            handle = .standardOutput
            name = "the standard output"
            return
        }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw OperationFailure(.usage, "\(path) cannot be written: \(SystemError.sentence(code: errno))")
        }
        handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        name = path
    }

    func write(_ text: String) throws(OperationFailure) {
        guard !text.isEmpty else { return }
        do { try handle.write(contentsOf: Data(text.utf8)) } catch {
            throw OperationFailure(.unavailable, "\(name) cannot be written: \(error.localizedDescription)")
        }
    }
}
