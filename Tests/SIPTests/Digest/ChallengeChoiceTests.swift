import Octets
import SIP
import Testing

@Suite("RFC 8760 §2.4: which challenge a client answers")
struct ChallengeChoiceTests {
    private let everything: Set<DigestAlgorithm> = [
        .md5, .md5Session, .sha256, .sha512t256, .akaV1MD5, .akaV2MD5,
    ]

    private func challenge(_ algorithm: String?, realm: String = "r", _ rest: String = "") throws -> Challenge {
        let algorithm = algorithm.map { ", algorithm=\($0)" } ?? ""
        return try Challenge(parsing: OctetSlice("Digest realm=\"\(realm)\", nonce=\"n\"\(algorithm)\(rest)"))
    }

    private func choice(
        _ challenges: [Challenge], _ supported: Set<DigestAlgorithm>, _ preference: Challenge.Preference = .order
    ) -> [String] {
        Challenge.choose(among: challenges, supported: supported, preference: preference)
            .map { "\($0.realm?.string ?? "") \($0.algorithm?.token ?? "")" }
    }

    @Test("RFC 8760 §2.4: the topmost that is supported; what is not understood is ignored")
    func topmost() throws {
        let challenges = [
            try challenge("SHA-1024"), try challenge("SHA-256"), try challenge("SHA-512-256"), try challenge("MD5"),
        ]
        #expect(choice(challenges, everything) == ["r SHA-256"])
        #expect(choice(challenges, [.md5, .sha512t256]) == ["r SHA-512-256"])
        #expect(choice(challenges, [.md5]) == ["r MD5"])
        #expect(choice(challenges, [.akaV1MD5]) == [])
        #expect(choice(challenges, everything, .strength) == ["r SHA-512-256"])
        #expect(choice(challenges.reversed(), everything) == ["r MD5"])
        #expect(choice(challenges.reversed(), everything, .strength) == ["r SHA-512-256"])
    }

    @Test("RFC 3310 §3.1: no algorithm is MD5; other schemes and other qops are passed over")
    func others() throws {
        #expect(choice([try challenge(nil)], everything) == ["r MD5"])
        let basic = try Challenge(parsing: "Basic realm=\"r\"")
        #expect(choice([basic, try challenge("MD5", realm: "s")], everything) == ["s MD5"])
        let odd = try challenge("SHA-256", realm: "r", ", qop=\"auth-conf\"")
        #expect(
            choice([odd, try challenge("MD5", realm: "r", ", qop=\"auth-conf,auth-int\"")], everything) == ["r MD5"])
        let bare = try Challenge(parsing: "Digest realm=\"r\"")
        #expect(choice([bare], everything) == [])
    }

    @Test("RFC 8760 §2.4: one of each realm")
    func realms() throws {
        let challenges = [
            try challenge("MD5", realm: "a"), try challenge("SHA-256", realm: "b"),
            try challenge("SHA-256", realm: "a"), try challenge("MD5", realm: "b"),
        ]
        #expect(choice(challenges, everything) == ["a MD5", "b SHA-256"])
        #expect(choice(challenges, everything, .strength) == ["a SHA-256", "b SHA-256"])
    }

    @Test(
        "RFC 4169 §4.1: AKAv2 before AKAv1, whatever their order", arguments: [Challenge.Preference.order, .strength])
    func aka(preference: Challenge.Preference) throws {
        let challenges = [try challenge("AKAv1-MD5"), try challenge("AKAv2-MD5")]
        #expect(choice(challenges, everything, preference) == ["r AKAv2-MD5"])
        #expect(choice(challenges.reversed(), everything, preference) == ["r AKAv2-MD5"])
        #expect(choice(challenges, [.akaV1MD5], preference) == ["r AKAv1-MD5"])
    }
}
