import ArgumentParser
import IMS
import NodeIO
import Operation

struct RegistrationCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "registration",
        abstract: "End a registration at the S-CSCF, or have its phone prove itself again.",
        discussion: "imsctl registrations shows who is registered.",
        subcommands: [RegistrationEnd.self, RegistrationChallenge.self])
}

struct RegistrationEnd: ParsableCommand {
    enum Reason: String, ExpressibleByArgument, CaseIterable { case deactivated, rejected, probation }

    static let configuration = CommandConfiguration(
        commandName: "end", abstract: "De-register a user by the network (TS 24.229 §5.4.1.5).",
        discussion: """
            The phone learns it by the registration event package. deactivated: it registers again at once; rejected: it \
            does not; probation: it does after --retry-after seconds.
            """)

    @OptionGroup var options: CoreOptions
    @Argument(help: "A public or private identity.") var identity: String
    @Option(help: "What the phone is told.") var reason = Reason.deactivated
    @Option(help: ArgumentHelp("probation: when it may register again.", valueName: "seconds")) var retryAfter: Int?
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        guard retryAfter == nil || reason == .probation else {
            throw ValidationError("--retry-after goes with --reason probation")
        }
    }

    func run() throws {
        var arguments = ["identity": identity, "reason": reason.rawValue]
        arguments["retry-after"] = retryAfter.map(String.init)
        let report = try options.core.ask(.scscf, Command("deregister", arguments))
        Console.out(json ? report.json : "\(identity) is de-registered (\(reason.rawValue))")
    }
}

struct RegistrationChallenge: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "challenge",
        abstract: "Have a user's phone register again soon, and be challenged (TS 24.229 §5.4.1.6).",
        discussion: "The registration is shortened; the phone learns it by the registration event package.")

    @OptionGroup var options: CoreOptions
    @Argument(help: "A public or private identity.") var identity: String
    @Option(help: ArgumentHelp("How long the registration still lasts.", valueName: "seconds")) var within = 60
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        let arguments = ["identity": identity, "seconds": String(within)]
        let report = try options.core.ask(.scscf, Command("reauthenticate", arguments))
        Console.out(json ? report.json : "the phone of \(identity) has \(within) s to register again")
    }
}
