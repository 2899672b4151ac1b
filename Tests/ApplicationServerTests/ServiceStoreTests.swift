import ApplicationServer
import Foundation
import ServiceStore
import Testing

@Suite("What an application server keeps")
struct ServiceStoreTests {
    @Test("records are there again for whoever opens the file next, without a close in between")
    func reopen() throws {
        let path = NSTemporaryDirectory() + "tas-\(UUID().uuidString).sqlite"
        defer { for end in ["", "-wal", "-shm"] { unlink(path + end) } }
        let store = try ServiceStore(path: path)
        let results = store.execute([
            .put(.settings, name: "tel:+1", [1]), .put(.settings, name: "tel:+2", [2, 0, 255]),
            .put(.settings, name: "tel:+1", [3]),
        ])
        #expect(results == [.done, .done, .done])
        let again = try ServiceStore(path: path)
        #expect(
            try again.records() == [
                StoredRecord(.settings, name: "tel:+1", [3]), StoredRecord(.settings, name: "tel:+2", [2, 0, 255]),
            ])
        #expect(again.execute([.remove(.settings, name: "tel:+1")]) == [.done])
        #expect(try again.records().map(\.name) == ["tel:+2"])
    }

    @Test("a database of another program is refused")
    func foreign() throws {
        let path = NSTemporaryDirectory() + "tas-\(UUID().uuidString)"
        defer { unlink(path) }
        try Data("certainly no database, whatever its name says".utf8).write(to: URL(fileURLWithPath: path))
        #expect(throws: ServiceStoreFailure.self) { try ServiceStore(path: path) }
    }
}
