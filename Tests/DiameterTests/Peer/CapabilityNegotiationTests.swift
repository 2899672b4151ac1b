import Diameter
import Testing

@Suite("Capability negotiation, RFC 6733 §5.3")
struct CapabilityNegotiationTests {
    static let cx = ApplicationID(rawValue: 16_777_216)
    static let local = [DiameterApplication(id: cx, vendor: 10415)]

    func outcome(_ change: (inout Capabilities) -> Void) -> CapabilityNegotiation.Outcome {
        var remote = Capabilities(
            origin: DiameterOrigin(host: DiameterIdentity("h"), realm: DiameterIdentity("r")),
            hostAddresses: [.loopback], vendor: 0, productName: "p")
        change(&remote)
        return CapabilityNegotiation.negotiate(local: Self.local, remote: remote)
    }

    @Test("an application counts wherever it is named; the vendor beside it does not")
    func places() {
        let common = CapabilityNegotiation.Outcome.common([Self.cx], peerIsRelay: false)
        #expect(outcome { $0.authApplications = [Self.cx] } == common)
        #expect(outcome { $0.acctApplications = [Self.cx] } == common)
        #expect(outcome { $0.vendorSpecificApplications = [.init(vendor: 10415, auth: Self.cx)] } == common)
        #expect(outcome { $0.vendorSpecificApplications = [.init(vendor: 1, acct: Self.cx)] } == common)
    }

    @Test("5010 when nothing is shared")
    func nothing() {
        #expect(outcome { _ in } == .refused(.noCommonApplication))
        #expect(outcome { $0.authApplications = [.common] } == .refused(.noCommonApplication))
    }

    @Test("a relay shares everything of ours")
    func relay() {
        #expect(outcome { $0.authApplications = [.relay] } == .common([Self.cx], peerIsRelay: true))
    }

    @Test("5017 for a peer that insists on TLS inside the connection")
    func security() {
        #expect(
            outcome {
                $0.authApplications = [Self.cx]
                $0.inbandSecurity = [1]
            } == .refused(.noCommonSecurity))
        #expect(
            outcome {
                $0.authApplications = [Self.cx]
                $0.inbandSecurity = [0, 1]
            } == .common([Self.cx], peerIsRelay: false))
    }
}
