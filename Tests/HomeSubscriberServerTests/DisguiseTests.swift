import Cx
import Diameter
import HomeSubscriberServer
import IMS
import Octets
import Testing

@Suite("A10: nobody finds out who is a subscriber")
struct DisguiseTests {
    private var directory = DictionaryDirectory()
    private let entropy = Entropy(number: 7)

    init() throws { try directory.add(Home.record()) }

    /// What an HSS answers to a UAR and a MAR of the I- and the S-CSCF.
    private func answers(
        _ user: String, _ identity: String, hiding: Bool, scheme: AuthenticationScheme = .unknown,
        _ type: UserAuthorizationType = .registration
    ) throws -> (authorization: UserAuthorizationAnswer, challenge: MultimediaAuthAnswer, log: [String]) {
        var configuration = HomeSubscriberServer.Configuration(
            origin: LocalOrigin(host: "hss.\(Home.domain)", realm: Home.domain))
        configuration.hidesUnknownUsers = hiding
        var role = HomeSubscriberServer(configuration)
        var directory = directory
        var entropy = entropy
        var log: [String] = []
        func perform(_ message: DiameterMessage) throws -> DiameterMessage {
            let actions = role.handle(
                .asked(message, RequestToken(rawValue: 1), from: DiameterIdentity("peer.example.org")), at: .zero)
            let work = try #require(
                actions.lazy.compactMap { action -> HomeSubscriberServer.Work? in
                    guard case .perform(let work, _) = action else { return nil }
                    return work
                }.first)
            let result = HomeSubscriberServer.execute(work, on: &directory, entropy: &entropy)
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
        return (
            try UserAuthorizationAnswer(decoding: authorization), try MultimediaAuthAnswer(decoding: challenge), log
        )
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
}
