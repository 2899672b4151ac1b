import ArgumentParser
import Dispatch
import Foundation
import NodeIO
import Operation

struct Up: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Start the core: HSS, S-CSCF, I-CSCF, P-CSCF and, where the profile has one, the application server.",
        discussion: """
            Copies the profile's configurations to the state directory (again at every start, so change the profile, \
            not the copies), starts what does not run yet and waits until the functions answer and reach the HSS. \
            Without --detach it stays, shows the logs, and ^C stops the core.
            """)

    enum DiameterTransportName: String, ExpressibleByArgument, CaseIterable { case auto, kernel, usrsctp, tcp, tls }

    @OptionGroup var options: CoreOptions

    @Flag(help: "Leave the core running and end.")
    var detach = false

    @Option(help: "What carries Diameter; auto is SCTP by the kernel where it has it, else by usrsctp.")
    var diameterTransport: DiameterTransportName?

    func run() throws {
        let core = try options.core
        if core.status.isReady {
            Console.out("the core in \(core.state.path) is up already")
            return
        }
        let profile = try Profile.find(
            options.profile, workingDirectory: FileManager.default.currentDirectoryPath, programs: Programs.folder)
        try core.state.create()
        try profile.render(into: core.state, diameterTransport: diameterTransport?.rawValue)
        let tails = core.functions.map { ($0, LogTail(atEndOf: core.state.log(of: $0))) }
        try core.start(programs: Programs.folder)
        let status = core.status
        let carrier = status.diameterCarrier.map { "; Diameter over \($0)" } ?? ""
        Console.out("the core is up: profile \(profile.path), state \(core.state.path)\(carrier)")
        if !detach { follow(core, tails) }
    }

    /// Shows the logs until a signal or the end of the core.
    private func follow(_ core: Core, _ tails: [(CoreFunction, LogTail)]) {
        let stop = DispatchSemaphore(value: 0)
        let sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)  // the source sees it all the same
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler { stop.signal() }
            source.resume()
            return source
        }
        defer { for source in sources { source.cancel() } }
        Console.out("logs follow; ^C stops the core")
        var isStopping = false
        while !isStopping {
            isStopping = stop.wait(timeout: .now() + .milliseconds(200)) == .success
            for (function, tail) in tails { show(function, tail) }
            for function in CoreFunction.allCases { core.process(function)?.reap() }
            if CoreFunction.allCases.allSatisfy({ core.process($0) == nil }) {
                return Console.out("the core has ended")
            }
        }
        Console.out("stopping")
        _ = core.stop()
        for (function, tail) in tails { show(function, tail) }
    }

    private func show(_ function: CoreFunction, _ tail: LogTail) {
        for line in tail.newLines {
            let name = function.title + String(repeating: " ", count: 6 - function.title.count)
            Console.out("\(name)  \(line.level == "info" ? "" : line.level + ": ")\(line.text)")
        }
    }
}

struct Down: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Stop the core.")

    @OptionGroup var options: CoreOptions

    func run() throws {
        let core = try options.core
        let stopped = core.stop()
        Console.out(
            stopped.isEmpty
                ? "no core runs in \(core.state.path)"
                : "stopped \(stopped.map(\.title).joined(separator: ", "))")
    }
}

struct Restart: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Start one function again, whether it runs or was killed.")

    @Argument(help: "hss, tas, scscf, icscf or pcscf.")
    var function: CoreFunction

    @OptionGroup var options: CoreOptions

    func run() throws {
        let process = try options.core.restart(function, programs: Programs.folder)
        Console.out("the \(function.title) is up again, process \(process.pid)")
    }
}

extension CoreFunction: ExpressibleByArgument {}
