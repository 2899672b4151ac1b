import AKA
import Foundation
import GRDB
import HomeSubscriberServer
import IMS
import SubscriberStore
import Testing

@Suite("Backup and restore of the subscriber database")
struct BackupTests {
    private let folder = TemporaryFolder()
    private var path: String { folder.path("hss.db") }
    private var copy: String { folder.path("backup.db") }

    private func seq(_ store: SubscriberStore) throws -> UInt64? {
        try store.find(Home.user)?.privateIdentities.first?.sqn.seq
    }

    @Test("A restore brings back what was there and moves every number forward; what it replaced is kept")
    func roundTrip() throws {
        let store = try SubscriberStore(path: path)
        try store.add(from: try Home.record(sqn: "0000000000e0"), count: 3)
        try store.backup(to: copy)
        #expect(throws: SubscriberStore.Failure.self, "a file that is there stays") { try store.backup(to: copy) }
        let mode = try FileManager.default.attributesOfItem(atPath: copy)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        _ = try store.remove(Home.imsi)
        #expect(try store.count() == 2)

        // The store stays open, as that of a running HSS would.
        let kept = try #require(try SubscriberStore.restore(copy, to: path))
        #expect(try store.count() == 3, "who has it open goes on with what is restored")
        #expect(try seq(store) == 7 + SubscriberStore.restoreStep)
        #expect(try store.find(Home.user)?.privateIdentities.first?.lastChallenge == nil)
        #expect(
            try store.find(Home.user)?.privateIdentities.first?.sqn.rawValue == (7 + SubscriberStore.restoreStep) << 5)
        #expect(try store.auditTrail().last?.action == "restore")
        #expect(try store.firstBreakInAuditTrail() == nil)
        #expect(try store.withConnection { try String.fetchOne($0, sql: "PRAGMA integrity_check") } == "ok")
        try store.close()
        let options = SubscriberStore.Options(keyFile: path + ".key")
        #expect(try SubscriberStore(path: kept, options: options).count() == 2)
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
        #expect(!left.contains { $0.contains("restoring") })
    }

    @Test("A number near its end stays at the end: it is never wrapped round")
    func end() throws {
        let store = try SubscriberStore(path: path)
        try store.add(try Home.record(sqn: "ffffffffff00"))
        try store.backup(to: copy)
        try store.close()
        _ = try SubscriberStore.restore(copy, to: path)
        #expect(try SubscriberStore(path: path).find(Home.user)?.privateIdentities[0].sqn.rawValue == 0xFFFF_FFFF_FFFF)
    }

    @Test("F12: a damaged database is put aside for the backup; what is no backup changes nothing")
    func damaged() throws {
        let store = try SubscriberStore(path: path)
        try store.add(from: try Home.record(), count: 200)
        try store.backup(to: copy)
        try store.close()
        var octets = try Data(contentsOf: URL(fileURLWithPath: path))
        for offset in 4096..<min(octets.count, 16 * 4096) { octets[offset] ^= 0xFF }
        try octets.write(to: URL(fileURLWithPath: path))
        let strange = folder.path("strange.db")
        try Data("no database".utf8).write(to: URL(fileURLWithPath: strange))
        #expect(throws: SubscriberStore.Failure.self) { try SubscriberStore.restore(strange, to: path) }
        #expect(throws: SubscriberStore.Failure.self) { try SubscriberStore.restore(folder.path("none"), to: path) }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == octets)

        let aside = try #require(try SubscriberStore.restore(copy, to: path))
        #expect(try Data(contentsOf: URL(fileURLWithPath: aside)) == octets)
        #expect(try SubscriberStore(path: path).count() == 200)
    }

    @Test("Restoring where nothing is makes the database")
    func nothing() throws {
        let store = try SubscriberStore(path: path)
        try store.add(try Home.record())
        try store.backup(to: copy)
        try store.close()
        let other = folder.path("other.db")
        let options = SubscriberStore.Options(keyFile: path + ".key")
        #expect(try SubscriberStore.restore(copy, to: other, options: options) == nil)
        #expect(try SubscriberStore(path: other, options: options).count() == 1)
    }

    @Test(
        "PostgreSQL: a dump comes back with every number moved forward, under the eyes of a front-end",
        .enabled(if: PostgreSQLServer.isThere))
    func postgreSQL() throws {
        let place = try StoreKind.postgreSQL.place(in: folder)
        let store = try place.open()
        try store.add(from: try Home.record(sqn: "0000000000e0"), count: 3)
        let frontEnd = try place.open { $0.isFrontEnd = true }
        #expect(try seq(frontEnd) == 7)
        let dump = folder.path("hss.dump")
        try store.backup(to: dump)
        #expect(throws: SubscriberStore.Failure.self, "a file that is there stays") { try store.backup(to: dump) }
        #expect(try FileManager.default.attributesOfItem(atPath: dump)[.posixPermissions] as? Int == 0o600)
        _ = try store.remove(Home.imsi)
        let options = SubscriberStore.Options(keyFile: place.keyFile)

        let kept = try #require(try SubscriberStore.restore(dump, to: place.path, options: options))
        #expect(try frontEnd.count() == 3, "who has it open goes on with what is restored")
        #expect(try seq(frontEnd) == 7 + SubscriberStore.restoreStep)
        #expect(try store.auditTrail().last?.action == "restore")
        #expect(try store.firstBreakInAuditTrail() == nil)
        try frontEnd.add(try Home.record(imsi: "001010000000077", msisdn: nil))

        #expect(try SubscriberStore.restore(kept, to: place.path, options: options) != nil)
        #expect(try store.count() == 2, "what was there before had been kept")
        let other = try PostgreSQLServer.database()
        #expect(try SubscriberStore.restore(dump, to: other, options: options) == nil, "into an empty database")
        #expect(try SubscriberStore(path: other, options: options).count() == 3)

        let foreign = try PostgreSQLServer.database()
        _ = try PostgreSQLServer.run("CREATE TABLE theirs (x INT)", on: foreign)
        #expect(throws: SubscriberStore.Failure.self) {
            try SubscriberStore.restore(dump, to: foreign, options: options)
        }
        #expect(try PostgreSQLServer.run("SELECT count(*) FROM theirs", on: foreign) == "0\n")
        let strange = folder.path("strange.dump")
        try Data("no dump".utf8).write(to: URL(fileURLWithPath: strange))
        #expect(throws: SubscriberStore.Failure.self) {
            try SubscriberStore.restore(strange, to: place.path, options: options)
        }
        #expect(try store.count() == 2)
    }
}
