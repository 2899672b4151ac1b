import IMS
import NodeIO
import Octets
import SIP

/// The lab that every function's defaults describe: one host, PLMN 001/01, no DNS.
package enum LabDefaults {
    package static let domain = "ims.mnc001.mcc001.3gppnetwork.org"
    package static let visitedNetwork = domain
    package static let hss = "hss.\(domain)"

    /// Where the lab's names lead, as YAML.
    package static let hosts = """
        {\(domain): 127.0.0.1:5070, icscf.\(domain): 127.0.0.1:5070, \
        scscf.\(domain): 127.0.0.1:5080, pcscf.\(domain): 127.0.0.1:5060}
        """

    /// The HSS as a Diameter peer to call.
    package static let hssPeer = "[{host: \(hss), realm: \(domain), address: 127.0.0.1, port: 3868}]"
}

extension Configuration {
    /// The names of `hosts` as a locator for requests that leave by these listeners.
    package func locator(_ hosts: [String: HostAddress], listeners: [ListenerID: SIPListener]) -> StaticLocator {
        var targets: [String: StaticLocator.Target] = [:]
        for (name, host) in hosts {
            targets[name] = StaticLocator.Target(Endpoint(host.address, host.port ?? 5060))
        }
        return StaticLocator(hosts: targets, listeners: listeners)
    }

    /// For requests that go to where a URI leads: the names of `hosts` first, then DNS when `dns.enabled` says so.
    package func locator(_ fixed: StaticLocator, listeners: [ListenerID: SIPListener], entropy: Entropy) -> Locator {
        Locator(fixed: fixed, listeners: listeners, settings: locatorSettings, entropy: entropy)
    }
}
