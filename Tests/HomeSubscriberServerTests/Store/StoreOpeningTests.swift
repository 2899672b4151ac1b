import Foundation
import GRDB
import HomeSubscriberServer
import SubscriberStore
import Testing

@Suite("Opening the subscriber database")
struct StoreOpeningTests {
    private let folder = TemporaryFolder()

    private func error(_ path: String, _ options: SubscriberStore.Options = .init()) -> StoreError? {
        do {
            _ = try SubscriberStore(path: path, options: options)
            return nil
        } catch {
            return error
        }
    }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test("A new database is the owner's alone, its log too, and made only when that is wanted")
    func modes() throws {
        let path = folder.path("hss.db")
        #expect(error(path, .init(creates: false)) == .missing(path: path))
        let store = try SubscriberStore(path: path)
        try store.add(try Home.record())
        #expect(try mode(path) == 0o600)
        #expect(try mode(path + "-wal") == 0o600)
        try store.close()
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        _ = try SubscriberStore(path: path)
        #expect(try mode(path) == 0o600, "a mode that is too wide is put right")
    }

    @Test("Every commit waits for the disk; foreign keys hold")
    func durability() throws {
        let store = try SubscriberStore(path: folder.path("hss.db"))
        #expect(try store.pragma("synchronous") == 2)
        #expect(try store.pragma("foreign_keys") == 1)
        #expect(try store.journalMode() == "wal")
    }

    @Test("What is no database of ours is refused and left as it is")
    func strangers() throws {
        let empty = folder.path("empty.db")
        try Data().write(to: URL(fileURLWithPath: empty))
        #expect(error(empty) == .empty(path: empty))

        let text = folder.path("text.db")
        try Data("imsi,k,opc\n001010000000001,aa,bb\n".utf8).write(to: URL(fileURLWithPath: text))
        #expect(error(text) == .notADatabase(path: text))
        #expect(try Data(contentsOf: URL(fileURLWithPath: text)).count == 33)

        let foreign = folder.path("foreign.db")
        try DatabaseQueue(path: foreign).write { try $0.execute(sql: "CREATE TABLE subscriber (imsi TEXT)") }
        #expect(error(foreign) == .foreign(path: foreign))

        let directory = folder.path("folder.db")
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        #expect(error(directory) == .cannotOpen(path: directory, detail: "it is no file"))
        let nowhere = folder.path("no/such/folder.db")
        guard case .cannotOpen? = error(nowhere) else {
            Issue.record("\(String(describing: error(nowhere)))")
            return
        }
    }

    @Test("F22: a database from a newer version is refused with the reason, and stays")
    func newer() throws {
        let path = folder.path("hss.db")
        try SubscriberStore(path: path).close()
        let queue = try DatabaseQueue(path: path)
        try queue.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('9 from the future')") }
        try queue.close()
        #expect(error(path) == .newer(path: path, unknown: ["9 from the future"]))
        #expect(error(path)?.description.contains("newer version") == true)
    }

    @Test(
        "F22: a database of an earlier version is brought up to date, and all that was in it stays",
        arguments: [EarlierVersions.first, EarlierVersions.second])
    func earlier(statements: String) throws {
        let path = folder.path("hss.db")
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { try $0.execute(sql: statements) }
        try queue.close()

        let store = try SubscriberStore(path: path)
        let all = try store.list()
        try #require(all.count == 2)
        #expect(all[0].servingCSCF == AssignedServingCSCF(name: Home.server, host: Home.peer.host))
        #expect(all[0].capabilities?.mandatory == [1, 2])
        #expect(all[0].visitedNetworks == ["home.example", "other.example"])
        #expect(all[0].chargingInformation?.primaryEventChargingFunctionName == "aaa://ecf.example")
        #expect(all[0].registrations.map(\.state) == [.registered])
        #expect(all[0].registrations.map(\.isAuthenticationPending) == [true])
        #expect(all[0].publicIdentities.map(\.identity.text) == [Home.identity, Home.tel])
        #expect(all[0].publicIdentities.map(\.isBarred) == [false, true])
        #expect(all[0].publicIdentities.map(\.displayName) == ["A", nil])
        let profile = all[0].publicIdentities[0].serviceProfile
        #expect(profile.name == "volte" && profile.authorization?.subscribedMediaProfileID == 3)
        #expect(profile.criteria.map(\.priority) == [1])
        let user = all[0].privateIdentities[0]
        #expect(user.secrets == (try Home.record().secrets))
        #expect(user.sqn.rawValue == 224 && user.amf.rawValue == 32768)
        #expect(user.lastChallenge?.octets == Array(0..<16))
        #expect(all[1].privateIdentities[0].identity.text == "b@\(Home.domain)")
        #expect(all[1].registrations.map(\.state) == [.notRegistered])
        try store.add(try Home.record(imsi: "001010000000009", msisdn: nil))
        try store.close()
    }

    @Test("F12: flipped pages and a truncated file are refused, never started empty")
    func damaged() throws {
        let path = folder.path("hss.db")
        let store = try SubscriberStore(path: path)
        try store.add(from: try Home.record(), count: 500)
        try store.close()
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))

        var flipped = whole
        for page in 4..<20 { for offset in 0..<4096 { flipped[page * 4096 + offset] ^= 0xFF } }
        try flipped.write(to: URL(fileURLWithPath: path))
        try expectDamaged(path)

        try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: path))
        try expectDamaged(path)

        try whole.write(to: URL(fileURLWithPath: path))
        #expect(try SubscriberStore(path: path).count() == 500)
    }

    private func expectDamaged(_ path: String) throws {
        let found = try #require(error(path))
        guard case .damaged = found else {
            Issue.record("\(found)")
            return
        }
        #expect(found.description.contains("imsctl hss restore"))
    }
}
