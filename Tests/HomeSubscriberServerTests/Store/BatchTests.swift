import AKA
import Cx
import Diameter
import Foundation
import GRDB
import HomeSubscriberServer
import IMS
import Octets
import SubscriberStore
import Testing

@Suite("Batches of work in the subscriber database")
struct BatchTests {
    private let folder = TemporaryFolder()
    private static let configuration = HomeSubscriberServer.Configuration(
        origin: LocalOrigin(host: "hss.\(Home.domain)", realm: Home.domain))

    /// Works as the role orders them.
    private func works(_ requests: [DiameterMessage]) -> [HomeSubscriberServer.Work] {
        var role = HomeSubscriberServer(Self.configuration)
        return requests.enumerated().flatMap { number, request in
            role.handle(.asked(request, RequestToken(rawValue: UInt64(number)), from: Home.peer.host), at: .zero)
                .compactMap { if case .perform(let work, _) = $0 { work } else { nil } }
        }
    }

    private func vector(imsi: String = Home.imsi, identity: String = Home.identity) -> DiameterMessage {
        MultimediaAuthRequest(
            userName: "\(imsi)@\(Home.domain)", publicIdentity: identity,
            authenticationItem: .request(.digestAKAv1MD5), serverName: Home.server
        ).message(session: "s", origin: Home.peer, destinationRealm: DiameterIdentity(Home.domain))
    }

    private func authorisation() -> DiameterMessage {
        UserAuthorizationRequest(
            userName: Home.user, publicIdentity: Home.identity, visitedNetworkIdentifier: "visited.net"
        ).message(session: "s", origin: Home.peer, destinationRealm: DiameterIdentity(Home.domain))
    }

    private func result(_ result: HomeSubscriberServer.WorkResult) throws -> CxResult {
        guard case .answer(let message, _) = result.outcome else {
            throw DirectoryFailure.failed("no answer")
        }
        return try UserAuthorizationAnswer(decoding: message).result
    }

    private func sequenceNumber(
        _ result: HomeSubscriberServer.WorkResult, _ phone: inout USIM
    ) throws -> USIM.Outcome {
        guard case .answer(let message, _) = result.outcome else { throw DirectoryFailure.failed("no answer") }
        return try MultimediaAuthTests.show(MultimediaAuthAnswer(decoding: message), to: &phone).0
    }

    @Test(
        "Vectors of one batch for one subscriber have numbers of their own, in the order asked",
        arguments: StoreKind.available)
    func sameSubscriber(on kind: StoreKind) throws {
        let store = try kind.place(in: folder).open()
        try store.add(try Home.record())
        var entropy = Entropy(number: 1)
        var phone = try MultimediaAuthTests.phone()
        let results = store.execute(
            batch: works([vector(), authorisation(), vector(), vector()]), entropy: &entropy)
        #expect(results.count == 4)
        #expect(try result(results[1]).isSuccess)
        for index in [0, 2, 3] {
            guard case .success = try sequenceNumber(results[index], &phone) else {
                Issue.record("the phone refused vector \(index)")
                return
            }
        }
        #expect(try store.find(Home.user)?.privateIdentities[0].sqn.seq == 3)
    }

    @Test("F6: no number is drawn twice when the store is opened again, with or without an orderly end")
    func reopen() throws {
        let path = folder.path("hss.db")
        var entropy = Entropy(number: 1)
        var phone = try MultimediaAuthTests.phone()
        try SubscriberStore(path: path).add(try Home.record())
        for round in 0..<6 {
            let copy = folder.path("crash-\(round).db")
            let store = try SubscriberStore(path: round == 0 ? path : folder.path("crash-\(round - 1).db"))
            let results = store.execute(batch: works([vector(), vector()]), entropy: &entropy)
            // What a crash leaves: the files as they are after the commit, without the end of the connection.
            for suffix in ["", "-wal", ".key"] {
                let from = (round == 0 ? path : folder.path("crash-\(round - 1).db")) + suffix
                try FileManager.default.copyItem(atPath: from, toPath: copy + suffix)
            }
            for result in results {
                guard case .success = try sequenceNumber(result, &phone) else {
                    Issue.record("the phone saw a number again in round \(round)")
                    return
                }
            }
        }
        let last = try SubscriberStore(path: folder.path("crash-5.db"))
        #expect(try last.find(Home.user)?.privateIdentities[0].sqn.seq == 12)
    }

