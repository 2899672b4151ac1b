import IMS
import Yams

/// YAML as a tree of texts, with the line of each of its places.
struct YAMLTree {
    let root: Report
    /// By places such as `subscribers[0].k`.
    private var lines: [String: Int] = [:]

    private static let depth = 32

    init(_ text: String, file: String) throws(OperationFailure) {
        let node: Node?
        do { node = try Yams.compose(yaml: text) } catch {
            throw OperationFailure(.configuration, Self.sentence(error, file: file))
        }
        guard let node else {
            throw OperationFailure(.configuration, "\(file): there is nothing in it")
        }
        var lines: [String: Int] = [:]
        guard let root = Self.report(node, at: "", &lines, depth: 0) else {
            throw OperationFailure(.configuration, "\(file): it is nested deeper than \(Self.depth) levels")
        }
        self.root = root
        self.lines = lines
    }

    /// The line of a place, or that of the next one outside.
    func line(of place: String) -> Int? {
        var place = place[...]
        while !place.isEmpty {
            if let line = lines[String(place)] { return line }
            guard let end = place.lastIndex(where: { $0 == "." || $0 == "[" }) else { return nil }
            place = place[..<end]
        }
        return nil
    }

    /// nil when it is too deep.
    private static func report(
        _ node: Node, at place: String, _ lines: inout [String: Int], depth: Int
    ) -> Report? {
        guard depth < Self.depth else { return nil }
        lines[place] = node.mark?.line
        switch node {
        case .scalar(let scalar):
            let isNull = scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
            return isNull ? .null : .text(scalar.string)
        case .sequence(let sequence):
            var list: [Report] = []
            for (index, member) in sequence.enumerated() {
                guard let value = report(member, at: "\(place)[\(index)]", &lines, depth: depth + 1) else { return nil }
                list.append(value)
            }
            return .list(list)
        case .mapping(let mapping):
            var members: [Report.Member] = []
            for (key, member) in mapping {
                guard let name = key.string else { continue }
                let inner = place.isEmpty ? name : "\(place).\(name)"
                guard let value = report(member, at: inner, &lines, depth: depth + 1) else { return nil }
                lines[inner] = key.mark?.line
                members.append(Report.Member(name, value))
            }
            return .record(members)
        case .alias: return .null  // resolved by the composer
        }
    }

    private static func sentence(_ error: any Error, file: String) -> String {
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _)?, .parser(_, let problem, let mark, _)?,
            .composer(_, let problem, let mark, _)?:
            return "\(file):\(mark.line): not YAML: \(problem)"
        case .duplicatedKeysInMapping(let names, let context)?:
            let list = names.map { "\"\($0)\"" }.joined(separator: ", ")
            return "\(file):\(context.mark.line): key \(list) stands here more than once"
        default: return "\(file): not YAML: \(error)"
        }
    }
}
