import Cx
import InterrogatingCSCF
import Testing

@Suite("S-CSCF selection, TS 29.228 §6.7")
struct ServingCSCFSelectionTests {
    private static let pool = [
        ServingCSCFCandidate("sip:plain"), ServingCSCFCandidate("sip:one", capabilities: [1]),
        ServingCSCFCandidate("sip:both", capabilities: [1, 2]),
        ServingCSCFCandidate("sip:more", capabilities: [1, 2, 3]),
    ]

    static let table: [(ServerCapabilities?, Set<String>, String?)] = [
        (nil, [], "sip:plain"), (ServerCapabilities(), [], "sip:plain"), (nil, ["sip:plain"], "sip:one"),
        (ServerCapabilities(mandatory: [1]), [], "sip:one"),
        (ServerCapabilities(mandatory: [1, 1]), [], "sip:one"),
        (ServerCapabilities(mandatory: [2]), [], "sip:both"),
        (ServerCapabilities(mandatory: [1, 2, 3]), [], "sip:more"), (ServerCapabilities(mandatory: [4]), [], nil),
        (ServerCapabilities(mandatory: [1, 4]), [], nil),
        (ServerCapabilities(optional: [2]), [], "sip:both"), (ServerCapabilities(optional: [3]), [], "sip:more"),
        (ServerCapabilities(optional: [4]), [], "sip:plain"),
        (ServerCapabilities(mandatory: [1], optional: [2, 3]), [], "sip:more"),
        (ServerCapabilities(mandatory: [1], optional: [2, 3]), ["sip:more"], "sip:both"),
        (ServerCapabilities(mandatory: [3]), ["sip:more"], nil),
        (ServerCapabilities(serverNames: ["sip:named"]), [], "sip:named"),
        (ServerCapabilities(mandatory: [4], serverNames: ["sip:named", "sip:other"]), ["sip:named"], "sip:other"),
        (ServerCapabilities(serverNames: ["sip:named"]), ["sip:named"], "sip:plain"),
        (nil, ["sip:plain", "sip:one", "sip:both", "sip:more"], nil),
    ]

    @Test("mandatory capabilities decide, optional ones prefer, names steer", arguments: table)
    func selection(_ needed: ServerCapabilities?, _ tried: Set<String>, _ expected: String?) {
        #expect(selectServingCSCF(for: needed, among: Self.pool, except: tried) == expected)
    }

    @Test("no pool")
    func empty() { #expect(selectServingCSCF(for: nil, among: [], except: []) == nil) }

    private static let users = (0..<4_000).map { "sip:user\($0)@example.org" }

    private func shares(_ pool: [ServingCSCFCandidate], except tried: Set<String> = []) -> [String: Int] {
        Dictionary(
            Self.users.compactMap { selectServingCSCF(for: nil, among: pool, except: tried, user: $0) }.map { ($0, 1) },
            uniquingKeysWith: +)
    }

    @Test("weights share the users, each always at the same S-CSCF")
    func weights() throws {
        let pool = [ServingCSCFCandidate("sip:a", weight: 1), ServingCSCFCandidate("sip:b", weight: 3)]
        let shares = shares(pool)
        // 1,000 and 3,000 expected; five standard deviations of the binomial distribution are 137.
        #expect(abs(try #require(shares["sip:a"]) - 1_000) < 137)
        #expect(abs(try #require(shares["sip:b"]) - 3_000) < 137)
        #expect(self.shares(pool) == shares)
    }

    @Test("one that fails leaves its users to the others, by weight, and nobody else moves")
    func failover() throws {
        let pool = [
            ServingCSCFCandidate("sip:a", weight: 2), ServingCSCFCandidate("sip:b", weight: 1),
            ServingCSCFCandidate("sip:c", weight: 1),
        ]
        for user in Self.users {
            let before = try #require(selectServingCSCF(for: nil, among: pool, except: [], user: user))
            let after = try #require(selectServingCSCF(for: nil, among: pool, except: ["sip:a"], user: user))
            #expect(after != "sip:a" && (before == "sip:a" || after == before))
        }
        let taken = shares(pool, except: ["sip:a"])
        #expect(abs(try #require(taken["sip:b"]) - 2_000) < 158)
    }

    @Test("capabilities go before priority, priority before weight, weight before order")
    func precedence() {
        let pool = [
            ServingCSCFCandidate("sip:late", priority: 2, weight: 100), ServingCSCFCandidate("sip:plain", priority: 1),
            ServingCSCFCandidate("sip:shared", priority: 1, weight: 1),
            ServingCSCFCandidate("sip:able", capabilities: [7], priority: 9),
        ]
        #expect(selectServingCSCF(for: nil, among: pool, except: []) == "sip:shared")
        #expect(selectServingCSCF(for: nil, among: pool, except: ["sip:shared"]) == "sip:plain")
        #expect(selectServingCSCF(for: nil, among: pool, except: ["sip:shared", "sip:plain"]) == "sip:late")
        #expect(selectServingCSCF(for: ServerCapabilities(optional: [7]), among: pool, except: []) == "sip:able")
        let heavy = [ServingCSCFCandidate("sip:x", weight: .max), ServingCSCFCandidate("sip:y", weight: -5)]
        #expect(selectServingCSCF(for: nil, among: heavy, except: []) == "sip:x")
    }
}
