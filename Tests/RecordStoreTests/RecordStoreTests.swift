import Foundation
import IMS
import Octets
import RecordStore
import Testing

@Suite("The embedded store of the CSCFs")
struct RecordStoreTests {
    private let path = NSTemporaryDirectory() + "records-\(UUID().uuidString).sqlite"

    private func remove() {
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
    }

    private static func record(_ key: String, _ value: String?) -> StoredRecord {
        StoredRecord(key: Array(key.utf8), value: value.map { Array($0.utf8) })
    }

    @Test("What was written is there again, what was taken out is not; the last write of a key counts")
    func reopened() throws {
        defer { remove() }
        let store = try RecordStore(path: path, of: .servingCSCF)
        #expect(try store.load() == [])
        #expect(
            store.write([
                [Self.record("a", "1"), Self.record("b", "2")], [Self.record("a", "3"), Self.record("c", "4")],
                [Self.record("b", nil), Self.record("x", nil)],
            ]) == [.written, .written, .written])
        store.close()
        #expect(try RecordStore(path: path, of: .servingCSCF).load() == [Self.record("a", "3"), Self.record("c", "4")])
    }

    @Test("Nobody but its owner may read it")
    func mode() throws {
        defer { remove() }
        _ = try RecordStore(path: path, of: .servingCSCF)
        var status = stat()
        #expect(stat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
    }

    @Test("A file that is no store of ours is refused with a sentence, and left as it is")
    func foreign() throws {
        defer { remove() }
        let text = Array("this is no database, and longer than a header of SQLite would be by itself.".utf8)
        try Data(text).write(to: URL(fileURLWithPath: path))
        #expect(throws: RecordStoreFailure.self) { try RecordStore(path: path, of: .servingCSCF) }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data(text))
        #expect(throws: RecordStoreFailure.self) { try RecordStore(path: "/nowhere/at/all.sqlite", of: .servingCSCF) }
    }

    @Test("The store of one role is none for another")
    func owner() throws {
        defer { remove() }
        try RecordStore(path: path, of: .servingCSCF).close()
        #expect(throws: RecordStoreFailure.self) { try RecordStore(path: path, of: .proxyCSCF) }
    }

    @Test("Secrets are drawn once, and do not stand among the records")
    func secrets() throws {
        defer { remove() }
        var entropy = Entropy(number: 1)
        let first = try KeptRecords(path: path, of: .proxyCSCF, secrets: 32, now: .zero, entropy: &entropy)
        #expect(first.secrets.count == 32)
        #expect(first.write([[Self.record("a", "1")]]) == [.written])
        first.close()
        let second = try KeptRecords(path: path, of: .proxyCSCF, secrets: 32, now: .zero, entropy: &entropy)
        #expect(second.secrets == first.secrets)
        #expect(second.records == [Self.record("a", "1")])
    }

    @Test("A second program at the same file is turned away")
    func locked() throws {
        defer { remove() }
        let first = try RecordStore(path: path, of: .servingCSCF)
        #expect(throws: RecordStoreFailure.self) { try RecordStore(path: path, of: .servingCSCF) }
        #expect(first.write([[Self.record("a", "1")]]) == [.written])
    }
}
