import ArgumentParser
import IMS
import NodeIO
import Operation

struct Service: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show and set a user's services: forwarding, barring, identity, mailbox.",
        subcommands: [ServiceShow.self, ServiceSet.self, ServiceRemove.self, ServiceMailbox.self])
}

struct ServiceShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a user's settings, or who has any.")

    @OptionGroup var options: CoreOptions
    @Argument(help: "A public identity: a SIP or tel URI, or a number that begins with +. Without it, all users.")
    var identity: String?
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        guard let identity else {
            let report = try options.core.ask(.tas, Command("services", ["limit": "1000"]))
            if json { return Console.out(report.json) }
            for user in report["services"]?.list ?? [] { Console.out(user["identity"]?.text ?? "?") }
            return
        }
        try ServiceReport.show(try options.core.ask(.tas, Command("service", ["identity": identity])), json: json)
    }
}

struct ServiceSet: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Change settings of a user, all of those given or none.",
        discussion: """
            imsctl service set +4930123 forward.busy=voicemail no-reply-time=25
            imsctl service set sip:bob@example.org forward.unconditional=off bar-outgoing=international,+4990
            """)

    @OptionGroup var options: CoreOptions
    @Argument(help: "A public identity: a SIP or tel URI, or a number that begins with +.") var identity: String
    @Argument(help: "NAME=VALUE; imsctl service show names them.") var settings: [String]
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        for setting in settings where !setting.contains("=") {
            throw ValidationError("\(setting) is not of the form NAME=VALUE")
        }
    }

    func run() throws {
        let lines = settings.map { setting in
            setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).joined(separator: " ")
        }
        let command = Command("service-set", ["identity": identity, "set": lines.joined(separator: "\n")])
        try ServiceReport.show(try options.core.ask(.tas, command), json: json)
    }
}

struct ServiceRemove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Forget what a user has set.")

    @OptionGroup var options: CoreOptions
    @Argument(help: "A public identity.") var identity: String

    func run() throws {
        _ = try options.core.ask(.tas, Command("service-remove", ["identity": identity]))
        Console.out("\(identity) has no settings any more")
    }
}

enum ServiceReport {
    static func show(_ report: Report, json: Bool) throws {
        if json { return Console.out(report.json) }
        var table = Table(["setting", "value"])
        if case .record(let members)? = report["settings"] {
            for member in members { table.add([member.name, member.value.text ?? "?"]) }
        }
        Console.out(table.text)
    }
}
