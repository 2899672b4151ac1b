import Octets

/// A node's configuration: every declared key has its value, or none when it is optional and absent.
///
/// The typed getters trap on a key that was not declared with that kind: that is our mistake, never the file's.
package struct Configuration: Sendable, Equatable {
    /// The declarations, in the order of the file that `--print-config` writes.
    package let keys: [ConfigurationKey]
    private let values: [String: ConfigurationValue]

    init(keys: [ConfigurationKey], values: [String: ConfigurationValue]) {
        self.keys = keys
        self.values = values
    }

    package static func == (left: Configuration, right: Configuration) -> Bool { left.values == right.values }

    /// nil when the key is absent and has no default.
    package subscript(path: String) -> ConfigurationValue? {
        precondition(keys.contains { $0.path == path }, "configuration key \(path) is not declared")
        return values[path]
    }

    package func optionalText(_ path: String) -> String? {
        switch self[path] {
        case .text(let text)?: text
        case nil: nil
        default: wrongKind(path)
        }
    }

    package func text(_ path: String) -> String { optionalText(path) ?? absent(path) }

    package func optionalInteger(_ path: String) -> Int? {
        switch self[path] {
        case .integer(let integer)?: integer
        case nil: nil
        default: wrongKind(path)
        }
    }

    package func integer(_ path: String) -> Int { optionalInteger(path) ?? absent(path) }

    package func boolean(_ path: String) -> Bool {
        switch self[path] {
        case .boolean(let boolean)?: boolean
        case nil: absent(path)
        default: wrongKind(path)
        }
    }

    package func optionalDuration(_ path: String) -> Duration? {
        switch self[path] {
        case .duration(let duration)?: duration
        case nil: nil
        default: wrongKind(path)
        }
    }

    package func duration(_ path: String) -> Duration { optionalDuration(path) ?? absent(path) }

    package func optionalAddress(_ path: String) -> IPAddress? {
        switch self[path] {
        case .address(let address)?: address
        case nil: nil
        default: wrongKind(path)
        }
    }

    package func optionalEndpoint(_ path: String) -> Endpoint? {
        switch self[path] {
        case .endpoint(let endpoint)?: endpoint
        case nil: nil
        default: wrongKind(path)
        }
    }

    package func endpoint(_ path: String) -> Endpoint { optionalEndpoint(path) ?? absent(path) }

    package func optionalHost(_ path: String) -> HostAddress? {
        switch self[path] {
        case .host(let host)?: host
        case nil: nil
        default: wrongKind(path)
        }
    }

    /// A list's entries; empty when absent.
    package func list(_ path: String) -> [ConfigurationValue] {
        switch self[path] {
        case .list(let values)?: values
        case nil: []
        default: wrongKind(path)
        }
    }

    package func texts(_ path: String) -> [String] {
        list(path).map { if case .text(let text) = $0 { text } else { wrongKind(path) } }
    }

    package func integers(_ path: String) -> [Int] {
        list(path).map { if case .integer(let integer) = $0 { integer } else { wrongKind(path) } }
    }

    package func addresses(_ path: String) -> [IPAddress] {
        list(path).map { if case .address(let address) = $0 { address } else { wrongKind(path) } }
    }

    package func endpoints(_ path: String) -> [Endpoint] {
        list(path).map { if case .endpoint(let endpoint) = $0 { endpoint } else { wrongKind(path) } }
    }

    package func sipBindings(_ path: String) -> [SIPBinding] {
        list(path).map { if case .sipBinding(let binding) = $0 { binding } else { wrongKind(path) } }
    }

    /// A map's members in the file's order; empty when absent.
    package func map(_ path: String) -> [(name: String, value: ConfigurationValue)] {
        switch self[path] {
        case .map(let members)?: members
        case nil: []
        default: wrongKind(path)
        }
    }

    package func records(_ path: String) -> [Configuration] {
        switch self[path] {
        case .records(let records)?: records
        case nil: []
        default: wrongKind(path)
        }
    }

    private func wrongKind(_ path: String) -> Never {
        preconditionFailure("configuration key \(path) is declared with another kind")
    }

    private func absent<Value>(_ path: String) -> Value {
        preconditionFailure("configuration key \(path) is optional and absent: ask for it with an optional getter")
    }

    // MARK: Rendering

    /// The members in flow style, for one line.
    var flow: String {
        keys.compactMap { key in values[key.path].map { "\(key.path): \($0.yaml)" } }.joined(separator: ", ")
    }

    /// The complete file: every key with its documentation and its value; absent ones as comments.
    package var documented: String {
        var text = ""
        var open: [Substring] = []
        for key in keys {
            let parts = key.path.split(separator: ".")
            let parents = Array(parts.dropLast())
            var shared = 0
            while shared < min(open.count, parents.count), open[shared] == parents[shared] { shared += 1 }
            if shared == 0, !text.isEmpty { text += "\n" }
            for (depth, part) in parents.enumerated().dropFirst(shared) {
                text += String(repeating: "  ", count: depth) + "\(part):\n"
            }
            open = parents
            let indent = String(repeating: "  ", count: parents.count)
            text += Self.comment(key, indent: indent)
            render(key, name: String(parts.last ?? ""), indent: indent, into: &text)
        }
        return text
    }

    private static func comment(_ key: ConfigurationKey, indent: String) -> String {
        var lines = key.documentation.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        switch key.kind {
        case .text, .boolean, .map: break
        case .records(let members):
            lines += members.map { member in
                let need = member.isRequired ? "required" : member.defaultText.map { "default \($0)" } ?? "optional"
                return "  \(member.path): \(member.documentation) (\(member.kind.expectation); \(need))"
            }
        default: lines[lines.count - 1] += " (\(key.kind.expectation))"
        }
        if key.isRequired { lines[0] += " Required." }
        return lines.map { indent + "# " + $0 + "\n" }.joined()
    }

    private func render(_ key: ConfigurationKey, name: String, indent: String, into text: inout String) {
        switch values[key.path] {
        case nil: text += "\(indent)# \(name):\n"
        case .list(let entries)? where !entries.isEmpty:
            text += "\(indent)\(name):\n" + entries.map { "\(indent)  - \($0.yaml)\n" }.joined()
        case .map(let members)? where !members.isEmpty:
            text += "\(indent)\(name):\n"
            for member in members {
                text += "\(indent)  \(ConfigurationValue.quotedIfNeeded(member.name)): \(member.value.yaml)\n"
            }
        case .records(let records)? where !records.isEmpty:
            text += "\(indent)\(name):\n" + records.map { "\(indent)  - {\($0.flow)}\n" }.joined()
        case let value?: text += "\(indent)\(name): \(value.yaml)\n"
        }
    }
}
