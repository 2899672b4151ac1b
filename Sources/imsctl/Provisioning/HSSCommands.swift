import ArgumentParser
import IMS
import NodeIO
import Operation

struct HSSCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hss", abstract: "The subscriber database: backup, restore, keys, audit, check.",
        subcommands: [Backup.self, Restore.self, RotateKeys.self, Audit.self, Check.self, Notices.self, Counts.self])

    struct Backup: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a copy of the database; the HSS may run.",
            discussion: """
                The master keys are not in it: keep a copy of their file (hss.sqlite.key, or what hss.master-key-file \
                says) apart from the backups. Without it nobody reads the keys of subscribers, you neither.

                Of a PostgreSQL database it is a dump by pg_dump, of Debian's package postgresql-client.
                """)

        @Argument(help: "The new file.", completion: .file()) var file: String
        @OptionGroup var options: CoreOptions
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let size = try Subscribers(try options.directory, creates: false).backup(to: Paths.absolute(file))
            if json { return Console.out((["file": .text(file), "octets": .integer(size)] as Report).json) }
            Console.out("\(file): \(size) octets; the master keys are not in it, keep their file apart")
        }
    }

    struct Restore: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make the database be what a backup holds.",
            discussion: """
                Every SQN moves forward, so that none is used twice. The HSS may run; it goes on with what is restored, \
                and phones register again as their registrations end. What was there before is kept beside it.

                A PostgreSQL database is restored from a dump by pg_restore and psql, in one transaction; what was there \
                before is dumped beside the backup.
                """)

        @Argument(help: "The backup.", completion: .file()) var file: String
        @OptionGroup var options: CoreOptions
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let kept = try Subscribers.restore(Paths.absolute(file), to: try options.directory)
            _ = try? options.core.ask(.hss, Command("reload"))
            if json {
                return Console.out(
                    (["restored": .text(file), "kept": kept.map { .text($0) } ?? .null] as Report).json)
            }
            Console.out(
                "restored \(file); all SQNs are moved forward" + (kept.map { "; what was there is in \($0)" } ?? ""))
        }
    }

    struct RotateKeys: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Seal all secrets with a fresh master key and drop the old one; the HSS may run.",
            discussion: "Older backups stay under the old key: copy its file before, if you want to restore them later."
        )

        @OptionGroup var options: CoreOptions
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let count = try Subscribers(try options.directory, creates: false).rotateMasterKey()
            _ = try? options.core.ask(.hss, Command("reload"))
            if json { return Console.out((["sealed": .integer(count)] as Report).json) }
            Console.out("\(count) secrets are sealed with a fresh master key; back its file up anew")
        }
    }

    struct Audit: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show who changed or read what, the latest last.")

        @Option(help: "Begin after this number.") var after = 0
        @Option(help: "At most so many.") var limit = 100
        @OptionGroup var options: ProvisioningOptions

        func validate() throws {
            guard after >= 0, (1...1000).contains(limit) else {
                throw ValidationError("--after is a number from 0, --limit one from 1 to 1000")
            }
        }

        func run() throws {
            let report = try options.port().ask(
                .get, ["audit"], query: ["after": String(after), "limit": String(limit)])
            if options.json { return Console.out(report.json) }
            var table = Table(["", "when", "who", "did", "to"])
            for entry in report["entries"]?.list ?? [] {
                table.add([
                    "\(entry["number"]?.integer ?? 0)", entry["time"]?.text ?? "?", entry["actor"]?.text ?? "?",
                    entry["action"]?.text ?? "?", entry["object"]?.text ?? "?",
                ])
            }
            Console.out(table.text)
            if let next = report["next"]?.integer { Console.out("… --after \(next) shows more") }
        }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Look through the whole database: pages, references, secrets, audit trail. Ends with 1 when it is not whole."
        )

        @OptionGroup var options: ProvisioningOptions

        func run() throws {
            let report = try options.port().ask(.get, ["integrity"])
            let isWhole = report["whole"] == .boolean(true)
            if options.json {
                Console.out(report.json)
            } else if isWhole {
                Console.out("the subscriber database is whole: pages, references, secrets and audit trail")
            }
            guard !isWhole else { return }
            if options.json { throw ExitCode(ExitStatus.failed.rawValue) }
            let problems = report["problems"]?.list?.compactMap(\.text) ?? []
            throw OperationFailure(
                .failed,
                (problems + ["imsctl hss restore FILE puts a backup in its place; imsctl hss audit shows who did what"])
                    .joined(separator: "\n"))
        }
    }

    struct Notices: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the RTRs and PPRs whose S-CSCF has not answered yet.")

        @OptionGroup var options: ProvisioningOptions

        func run() throws {
            let report = try options.port().ask(.get, ["notices"], query: ["limit": "1000"])
            if options.json { return Console.out(report.json) }
            let notices = report["notices"]?.list ?? []
            guard !notices.isEmpty else { return Console.out("no S-CSCF owes an answer") }
            var table = Table(["request", "about", "to"])
            for notice in notices {
                table.add([
                    notice["request"]?.text ?? "?", notice["private-identity"]?.text ?? "?",
                    notice["scscf"]?.text ?? "?",
                ])
            }
            Console.out(table.text)
        }
    }

    struct Counts: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "status", abstract: "Show how many subscribers, identities and registrations there are.")

        @OptionGroup var options: ProvisioningOptions

        func run() throws { options.print(try options.port().ask(.get, ["status"])) }
    }
}
