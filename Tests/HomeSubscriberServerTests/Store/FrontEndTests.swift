import AKA
import Cx
import Diameter
import Foundation
import HomeSubscriberServer
import IMS
import Octets
import SubscriberStore
import Synchronization
import Testing

/// Front-ends at work on one database: what each keeps in memory is what is stored, and no number is drawn twice.
@Suite("Several front-ends on one database")
struct FrontEndTests {
    private let folder = TemporaryFolder()
    private static let configuration = HomeSubscriberServer.Configuration(
        origin: LocalOrigin(host: "hss.\(Home.domain)", realm: Home.domain))

    private func work(_ request: DiameterMessage) throws -> HomeSubscriberServer.Work {
        var role = HomeSubscriberServer(Self.configuration)
        let actions = role.handle(.asked(request, RequestToken(rawValue: 1), from: Home.peer.host), at: .zero)
        return try #require(Self.works(actions).first)
    }

    private static func works(_ actions: [Action<HomeSubscriberServer.Work>]) -> [HomeSubscriberServer.Work] {
        actions.compactMap { if case .perform(let work, _) = $0 { work } else { nil } }
    }

    private func vector(_ number: Int = 1) throws -> HomeSubscriberServer.Work {
        try work(
            MultimediaAuthRequest(
                userName: "\(Self.imsi(number))@\(Home.domain)", publicIdentity: Self.identity(number),
                authenticationItem: .request(.digestAKAv1MD5), serverName: Home.server
            ).message(session: "s", origin: Home.peer, destinationRealm: DiameterIdentity(Home.domain)))
    }

    private static func imsi(_ number: Int) -> String { "00101" + String(String(10_000_000_000 + number).dropFirst()) }
    private static func identity(_ number: Int) -> String { "sip:+\(491_700_000_000 + number)@\(Home.domain)" }

    private func authorisation() throws -> HomeSubscriberServer.Work {
        try work(
            UserAuthorizationRequest(
                userName: Home.user, publicIdentity: Home.identity, visitedNetworkIdentifier: "visited.net"
            ).message(session: "s", origin: Home.peer, destinationRealm: DiameterIdentity(Home.domain)))
    }

    private func assignment(_ type: ServerAssignmentType) throws -> HomeSubscriberServer.Work {
        try work(
            ServerAssignmentRequest(
                userName: Home.user, publicIdentities: [Home.identity], serverName: Home.server,
                serverAssignmentType: type, userDataAlreadyAvailable: .notAvailable
            ).message(session: "s", origin: Home.peer, destinationRealm: DiameterIdentity(Home.domain)))
    }

    private func result(_ result: HomeSubscriberServer.WorkResult?) throws -> CxResult? {
        guard case .answer(let message, _)? = result?.outcome else { return nil }
        return try UserAuthorizationAnswer(decoding: message).result
    }

    private func perform(
        _ store: SubscriberStore, _ work: HomeSubscriberServer.Work
    ) throws -> CxResult? {
        var entropy = Entropy(number: 7)
        return try result(store.execute(batch: [work], entropy: &entropy)[0])
    }

    /// Waits for what others tell; false when it does not come.
    private func becomesTrue(_ condition: () throws -> Bool) rethrows -> Bool {
        for _ in 0..<300 {
            if try condition() { return true }
            usleep(10_000)
        }
        return false
    }

