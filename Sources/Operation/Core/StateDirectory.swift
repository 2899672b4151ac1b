import Foundation
import NodeIO

/// Where a core keeps what it has: configurations, logs, admin sockets, process numbers and the subscribers.
///
///     config/NAME.yaml   run/NAME.sock   run/NAME.pid   log/NAME.log   hss.sqlite
///
/// It is the working directory of the functions, so that their configurations name files in it by relative paths.
package struct StateDirectory: Equatable, Sendable {
    package let path: String

    package init(_ path: String) { self.path = path }

    /// `--state`, else IMS_STATE, else `ims/PROFILE` below XDG_STATE_HOME or `~/.local/state`.
    package init(
        given: String?, profile: String, environment: [String: String], workingDirectory: String
    ) throws(OperationFailure) {
        func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : workingDirectory + "/" + path }
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        if let given {
            guard !given.isEmpty else { throw OperationFailure(.usage, "--state names no directory: it is empty") }
            path = absolute(given)
        } else if let state = value("IMS_STATE") {
            path = absolute(state)
        } else if let base = value("XDG_STATE_HOME") {
            path = absolute(base) + "/ims/" + profile
        } else if let home = value("HOME") {
            path = home + "/.local/state/ims/" + profile
        } else {
            throw OperationFailure(
                .usage, "there is no HOME to keep the core's state in: say where with --state DIR or IMS_STATE")
        }
    }

    package func configuration(of function: CoreFunction) -> String { "\(path)/config/\(function.rawValue).yaml" }
    package func log(of function: CoreFunction) -> String { "\(path)/log/\(function.rawValue).log" }
    package func processFile(of function: CoreFunction) -> String { "\(path)/run/\(function.rawValue).pid" }
    package func socket(of function: CoreFunction) -> String { "\(path)/run/\(function.rawValue).sock" }

    /// That of a function, and those of further nodes of its kind in the same directory: `run/hss.sock`, `run/hss2.sock`.
    package func sockets(of function: CoreFunction) -> [String] {
        let own = socket(of: function)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path + "/run")) ?? []
        let others = names.filter { name in
            guard name.hasPrefix(function.rawValue), name.hasSuffix(".sock") else { return false }
            let number = name.dropFirst(function.rawValue.count).dropLast(5)
            return !number.isEmpty && number.allSatisfy { $0.isASCII && $0.isNumber }
        }
        return [own] + others.sorted().map { "\(path)/run/\($0)" }
    }

    package func create() throws(OperationFailure) {
        let longest = socket(of: .pcscf).utf8.count
        guard longest <= AdminServer.longestPath else {
            throw OperationFailure(
                .usage,
                "the path of the state directory is too long for the sockets in it by "
                    + "\(longest - AdminServer.longestPath) octets: choose a shorter one with --state, not \(path)")
        }
        for folder in ["config", "run", "log"] {
            let code = Self.makeDirectory("\(path)/\(folder)")
            guard code == 0 else {
                throw OperationFailure(
                    .unavailable,
                    "cannot make \(path)/\(folder): \(SystemError.sentence(code: code)); "
                        + "choose another directory with --state")
            }
        }
    }

    /// Makes a directory and those above it, for its owner only; an errno, or 0.
    private static func makeDirectory(_ path: String) -> Int32 {
        if mkdir(path, 0o700) == 0 { return 0 }
        var status = stat()
        switch errno {
        case EEXIST: return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR ? 0 : ENOTDIR
        case ENOENT:
            guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return ENOENT }
            let code = makeDirectory(String(path[..<slash]))
            guard code == 0 else { return code }
            return mkdir(path, 0o700) == 0 ? 0 : errno
        case let code: return code
        }
    }

    /// What the system says of a file that could not be had.
    static func reason(_ error: any Error) -> String {
        let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
        if let underlying, underlying.domain == NSPOSIXErrorDomain {
            return SystemError.sentence(code: Int32(clamping: underlying.code))
        }
        return error.localizedDescription
    }
}
