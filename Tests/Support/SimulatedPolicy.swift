import Cx
import Diameter
import IMS
import Octets
import ProxyCSCF
import Rx
import SIP

/// A simulated lab whose P-CSCF asks a PCRF for the bearers of its phones.
package struct SimulatedPolicy: Sendable {
    package var failure = PolicyControlSettings.Failure.allow
    package var watchesSignalling = false

    package init(failure: PolicyControlSettings.Failure = .allow, watchesSignalling: Bool = false) {
        self.failure = failure
        self.watchesSignalling = watchesSignalling
    }

    static let server = DiameterOrigin(host: "pcrf.\(SimulatedLab.domain)", realm: SimulatedLab.domain)
    static let proxy = DiameterOrigin(host: "pcscf.\(SimulatedLab.domain)", realm: SimulatedLab.domain)
    private static let port: UInt16 = 3_871

    var settings: PolicyControlSettings {
        var settings = PolicyControlSettings(
            origin: Self.proxy, realm: Self.server.realm,
            sessions: SessionIDGenerator(originHost: Self.proxy.host, start: 1))
        settings.failure = failure
        settings.watchesSignalling = watchesSignalling
        return settings
    }

    private static func node(_ origin: DiameterOrigin, _ commands: Set<CommandCode>) -> LocalNode {
        LocalNode(
            originHost: origin.host, originRealm: origin.realm,
            applications: [
                DiameterApplication(id: RxDictionary.application, vendor: CxDictionary.vendor3GPP, commands: commands)
            ], originStateID: 1)
    }

    /// The P-CSCF's side.
    static func client(_ settings: DiameterSettings, _ entropy: inout Entropy) -> DiameterStack {
        let peer = PeerConfiguration(
            identity: server.host, realm: server.realm, remote: SimulatedLab.endpoint(port), transport: .tcp,
            initiates: true)
        return DiameterStack(
            local: node(proxy, [.reAuthorization, .abortSession]), peers: [peer], settings: settings,
            entropy: entropy.fork())
    }

    static func server(_ settings: DiameterSettings, _ entropy: inout Entropy) -> SimulatedCore<PolicyServer> {
        let peer = PeerConfiguration(
            identity: proxy.host, realm: proxy.realm, remote: nil, transport: .tcp, initiates: false)
        let stack = DiameterStack(
            local: node(server, [.authenticateAuthorize, .sessionTermination]), peers: [peer], settings: settings,
            entropy: entropy.fork())
        // No function of ours plays this role: the name is that of the nearest.
        return SimulatedCore(
            NodeCore(
                NodeIdentity(.hss, name: "pcrf"), PolicyServer(origin: server),
                sip: SIPStack(listeners: [:], entropy: entropy.fork()), diameter: stack, traced: 1_000),
            identity: server.host, listeners: [:], work: { (_: Never) -> Never in })
    }
}
