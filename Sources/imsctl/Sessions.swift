import ArgumentParser
import IMS
import NodeIO
import Operation

struct Sessions: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the sessions that the S-CSCF follows, one line for each served user.")

    @OptionGroup var options: CoreOptions
    @Option(help: "At most so many.") var limit = 100
    @Option(help: "Only those whose parties or Call-ID hold this text.") var filter: String?
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        guard (0...1000).contains(limit) else {
            throw ValidationError("--limit is a number from 0 to 1000, not \(limit)")
        }
    }

    func run() throws {
        var arguments = ["limit": String(limit)]
        arguments["filter"] = filter
        let report = try options.core.ask(.scscf, Command("sessions", arguments))
        if json { return Console.out(report.json) }
        for (name, what) in [("silentServers", "application server"), ("silentGateways", "gateway")] {
            for entry in report[name]?.list ?? [] { Console.out("\(what) \(entry.text ?? "?") does not answer") }
        }
        var table = Table(["user", "direction", "caller", "callee", "for", "Call-ID"])
        let sessions = report["sessions"]?.list ?? []
        for session in sessions {
            table.add([
                session["user"]?.text ?? "?", session["direction"]?.text ?? "?", uri(session["caller"]),
                uri(session["callee"]), "\(session["seconds"]?.integer ?? 0) s", session["callID"]?.text ?? "?",
            ])
        }
        let total = report["total"]?.integer ?? sessions.count
        if total == 0 { return Console.out("no session is followed") }
        Console.out(table.text)
        if total > sessions.count { Console.out("… \(total) in all; --limit shows more") }
    }

    /// Of a From or To value.
    private func uri(_ value: Report?) -> String {
        guard let text = value?.text else { return "?" }
        guard let start = text.firstIndex(of: "<") else { return String(text.prefix { $0 != ";" }) }
        return String(text[text.index(after: start)...].prefix { $0 != ">" })
    }
}