    @Test("F11: a full disk gives no vector, reads go on, and room is enough to recover")
    func full() throws {
        let store = try SubscriberStore(path: folder.path("hss.db"))
        try store.add(from: try Home.record(), count: 2_000)
        var entropy = Entropy(number: 1)
        try store.limitPages(toCurrent: true)
        let many = try Home.record(imsi: "001010000500000", msisdn: "491800000000")
        do {
            try store.add(from: many, count: 2_000)
            Issue.record("2,000 more fit into no pages")
        } catch {
            guard case .store(.full) = error else {
                Issue.record("\(error)")
                return
            }
        }
        // Long names make rows grow until the page splits: the first that finds no page fails.
        var refused: [CxResult] = []
        let name = "sip:" + String(repeating: "s", count: 900) + "@\(Home.domain)"
        for number in 1...200 {
            let imsi = "00101" + String(String(10_000_000_000 + number).dropFirst())
            let identity = "sip:+\(491_700_000_000 + number)@\(Home.domain)"
            let request = MultimediaAuthRequest(
                userName: "\(imsi)@\(Home.domain)", publicIdentity: identity,
                authenticationItem: .request(.digestAKAv1MD5), serverName: name
            ).message(session: "s", origin: Home.peer, destinationRealm: DiameterIdentity(Home.domain))
            let results = store.execute(batch: works([request, authorisation()]), entropy: &entropy)
            let first = try result(results[0])
            if first != .success {
                refused.append(first)
                #expect(results[0].observations.compactMap(\.refusal?.code) == ["STORE_FULL"])
                #expect(try store.find(imsi)?.privateIdentities[0].sqn == .zero, "nothing is drawn")
            }
            #expect(try result(results[1]).isSuccess)
        }
        #expect(!refused.isEmpty)
        #expect(refused.allSatisfy { $0 == .base(.unableToComply) })
        try store.limitPages(toCurrent: false)
        let again = store.execute(batch: works([vector()]), entropy: &entropy)
        #expect(try result(again[0]) == .success)
    }

    @Test("One work that fails is undone alone; the others of its batch stay", arguments: StoreKind.available)
    func oneFails(on kind: StoreKind) throws {
        let store = try kind.place(in: folder).open()
        try store.add(from: try Home.record(), count: 3)
        try store.breakUpdates(ofPosition: 2)
        var entropy = Entropy(number: 1)
        let requests = (1...3).map {
            vector(imsi: "00101000000000\($0)", identity: "sip:+49170000000\($0)@\(Home.domain)")
        }
        let results = store.execute(batch: works(requests), entropy: &entropy)
        #expect(try results.map(result) == [.success, .base(.unableToComply), .success])
        let numbers = try (1...3).map { try store.find("00101000000000\($0)")?.privateIdentities[0].sqn.seq }
        #expect(numbers == [1, 0, 1])
    }

    @Test("Another program's changes are seen by the next batch; its lock makes us wait, then refuse")
    func otherProgram() throws {
        let path = folder.path("hss.db")
        let store = try SubscriberStore(path: path, options: .init(busyTimeout: 0.05))
        let other = try SubscriberStore(path: path)
        var entropy = Entropy(number: 1)
        #expect(try result(store.execute(batch: works([authorisation()]), entropy: &entropy)[0]) == .userUnknown)
        try other.add(try Home.record())
        #expect(try result(store.execute(batch: works([authorisation()]), entropy: &entropy)[0]).isSuccess)
        try other.setBarred(true, identity: Home.identity)
        try other.setBarred(true, identity: Home.tel)
        #expect(
            try result(store.execute(batch: works([authorisation()]), entropy: &entropy)[0])
                == .base(.authorizationRejected))

        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let locker = try DatabaseQueue(path: path, configuration: configuration)
        try locker.inDatabase { try $0.execute(sql: "BEGIN IMMEDIATE") }
        let results = store.execute(batch: works([vector(), authorisation()]), entropy: &entropy)
        #expect(try result(results[0]) == .base(.unableToComply))
        #expect(results[0].observations.compactMap(\.refusal?.code) == ["STORE_BUSY"])
        #expect(try result(results[1]) == .base(.authorizationRejected), "reading goes on")
        try locker.inDatabase { try $0.execute(sql: "ROLLBACK") }
        #expect(try result(store.execute(batch: works([vector()]), entropy: &entropy)[0]) == .success)
        #expect(try other.remove(Home.imsi).servingCSCF?.name == Home.server)
        #expect(try result(store.execute(batch: works([vector()]), entropy: &entropy)[0]) == .userUnknown)
    }

    @Test("A small cache forgets and reads again", arguments: StoreKind.available)
    func cache(on kind: StoreKind) throws {
        let store = try kind.place(in: folder).open { $0.cacheCapacity = 2 }
        try store.add(from: try Home.record(), count: 9)
        var entropy = Entropy(number: 1)
        for _ in 0..<3 {
            let requests = (1...9).map {
                vector(imsi: "00101000000000\($0)", identity: "sip:+49170000000\($0)@\(Home.domain)")
            }
            for result in store.execute(batch: works(requests), entropy: &entropy) {
                #expect(try self.result(result) == .success)
            }
        }
        for number in 1...9 {
            #expect(try store.find("00101000000000\(number)")?.privateIdentities[0].sqn.seq == 3)
        }
    }
}
