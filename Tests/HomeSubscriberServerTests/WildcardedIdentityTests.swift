import Cx
import HomeSubscriberServer
import IMS
import Testing

@Suite("TS 23.003 §13.4A, §13.5: wildcarded identities")
struct WildcardedIdentityTests {
    private static let tree: Report = [
        "subscribers": [
            [
                "impi": "rooms@example.org", "service-profile": "default",
                "identities": [
                    ["identity": "sip:room!.*!@example.org", "kind": "wildcarded-psi"],
                    ["identity": "sip:room-1!([0-9]{2})!@example.org", "kind": "wildcarded-psi", "set": 1],
                ],
            ]
        ]
    ]

    private func home(_ kind: Home.Kind) throws -> Home {
        var home = try Home(kind, criteria: [LocationInfoTests.both])
        let record = try #require(try ProvisioningDocument(Self.tree, domain: "example.org").subscribers.first)
        let both = try #require(try FilterCriterionText.read(LocationInfoTests.both))
        try home.add(record, profiles: [ServiceProfileContent(name: "default", criteria: [both])])
        return home
    }

    @Test(
        "An identity falls under the expression that says most",
        arguments: [
            ("sip:room-7@example.org", "sip:room!.*!@example.org"),
            ("sip:room@example.org", "sip:room!.*!@example.org"),
            ("sip:room-123@example.org", "sip:room-1!([0-9]{2})!@example.org"),
            ("sip:broom-1@example.org", nil), ("sip:room-1@exampleXorg", nil), ("tel:+1", nil),
        ] as [(String, String?)])
    func matching(identity: String, expected: String?) {
        let candidates = ["sip:room!.*!@example.org", "sip:room-1!([0-9]{2})!@example.org"].compactMap {
            WildcardedIdentity(PublicIdentity(canonical: $0))
        }
        #expect(candidates.count == 2)
        let best = WildcardedIdentity.best(candidates, for: PublicIdentity(canonical: identity))
        #expect(best?.text == expected)
        for none in ["sip:room@example.org", "sip:a!b@c", "sip:a!(!@c", "sip:a!b!c!d"] {
            #expect(WildcardedIdentity(PublicIdentity(canonical: none)) == nil, "\(none)")
        }
    }

    @Test("LIA and SAA name the wildcarded identity, and the profile is its", arguments: Home.Kind.allCases)
    func served(kind: Home.Kind) throws {
        var home = try home(kind)
        let identity = "sip:room-7@example.org"
        let located = try home.locate(identity)
        #expect(located.result == .unregisteredService)
        #expect(located.wildcardedPublicIdentity == "sip:room!.*!@example.org")
        let assigned = try home.assign(.unregisteredUser, user: nil, [identity])
        #expect(assigned.result == .success)
        #expect(assigned.wildcardedPublicIdentity == "sip:room!.*!@example.org")
        let profile = try IMSSubscription(parsing: try #require(assigned.userData))
        #expect(profile.publicIdentities.map(\.wildcardedPSI) == ["sip:room!.*!@example.org"])
        #expect(profile.publicIdentities.map(\.identityType) == [.wildcardedPublicServiceIdentity])
        #expect(try home.locate("sip:room-8@example.org").serverName == Home.server)
        #expect(try home.locate(Home.identity).wildcardedPublicIdentity == nil)
        #expect(try home.locate("sip:hall@example.org").result == .userUnknown)
    }
}