    @Test("What was read is answered from memory until somebody changes it", arguments: StoreKind.available)
    func coherent(on kind: StoreKind) throws {
        let place = try kind.place(in: folder)
        let store = try place.open { $0.isFrontEnd = true }
        let other = try place.open { $0.actor = "imsctl" }
        try other.add(try Home.record())
        let reads = try #require(store.hotReads)
        let uar = try authorisation()
        #expect(reads.answer(uar) == nil, "nobody has read it")
        #expect(try perform(store, uar) == .firstRegistration)
        #expect(try becomesTrue { try result(reads.answer(uar)) == .firstRegistration })
        #expect(reads.answer(try vector()) == nil, "a vector is always drawn from the database")
        #expect(try perform(store, vector()) == .success)
        #expect(reads.answer(try assignment(.registration)) == nil, "it has to be written")
        #expect(try perform(store, assignment(.registration)) == .success)
        #expect(try result(reads.answer(uar)) == .subsequentRegistration, "what we write ourselves is known at once")
        #expect(try result(reads.answer(assignment(.reRegistration))) == .success, "nothing new in it")

        try other.setBarred(true, identity: Home.identity)
        try other.setBarred(true, identity: Home.tel)
        // SQLite's index says so with the commit; a notification of PostgreSQL may be on its way.
        if kind == .sqlite { #expect(reads.answer(uar) == nil) }
        let isForgotten = becomesTrue { reads.answer(uar) == nil }
        #expect(isForgotten)
        #expect(try perform(store, uar) == .base(.authorizationRejected))
        // Word of the second change may come after the first look.
        let isKnown = try becomesTrue {
            try perform(store, uar) == .base(.authorizationRejected)
                && result(reads.answer(uar)) == .base(.authorizationRejected)
        }
        #expect(isKnown)
        _ = try other.remove(Home.imsi)
        let isGone = becomesTrue { reads.answer(uar) == nil }
        #expect(isGone)
        #expect(try perform(store, uar) == .userUnknown)
        try store.close()
        #expect(kind == .postgreSQL || reads.answer(uar) == nil)
    }

    @Test("An assignment does not overtake another one of its user", arguments: StoreKind.available)
    func order(on kind: StoreKind) throws {
        let store = try kind.place(in: folder).open { $0.isFrontEnd = true }
        try store.add(try Home.record())
        let reads = try #require(store.hotReads)
        let again = try assignment(.reRegistration)
        #expect(try perform(store, assignment(.registration)) == .success)
        #expect(try becomesTrue { try result(reads.answer(authorisation())) == .subsequentRegistration })
        #expect(try result(reads.answer(again)) == .success)

        let leaves = try assignment(.userDeregistration)
        let comes = try assignment(.registration)
        #expect(reads.answer(leaves) == nil, "it has to be written")
        #expect(reads.answer(comes) == nil, "nothing new in it yet, but there will be")
        #expect(try result(reads.answer(authorisation())) == .subsequentRegistration, "what is stored so far")
        var entropy = Entropy(number: 7)
        for answer in store.execute(batch: [leaves, comes], entropy: &entropy) {
            #expect(try result(answer) == .success)
        }
        #expect(try store.find(Home.imsi)?.registrations[0].state == .registered)
        #expect(try result(reads.answer(again)) == .success, "both are done")
    }

    @Test("A write that fails leaves nothing in memory", arguments: StoreKind.available)
    func undone(on kind: StoreKind) throws {
        let store = try kind.place(in: folder).open { $0.isFrontEnd = true }
        try store.add(try Home.record())
        let reads = try #require(store.hotReads)
        #expect(try perform(store, authorisation()) == .firstRegistration)
        try store.breakUpdates(ofPosition: 1)
        #expect(try perform(store, vector()) == .base(.unableToComply))
        #expect(try perform(store, authorisation()) == .firstRegistration, "the S-CSCF of the vector is not stored")
        #expect(try store.find(Home.imsi)?.privateIdentities[0].sqn == .zero)
        let answer = try result(reads.answer(authorisation()))
        #expect(answer == nil || answer == .firstRegistration)
    }

    @Test(
        "A5, F6: front-ends that draw for the same SIMs at once never draw one number twice",
        .enabled(if: PostgreSQLServer.isThere, "PostgreSQL is not installed"), .timeLimit(.minutes(2)))
    func concurrent() async throws {
        let place = try StoreKind.postgreSQL.place(in: folder)
        let subscribers = 8
        try place.open().add(from: try Home.record(), count: subscribers)
        let batch = try (0..<40).map { try vector($0 % subscribers + 1) }
        let answers = try await withThrowingTaskGroup(of: [HomeSubscriberServer.WorkResult].self) { group in
            for frontEnd in 0..<3 {
                group.addTask {
                    let store = try place.open { $0.isFrontEnd = true }
                    var entropy = Entropy(number: UInt64(frontEnd))
                    // Each begins elsewhere: they lock the same rows in another order.
                    let turned = Array(batch[(frontEnd * 5)...] + batch[..<(frontEnd * 5)])
                    return (0..<5).flatMap { _ in store.execute(batch: turned, entropy: &entropy) }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(answers.count == 600)
        let drawn = try answers.compactMap { answer -> [UInt8]? in
            guard case .answer(let message, _) = answer.outcome else { return nil }
            let maa = try MultimediaAuthAnswer(decoding: message)
            #expect(maa.result == .success)
            return maa.authenticationItems.first?.authenticate.map(\.array)
        }
        #expect(Set(drawn).count == 600)
        let store = try place.open()
        let numbers = try (1...subscribers).map { try store.find(Self.imsi($0))?.privateIdentities[0].sqn.seq }
        #expect(numbers == Array(repeating: 75, count: subscribers), "as many steps as there are vectors")
    }

    @Test(
        "A notice is sent by one front-end: who wrote it, who comes first, or who lives on",
        .enabled(if: PostgreSQLServer.isThere, "PostgreSQL is not installed"))
    func notices() throws {
        let place = try StoreKind.postgreSQL.place(in: folder)
        var first: SubscriberStore? = try place.open { $0.isFrontEnd = true }
        let second = try place.open { $0.isFrontEnd = true }
        try second.add(try Home.record())
        var role = HomeSubscriberServer(Self.configuration)
        let load = try #require(Self.works(role.handle(.deadline, at: .zero)).first)
        func loaded(_ store: SubscriberStore) -> Int {
            var entropy = Entropy(number: 1)
            guard case .loaded(let notices) = store.execute(batch: [load], entropy: &entropy)[0].outcome else {
                return -1
            }
            return notices.count
        }
        // The first one's own: another S-CSCF takes the user, and the former one is to hear of it.
        let one = try #require(first)
        #expect(try perform(one, assignment(.registration)) == .success)
        let waits = Latch()
        second.noticeWatch? { waits.open() }
        var record = SubscriptionRecord(try Home.record())
        record.publicIdentities[0].displayName = "Bob"
        #expect(try place.open { $0.actor = "imsctl" }.apply(record) == .changed)
        let isTold = becomesTrue { waits.isOpen }
        #expect(isTold, "a notice that no front-end wrote is told of")
        #expect(loaded(second) == 1)
        #expect(loaded(one) == 0, "the other has it")
        #expect(loaded(second) == 1, "and keeps it until it is done")

        try second.close()  // it dies: its lock goes
        let isTaken = becomesTrue { loaded(one) == 1 }
        #expect(isTaken)
        try one.close()
        first = nil
    }

    @Test(
        "A front-end finds a server again that was away, and does what comes then",
        .enabled(if: PostgreSQLServer.isThere, "PostgreSQL is not installed"))
    func reconnects() throws {
        let place = try StoreKind.postgreSQL.place(in: folder)
        let store = try place.open { $0.isFrontEnd = true }
        try store.add(try Home.record())
        let uar = try authorisation()
        #expect(try perform(store, uar) == .firstRegistration)
        let others =
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            + " AND datname = current_database()"
        _ = try PostgreSQLServer.run(others, on: place.path)
        let reads = try #require(store.hotReads)
        #expect(try becomesTrue { try result(reads.answer(uar)) == nil }, "not trusted while nobody listens")
        #expect(try perform(store, vector()) == .success)
        #expect(try becomesTrue { try perform(store, uar) == .subsequentRegistration && reads.answer(uar) != nil })
    }
}

/// Opened on one thread, looked at on another.
private final class Latch: Sendable {
    private let state = Mutex(false)
    func open() { state.withLock { $0 = true } }
    var isOpen: Bool { state.withLock { $0 } }
}
