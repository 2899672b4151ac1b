import Foundation

/// A set of configurations for the functions: `profiles/lab` is one. One without `tas.yaml` has no application server.
package struct Profile: Equatable, Sendable {
    package let name: String
    package let path: String

    /// `named` is a directory, or the name of one in `./profiles` or in a `profiles` above the programs.
    package static func find(
        _ named: String, workingDirectory: String, programs: String, isProfile: (String) -> Bool = Profile.isProfile
    ) throws(OperationFailure) -> Profile {
        for candidate in candidates(named, workingDirectory: workingDirectory, programs: programs)
        where isProfile(candidate) {
            return Profile(name: name(of: named), path: candidate)
        }
        throw OperationFailure(
            .configuration,
            "there is no profile \(named): looked for \(named)/hss.yaml, ./profiles/\(named) and a folder profiles above "
                + "\(programs); give the path of a directory with pcscf.yaml, icscf.yaml, scscf.yaml and hss.yaml")
    }

    /// The last part of a path, by which its default state directory is called.
    package static func name(of named: String) -> String {
        named.split(separator: "/").last.map(String.init) ?? named
    }

    private static func candidates(_ named: String, workingDirectory: String, programs: String) -> [String] {
        func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : workingDirectory + "/" + path }
        var candidates = [absolute(named)]
        guard !named.contains("/") else { return candidates }
        candidates.append(absolute("profiles/\(named)"))
        var folder = programs
        while let slash = folder.lastIndex(of: "/") {
            candidates.append("\(folder)/profiles/\(named)")
            candidates.append("\(folder)/share/ims/profiles/\(named)")
            folder = String(folder[..<slash])
        }
        return candidates
    }

    @Sendable package static func isProfile(_ path: String) -> Bool {
        CoreFunction.required.allSatisfy { FileManager.default.isReadableFile(atPath: "\(path)/\($0.rawValue).yaml") }
    }

    /// Writes the functions' configurations into the state directory. What stood there is replaced: the profile is the
    /// place for changes that last.
    package func render(into state: StateDirectory, diameterTransport: String?) throws(OperationFailure) {
        for function in CoreFunction.allCases {
            let source = "\(path)/\(function.rawValue).yaml"
            let target = state.configuration(of: function)
            guard CoreFunction.required.contains(function) || FileManager.default.isReadableFile(atPath: source) else {
                unlink(target)  // an earlier profile's
                continue
            }
            do {
                let text = try String(contentsOfFile: source, encoding: .utf8)
                let rendered = Self.rendered(text, from: source, diameterTransport: diameterTransport)
                try rendered.write(toFile: target, atomically: true, encoding: .utf8)
            } catch {
                throw OperationFailure(
                    .configuration, "cannot copy \(source) to \(target): \(StateDirectory.reason(error))")
            }
        }
    }

    /// A function's configuration as it is used: with a line that says where it comes from, and the transport changed.
    package static func rendered(_ text: String, from source: String, diameterTransport: String?) -> String {
        let head = "# Written by imsctl up from \(source); the next one writes it again. Change the profile instead.\n"
        guard let diameterTransport else { return head + text }
        return head + replacing("transport", in: "diameter", with: diameterTransport, in: text)
    }

    /// Sets `section: key:` where the section is there; leaves all else, comments too, as it was.
    static func replacing(_ key: String, in section: String, with value: String, in text: String) -> String {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard let start = lines.firstIndex(where: { $0 == "\(section):" || $0.hasPrefix("\(section): ") }) else {
            return text
        }
        for index in lines.indices[(start + 1)...] {
            let line = lines[index]
            if let first = line.first, first != " ", first != "#" { break }
            guard line.hasPrefix("  \(key):") else { continue }
            lines[index] = "  \(key): \(value)"
            return lines.joined(separator: "\n")
        }
        lines.insert("  \(key): \(value)", at: start + 1)
        return lines.joined(separator: "\n")
    }
}
