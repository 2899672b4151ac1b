import Foundation
import HomeSubscriberServer
import IMS
import NodeIO

/// A provisioning document in a YAML file, as `imsctl subscriber apply` takes it: see `ProvisioningDocument`.
///
///     subscribers:
///       - imsi: "001010000000001"
///         k: 465b5ce8b199b49faa5f0a2ee238a6bc
///         opc: cd63cb71954a9f4e48a5994e37a02baf
package struct SubscriberFile {
    package let document: ProvisioningDocument
    private let root: Report
    package var records: [SubscriptionRecord] { document.subscribers }

    /// - Parameter domain: for entries that name none.
    package init(path: String, domain: String) throws(OperationFailure) {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw OperationFailure(.configuration, "\(path) cannot be read, or is no UTF-8 text")
        }
        try self.init(yaml: text, file: path, domain: domain)
    }

    package init(yaml text: String, file: String, domain: String) throws(OperationFailure) {
        let tree = try YAMLTree(text, file: file)
        root = tree.root
        do throws(DocumentProblems) {
            document = try ProvisioningDocument(tree.root, domain: domain)
        } catch {
            let lines = error.problems.map { problem in
                let line = tree.line(of: problem.place).map { ":\($0)" } ?? ""
                return "\(file)\(line): \(Self.words(problem))"
            }
            throw OperationFailure(.configuration, lines.joined(separator: "\n"))
        }
        guard !document.subscribers.isEmpty || !document.catalogue.isEmpty else {
            throw OperationFailure(.configuration, "\(file): there is nothing in it to apply")
        }
    }

    /// The document in pieces: what subscribers share first, then so many subscribers at a time.
    package func parts(of count: Int) -> [Report] {
        guard case .record(let members) = root else { return [root] }
        let shared = members.filter { $0.name != "subscribers" }
        var parts: [Report] = shared.isEmpty ? [] : [.record(shared)]
        let entries = root["subscribers"]?.list ?? []
        for start in stride(from: 0, to: entries.count, by: count) {
            let piece = entries[start..<min(entries.count, start + count)]
            parts.append(["subscribers": .list(Array(piece))])
        }
        return parts
    }

    /// `subscribers[0].k: …` is entry 1 for people.
    private static func words(_ problem: DocumentProblem) -> String {
        let start = "subscribers["
        guard problem.place.hasPrefix(start), let end = problem.place.firstIndex(of: "]"),
            let index = Int(problem.place[problem.place.index(problem.place.startIndex, offsetBy: start.count)..<end])
        else { return problem.place.isEmpty ? problem.sentence : "\(problem.place): \(problem.sentence)" }
        let rest = problem.place[problem.place.index(after: end)...].drop { $0 == "." }
        return "entry \(index + 1): " + (rest.isEmpty ? "" : "\(rest): ") + problem.sentence
    }
}
