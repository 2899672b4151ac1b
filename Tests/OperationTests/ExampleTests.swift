import Foundation
import IMS
import Operation
import Provisioning
import SubscriberStore
import Testing

/// The declarations of `profiles/`, as an operator applies them.
@Suite("Provisioning: every example applies cleanly")
struct ExampleTests {
    static let files: [String] = {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("profiles")
        let examples = root.appendingPathComponent("examples")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: examples.path)) ?? []
        return names.sorted().map { examples.appendingPathComponent($0).path }
            + [
                root.appendingPathComponent("services/telephony.yaml").path,
                root.appendingPathComponent("lab/subscribers.yaml").path,
            ]
    }()

    private func apply(_ file: String, _ provisioner: Provisioner) throws -> (results: [String], warnings: [String]) {
        var results: [String] = []
        var warnings: [String] = []
        for part in try SubscriberFile(path: file, domain: SubscriberFileTests.domain).parts(of: 2) {
            let answer = provisioner.perform(ProvisioningRequest(.post, ["v1", "apply"], body: part))
            let body = try #require(answer.body)
            #expect(answer.status == 200, "\(file): \(body.json)")
            let entries = (body["services"]?.list ?? []) + (body["subscribers"]?.list ?? [])
            results += entries.compactMap { $0["result"]?.text }
            let told = entries.flatMap { $0["warnings"]?.list ?? [] } + (body["warnings"]?.list ?? [])
            warnings += told.compactMap(\.text)
        }
        return (results, warnings)
    }

    @Test("alone: added without a warning, unchanged the second time", arguments: files)
    func alone(file: String) throws {
        let path = FileManager.default.temporaryDirectory.path + "/examples-\(UUID().uuidString).sqlite"
        defer {
            for suffix in ["", "-wal", "-shm", ".key"] { try? FileManager.default.removeItem(atPath: path + suffix) }
        }
        let provisioner = Provisioner(try SubscriberStore(path: path), domain: SubscriberFileTests.domain)
        let first = try apply(file, provisioner)
        #expect(!first.results.isEmpty)
        #expect(Set(first.results) == ["added"])
        // An OP is given on purpose in two of them, to show that it may be.
        #expect(first.warnings.filter { $0 != "OPc is derived from the OP given; OP itself is not kept." } == [])
        let second = try apply(file, provisioner)
        #expect(Set(second.results) == ["unchanged"])
        #expect(second.warnings == [])
    }

    @Test("the five that everybody needs are there")
    func whole() {
        let names = Self.files.map { $0.split(separator: "/").last.map(String.init) ?? "" }
        for name in ["volte-subscriber", "prepaid", "soft-phone", "service-identity", "roaming"] {
            #expect(names.contains(name + ".yaml"))
        }
    }
}
