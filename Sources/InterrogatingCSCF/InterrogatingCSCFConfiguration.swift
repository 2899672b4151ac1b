import Cx
import Diameter
import Octets
import SIP

/// What an I-CSCF is told at start.
package struct InterrogatingCSCFConfiguration: Sendable {
    /// The home domains whose users we look up, in lower case.
    package var servedDomains: Set<String>
    /// The S-CSCFs that we may choose from, in order of preference.
    package var servingCSCFs: [ServingCSCFCandidate]
    package var origin: LocalOrigin
    /// The realm of the HSS.
    package var destinationRealm: DiameterIdentity
    package var locator: StaticLocator
    /// Addresses that may send us requests: our P-CSCFs and peers, TS 33.210's trust boundary. Loopback is always
    /// trusted.
    package var trustedPeers: Set<IPAddress>
    /// How long an S-CSCF may take before another is tried (TS 24.229 §5.3.1.3): well under the 32 seconds that the
    /// P-CSCF waits for us (RFC 3261 §17.1.2.2, timer F), so that the phone's first attempt still succeeds.
    package var patience = Duration.seconds(8)

    package init(
        servedDomains: Set<String>, servingCSCFs: [ServingCSCFCandidate], origin: LocalOrigin,
        destinationRealm: DiameterIdentity, locator: StaticLocator, trustedPeers: Set<IPAddress> = []
    ) {
        self.servedDomains = servedDomains
        self.servingCSCFs = servingCSCFs
        self.origin = origin
        self.destinationRealm = destinationRealm
        self.locator = locator
        self.trustedPeers = trustedPeers
    }

    /// Nobody but our own proxies talks to us; a phone that finds our address does not.
    func trusts(_ address: IPAddress) -> Bool {
        switch address {
        case .v4(let number) where number >> 24 == 127: true
        case .v6(0, 1): true
        case .v4, .v6: trustedPeers.contains(address)
        }
    }
}
