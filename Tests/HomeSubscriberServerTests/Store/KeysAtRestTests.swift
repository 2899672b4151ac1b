import AKA
import Foundation
import GRDB
import HomeSubscriberServer
import IMS
import Octets
import SubscriberStore
import Testing

@Suite("Keys at rest: AES-256-GCM under a master key outside the database")
struct KeysAtRestTests {
    private let folder = TemporaryFolder()
    private var path: String { folder.path("hss.db") }
    private var keyFile: String { path + ".key" }

    /// Whether the file or its write-ahead log holds these octets.
    private func holds(_ hex: String) throws -> Bool {
        let octets = Data(try #require(Hex.decode(hex)))
        for name in [path, path + "-wal"] where FileManager.default.fileExists(atPath: name) {
            if try Data(contentsOf: URL(fileURLWithPath: name)).range(of: octets) != nil { return true }
        }
        return false
    }

    private func make(count: Int = 3) throws -> [Subscription] {
        let store = try SubscriberStore(path: path)
        try store.add(from: try Home.record(), count: count)
        let all = try store.list()
        try store.close()
        return all
    }

    private func error() -> StoreError? {
        do {
            _ = try SubscriberStore(path: path)
            return nil
        } catch {
            return error
        }
    }

    private func change(_ sql: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.write { try $0.execute(sql: sql) }
        try queue.close()
    }

    @Test("The first start makes the key file, mode 0600, and says so; the database holds no key in clear")
    func first() throws {
        let store = try SubscriberStore(path: path)
        #expect(store.notes.count == 1 && store.notes[0].contains(keyFile))
        try store.add(try Home.record())
        #expect(try store.find(Home.user)?.privateIdentities[0].secrets == Home.record().secrets)
        try store.close()
        #expect(try !holds(Home.key) && !holds(Home.opc))
        var status = stat()
        #expect(stat(keyFile, &status) == 0 && status.st_mode & 0o777 == 0o600)
        let master = try String(contentsOfFile: keyFile, encoding: .utf8)
        let again = try SubscriberStore(path: path)
        #expect(again.notes.isEmpty)
        #expect(try String(contentsOfFile: keyFile, encoding: .utf8) == master)
        let digits = try #require(master.split(separator: " ").last).prefix(64)
        #expect(digits.count == 64 && !store.notes.joined().contains(digits))
        var shown = ""
        dump(again, to: &shown)
        #expect(!shown.contains(digits))
    }

    @Test("What an earlier version left in clear is sealed at the first start, gone from the file, and a copy kept")
    func migration() throws {
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { try $0.execute(sql: EarlierVersions.second) }
        try queue.close()
        #expect(try holds(Home.key))
        let store = try SubscriberStore(path: path)
        #expect(store.notes.contains { $0.contains("2 private identities") })
        #expect(store.notes.contains { $0.contains(path + ".version-2") })
        #expect(try store.find(Home.user)?.privateIdentities[0].secrets == Home.record().secrets)
        try store.close()
        #expect(try !holds(Home.key) && !holds(Home.opc))
        let copy = try DatabaseQueue(path: path + ".version-2")
        let applied = try copy.read { try String.fetchAll($0, sql: "SELECT identifier FROM grdb_migrations") }
        #expect(applied == ["1 subscribers", "2 algorithms"])
    }

    @Test("Rotation: a new key seals everything, the old one is gone; a store that is open reads on")
    func rotation() throws {
        let before = try make(count: 7)
        let old = try String(contentsOfFile: keyFile, encoding: .utf8)
        let open = try SubscriberStore(path: path)
        #expect(try open.list() == before)
        let store = try SubscriberStore(path: path)
        #expect(try store.rotateMasterKey() == 7)
        let new = try String(contentsOfFile: keyFile, encoding: .utf8)
        #expect(new != old && new.split(separator: "\n").count == 2)
        #expect(try store.list() == before)
        #expect(try open.list() == before)
        try open.add(try Home.record(imsi: "001010000000099", msisdn: nil))
        try open.close()
        #expect(try store.count() == 8)
        #expect(try store.find("001010000000099") != nil, "sealed with a key that the file has")
        try store.close()
    }

    @Test("A key file that is missing, open to others, damaged or another one is refused with the reason")
    func refused() throws {
        _ = try make()
        let good = try Data(contentsOf: URL(fileURLWithPath: keyFile))
        #expect(chmod(keyFile, 0o644) == 0)
        #expect(error()?.description.contains("chmod 600") == true)
        #expect(chmod(keyFile, 0o600) == 0)
        for (text, word) in [("1 abc\n", "hexadecimal"), ("1 \(String(repeating: "0", count: 64))\n", "not the one")] {
            try Data(text.utf8).write(to: URL(fileURLWithPath: keyFile))
            #expect(chmod(keyFile, 0o600) == 0)
            #expect(error()?.description.contains(word) == true, "\(String(describing: error()))")
        }
        try FileManager.default.removeItem(atPath: keyFile)
        #expect(error()?.description.contains("not there") == true)
        #expect(!FileManager.default.fileExists(atPath: keyFile), "no new key for a database that has one")
        try good.write(to: URL(fileURLWithPath: keyFile))
        #expect(chmod(keyFile, 0o600) == 0)
        #expect(error() == nil)
    }

    @Test("A secret put into another subscriber's row is found out")
    func swapped() throws {
        _ = try make()
        try change(
            """
            UPDATE private_identity SET secret = (SELECT secret FROM private_identity WHERE subscription = 2)
            WHERE subscription = 1
            """)
        let store = try SubscriberStore(path: path)
        #expect(throws: SubscriberStore.Failure.self) { try store.find(Home.user) }
        #expect(try store.find("001010000000002") != nil)
    }

    @Test("A key file elsewhere is found again by whoever opens the database")
    func elsewhere() throws {
        let other = folder.path("master.key")
        let store = try SubscriberStore(path: path, options: SubscriberStore.Options(keyFile: other))
        try store.add(try Home.record())
        try store.close()
        #expect(!FileManager.default.fileExists(atPath: keyFile))
        #expect(try SubscriberStore(path: path).find(Home.user) != nil)
    }

    @Test("The audit trail says who did what, has no secret, cannot be changed, and shows what was done behind SQLite")
    func audit() throws {
        let store = try SubscriberStore(path: path, options: SubscriberStore.Options(actor: "somebody"))
        try store.add(from: try Home.record(), count: 2)
        try store.apply { $0.visitedNetworks["v"] = ["home.example"] }
        try store.assign(.visitedNetworks, "v", to: Home.imsi)
        try store.setBarred(true, identity: Home.tel)
        try store.noteReading(ofSecretsOf: Home.imsi)
        _ = try store.remove(Home.imsi)
        let trail = try store.auditTrail()
        #expect(
            trail.map { "\($0.action): \($0.object)" } == [
                "add subscriber: \(Home.imsi) and 1 more", "set visited networks: v",
                "assign visited networks: v to \(Home.imsi)", "bar: \(Home.tel)", "read secrets: \(Home.imsi)",
                "remove subscriber: \(Home.user)",
            ])
        #expect(trail.allSatisfy { $0.actor == "somebody" && $0.time > 1_700_000_000 })
        #expect(try store.firstBreakInAuditTrail() == nil)
        for sql in ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit"] {
            #expect(throws: (any Error).self) { try store.withConnection { try $0.execute(sql: sql) } }
        }
        try store.withConnection { db in
            try db.execute(sql: "DROP TRIGGER audit_no_update; UPDATE audit SET object = 'x' WHERE id = 3")
        }
        #expect(try store.firstBreakInAuditTrail() == 3)
    }
}
