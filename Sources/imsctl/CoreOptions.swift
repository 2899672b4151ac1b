import ArgumentParser
import Foundation
import NodeIO
import Operation

/// Which core a command is about.
struct CoreOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The profile: a directory with the functions' configurations, or the name of one in profiles/.",
            valueName: "name or path"))
    var profile = "lab"

    @Option(
        help: ArgumentHelp(
            "The core's directory. Default: $IMS_STATE, else ims/PROFILE in $XDG_STATE_HOME or ~/.local/state.",
            valueName: "dir"), completion: .directory)
    var state: String?

    var directory: StateDirectory {
        get throws {
            try StateDirectory(
                given: state, profile: Profile.name(of: profile), environment: ProcessInfo.processInfo.environment,
                workingDirectory: FileManager.default.currentDirectoryPath)
        }
    }

    var core: Core { get throws { Core(try directory) } }
}

/// Where our own program is; the functions are beside it.
enum Programs {
    static var folder: String {
        let path = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "/usr/bin/imsctl"
        return String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    }
}

/// Whether people watch.
enum Terminal {
    static var hasColour: Bool {
        isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
    }
    static var isInteractive: Bool { isatty(STDERR_FILENO) == 1 }
}
