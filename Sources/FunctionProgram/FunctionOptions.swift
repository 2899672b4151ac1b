import ArgumentParser
import Glibc
import IMS
import NodeIO

/// The command line that all four functions have.
package struct FunctionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Configuration file (YAML). Without it the defaults of the lab hold.", valueName: "file"))
    package var config: String?

    @Flag(help: "Read the configuration, say what is wrong with it, and end.")
    package var checkConfig = false

    @Flag(help: "Print the whole configuration, every key with its meaning and the value that holds, and end.")
    package var printConfig = false

    @Option(help: ArgumentHelp("Overrides log.level: debug, info, notice, warning or error.", valueName: "level"))
    package var logLevel: String?

    @Option(help: ArgumentHelp("Overrides log.format: text or json.", valueName: "format"))
    package var logFormat: String?

    package init() {}

    package func validate() throws {
        if let logLevel, !Observation.Level.allCases.contains(where: { "\($0)" == logLevel }) {
            throw ValidationError("--log-level is one of debug, info, notice, warning, error; not \(logLevel)")
        }
        if let logFormat, ObservationLog.Format(rawValue: logFormat) == nil {
            throw ValidationError("--log-format is text or json; not \(logFormat)")
        }
    }

    /// Runs the function until a signal ends it; does not return.
    package func run<F: NetworkFunction>(_ program: NodeProgram<F>) -> Never {
        var options = NodeOptions(config: config)
        options.checkConfig = checkConfig
        options.printConfig = printConfig
        options.logFormat = logFormat.flatMap(ObservationLog.Format.init(rawValue:))
        options.logLevel = logLevel.flatMap { text in Observation.Level.allCases.first { "\($0)" == text } }
        Glibc.exit(runNode(program, options: options).rawValue)
    }
}
