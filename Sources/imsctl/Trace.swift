import ArgumentParser
import Foundation
import IMS
import NodeIO
import Operation

struct TraceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace", abstract: "Draw the ladder of what the running core did last.",
        discussion: "Keys in messages are blotted out. Without options: everything that the functions still keep.")

    @Option(help: "Only this call.") var callID: String?
    @Option(help: "Only this private identity; an IMSI will do.") var impi: String?
    @Flag(name: [.short, .long], help: "Go on with what happens now, until ^C.") var follow = false
    @OptionGroup var options: CoreOptions
    @Flag(help: "Print JSON, a line for each message.") var json = false

    func run() throws {
        let core = try options.core
        guard core.status.functions.contains(where: { $0.isUp }) else {
            throw OperationFailure(.unavailable, "the core does not run: imsctl up starts it")
        }
        var traces = TraceCollector(core)
        if follow { traces.mark() } else { show(traces.collect(), isFirst: true) }
        var isFirst = true
        while follow {
            // What belongs together comes together: a registration takes less than the pause.
            usleep(500_000)
            let entries = traces.collect()
            guard !entries.messages.isEmpty || !entries.notes.isEmpty else { continue }
            show(entries, isFirst: isFirst)
            isFirst = false
        }
    }

    private func show(_ entries: TraceEntries, isFirst: Bool) {
        var exchange = Exchange(entries)
        if let callID {
            exchange = exchange.about(callIDs: [callID], identities: entries.identities(ofCalls: [callID]))
        } else if let impi {
            let wanted = impi.contains("@") ? impi : impi + "@"
            let calls = exchange.callIDs.filter { call in
                entries.identities(ofCalls: [call]).contains { $0.hasPrefix(wanted) }
            }
            exchange = exchange.about(callIDs: calls, identities: entries.identities(ofCalls: calls))
        }
        if json {
            for arrow in exchange.arrows {
                let report: Report = [
                    "nanoseconds": .integer(Int(arrow.start)), "from": .text(arrow.from.title),
                    "to": .text(arrow.to.title), "message": .text(arrow.message.label),
                    "repeated": .boolean(arrow.isRepeated),
                ]
                Console.out(report.json)
            }
            return
        }
        guard !exchange.arrows.isEmpty else {
            if isFirst, !follow { Console.out("nothing of that is in the traces") }
            return
        }
        let lines = Ladder(exchange, hasColour: Terminal.hasColour).lines
        Console.out((isFirst ? lines[...] : lines.dropFirst()).joined(separator: "\n"))
    }
}
