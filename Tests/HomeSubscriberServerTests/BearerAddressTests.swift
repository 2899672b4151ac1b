import Cx
import HomeSubscriberServer
import IMS
import Octets
import SubscriberStore
import Testing

@Suite("TS 33.203 Annex T: GIBA, the address of the bearer instead of keys")
struct BearerAddressTests {
    private static func record(_ address: String) throws -> SubscriptionRecord {
        let tree: Report = [
            "subscribers": [
                [
                    "impi": "early@example.org", "giba": ["address": .text(address)],
                    "identities": ["sip:early@example.org"],
                ]
            ]
        ]
        return try #require(try ProvisioningDocument(tree, domain: "example.org").subscribers.first)
    }

    @Test("MAA carries the address; no other scheme is served", arguments: Home.Kind.allCases)
    func answer(kind: Home.Kind) throws {
        var home = try Home(kind)
        try home.add(try Self.record("192.0.2.7"))
        for scheme in [AuthenticationScheme.earlyIMSSecurity, .unknown] {
            let answer = try home.authenticate(
                user: "early@example.org", "sip:early@example.org", item: .request(scheme))
            #expect(answer.result == .success)
            let item = try #require(answer.authenticationItems.first)
            #expect(item.scheme == .earlyIMSSecurity)
            #expect(item.bearerAddress == BearerAddress("192.0.2.7"))
            #expect(item.vector == nil && item.digest == nil)
        }
        for scheme in [AuthenticationScheme.digestAKAv1MD5, .sipDigest] {
            let answer = try home.authenticate(
                user: "early@example.org", "sip:early@example.org", item: .request(scheme))
            #expect(answer.result == .authSchemeNotSupported)
        }
        #expect(try home.authenticate(item: .request(.earlyIMSSecurity)).result == .authSchemeNotSupported, "a SIM")
    }

    @Test("an address is one of IPv4, or a prefix of IPv6 without bits behind it")
    func addresses() throws {
        for text in ["192.0.2.7", "2001:db8:1:2::/64", "2001:db8::1", "2001:db8::/33"] {
            #expect(BearerAddress(text)?.text == text)
            #expect(BearerAddress(text).flatMap { BearerAddress(octets: $0.octets) } == BearerAddress(text))
            _ = try Self.record(text)
        }
        for text in ["", "192.0.2", "192.0.2.7/24", "2001:db8::1/64", "2001:db8::/0", "2001:db8::/129", "a/b/c"] {
            #expect(BearerAddress(text) == nil)
            #expect(throws: (any Error).self) { try Self.record(text) }
        }
    }

    @Test("which addresses are of a bearer")
    func membership() throws {
        let prefix = try #require(BearerAddress("2001:db8:1:2::/64"))
        #expect(prefix.contains(try #require(IPAddress("2001:db8:1:2:a:b:c:d"))))
        #expect(!prefix.contains(try #require(IPAddress("2001:db8:1:3::1"))))
        #expect(!prefix.contains(try #require(IPAddress("192.0.2.7"))))
        let whole = try #require(BearerAddress("192.0.2.7"))
        #expect(whole.contains(try #require(IPAddress("192.0.2.7"))))
        #expect(!whole.contains(try #require(IPAddress("192.0.2.8"))))
    }
}
