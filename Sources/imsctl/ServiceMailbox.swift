import ArgumentParser
import Foundation
import IMS
import NodeIO
import Operation

struct ServiceMailbox: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mailbox", abstract: "Show and remove the voice messages of a user.",
        subcommands: [MailboxShow.self, MailboxRemove.self])
}

struct MailboxShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a user's voice messages, the newest first.",
        discussion: """
            Files are relative to tas.mailboxes of tas.yaml. A greeting.wav (8 kHz, G.711 or 16 bits) or greeting.amr put \
            beside them is played to callers.
            """)

    @OptionGroup var options: CoreOptions
    @Argument(help: "A public identity: a SIP or tel URI, or a number that begins with +.") var identity: String
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        let report = try options.core.ask(.tas, Command("mailbox", ["identity": identity]))
        if json { return Console.out(report.json) }
        var table = Table(["message", "from", "date", "seconds", "heard", "file"])
        for message in report["messages"]?.list ?? [] {
            var seconds = "?"
            if case .number(let length)? = message["seconds"] { seconds = String(format: "%.1f", length) }
            table.add([
                message["message"]?.text ?? "?", message["from"]?.text ?? "?", message["date"]?.text ?? "?", seconds,
                message["heard"] == .boolean(true) ? "yes" : "no", message["file"]?.text ?? "?",
            ])
        }
        Console.out(table.text)
        Console.out("\(report["new"]?.integer ?? 0) new, \(report["old"]?.integer ?? 0) heard")
    }
}

struct MailboxRemove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Remove a voice message of a user, or all of them.")

    @OptionGroup var options: CoreOptions
    @Argument(help: "A public identity.") var identity: String
    @Argument(help: "The message, as show names it.") var message: String?
    @Flag(help: "All messages.") var all = false

    func validate() throws {
        guard (message != nil) != all else { throw ValidationError("name a message, or say --all") }
    }

    func run() throws {
        var arguments = ["identity": identity]
        arguments["message"] = message
        let report = try options.core.ask(.tas, Command("mailbox-remove", arguments))
        Console.out("\(report["removed"]?.integer ?? 0) removed")
    }
}
