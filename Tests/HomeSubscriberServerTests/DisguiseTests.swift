import Cx
import Diameter
import Foundation
import HomeSubscriberServer
import IMS
import Octets
import SubscriberStore
import Testing

@Suite("A10: nobody finds out who is a subscriber")
struct DisguiseTests {
    private var directory = DictionaryDirectory()
    private let entropy = Entropy(number: 7)

    init() throws { try directory.add(Home.record()) }

    private struct Told {
        var authorization: UserAuthorizationAnswer
        var challenge: MultimediaAuthAnswer
        var log: [String]
        /// Look-ups and writes that UAR and MAR took.
        var cost: [Int] = []
    }

    /// What an HSS answers to a UAR and a MAR of the I- and the S-CSCF.
    private func answers(
        _ user: String, _ identity: String, hiding: Bool, scheme: AuthenticationScheme = .unknown,
        _ type: UserAuthorizationType = .registration
    ) throws -> Told {
        var configuration = HomeSubscriberServer.Configuration(
            origin: LocalOrigin(host: "hss.\(Home.domain)", realm: Home.domain))
        configuration.hidesUnknownUsers = hiding
        var role = HomeSubscriberServer(configuration)
        var directory = directory
        var entropy = entropy
        var log: [String] = []
        var cost: [Int] = []
        func perform(_ message: DiameterMessage) throws -> DiameterMessage {
            let actions = role.handle(
                .asked(message, RequestToken(rawValue: 1), from: DiameterIdentity("peer.example.org")), at: .zero)
            let work = try #require(
                actions.lazy.compactMap { action -> HomeSubscriberServer.Work? in
                    guard case .perform(let work, _) = action else { return nil }
                    return work
                }.first)
            let before = (directory.lookups, directory.writes)
            let result = HomeSubscriberServer.execute(work, on: &directory, entropy: &entropy)
            cost += [directory.lookups - before.0, directory.writes - before.1]
            log += result.observations.compactMap { $0.refusal?.code }
            guard case .answer(let answer, _) = result.outcome else {
                throw DirectoryFailure.failed("no answer came")
            }
            return answer
        }
        let authorization = try perform(
            UserAuthorizationRequest(
                userName: user, publicIdentity: identity, visitedNetworkIdentifier: OctetSlice(Home.domain),
                userAuthorizationType: type
            ).message(
                session: "a", origin: Home.peer, destinationRealm: DiameterIdentity(Home.domain),
                destinationHost: nil))
        let challenge = try perform(
            MultimediaAuthRequest(
                userName: user, publicIdentity: identity, authenticationItem: .request(scheme), serverName: Home.server
            ).message(
                session: "b", origin: Home.peer, destinationRealm: DiameterIdentity(Home.domain),
                destinationHost: nil))
        return Told(
            authorization: try UserAuthorizationAnswer(decoding: authorization),
            challenge: try MultimediaAuthAnswer(decoding: challenge), log: log, cost: cost)
    }

    @Test("without the flag an unknown user is told so")
    func open() throws {
        let told = try answers("nobody@example.org", "sip:nobody@example.org", hiding: false)
        #expect(told.authorization.result == .userUnknown)
        #expect(told.challenge.result == .userUnknown)
    }

    @Test(
        "a user that is not there is answered like one that is",
        arguments: [Home.user, "001010000000099@\(Home.domain)"])
    func sim(user: String) throws {
        let told = try answers(user, "sip:\(user)", hiding: true)
        #expect(told.authorization.result == .firstRegistration)
        #expect(told.authorization.serverName == nil)
        let item = try #require(told.challenge.authenticationItems.first)
        #expect(told.challenge.result == .success)
        #expect(item.scheme == .digestAKAv1MD5)
        let vector = try #require(item.vector)
        #expect(vector.xres.count == 8)
        // AMF of TS 33.102 Annex H.
        #expect(Array(vector.randAndAUTN.array[22..<24]) == [0x80, 0])
        #expect(
            told.log == (user == Home.user ? [] : ["UNKNOWN_SUBSCRIBER", "UNKNOWN_SUBSCRIBER"]),
            "the log says the truth")
    }

    @Test("a soft phone that is not there is challenged for its realm")
    func softPhone() throws {
        for scheme in [AuthenticationScheme.unknown, .sipDigest] {
            let told = try answers("nobody@example.org", "sip:nobody@example.org", hiding: true, scheme: scheme)
            let digest = try #require(told.challenge.authenticationItems.first?.digest)
            #expect(digest.realm == "example.org")
            #expect(digest.ha1.count == 32)
        }
    }

    @Test("a foreign public identity does not tell that the private one is there")
    func mismatch() throws {
        let told = try answers(Home.user, "sip:nobody@example.org", hiding: true)
        #expect(told.authorization.result == .firstRegistration)
        #expect(told.challenge.result == .success)
    }

    @Test("a de-registration of nobody is one of somebody who is not registered")
    func deregistration() throws {
        let nobody = try answers("nobody@example.org", "sip:nobody@example.org", hiding: true, .deregistration)
        let somebody = try answers(Home.user, Home.identity, hiding: true, .deregistration)
        #expect(nobody.authorization.result == somebody.authorization.result)
    }

    @Test("who is there and who is not cost the same: as many look-ups, as many writes")
    func cost() throws {
        let somebody = try answers(Home.user, Home.identity, hiding: true)
        let nobody = try answers("001010000000099@\(Home.domain)", "sip:001010000000099@\(Home.domain)", hiding: true)
        #expect(somebody.cost == [1, 0, 1, 1])
        #expect(nobody.cost == somebody.cost)
        let openly = try answers("001010000000099@\(Home.domain)", "sip:x@\(Home.domain)", hiding: false)
        #expect(openly.cost == [1, 0, 1, 0], "nothing is spent on who need not be hidden")
    }

    @Test("in a database a challenge is one write to the disk, whether the user is there or not")
    func durable() throws {
        let folder = TemporaryFolder()
        let path = folder.path("hss.db")
        let store = try SubscriberStore(path: path)
        try store.add(Home.record())
        var configuration = HomeSubscriberServer.Configuration(
            origin: LocalOrigin(host: "hss.\(Home.domain)", realm: Home.domain))
        configuration.hidesUnknownUsers = true
        var entropy = entropy
        /// Octets that one MAR adds to the write-ahead log.
        func growth(_ user: String) throws -> Int {
            func size() throws -> Int {
                try #require(FileManager.default.attributesOfItem(atPath: path + "-wal")[.size] as? Int)
            }
            let request = MultimediaAuthRequest(
                userName: user, publicIdentity: "sip:\(user)", authenticationItem: .request(.digestAKAv1MD5),
                serverName: Home.server)
            let message = request.message(
                session: "m", origin: Home.peer, destinationRealm: DiameterIdentity(Home.domain))
            let work = HomeSubscriberServer.Work(
                task: .answer(.multimediaAuth(request), to: message, RequestToken(rawValue: 1)),
                configuration: configuration)
            let before = try size()
            #expect(store.execute(batch: [work], entropy: &entropy).map(\.failure) == [nil])
            return try size() - before
        }
        _ = try growth(Home.user)  // the first one also assigns the S-CSCF
        let nobody = "001010000000099@\(Home.domain)"
        _ = try growth(nobody)
        #expect(try growth(Home.user) > 0)
        #expect(try growth(nobody) > 0)
        #expect(try growth("001010000000098@\(Home.domain)") > 0)
    }

    @Test("the AUTS of nobody is refused like one that is made up")
    func resynchronisation() throws {
        func result(_ user: String) throws -> CxResult {
            var configuration = HomeSubscriberServer.Configuration(
                origin: LocalOrigin(host: "hss.\(Home.domain)", realm: Home.domain))
            configuration.hidesUnknownUsers = true
            var directory = directory
            var entropy = entropy
            let request = MultimediaAuthRequest(
                userName: user, publicIdentity: "sip:\(user)",
                authenticationItem: .resynchronisation(
                    rand: Array(repeating: 7, count: 16), auts: Array(repeating: 9, count: 14)),
                serverName: Home.server)
            let message = request.message(
                session: "m", origin: Home.peer, destinationRealm: DiameterIdentity(Home.domain))
            let work = HomeSubscriberServer.Work(
                task: .answer(.multimediaAuth(request), to: message, RequestToken(rawValue: 1)),
                configuration: configuration)
            let done = HomeSubscriberServer.execute(work, on: &directory, entropy: &entropy)
            guard case .answer(let answer, _) = done.outcome else { throw DirectoryFailure.failed("no answer came") }
            return try MultimediaAuthAnswer(decoding: answer).result
        }
        #expect(try result(Home.user) == .base(.authorizationRejected))
        #expect(try result("001010000000099@\(Home.domain)") == .base(.authorizationRejected))
    }
}
