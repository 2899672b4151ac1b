import Yams

/// Reads a YAML file against a list of declared keys: every deviation is an error with its line.
package struct ConfigurationLoader: Sendable {
    package let keys: [ConfigurationKey]

    /// - Precondition: no path is declared twice, none is the parent of another, every default is of its kind.
    package init(_ keys: [ConfigurationKey]) {
        precondition(Set(keys.map(\.path)).count == keys.count, "a configuration key is declared twice")
        self.keys = keys
    }

    package func load(file: String) throws(ConfigurationFailure) -> Configuration {
        try load(yaml: try Self.read(file), file: file)
    }

    package func load(yaml text: String, file: String) throws(ConfigurationFailure) -> Configuration {
        let root: Yams.Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw ConfigurationFailure([Self.problem(error, file: file)])
        }
        var reading = ConfigurationReading(file: file)
        switch root {
        case nil: reading.report(nil, "the file is empty: nothing is configured (--print-config shows all keys)")
        case .scalar(let scalar)? where scalar.string.isEmpty || scalar.string == "null":
            reading.report(nil, "the file is empty: nothing is configured (--print-config shows all keys)")
        case .mapping(let mapping)?: reading.read(mapping, prefix: "", keys: keys)
        case let root?:
            reading.report(root.mark?.line, "expected keys with values, such as \"node:\", at the top level")
        }
        if reading.problems.isEmpty { reading.complete(keys, within: nil) }
        guard reading.problems.isEmpty else { throw ConfigurationFailure(reading.problems) }
        return Configuration(keys: keys, values: reading.values)
    }

    /// The configuration of an empty file, for `--print-config` without one. Required keys are absent in it.
    package var defaults: Configuration {
        var reading = ConfigurationReading(file: "defaults")
        reading.complete(keys.filter { !$0.isRequired }, within: nil)
        precondition(reading.problems.isEmpty, "\(reading.problems)")
        return Configuration(keys: keys, values: reading.values)
    }

    private static func read(_ file: String) throws(ConfigurationFailure) -> String {
        do throws(SmallFile.Failure) {
            if let text = String(validating: try SmallFile.read(file), as: UTF8.self) { return text }
        } catch {
            throw ConfigurationFailure([.init(file: file, line: nil, error.sentence)])
        }
        throw ConfigurationFailure([.init(file: file, line: nil, "the file is not UTF-8 text")])
    }

    private static func problem(_ error: any Error, file: String) -> ConfigurationFailure.Problem {
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _)?, .parser(_, let problem, let mark, _)?,
            .composer(_, let problem, let mark, _)?:
            return .init(file: file, line: mark.line, "not YAML: \(problem)")
        case .duplicatedKeysInMapping(let names, let context)?:
            let list = names.map { "\"\($0)\"" }.joined(separator: ", ")
            return .init(file: file, line: context.mark.line, "key \(list) stands here more than once")
        case .reader(let problem, _, _, _)?: return .init(file: file, line: nil, "not YAML: \(problem)")
        default: return .init(file: file, line: nil, "not YAML: \(error)")
        }
    }
}

/// One pass over a file: values by path, and what was wrong.
private struct ConfigurationReading {
    let file: String
    private(set) var values: [String: ConfigurationValue] = [:]
    private(set) var problems: [ConfigurationFailure.Problem] = []

    init(file: String) { self.file = file }

    mutating func report(_ line: Int?, _ sentence: String) {
        problems.append(.init(file: file, line: line, sentence))
    }

    /// `prefix` ends in a dot unless it is empty.
    mutating func read(_ mapping: Yams.Node.Mapping, prefix: String, keys: [ConfigurationKey]) {
        for (nameNode, node) in mapping {
            let line = nameNode.mark?.line
            guard let name = nameNode.scalar?.string else {
                report(line, "expected the name of a key")
                continue
            }
            let path = prefix + name
            if let key = keys.first(where: { $0.path == path }) {
                if node.isNull { continue }  // "key:" with nothing after it: the default
                if let value = value(node, key.kind, path: path) { values[path] = value }
            } else if keys.contains(where: { $0.path.hasPrefix(path + ".") }) {
                switch node {
                case .mapping(let inner): read(inner, prefix: path + ".", keys: keys)
                case _ where node.isNull: break
                default: report(node.mark?.line ?? line, "\"\(path)\": expected keys below it, found \(node.found)")
                }
            } else {
                unknown(name, path: path, line: line, prefix: prefix, keys: keys)
            }
        }
    }

