import ArgumentParser
import IMS
import NodeIO
import Operation

struct Sessions: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the sessions that the S-CSCF follows, one line for each served user.")

    @OptionGroup var options: CoreOptions
    @OptionGroup var list: ListOptions

    func run() throws {
        let report = try options.core.ask(.scscf, Command("sessions", list.arguments))
        if list.json { return Console.out(report.json) }
        for (name, what) in [("silentServers", "application server"), ("silentGateways", "gateway")] {
            for entry in report[name]?.list ?? [] { Console.out("\(what) \(entry.text ?? "?") does not answer") }
        }
        var table = Table(["user", "direction", "caller", "callee", "for", "Call-ID"])
        let sessions = report["sessions"]?.list ?? []
        for session in sessions {
            table.add([
                session["user"]?.text ?? "?", session["direction"]?.text ?? "?", session["caller"]?.addressURI ?? "?",
                session["callee"]?.addressURI ?? "?", "\(session["seconds"]?.integer ?? 0) s",
                session["callID"]?.text ?? "?",
            ])
        }
        let total = report["total"]?.integer ?? sessions.count
        if total == 0 { return Console.out("no session is followed") }
        Console.out(table.text)
        if total > sessions.count { Console.out("… \(total) in all; --limit shows more") }
    }
}
