import ArgumentParser
import Foundation
import NodeIO
import Operation

@main
struct IMSCtl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "imsctl",
        abstract: "Operates an IMS core: starts it, provisions it, tests it, explains it.",
        discussion: """
            A core lives in a state directory: --state DIR, else $IMS_STATE, else ~/.local/state/ims/PROFILE.

            Exit status: 0 it worked; 1 what was asked for failed; 64 the command line is wrong; 69 the core is not \
            running, or something it needs is not to be had; 78 a configuration or file is wrong.

            Completion for your shell: imsctl --generate-completion-script bash (or zsh, fish).
            """,
        subcommands: [
            Up.self, Down.self, Restart.self, Status.self, Peers.self, Registrations.self, RegistrationCommands.self,
            Sessions.self,
            SubscriberCommands.self, IdentityCommands.self, ProfileCommands.self, FilterCriteriaCommands.self,
            ServerCommands.self, CapabilityCommands.self, ChargingCommands.self, NetworkCommands.self,
            SequenceNumberCommands.self, HSSCommands.self, Service.self, Test.self, Bench.self, TraceCommand.self,
        ])

    static func main() {
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let failure as OperationFailure {
            for line in failure.sentence.split(separator: "\n") { Console.complain("imsctl: \(line)") }
            Foundation.exit(failure.status.rawValue)
        } catch {
            exit(withError: error)
        }
    }
}