    private mutating func unknown(_ name: String, path: String, line: Int?, prefix: String, keys: [ConfigurationKey]) {
        let siblings = keys.filter { $0.path.hasPrefix(prefix) }
            .compactMap { $0.path.dropFirst(prefix.count).split(separator: ".").first.map(String.init) }
        let place = prefix.isEmpty ? "" : " in \"\(prefix.dropLast())\""
        var sentence = "unknown key \"\(name)\"\(place)"
        if let suggestion = Spelling.suggestion(for: name, among: siblings) {
            sentence += " (did you mean \"\(suggestion)\"?)"
        } else if let elsewhere = keys.first(where: { $0.path.split(separator: ".").last == name[...] }) {
            sentence += " (there is \"\(elsewhere.path)\")"
        }
        report(line, sentence)
    }

    private mutating func value(_ node: Yams.Node, _ kind: ConfigurationKey.Kind, path: String) -> ConfigurationValue? {
        switch (kind, node) {
        case (.list(let inner), .sequence(let sequence)):
            return .list(sequence.compactMap { value($0, inner, path: path) })
        case (.map(let inner), .mapping(let mapping)):
            var members: [(name: String, value: ConfigurationValue)] = []
            for (name, node) in mapping {
                guard let text = name.scalar?.string, !text.isEmpty else {
                    report(name.mark?.line, "\"\(path)\": expected a name")
                    continue
                }
                if let value = value(node, inner, path: "\(path).\(text)") { members.append((text, value)) }
            }
            return .map(members)
        case (.records(let keys), .sequence(let sequence)):
            return .records(sequence.compactMap { record($0, keys, path: path) })
        case (.sipBinding, .mapping):
            guard let record = record(node, SIPBinding.optionKeys, path: path) else { return nil }
            do throws(SIPBinding.Misfit) {
                return .sipBinding(try SIPBinding(record))
            } catch {
                report(node.mark?.line, "\"\(path)\": \(error.sentence)")
                return nil
            }
        case (.list, _), (.map, _), (.records, _): break
        case (_, .scalar(let scalar)):
            if let value = ConfigurationValue(scalar: scalar.string, kind: kind) { return value }
        case (_, .mapping), (_, .sequence), (_, .alias): break
        }
        report(node.mark?.line, "\"\(path)\": expected \(kind.expectation), found \(node.found)")
        return nil
    }

    private mutating func record(_ node: Yams.Node, _ keys: [ConfigurationKey], path: String) -> Configuration? {
        guard case .mapping(let mapping) = node else {
            report(node.mark?.line, "\"\(path)\": expected an entry with keys, found \(node.found)")
            return nil
        }
        var inner = ConfigurationReading(file: file)
        inner.read(mapping, prefix: "", keys: keys)
        if inner.problems.isEmpty { inner.complete(keys, within: (path, node.mark?.line)) }
        problems += inner.problems
        return inner.problems.isEmpty ? Configuration(keys: keys, values: inner.values) : nil
    }

    /// Fills in defaults and names what is missing.
    mutating func complete(_ keys: [ConfigurationKey], within record: (path: String, line: Int?)?) {
        for key in keys where values[key.path] == nil {
            if let text = key.defaultText {
                do {
                    guard let node = try Yams.compose(yaml: text) else { continue }
                    values[key.path] = value(node, key.kind, path: key.path)
                } catch {
                    report(nil, "the default of \"\(key.path)\" is not YAML")
                }
            } else if key.isRequired {
                let place = record.map { " in an entry of \"\($0.path)\"" } ?? ""
                report(record?.line, "key \"\(key.path)\" is missing\(place): \(key.documentation)")
            }
        }
    }
}

extension Yams.Node {
    fileprivate var isNull: Bool {
        guard case .scalar(let scalar) = self, scalar.style == .plain || scalar.style == .any else { return false }
        return ["", "~", "null"].contains(scalar.string)
    }

    /// For "expected …, found …".
    fileprivate var found: String {
        switch self {
        case .scalar(let scalar): scalar.string.isEmpty ? "nothing" : "\"\(LogLine.harmless(scalar.string))\""
        case .mapping: "keys with values"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }
}
