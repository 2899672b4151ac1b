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

    @Test("a file is whole when its record is there; what no record speaks of is removed at the next start")
    func files() throws {
        let folder = NSTemporaryDirectory() + "tas-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let store = try ServiceStore(path: "\(folder)/tas.sqlite", folder: "\(folder)/mailboxes")
        let results = store.execute([
            .keep(.voiceMessage, name: "1", [1], file: "bob/1.wav", [1, 2, 3]),
            .keep(.voiceMessage, name: "2", [2], file: "../2.wav", [4]),
            .keep(.voiceMessage, name: "3", [3], file: "bob/3.wav", []), .load(file: "bob/1.wav"),
            .load(file: "bob/9.wav"), .put(.settings, name: "tel:+1", [9]),
        ])
        #expect(results[0] == .done && results[2] == .done && results[5] == .done)
        #expect(results[3] == .file([1, 2, 3]))
        for index in [1, 4] {
            guard case .failed = results[index] else {
                Issue.record("\(index) is done")
                continue
            }
        }
        #expect(try store.records().map(\.name) == ["tel:+1", "1", "3"])
        let box = "\(folder)/mailboxes/bob"
        for name in ["4.wav.part", "5.wav", "greeting.wav"] {
            #expect(FileManager.default.createFile(atPath: "\(box)/\(name)", contents: nil))
        }
        #expect(store.execute([.drop(.voiceMessage, name: "3", file: "bob/3.wav")]) == [.done])
        let again = try ServiceStore(path: "\(folder)/tas.sqlite", folder: "\(folder)/mailboxes")
        again.removeFiles(except: ["bob/1.wav"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: box).sorted() == ["1.wav", "greeting.wav"])
    }

    @Test("a database of another program is refused")
    func foreign() throws {
        let path = NSTemporaryDirectory() + "tas-\(UUID().uuidString)"
        defer { unlink(path) }
        try Data("certainly no database, whatever its name says".utf8).write(to: URL(fileURLWithPath: path))
        #expect(throws: ServiceStoreFailure.self) { try ServiceStore(path: path) }
    }
}
