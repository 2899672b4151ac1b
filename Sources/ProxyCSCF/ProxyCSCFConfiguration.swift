import Octets
import SIP

/// What a P-CSCF is told at start.
package struct ProxyCSCFConfiguration: Sendable {
    /// Our name in Path, a host as it stands in a URI.
    package var pathHost: String
    package var pathPort: UInt16
    /// P-Visited-Network-ID, RFC 7315 §4.3: our network's domain.
    package var visitedNetwork: String
    /// Domains whose registrations we pass on; empty means every domain that can be located.
    package var homeDomains: Set<String>
    package var locator: StaticLocator
    /// Whether a domain that `locator` does not know is looked up.
    package var usesDNS = false
    /// Our part of every ICID, RFC 7315 §4.6: an address or host unique among the charging nodes.
    package var chargingNode: String
    /// Signs our flow tokens.
    package var flowTokenKey: [UInt8]

    package init(
        pathHost: String, pathPort: UInt16, visitedNetwork: String, homeDomains: Set<String>, locator: StaticLocator,
        chargingNode: String, flowTokenKey: [UInt8]
    ) {
        self.pathHost = pathHost
        self.pathPort = pathPort
        self.visitedNetwork = visitedNetwork
        self.homeDomains = homeDomains
        self.locator = locator
        self.chargingNode = chargingNode
        self.flowTokenKey = flowTokenKey
    }
}
