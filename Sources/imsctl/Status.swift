import ArgumentParser
import IMS
import NodeIO
import Operation

struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show how each function is: up, memory, Diameter peers, registrations.",
        discussion: "Ends with 69 when a function is down or cannot reach the HSS.")

    @OptionGroup var options: CoreOptions
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        let status = try options.core.status
        Console.out(json ? status.report.json : status.text)
        guard status.isReady || json else {
            throw OperationFailure(
                .unavailable,
                status.functions.contains { $0.isUp }
                    ? "not everything is up: imsctl restart FUNCTION starts one again, its log is in \(status.state)/log"
                    : "the core does not run: imsctl up starts it")
        }
    }
}

struct Peers: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show the Diameter peers of each function.")

    @OptionGroup var options: CoreOptions
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        let status = try options.core.status
        guard status.functions.contains(where: { $0.isUp }) else {
            throw OperationFailure(.unavailable, "the core does not run: imsctl up starts it")
        }
        if json {
            let members = status.functions.map { Report.Member($0.function.rawValue, .list($0.peers)) }
            return Console.out((["peers": .record(members)] as Report).json)
        }
        var table = Table(["of", "peer", "state", "carried by", "address", "in flight", "last error"])
        for function in status.functions {
            for peer in function.peers {
                table.add([
                    function.function.title, peer["identity"]?.text ?? "?", peer["state"]?.text ?? "?",
                    peer["carrier"]?.text ?? "–", peer["remote"]?.text ?? "–", "\(peer["in-flight"]?.integer ?? 0)",
                    peer["last-error"]?.text ?? "",
                ])
            }
        }
        Console.out(table.text)
    }
}

struct Registrations: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show who is registered, with contacts and expiry.")

    @OptionGroup var options: CoreOptions
    @OptionGroup var list: ListOptions

    func run() throws {
        let report = try options.core.ask(.scscf, Command("registrations", list.arguments))
        if list.json { return Console.out(report.json) }
        var table = Table(["identity", "private identity", "contact", "expires in"])
        let registrations = report["registrations"]?.list ?? []
        for registration in registrations {
            let identity = registration["identities"]?.list?.first { $0["barred"] != .boolean(true) }?["identity"]?.text
            for contact in registration["contacts"]?.list ?? [] {
                table.add([
                    identity ?? "?", contact["privateIdentity"]?.text ?? "?", contact["contact"]?.addressURI ?? "?",
                    "\(contact["expires"]?.integer ?? 0) s",
                ])
            }
        }
        let total = report["total"]?.integer ?? registrations.count
        if total == 0 { return Console.out("nobody is registered") }
        Console.out(table.text)
        if total > registrations.count { Console.out("… \(total) in all; --limit shows more") }
    }
}
