import NodeIO
import Octets
import Testing

@Suite("RFC 5922 §7.1: the SIP domains of a certificate")
struct CertificateIdentitiesTests {
    @Test(
        "sip URIs first, else dNSNames, the CN only without subjectAltName",
        arguments: [
            ("domain", ["home.example"]), ("host", ["p.home.example", "*.home.example"]), ("peer", ["peer.example"]),
            ("name", ["cn.example"]), ("user", []), ("mixed", ["only.example"]), ("root", ["root"]),
        ] as [(String, [String])])
    func domains(name: String, expected: [String]) throws {
        #expect(try TestCertificates.identities(name).domains == expected)
    }

    @Test(
        "RFC 5922 §7.2: whole names in any case, no suffixes, no wildcards",
        arguments: [
            ("domain", "home.example", true), ("domain", "HOME.Example", true), ("domain", "home.example.", true),
            ("domain", "host.example", false),  // a dNSName beside a sip URI
            ("domain", "a.home.example", false), ("domain", "example", false), ("domain", "", false),
            ("host", "p.home.example", true), ("host", "x.home.example", false), ("host", "*.home.example", true),
            ("user", "home.example", false), ("mixed", "cn.example", false), ("name", "cn.example", true),
        ])
    func comparison(name: String, domain: String, isAuthentic: Bool) throws {
        #expect(try TestCertificates.identities(name).authenticate(domain: domain) == isAuthentic)
    }

    @Test("An address is authenticated by an iPAddress and nothing else")
    func addresses() throws {
        let host = try TestCertificates.identities("host")
        #expect(host.authenticate(address: .loopback))
        #expect(host.authenticate(address: .v6(0, 1)))
        #expect(!host.authenticate(address: .v4(0x7F00_0002)))
        #expect(try !TestCertificates.identities("domain").authenticate(address: .loopback))
        #expect(!host.authenticate(domain: "127.0.0.1"))
    }

    @Test("Octets that are no certificate give no identity, wherever they are cut off")
    func malformed() throws {
        #expect(CertificateIdentities(der: []).domains.isEmpty)
        #expect(CertificateIdentities(der: [0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF]).domains.isEmpty)
        var random = Entropy(number: 3)
        for length in 0..<300 { #expect(CertificateIdentities(der: random.octets(length)).domains.isEmpty) }
    }

    @Test("A host of a URI is a domain or an address")
    func names() {
        #expect(TLSPeerName(host: "home.example") == .domain("home.example"))
        #expect(TLSPeerName(host: "[::1]") == .address(.v6(0, 1)))
        #expect(TLSPeerName(host: "127.0.0.1").serverName == nil)
        #expect(TLSPeerName(host: "home.example.").serverName == "home.example")
    }
}
