import Cx
import HomeSubscriberServer
import IMS
import Octets
import SubscriberStore
import Testing

@Suite("SIP Digest: HA1 instead of keys, TS 33.203 Annex N")
struct DigestTests {
    private static let tree: Report = [
        "subscribers": [
            [
                "impi": "alice@example.org", "digest": ["password": "secret"],
                "identities": ["sip:alice@example.org", ["identity": "tel:+15550100", "name": "Alice"]],
            ]
        ]
    ]

    private static func record() throws -> SubscriptionRecord {
        try #require(try ProvisioningDocument(tree, domain: "example.org").subscribers.first)
    }

    private func ask(_ home: inout Home, _ scheme: AuthenticationScheme) throws -> MultimediaAuthAnswer {
        try home.authenticate(user: "alice@example.org", "sip:alice@example.org", item: .request(scheme))
    }

    @Test("RFC 2617 §3.5: HA1 of the example")
    func example() throws {
        let user = PrivateIdentity("Mufasa")
        let secret = try #require(DigestSecret(user: user, realm: "testrealm@host.com", password: "Circle Of Life"))
        // MD5("Mufasa:testrealm@host.com:Circle Of Life").
        #expect(secret.ha1.revealedHex == "939e7578ed9e3c518a452acee763bce9")
    }

    @Test("MAA carries SIP-Digest-Authenticate and draws no number", arguments: Home.Kind.allCases)
    func answer(kind: Home.Kind) throws {
        var home = try Home(kind)
        try home.add(try Self.record())
        for scheme in [AuthenticationScheme.sipDigest, .unknown] {
            let answer = try ask(&home, scheme)
            #expect(answer.result == .success)
            let item = try #require(answer.authenticationItems.first)
            #expect(answer.authenticationItems.count == 1 && item.scheme == .sipDigest)
            #expect(item.authenticate == nil && item.authorization == nil && item.confidentialityKey == nil)
            let digest = try #require(item.digest)
            #expect(digest.realm == "example.org" && digest.qop == "auth" && digest.algorithm == "MD5")
            // MD5("alice@example.org:example.org:secret").
            #expect(digest.ha1 == "1441a999b257bcd0cf5166930039876a")
            #expect(home.counters == [.cxRequestReceived])
        }
        #expect(try ask(&home, .digestAKAv1MD5).result == .authSchemeNotSupported)
        #expect(home.refusals == ["SCHEME_NOT_SUPPORTED"])
        #expect(try home.authenticate(item: .request(.sipDigest)).result == .authSchemeNotSupported, "a SIM has none")
        let registered = try home.assign(.registration, user: "alice@example.org", ["sip:alice@example.org"])
        #expect(registered.result == .success)
    }

    @Test("The password is nowhere kept, and HA1 shown only when asked for")
    func hidden() throws {
        let folder = TemporaryFolder()
        let store = try SubscriberStore(path: folder.path("hss.db"))
        try store.add(try Self.record())
        let found = try #require(try store.find("alice@example.org"))
        guard case .digest(let secret) = found.privateIdentities[0].credential else {
            Issue.record("\(found.privateIdentities[0])")
            return
        }
        var shown = "\(found)" + found.report().json
        dump(found, to: &shown)
        #expect(!shown.contains(secret.ha1.revealedHex) && !shown.contains("secret\""))
        #expect(found.report(withSecrets: true).json.contains(secret.ha1.revealedHex))
        #expect(found.report()["private_identities"]?.list?.first?["scheme"]?.text == "SIP Digest")
        #expect(found.isAs(try Self.record()))
    }

    @Test("A service identity has nobody to authenticate", arguments: Home.Kind.allCases)
    func service(kind: Home.Kind) throws {
        var home = try Home(kind)
        let tree: Report = [
            "subscribers": [
                [
                    "impi": "room@example.org",
                    "identities": [["identity": "sip:room@example.org", "kind": "psi"]],
                ]
            ]
        ]
        try home.add(try #require(try ProvisioningDocument(tree, domain: "example.org").subscribers.first))
        let answer = try home.authenticate(
            user: "room@example.org", "sip:room@example.org", item: .request(.unknown))
        #expect(answer.result == .authSchemeNotSupported)
        #expect(home.observations.first?.message.contains("authenticates with nothing") == true)
    }
}
